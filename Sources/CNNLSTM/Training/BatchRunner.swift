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
  /// The outputs of a batch, and where they are masked the masks, if they are to be kept.
  private let kept: FloatBuffer
  private let keptMasks: Buffer<UInt8>
  /// The shards of a batch.
  private let shards: LengthOrder
  /// One a slot.
  private let gradients: [FloatBuffer]
  private let sums: Buffer<LossSums>
  private let values: FloatBuffer
  private let packed: FloatBuffer
  private let batchSize: Int
  /// Those of a training that was taken up may be for batches of another size.
  var states: States
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
    /// Rows of the output of all samples.
    var rows = 0
    /// Gradients that are added up.
    var slotCount = 0

    func sample(_ position: Int) -> Int { order.map { $0[position] } ?? first + position }
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
    logits = loss.looksForLogits(lossOptions) ? network.logits : nil
    pool = try ThreadPool(threadCount: threads)
    let shards = (batchSize + BatchRunner.shardSize - 1) / BatchRunner.shardSize
    let slots = min(shards, BatchRunner.mostSlots)
    let outputEach = try network.outputShape(inputLength: maxLength).count
    var plans = Array(repeating: shardPlan, count: pool.threadCount)
    if network.needsWholeBatch { plans.append(try plan(batchSize)) }
    var (workspaces, targets, labels) = ([Workspace](), [FloatBuffer](), [Buffer<Int32>]())
    var weights: [FloatBuffer] = []
    for plan in plans {
      let outputCount = plan.rows * outputEach
      workspaces.append(try Workspace(network, plan, processor))
      targets.append(try FloatBuffer(count: loss.takesLabels ? 0 : outputCount))
      labels.append(try Buffer(count: loss.takesLabels ? outputCount : 0))
      weights.append(try FloatBuffer(count: outputCount))
    }
    var gradients: [FloatBuffer] = []
    for _ in 0..<slots { gradients.append(try FloatBuffer(count: network.layout.count)) }
    (self.workspaces, self.targets, self.labels) = (workspaces, targets, labels)
    self.weights = weights
    let keptCount = try checkedProduct(batchSize, outputEach, of: "a batch")
    kept = try FloatBuffer(count: keepsPredictions ? keptCount : 0)
    self.gradients = gradients
    keptMasks = try Buffer(count: shardPlan.outputMask == nil ? 0 : kept.count)
    sums = try Buffer(count: batchSize)
    self.shards = try LengthOrder(capacity: batchSize)
    packed = try FloatBuffer(count: shardPlan.packedCount)
    self.batchSize = batchSize
    states = try States(network, capacity: batchSize)
  }

  /// The gradient of the last `gradient` call's batch.
  var gradient: UnsafeMutablePointer<Float> { gradients[0].pointer }

  /// The next batch begins with states of zero, of a layer or of all.
  /// - Throws: `.argument` for a layer that does not exist
  func resetStates(ofLayer layer: Int? = nil) throws(Failure) { try states.reset(layer) }

  /// States that go on from those of a file, of batches of any size; of zero if there are none.
  /// - Throws: `.outOfMemory`
  func states(_ saved: FloatBuffer?) throws(Failure) -> States {
    guard let saved else { return try States(network, capacity: batchSize) }
    let result = try States(network, capacity: saved.count / network.stateWidth)
    result.buffer.pointer.copy(from: saved.pointer, count: saved.count)
    return result
  }

  /// States of batches of another size become those of zero.
  /// - Throws: `.outOfMemory`
  func fitStates() throws(Failure) {
    if states.capacity != batchSize { states = try states(nil) }
  }

  /// Packs the weights after they have changed.
  func weightsChanged() { workspaces[0].pack(values.pointer, into: packed.pointer) }

  /// Sums of loss and accuracy of a batch, its metrics if there are any, and its gradient, with
  /// dropout drawn from a seed.
  func gradient(
    _ data: Dataset, _ sizes: SampleSizes, order: UnsafePointer<Int>?, count: Int,
    classWeights: UnsafePointer<Float>?, dropoutSeed: UInt64, into metrics: MetricSet? = nil
  ) -> LossSums {
    var job = Job(
      data: data, sizes: sizes, order: order, first: 0, count: count, classWeights: classWeights,
      dropoutSeed: dropoutSeed, shardSize: stepSize,
      workspace: network.needsWholeBatch ? workspaces.count - 1 : nil)
    let sums = run(&job, metrics)
    for slot in 1..<max(1, job.slotCount) {
      processor.kernels.add(gradients[slot].pointer, gradient, network.layout.count)
    }
    if sums.rows > 0, sums.rows != job.rows { scaleGradient(Float(job.rows) / Float(sums.rows)) }
    return sums
  }

  /// How many rows masks leave is known when all shards are done.
  private func scaleGradient(_ factor: Float) {
    for entry in network.layout.entries where entry.isTrainable {
      let place = gradient + entry.offset
      processor.kernels.scale(factor, place, place, entry.count)
    }
  }

  /// Sums of loss and accuracy of the samples from `first` on, and metrics, without dropout or
  /// gradients.
  func losses(
    _ data: Dataset, _ sizes: SampleSizes, first: Int, count: Int, into metrics: MetricSet? = nil
  ) -> LossSums {
    var job = Job(
      data: data, sizes: sizes, order: nil, first: first, count: count, classWeights: nil,
      dropoutSeed: nil, shardSize: BatchRunner.shardSize)
    return run(&job, metrics)
  }

  private func run(_ job: inout Job, _ metrics: MetricSet?) -> LossSums {
    let (data, sizes) = (job.data, job.sizes)
    shards.arrange(count: job.count, rows: job.shardSize) { [job] in
      data.length(job.sample($0), sizes)
    }
    for shard in 0..<shards.partCount {
      let part = shards.part(shard)
      job.rows += part.rows * sizes.outputRows(ofLength: part.length)
    }
    let most = (job.count + BatchRunner.shardSize - 1) / BatchRunner.shardSize
    job.slotCount = min(shards.partCount, most, BatchRunner.mostSlots)
    self.job = job
    pool.run(self, parts: job.slotCount)
    self.job = nil
    var total = LossSums()
    for shard in 0..<shards.partCount { total.add(sums.pointer[shard]) }
    if let metrics, kept.count > 0 { add(job, to: metrics) }
    return total
  }

  private func add(_ job: Job, to metrics: MetricSet) {
    for shard in 0..<shards.partCount {
      let part = shards.part(shard)
      let rows = job.sizes.outputRows(ofLength: part.length)
      for row in 0..<part.rows {
        let place = part.first * job.sizes.outputRows + row * rows
        metrics.add(
          job.data, job.sizes, sample: job.sample(shards.position(part.first + row)), rows: rows,
          classWeights: job.classWeights, predictions: kept.pointer + place * job.sizes.channels,
          mask: keptMasks.count > 0 ? keptMasks.pointer + place : nil)
      }
    }
  }

  func perform(part slot: Int, worker: Int) {
    guard let job else { return }
    if job.dropoutSeed != nil {
      gradients[slot].pointer.update(repeating: 0, count: network.layout.count)
    }
    for shard in stride(from: slot, to: shards.partCount, by: job.slotCount) {
      sums.pointer[shard] = perform(job, shard, job.workspace ?? worker, gradients[slot].pointer)
    }
  }

  private func perform(
    _ job: Job, _ shard: Int, _ place: Int, _ gradient: UnsafeMutablePointer<Float>
  ) -> LossSums {
    let (workspace, part) = (workspaces[place], shards.part(shard))
    let rows = part.rows * job.sizes.outputRows(ofLength: part.length)
    let gathered = gather(job, part, place)
    let outputs = workspace.forward(
      workspace.input, rows: part.rows, length: part.length, values.pointer, packed.pointer,
      dropoutSeed: job.dropoutSeed.map { $0 &+ UInt64(shard) }, logitLayer: logits?.layer,
      states: (states, row: part.first))
    var mask: UnsafePointer<UInt8>?
    if let output = workspace.outputMask { mask = UnsafePointer(output.flags) }
    var data = LossRows(
      rows: rows, channels: job.sizes.channels, outputs: outputs,
      logitActivation: logits?.activation, targets: gathered.targets, labels: gathered.labels,
      classWeights: job.classWeights, weights: gathered.weights, mask: mask,
      divisor: Float(job.rows), options: lossOptions)
    if kept.count > 0 {
      let first = part.first * job.sizes.outputRows
      data.predictions = kept.pointer + first * job.sizes.channels
      if let mask { (keptMasks.pointer + first).update(from: mask, count: rows) }
    }
    let sums = loss.evaluate(data, gradient: workspace.outputGradient, processor.kernels)
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
  private func gather(_ job: Job, _ part: LengthOrder.Part, _ place: Int) -> Gathered {
    let (data, sizes) = (job.data, job.sizes)
    let (targets, labels) = (self.targets[place].pointer, self.labels[place].pointer)
    let weights = self.weights[place].pointer
    let rows = sizes.outputRows(ofLength: part.length)
    let (inputs, all) = (
      sizes.input / max(1, sizes.length) * max(1, part.length), sizes.outputRows
    )
    for row in 0..<part.rows {
      let sample = job.sample(shards.position(part.first + row))
      copy(data.inputs, sample * sizes.input, to: workspaces[place].input + row * inputs, inputs)
      if let source = data.targets {
        let (first, count) = (sample * all * sizes.channels, rows * sizes.channels)
        copy(source, first, to: targets + row * count, count)
      }
      if let source = data.labels { copy(source, sample * all, to: labels + row * rows, rows) }
      for step in data.weights == nil ? 0..<0 : 0..<rows {
        weights[row * rows + step] = data.weight(sample: sample, row: step, sizes)
      }
    }
    return Gathered(
      targets: data.targets == nil ? nil : UnsafePointer(targets),
      labels: data.labels == nil ? nil : UnsafePointer(labels),
      weights: data.weights == nil ? nil : UnsafePointer(weights))
  }

  private func copy<Element: BitwiseCopyable>(
    _ source: UnsafeBufferPointer<Element>, _ first: Int,
    to target: UnsafeMutablePointer<Element>, _ count: Int
  ) {
    guard let start = source.baseAddress else { return }
    target.copy(from: start + first, count: count)
  }
}
