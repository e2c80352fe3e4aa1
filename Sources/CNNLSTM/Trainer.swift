import Kernels

/// Trains one model: gradients, the optimizer's state and random numbers. One thread at a time.
public final class Trainer {
  public struct Options: Sendable {
    public var loss = Loss.categoricalCrossentropy
    public var lossOptions = LossOptions()
    public var optimizer: OptimizerOptions
    /// 0: one a core. Results do not depend on it.
    public var threads = 0
    /// The largest batch.
    public var batchSize = 32
    /// The longest input; 0 for the model's own length.
    public var maxLength = 0
    /// Of shuffling and dropout.
    public var seed: UInt64 = 0
    /// What to measure besides loss and accuracy.
    public var metrics: [MetricOptions] = []

    public init(_ optimizer: OptimizerOptions = OptimizerOptions(.adam)) {
      self.optimizer = optimizer
    }
  }

  public struct FitOptions {
    public var epochs = 1
    public var initialEpoch = 0
    public var batchSize = 32
    public var shuffle = true
    /// The share of the data, from its end, that is for validation.
    public var validationSplit = 0.0
    /// A weight a class, or none.
    public var classWeights: UnsafeBufferPointer<Float>?

    public init() {}
  }

  public enum Outcome: Int32, Sendable { case completed = 0, stopped }

  let model: Model
  let network: Network
  let options: Options
  let maxLength: Int
  let optimizer: Optimizer
  let runner: BatchRunner
  let values: FloatBuffer
  /// The weights that gave the last loss, and the steps that led to them, for when the next is not
  /// finite.
  let lastGood: FloatBuffer
  var lastGoodStep: UInt64 = 0
  let hasRegularizers: Bool
  let cancellation = Cancellation()
  var version = -1
  var isFitting = false
  /// Whether the weights are ahead of the model's.
  var isInEpoch = false
  /// Of shuffling and dropout, and what was drawn so far.
  var seed: UInt64
  var stepCount: UInt64 = 0
  var epochCount: UInt64 = 0
  /// The number of the epoch that comes next.
  public internal(set) var nextEpoch = 0
  let metrics: MetricSet
  let evaluationMetrics: MetricSet

  /// - Throws: `.state` if the model is not built or not float32; `.argument`, `.shape`, `.limit`,
  ///   `.outOfMemory`, `.thread`
  public init(_ model: Model, _ options: Options = Options()) throws(Failure) {
    guard model.weightType == .float32 else {
      throw Failure(
        .state,
        "the model has \(model.weightType.name) weights: train the float32 model, then convert it")
    }
    values = try model.builtWeights().values.copy()
    lastGood = try FloatBuffer(count: values.count)
    try options.optimizer.check()
    try options.lossOptions.check(options.loss)
    guard (1...65_536).contains(options.batchSize) else {
      throw Failure(.argument, "batch_size must be 1…65536, got \(options.batchSize)")
    }
    (self.model, network, self.options) = (model, model.network, options)
    seed = options.seed
    maxLength = try network.longest(options.maxLength)
    hasRegularizers = network.layout.hasRegularizers
    optimizer = try Optimizer(
      options.optimizer, network.layout, Processor.chosen.kernels)
    runner = try BatchRunner(
      network, values, options.loss, options.lossOptions, batchSize: options.batchSize,
      maxLength: maxLength, threads: options.threads, keepsPredictions: !options.metrics.isEmpty)
    let (channels, takesLabels) = (network.outputShape?.channels ?? 1, options.loss.takesLabels)
    metrics = try MetricSet(options.metrics, channels: channels, takesLabels: takesLabels)
    evaluationMetrics = try MetricSet(options.metrics, channels: channels, takesLabels: takesLabels)
  }

  /// The length of the inputs that the model takes, or the longest if it takes any.
  var modelLength: Int { maxLength }

  /// Makes a running `fit` return after the batch it is at. From any thread or signal handler.
  public func cancel() { cancellation.raise() }

  public var learningRate: Float { optimizer.learningRate }

  /// - Throws: `.argument`
  public func setLearningRate(_ rate: Float) throws(Failure) {
    try optimizer.setLearningRate(rate)
  }

  // MARK: Weights

  /// Takes the model's weights if somebody else has set them.
  func takeWeights() throws(Failure) {
    let now = model.snapshot()
    guard now.version != version, let weights = now.weights else { return }
    values.pointer.copy(from: weights.values.pointer, count: values.count)
    keepGood()
    version = now.version
    runner.weightsChanged()
  }

  /// Gives the model the weights of this moment.
  func publish() throws(Failure) { version = try model.replace(try values.copy()) }

  /// The weights of this moment are fine.
  func keepGood() {
    lastGood.pointer.copy(from: values.pointer, count: values.count)
    lastGoodStep = stepCount
  }

  /// Back to the weights that last gave a finite loss.
  func restore() throws(Failure) {
    values.pointer.copy(from: lastGood.pointer, count: values.count)
    stepCount = lastGoodStep
    runner.weightsChanged()
    try runner.states.reset()
    // What led away from them would do so again, at any learning rate.
    optimizer.forget(steps: Int(stepCount))
    try publish()
  }

  /// The next batch begins with states of zero, of a layer or of all. Without that, batches of
  /// `fit` and `evaluate` go on from one another.
  /// - Throws: `.argument` for a layer that does not exist
  public func resetStates(ofLayer layer: Int? = nil) throws(Failure) {
    try runner.states.reset(layer)
  }

  // MARK: Evaluation

  /// Mean loss and accuracy of the model, without dropout; `lastMetrics` has the metrics.
  /// - Throws: `.argument`, `.shape`, `.data`
  public func evaluate(_ data: Dataset) throws(Failure) -> (loss: Float, accuracy: Float) {
    let sizes = try data.check(network, options.loss, maxLength: maxLength)
    try checkBatches(data, options.batchSize)
    if !isFitting { try takeWeights() }
    return withFlushedDenormals { evaluateChecked(data, sizes) }
  }

  func evaluateChecked(_ data: Dataset, _ sizes: SampleSizes) -> (loss: Float, accuracy: Float) {
    var means = EpochMeans()
    evaluationMetrics.reset()
    for first in stride(from: 0, to: data.sampleCount, by: options.batchSize) {
      let count = min(options.batchSize, data.sampleCount - first)
      means.add(
        runner.losses(data, sizes, first: first, count: count, into: evaluationMetrics))
    }
    return (means.loss + Float(network.layout.penalty(values.pointer)), means.accuracy)
  }

  public var metricValueCount: Int { evaluationMetrics.valueCount }

  /// What the metrics gave for the data of the last `evaluate` or `trainOnBatch`.
  public var lastMetrics: UnsafeBufferPointer<Float> { evaluationMetrics.values() }
}
