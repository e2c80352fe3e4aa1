import Kernels

/// Losses and gradients of batches, by all threads.
///
/// A batch is cut into shards of a fixed size, and these are dealt to a fixed number of slots, each
/// with gradients of its own that are added in order: no number depends on how many threads there
/// are. Where a layer must see the whole batch, a step is one shard, of one thread.
final class BatchRunner: PooledWork {
  /// Samples computed together.
  static var shardSize: Int { 16 }
  private static var mostSlots: Int { 8 }

  private let network: Network
  /// Samples of a shard that gives gradients.
  private let stepSize: Int
  private let processor: Processor
  private let loss: Loss
  private let lossOptions: LossOptions
  /// Where the loss looks behind the model's last activation: that layer.
  private let logits: (layer: Int, activation: Activation)?
  private let pool: ThreadPool
  /// One a worker, for shards; where steps see whole batches, behind them one for these.
  private let workspaces: [Workspace]
  /// Of the shard at hand, one a workspace.
  private let targets: [FloatBuffer]
  private let labels: [Buffer<Int32>]
  private let weights: [FloatBuffer]
  /// The outputs of a batch, if they are to be kept.
  private let kept: FloatBuffer
  /// One a slot.
  private let gradients: [FloatBuffer]
  private let sums: Buffer<LossSums>
  private let values: FloatBuffer
  private let packed: FloatBuffer
  private var job: Job?

  /// What `perform` works on.
  private struct Job {
    let data: Dataset
    let sizes: SampleSizes
    /// Indices of the batch's samples, or nil for those from `first` on.
    let order: UnsafePointer<Int>?
    let first: Int
    let count: Int
    let classWeights: UnsafePointer<Float>?
    /// nil: losses alone.
    let dropoutSeed: UInt64?
    /// Samples of a shard.
    let shardSize: Int
    /// The workspace of all shards; nil for those of the workers.
    var workspace: Int?

    var shardCount: Int { (count + shardSize - 1) / shardSize }
    var slotCount: Int { min(shardCount, BatchRunner.mostSlots) }
  }

  /// - Parameter values: the weights, which somebody else changes between batches.
  /// - Throws: `.limit`, `.outOfMemory`, `.thread`, `.argument`
  init(
    _ network: Network, _ values: FloatBuffer, _ loss: Loss,
    _ lossOptions: LossOptions = LossOptions(), batchSize: Int, maxLength: Int, threads: Int,
    keepsPredictions: Bool = false
  ) throws(Failure) {
    let processor = Processor.chosen
    stepSize = network.needsWholeBatch ? batchSize : BatchRunner.shardSize
    func plan(_ rows: Int) throws(Failure) -> Plan {
      try Plan(
        network, rows: min(rows, batchSize), length: maxLength, isTraining: true,
        kernels: processor.kernels)
    }
    let shardPlan = try plan(BatchRunner.shardSize)
    (self.network, self.values, self.loss, self.processor) = (network, values, loss, processor)
    self.lossOptions = lossOptions
    logits = loss.takesLogits ? network.logits : nil
    pool = try ThreadPool(threadCount: threads)
    let shards = (batchSize + BatchRunner.shardSize - 1) / BatchRunner.shardSize
    let slots = min(shards, BatchRunner.mostSlots)
    let outputFloats = try network.outputShape(inputLength: maxLength).count
    var plans = Array(repeating: shardPlan, count: pool.threadCount)
    if network.needsWholeBatch { plans.append(try plan(batchSize)) }
    var (workspaces, targets, labels) = ([Workspace](), [FloatBuffer](), [Buffer<Int32>]())
    var weights: [FloatBuffer] = []
    for plan in plans {
      let outputCount = plan.rows * outputFloats
      workspaces.append(try Workspace(network, plan, processor))
      targets.append(try FloatBuffer(count: loss.takesLabels ? 0 : outputCount))
      labels.append(try Buffer(count: loss.takesLabels ? outputCount : 0))
      weights.append(try FloatBuffer(count: outputCount))
    }
    var gradients: [FloatBuffer] = []
    for _ in 0..<slots { gradients.append(try FloatBuffer(count: network.layout.count)) }
    (self.workspaces, self.targets, self.labels) = (workspaces, targets, labels)
    self.weights = weights
    let keptCount = try checkedProduct(batchSize, outputFloats, of: "a batch")
    kept = try FloatBuffer(count: keepsPredictions ? keptCount : 0)
    self.gradients = gradients
    sums = try Buffer(count: shards)
    packed = try FloatBuffer(count: shardPlan.packedCount)
  }

  /// The gradient of the last `gradient` call's batch.
  var gradient: UnsafeMutablePointer<Float> { gradients[0].pointer }

  /// The model's outputs for the batch of the last call, sample by sample; nil if not kept.
  var predictions: UnsafeMutablePointer<Float>? { kept.count > 0 ? kept.pointer : nil }

  /// Packs the weights after they have changed.
  func weightsChanged() { workspaces[0].pack(values.pointer, into: packed.pointer) }

  /// Sums of loss and accuracy of a batch, and its gradient, with dropout drawn from a seed.
  func gradient(
    _ data: Dataset, _ sizes: SampleSizes, order: UnsafePointer<Int>?, count: Int,
    classWeights: UnsafePointer<Float>?, dropoutSeed: UInt64
  ) -> LossSums {
    let job = Job(
      data: data, sizes: sizes, order: order, first: 0, count: count, classWeights: classWeights,
      dropoutSeed: dropoutSeed, shardSize: stepSize,
      workspace: network.needsWholeBatch ? workspaces.count - 1 : nil)
    let sums = run(job)
    for slot in 1..<max(1, job.slotCount) {
      processor.kernels.add(gradients[slot].pointer, gradient, network.layout.count)
    }
    return sums
  }

  /// Sums of loss and accuracy of the samples from `first` on, without dropout or gradients.
  func losses(_ data: Dataset, _ sizes: SampleSizes, first: Int, count: Int) -> LossSums {
    run(
      Job(
        data: data, sizes: sizes, order: nil, first: first, count: count, classWeights: nil,
        dropoutSeed: nil, shardSize: BatchRunner.shardSize))
  }

  private func run(_ job: Job) -> LossSums {
    self.job = job
    pool.run(self, parts: job.slotCount)
    self.job = nil
    var total = LossSums()
    for shard in 0..<job.shardCount {
      total.loss += sums.pointer[shard].loss
      total.correct += sums.pointer[shard].correct
    }
    return total
  }

  func perform(part slot: Int, worker: Int) {
    guard let job else { return }
    if job.dropoutSeed != nil {
      gradients[slot].pointer.update(repeating: 0, count: network.layout.count)
    }
    for shard in stride(from: slot, to: job.shardCount, by: job.slotCount) {
      sums.pointer[shard] = perform(job, shard, job.workspace ?? worker, gradients[slot].pointer)
    }
  }

  private func perform(
    _ job: Job, _ shard: Int, _ place: Int, _ gradient: UnsafeMutablePointer<Float>
  ) -> LossSums {
    let workspace = workspaces[place]
    let start = shard * job.shardSize
    let rows = min(job.shardSize, job.count - start)
    let gathered = gather(job, start, rows, place)
    let outputs = workspace.forward(
      workspace.input, rows: rows, length: job.sizes.length, values.pointer, packed.pointer,
      dropoutSeed: job.dropoutSeed.map { $0 &+ UInt64(shard) }, logitLayer: logits?.layer)
    let sums = loss.evaluate(
      LossRows(
        rows: rows * job.sizes.outputRows, channels: job.sizes.channels, outputs: outputs,
        logitActivation: logits?.activation, targets: gathered.targets, labels: gathered.labels,
        classWeights: job.classWeights, weights: gathered.weights,
        predictions: predictions.map { $0 + start * job.sizes.outputRows * job.sizes.channels },
        divisor: Float(job.count * job.sizes.outputRows), options: lossOptions),
      gradient: workspace.outputGradient, processor.kernels)
    if job.dropoutSeed != nil {
      workspace.backward(values.pointer, packed.pointer, gradient, logitLayer: logits?.layer)
    }
    return sums
  }

  /// What the samples of a shard should give, and what they count.
  private struct Gathered {
    let targets: UnsafePointer<Float>?
    let labels: UnsafePointer<Int32>?
    let weights: UnsafePointer<Float>?
  }

  /// Brings the samples of a shard together, and what they should give.
  private func gather(
    _ job: Job, _ start: Int, _ rows: Int, _ place: Int
  ) -> Gathered {
    let (inputs, outputRows) = (workspaces[place].input, job.sizes.outputRows)
    let (targets, labels) = (self.targets[place].pointer, self.labels[place].pointer)
    let weights = self.weights[place].pointer
    for row in 0..<rows {
      let sample = job.order.map { $0[start + row] } ?? job.first + start + row
      copySample(job.data.inputs, sample, to: inputs, row, job.sizes.input)
      if let all = job.data.targets {
        copySample(all, sample, to: targets, row, outputRows * job.sizes.channels)
      }
      if let all = job.data.labels { copySample(all, sample, to: labels, row, outputRows) }
      for step in job.data.weights == nil ? 0..<0 : 0..<outputRows {
        weights[row * outputRows + step] = job.data.weight(sample: sample, row: step, job.sizes)
      }
    }
    return Gathered(
      targets: job.data.targets == nil ? nil : UnsafePointer(targets),
      labels: job.data.labels == nil ? nil : UnsafePointer(labels),
      weights: job.data.weights == nil ? nil : UnsafePointer(weights))
  }

  private func copySample<Element: BitwiseCopyable>(
    _ source: UnsafeBufferPointer<Element>, _ sample: Int,
    to target: UnsafeMutablePointer<Element>, _ row: Int, _ count: Int
  ) {
    guard let start = source.baseAddress else { return }
    (target + row * count).copy(from: start + sample * count, count: count)
  }
}
