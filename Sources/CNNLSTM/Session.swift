import Kernels

/// The scratch memory of one caller's predictions. All memory and threads are taken at creation.
/// One thread at a time; any number of sessions may share a model.
public final class Session: PooledWork {
  public struct Options: Sendable {
    /// 0 for one a core.
    public var threads = 1
    /// Longest input; 0 for the model's own length.
    public var maxLength = 0
    /// Samples a thread computes together.
    public var batchSize = 32

    public init() {}
  }

  private let model: Model
  let network: Network
  let maxLength: Int
  private let batchSize: Int
  private let pool: ThreadPool
  private let workspaces: [Workspace]
  /// Of samples of the longest input, work that is worth another thread.
  private let leastRows: Int
  private let team: StepTeam?
  /// Of samples of different lengths, those computed together.
  private let order: LengthOrder
  private let states: States
  private var job: Job?

  /// What `perform` works on while `predict` runs.
  private struct Job {
    let weights: Weights
    let inputs: UnsafePointer<Float>
    let outputs: UnsafeMutablePointer<Float>
    let sampleCount, length, inputCount, outputCount: Int
    /// Samples a part.
    let rows: Int
    /// Of all samples; nil for one length. Parts are then those of the order.
    var lengths: UnsafeBufferPointer<Int64>?
    /// The first sample of the order.
    var first = 0
    var partCount: Int
  }

  /// - Throws: `.state` if the model is not built; `.argument`, `.shape`, `.limit`, `.outOfMemory`,
  ///   `.thread`
  public init(_ model: Model, _ options: Options = Options()) throws(Failure) {
    _ = try model.builtWeights()
    guard (1...65_536).contains(options.batchSize) else {
      throw Failure(.argument, "batch_size must be 1…65536, got \(options.batchSize)")
    }
    (self.model, network, batchSize) = (model, model.network, options.batchSize)
    maxLength = try network.longest(options.maxLength)
    pool = try ThreadPool(threadCount: options.threads)
    let processor = Processor.chosen
    let plan = try Plan(
      network, rows: batchSize, length: maxLength, isTraining: false, kernels: processor.kernels,
      weightType: model.weightType)
    var workspaces: [Workspace] = []
    for _ in 0..<pool.threadCount { workspaces.append(try Workspace(network, plan, processor)) }
    self.workspaces = workspaces
    order = try LengthOrder(capacity: Session.mostOrdered)
    team = pool.threadCount > 1 ? try StepTeam(pool, processor) : nil
    states = try States(network, capacity: batchSize)
    let work = max(1, try network.multiplyAdds(length: maxLength))
    leastRows = Session.leastWork / work + 1
  }

  /// Multiply-adds that take longer than to wake up a thread.
  private static var leastWork: Int { 1 << 20 }

  /// Samples a part, so that all threads have as much to do.
  private func rows(_ sampleCount: Int) -> Int {
    let whole = (sampleCount + batchSize - 1) / batchSize
    let parts = (whole + pool.threadCount - 1) / pool.threadCount * pool.threadCount
    let even = (sampleCount + max(1, parts) - 1) / max(1, parts)
    return min(batchSize, max(1, even, leastRows))
  }

  /// The states of a layer become zero, or those of all layers: then the next prediction may be of
  /// any number of samples.
  /// - Throws: `.argument` for a layer that does not exist
  public func resetStates(ofLayer layer: Int? = nil) throws(Failure) { try states.reset(layer) }

  /// Predicts samples of one length. With stateful layers a call is one batch.
  /// - Parameters:
  ///   - inputs: [sampleCount, length, channels], `inputCount` floats
  ///   - length: ignored for a model of vectors
  ///   - outputs: `sampleCount` times the output's shape, `outputCount` floats
  /// - Throws: `.argument`, `.shape`
  public func predict(
    _ inputs: UnsafePointer<Float>, inputCount: Int, sampleCount: Int, length: Int,
    _ outputs: UnsafeMutablePointer<Float>, outputCount: Int
  ) throws(Failure) {
    let sizes = try network.sampleSizes(length: length, maxLength: maxLength)
    try checkCounts("inputs", inputCount, samples: sampleCount, each: sizes.input)
    try checkCounts("outputs", outputCount, samples: sampleCount, each: sizes.output)
    let weights = try model.builtWeights()
    let rows = rows(sampleCount)
    try states.begin(sampleCount)
    let job = Job(
      weights: weights, inputs: inputs, outputs: outputs, sampleCount: sampleCount,
      length: sizes.length, inputCount: sizes.input, outputCount: sizes.output,
      rows: rows, partCount: (sampleCount + rows - 1) / rows)
    self.job = job
    withFlushedDenormals { pool.run(self, parts: job.partCount) }
    self.job = nil
  }

  /// Samples of different lengths that are ordered at once.
  private static var mostOrdered: Int { 4_096 }

  /// Predicts samples that are padded to one length behind their own.
  /// - Parameters:
  ///   - inputs: [sampleCount, length, channels], `inputCount` floats; the padding is not read
  ///   - lengths: one a sample, 1…length
  ///   - outputs: as for `length`; where they have a time axis, zero behind what a sample gives
  /// - Throws: `.argument`, `.shape`, naming the sample
  public func predict(
    _ inputs: UnsafePointer<Float>, inputCount: Int, sampleCount: Int, length: Int,
    lengths: UnsafeBufferPointer<Int64>, _ outputs: UnsafeMutablePointer<Float>, outputCount: Int
  ) throws(Failure) {
    let sizes = try network.sampleSizes(length: length, maxLength: maxLength)
    try checkCounts("inputs", inputCount, samples: sampleCount, each: sizes.input)
    try checkCounts("outputs", outputCount, samples: sampleCount, each: sizes.output)
    try network.check(lengths, sampleCount: sampleCount, padded: sizes.length)
    if network.isStateful { try network.checkOneLength(lengths, Network.statefulLengths) }
    let weights = try model.builtWeights()
    try states.begin(sampleCount)
    var job = Job(
      weights: weights, inputs: inputs, outputs: outputs,
      sampleCount: sampleCount, length: sizes.length, inputCount: sizes.input,
      outputCount: sizes.output, rows: rows(sampleCount), lengths: lengths, partCount: 0)
    withFlushedDenormals {
      while job.first < sampleCount {
        let count = min(Session.mostOrdered, sampleCount - job.first)
        order.arrange(count: count, rows: job.rows) { Int(lengths[job.first + $0]) }
        job.partCount = order.partCount
        self.job = job
        pool.run(self, parts: job.partCount)
        job.first += count
      }
    }
    self.job = nil
  }

  func perform(part: Int, worker: Int) {
    guard let job else { return }
    if job.lengths != nil { return perform(job, order.part(part), workspaces[worker]) }
    let first = part * job.rows
    let rows = min(job.rows, job.sampleCount - first)
    let result = compute(
      job, workspaces[worker], job.inputs + first * job.inputCount, rows, job.length, at: first)
    (job.outputs + first * job.outputCount).copy(from: result, count: rows * job.outputCount)
  }

  private func compute(
    _ job: Job, _ workspace: Workspace, _ inputs: UnsafePointer<Float>, _ rows: Int, _ length: Int,
    at first: Int
  ) -> UnsafePointer<Float> {
    workspace.forward(
      inputs, rows: rows, length: length, job.weights.values.pointer,
      job.weights.packed.pointer, team: job.partCount == 1 ? team : nil,
      states: (states, row: first))
  }

  private func perform(_ job: Job, _ part: LengthOrder.Part, _ workspace: Workspace) {
    let inputCount = job.inputCount / job.length * part.length
    for row in 0..<part.rows {
      let sample = job.first + order.position(part.first + row)
      (workspace.input + row * inputCount).copy(
        from: job.inputs + sample * job.inputCount, count: inputCount)
    }
    let result = compute(
      job, workspace, workspace.input, part.rows, part.length, at: job.first + part.first)
    let count = network.outputRows(part.length) * (network.outputShape?.channels ?? 1)
    for row in 0..<part.rows {
      let sample = job.first + order.position(part.first + row)
      let output = job.outputs + sample * job.outputCount
      output.copy(from: result + row * count, count: count)
      (output + count).update(repeating: 0, count: job.outputCount - count)
    }
  }
}
