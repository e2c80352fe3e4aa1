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

  private let model: Model
  private let network: Network
  private let options: Options
  private let maxLength: Int
  private let optimizer: Optimizer
  private let runner: BatchRunner
  private let values: FloatBuffer
  /// The weights that gave the last loss, for when the next is not finite.
  private let lastGood: FloatBuffer
  private let hasRegularizers: Bool
  private let cancellation = Cancellation()
  private var version = -1
  private var isFitting = false
  private var stepCount: UInt64 = 0
  private var epochCount: UInt64 = 0

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
    maxLength = try network.longest(options.maxLength)
    hasRegularizers = network.layout.hasRegularizers
    optimizer = try Optimizer(
      options.optimizer, network.layout, Processor.chosen.kernels)
    runner = try BatchRunner(
      network, values, options.loss, options.lossOptions, batchSize: options.batchSize,
      maxLength: maxLength, threads: options.threads)
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
  private func takeWeights() throws(Failure) {
    let now = model.snapshot()
    guard now.version != version, let weights = now.weights else { return }
    values.pointer.copy(from: weights.values.pointer, count: values.count)
    lastGood.pointer.copy(from: values.pointer, count: values.count)
    version = now.version
    runner.weightsChanged()
  }

  /// Gives the model the weights of this moment.
  private func publish() throws(Failure) { version = try model.replace(try values.copy()) }

  /// Back to the weights that last gave a finite loss.
  private func restore() throws(Failure) {
    values.pointer.copy(from: lastGood.pointer, count: values.count)
    runner.weightsChanged()
    try runner.resetStates()
    // What led away from them would do so again, at any learning rate.
    optimizer.forget()
    try publish()
  }

  /// The next batch begins with states of zero, of a layer or of all. Without that, batches of
  /// `fit` and `evaluate` go on from one another.
  /// - Throws: `.argument` for a layer that does not exist
  public func resetStates(ofLayer layer: Int? = nil) throws(Failure) {
    try runner.resetStates(ofLayer: layer)
  }

  // MARK: Evaluation

  /// Mean loss and accuracy of the model, without dropout.
  /// - Throws: `.argument`, `.shape`, `.data`
  public func evaluate(_ data: Dataset) throws(Failure) -> (loss: Float, accuracy: Float) {
    let sizes = try data.check(network, options.loss, maxLength: maxLength)
    try network.checkWholeBatches(data.sampleCount, options.batchSize)
    if !isFitting { try takeWeights() }
    return withFlushedDenormals { evaluateChecked(data, sizes) }
  }

  private func evaluateChecked(
    _ data: Dataset, _ sizes: SampleSizes
  ) -> (loss: Float, accuracy: Float) {
    var means = EpochMeans()
    for first in stride(from: 0, to: data.sampleCount, by: options.batchSize) {
      let count = min(options.batchSize, data.sampleCount - first)
      means.add(
        runner.losses(data, sizes, first: first, count: count), rows: count * sizes.outputRows)
    }
    return (means.loss + Float(network.layout.penalty(values.pointer)), means.accuracy)
  }

  // MARK: Training

  /// A `fit` at work.
  private struct Run {
    let data: Dataset
    let sizes: SampleSizes
    let validation: (data: Dataset, sizes: SampleSizes)?
    let options: FitOptions
    let order: Buffer<Int>
    let watch: (TrainingProgress) -> Bool
    var progress: TrainingProgress
    var isStopped = false
  }

  /// Trains for some epochs. All arguments are checked before the first step.
  /// - Parameter watch: returns false to stop.
  /// - Throws: `.notFinite` with the weights of before the step that led there; `.argument`,
  ///   `.shape`, `.data`, `.outOfMemory`
  public func fit(
    _ data: Dataset, validation: Dataset? = nil, _ fitOptions: FitOptions = FitOptions(),
    watch: (TrainingProgress) -> Bool = { _ in true }
  ) throws(Failure) -> Outcome {
    guard !isFitting else { throw Failure(.state, "fit is running on this trainer") }
    cancellation.lower()
    try check(fitOptions)
    let sizes = try data.check(network, options.loss, maxLength: maxLength)
    var (training, held) = (data, validation)
    if validation == nil, fitOptions.validationSplit > 0 {
      let kept = Int(Double(data.sampleCount) * (1 - fitOptions.validationSplit))
      guard kept >= 1, kept < data.sampleCount else {
        throw Failure(
          .argument,
          "validation_split \(decimal(Float(fitOptions.validationSplit))) of "
            + "\(data.sampleCount) samples leaves one part empty")
      }
      (training, held) = (data.slice(0, kept), data.slice(kept, data.sampleCount - kept))
    }
    var heldOut: (data: Dataset, sizes: SampleSizes)?
    if let held { heldOut = (held, try held.check(network, options.loss, maxLength: maxLength)) }
    for count in [training.sampleCount, held?.sampleCount ?? 0] {
      try network.checkWholeBatches(count, fitOptions.batchSize)
    }
    let order = try Buffer<Int>(count: training.sampleCount)
    try takeWeights()
    return try withoutActuallyEscaping(watch) { watch throws(Failure) in
      var run = Run(
        data: training, sizes: sizes, validation: heldOut, options: fitOptions, order: order,
        watch: watch,
        progress: TrainingProgress(
          epochs: fitOptions.epochs,
          batchCount: (training.sampleCount + fitOptions.batchSize - 1) / fitOptions.batchSize,
          sampleCount: training.sampleCount))
      return try fit(&run)
    }
  }

  private func check(_ fitOptions: FitOptions) throws(Failure) {
    func require(_ isFine: Bool, _ text: @autoclosure () -> Message) throws(Failure) {
      if !isFine { throw Failure(.argument, text()) }
    }
    let (batch, split) = (fitOptions.batchSize, fitOptions.validationSplit)
    try require(fitOptions.epochs >= 0, "epochs must be at least 0, got \(fitOptions.epochs)")
    try require(
      fitOptions.initialEpoch >= 0,
      "initial_epoch must be at least 0, got \(fitOptions.initialEpoch)")
    try require(
      batch >= 1 && batch <= options.batchSize,
      "batch_size must be 1…\(options.batchSize), as the trainer was made for, got \(batch)")
    try require(
      batch == options.batchSize || !network.isStateful,
      "batch_size must be the trainer's \(options.batchSize) where layers are stateful, got "
        + "\(batch)")
    try require(
      split >= 0 && split < 1,
      "validation_split must be at least 0 and below 1, got \(decimal(Float(split)))")
    guard let weights = fitOptions.classWeights else { return }
    let classes = max(2, network.outputShape?.channels ?? 0)
    guard weights.count == classes else {
      throw Failure(.shape, "class_weights must hold \(classes) numbers, got \(weights.count)")
    }
    for (index, weight) in weights.enumerated() where !(weight >= 0 && weight.isFinite) {
      throw Failure(
        .argument, "the weight of class \(index) must be at least 0, got \(decimal(weight))")
    }
  }

  private func fit(_ run: inout Run) throws(Failure) -> Outcome {
    isFitting = true
    defer { isFitting = false }
    for epoch in stride(from: run.options.initialEpoch, to: run.options.epochs, by: 1) {
      run.progress.epoch = epoch
      try trainEpoch(&run)
      if run.isStopped { break }
    }
    try takeAverage()
    return run.isStopped ? .stopped : .completed
  }

  /// At the end of `fit` the weights are their moving average, if there is one.
  private func takeAverage() throws(Failure) {
    guard options.optimizer.usesEMA, optimizer.stepCount > 0 else { return }
    optimizer.finish(values.pointer)
    runner.weightsChanged()
    try publish()
  }

  private func trainEpoch(_ run: inout Run) throws(Failure) {
    var means = EpochMeans()
    (run.progress.batch, run.progress.sample) = (0, 0)
    (run.progress.loss, run.progress.accuracy) = (.nan, .nan)
    (run.progress.validationLoss, run.progress.validationAccuracy) = (.nan, .nan)
    report(&run, .epochBegin)
    shuffle(run)
    while run.progress.batch < run.progress.batchCount, !run.isStopped {
      report(&run, .batchBegin)
      if run.isStopped { break }
      try trainBatch(&run, &means)
      report(&run, .batchEnd)
      run.progress.batch += 1
    }
    guard firstNonFinite(values.pointer, values.count) == nil else {
      try restore()
      throw notFinite("the weights", run)
    }
    if !run.isStopped, let (data, sizes) = run.validation {
      let result = withFlushedDenormals { evaluateChecked(data, sizes) }
      (run.progress.validationLoss, run.progress.validationAccuracy) = result
    }
    try publish()
    guard !run.isStopped else { return }
    report(&run, .epochEnd)
    try takeWeights()
  }

  /// Tells the watcher, and hears whether to go on.
  private func report(_ run: inout Run, _ event: TrainingProgress.Event) {
    run.progress.event = event
    run.progress.learningRate = learningRate
    if !run.watch(run.progress) || cancellation.isRaised { run.isStopped = true }
  }

  /// A new order of the samples (Fisher and Yates), drawn from the seed and the epochs done so far.
  private func shuffle(_ run: Run) {
    let order = run.order.pointer
    for index in 0..<run.order.count { order[index] = index }
    guard run.options.shuffle else { return }
    var random = RandomSource(seed: options.seed, stream: 1, epochCount)
    epochCount += 1
    for index in stride(from: run.order.count - 1, to: 0, by: -1) {
      let other = Int(random.below(UInt64(index + 1)))
      (order[index], order[other]) = (order[other], order[index])
    }
  }

  private func trainBatch(_ run: inout Run, _ means: inout EpochMeans) throws(Failure) {
    let count = min(run.options.batchSize, run.progress.sampleCount - run.progress.sample)
    var random = RandomSource(seed: options.seed, stream: 2, stepCount)
    let (sums, norm) = withFlushedDenormals {
      var sums = runner.gradient(
        run.data, run.sizes, order: run.order.pointer + run.progress.sample, count: count,
        classWeights: run.options.classWeights?.baseAddress, dropoutSeed: random.next())
      if hasRegularizers {
        sums.loss += network.layout.penalty(values.pointer) * Double(count * run.sizes.outputRows)
        network.layout.addPenaltyGradient(values.pointer, runner.gradient)
      }
      return (sums, optimizer.norm(runner.gradient))
    }
    guard sums.loss.isFinite else {
      try restore()
      throw notFinite("the loss", run)
    }
    guard norm.isFinite || firstNonFinite(runner.gradient, values.count) == nil else {
      throw notFinite("the gradient", run)
    }
    lastGood.pointer.copy(from: values.pointer, count: values.count)
    withFlushedDenormals {
      optimizer.step(runner.gradient, norm: norm, values.pointer)
      network.update(values.pointer, from: runner.gradient)
      runner.weightsChanged()
    }
    stepCount += 1
    means.add(sums, rows: count * run.sizes.outputRows)
    run.progress.sample += count
    (run.progress.loss, run.progress.accuracy) = (means.loss, means.accuracy)
  }

  private func notFinite(_ what: StaticString, _ run: Run) -> Failure {
    Failure(
      .notFinite,
      "\(what) became NaN or infinite in epoch \(run.progress.epoch), batch "
        + "\(run.progress.batch): try a smaller learning_rate (\(decimal(learningRate))) or "
        + "global_clipnorm")
  }
}
