// Training: epochs of batches, or one batch.

import Kernels

extension Trainer {
  /// A `fit` at work.
  fileprivate struct Run {
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
    try checkLengths(data)
    try checkBatches(training, fitOptions.batchSize)
    if let held { try checkBatches(held, fitOptions.batchSize) }
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
        + "\(batch)"
    )
    try require(
      split >= 0 && split < 1,
      "validation_split must be at least 0 and below 1, got \(decimal(Float(split)))")
    try check(fitOptions.classWeights)
  }

  /// Stateful layers go on from batch to batch, sample by sample.
  func checkBatches(_ data: Dataset, _ batchSize: Int) throws(Failure) {
    guard network.isStateful else { return }
    try network.checkWholeBatches(data.sampleCount, batchSize)
    try network.checkOneLength(data.lengths, Network.statefulLengths)
    try runner.fitStates()
  }

  private func checkLengths(_ data: Dataset) throws(Failure) {
    guard network.needsWholeBatch else { return }
    try network.checkOneLength(
      data.lengths, "BatchNormalization trains on batches whose samples have one length")
  }

  private func check(_ classWeights: UnsafeBufferPointer<Float>?) throws(Failure) {
    guard let weights = classWeights else { return }
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
    let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
    (run.progress.metrics, run.progress.validationMetrics) = (none, none)
    metrics.reset()
    isInEpoch = true
    defer { isInEpoch = false }
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
      let progress = run.progress
      throw notFinite("the weights", "in epoch \(progress.epoch), batch \(progress.batch)")
    }
    if !run.isStopped, let (data, sizes) = run.validation {
      let result = withFlushedDenormals { evaluateChecked(data, sizes) }
      (run.progress.validationLoss, run.progress.validationAccuracy) = result
      run.progress.validationMetrics = evaluationMetrics.values()
    }
    try publish()
    guard !run.isStopped else { return }
    nextEpoch = run.progress.epoch + 1
    isInEpoch = false
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
    var random = RandomSource(seed: seed, stream: 1, epochCount)
    epochCount += 1
    for index in stride(from: run.order.count - 1, to: 0, by: -1) {
      let other = Int(random.below(UInt64(index + 1)))
      (order[index], order[other]) = (order[other], order[index])
    }
  }

  private func trainBatch(_ run: inout Run, _ means: inout EpochMeans) throws(Failure) {
    let count = min(run.options.batchSize, run.progress.sampleCount - run.progress.sample)
    let order = UnsafePointer(run.order.pointer + run.progress.sample)
    let sums = try step(
      run.data, run.sizes, order: order, count: count, run.options.classWeights?.baseAddress,
      metrics, "in epoch \(run.progress.epoch), batch \(run.progress.batch)")
    means.add(sums, weight: count)
    run.progress.sample += count
    (run.progress.loss, run.progress.accuracy) = (means.loss, means.accuracy)
    run.progress.metrics = metrics.values()
  }

  /// One step of the optimizer. The sums are of before.
  private func step(
    _ data: Dataset, _ sizes: SampleSizes, order: UnsafePointer<Int>?, count: Int,
    _ classWeights: UnsafePointer<Float>?, _ metrics: MetricSet, _ place: @autoclosure () -> Message
  ) throws(Failure) -> LossSums {
    var random = RandomSource(seed: seed, stream: 2, stepCount)
    let (sums, norm) = withFlushedDenormals {
      var sums = runner.gradient(
        data, sizes, order: order, count: count, classWeights: classWeights,
        dropoutSeed: random.next(), into: metrics)
      if hasRegularizers {
        sums.loss += network.layout.penalty(values.pointer) * Double(sums.rows)
        network.layout.addPenaltyGradient(values.pointer, runner.gradient)
      }
      return (sums, optimizer.norm(runner.gradient))
    }
    guard sums.loss.isFinite else {
      try restore()
      throw notFinite("the loss", place())
    }
    keepGood()
    guard norm.isFinite || firstNonFinite(runner.gradient, values.count) == nil else {
      try restore()
      throw notFinite("the gradient", place())
    }
    withFlushedDenormals {
      optimizer.step(runner.gradient, norm: norm, values.pointer)
      network.update(values.pointer, from: runner.gradient)
      runner.weightsChanged()
    }
    stepCount += 1
    return sums
  }

  private func notFinite(_ what: StaticString, _ place: Message) -> Failure {
    Failure(
      .notFinite,
      "\(what) became NaN or infinite \(place): try a smaller learning_rate "
        + "(\(decimal(learningRate))) or global_clipnorm")
  }

  // MARK: One batch

  /// One step on all samples of a dataset, at most `batchSize`. Loss, accuracy and `lastMetrics`
  /// are those of before it, with dropout.
  /// - Throws: as `fit`, and `.state` while that runs
  public func trainOnBatch(
    _ data: Dataset, classWeights: UnsafeBufferPointer<Float>? = nil
  ) throws(Failure) -> (loss: Float, accuracy: Float) {
    guard !isFitting else { throw Failure(.state, "fit is running on this trainer") }
    try check(classWeights)
    let sizes = try data.check(network, options.loss, maxLength: maxLength)
    guard data.sampleCount <= options.batchSize else {
      throw Failure(
        .argument,
        "a batch has at most \(options.batchSize) samples, as the trainer was made for, got "
          + "\(data.sampleCount)")
    }
    try checkLengths(data)
    try checkBatches(data, options.batchSize)
    try takeWeights()
    evaluationMetrics.reset()
    let sums = try step(
      data, sizes, order: nil, count: data.sampleCount, classWeights?.baseAddress,
      evaluationMetrics, "in a single batch")
    guard firstNonFinite(values.pointer, values.count) == nil else {
      try restore()
      throw notFinite("the weights", "in a single batch")
    }
    try publish()
    var means = EpochMeans()
    means.add(sums)
    return (means.loss, means.accuracy)
  }
}
