// Files of a model in training, from which it goes on as if it had never stopped.

import Kernels

extension Trainer {
  /// The bytes of the model's file, with the weights of this moment and the state of training.
  /// - Throws: `.state` for numbers that are not finite, `.outOfMemory`
  public func encoded() throws(Failure) -> FileBytes {
    if !isInEpoch { try takeWeights() }
    let weights = try Weights(network, try values.copy(), Processor.chosen, .float32)
    return try ModelFile(network, weights, labels: model.labels, metadata: model.metadata)
      .encoded(try checkpoint)
  }

  /// Writes a file, as `Model.save` does.
  /// - Throws: `.fileAccess`, and as `encoded`
  public func save(to path: FilePath) throws(Failure) {
    try replaceFile(path, with: try encoded())
  }

  /// Takes up the training of a file, of a model with the same layers and of the same kind of
  /// optimizer. The model has the file's weights then; a failure changes nothing.
  /// - Throws: `.state` while `fit` runs; `.fileAccess`, and as `load(bytes:)`
  public func load(
    from path: FilePath, _ options: LoadOptions = LoadOptions()
  ) throws(Failure) {
    let file = try readFile(path, limit: options.maxFileBytes)
    do {
      try file.withUnsafeBytes { (bytes) throws(Failure) in try load(bytes: bytes, options) }
    } catch {
      throw path.failure("\(error.text)", error.kind)
    }
  }

  /// - Throws: `.state` while `fit` runs; `.fileNotModel`, `.fileVersion`, `.fileTruncated`,
  ///   `.fileCorrupt`, `.fileSelfTest`, `.limit`, `.outOfMemory`; `.argument` for a file without a
  ///   training, `.shape` for one of other layers, `.argument` for one of another optimizer
  public func load(
    bytes: UnsafeRawBufferPointer, _ options: LoadOptions = LoadOptions()
  ) throws(Failure) {
    guard !isFitting else { throw Failure(.state, "fit is running on this trainer") }
    let (file, saved) = try ModelFile.withCheckpoint(bytes, options)
    guard let saved else { throw Failure(.argument, "the file holds a model, but no training") }
    guard try file.network.hasLayers(of: network) else {
      throw Failure(.shape, "the file's model has other layers than this trainer's")
    }
    try check(saved)
    let states = try runner.states(saved.layerStates)
    let weights = try file.weights.values.copy()
    version = try model.replace(weights)
    values.pointer.copy(from: weights.pointer, count: values.count)
    runner.weightsChanged()
    runner.states = states
    take(saved)
    keepGood()
  }

  private var checkpoint: Checkpoint {
    get throws(Failure) {
      var result = Checkpoint(
        optimizer: options.optimizer.kind.rawValue, learningRate: optimizer.options.learningRate,
        seed: seed, nextEpoch: nextEpoch, momentumProduct: optimizer.counters.momentumProduct,
        state: optimizer.state)
      result.layerStates = runner.states.buffer
      result.optimizerSteps = UInt64(optimizer.counters.steps)
      (result.steps, result.shuffledEpochs) = (stepCount, epochCount)
      return result
    }
  }

  private func check(_ saved: Checkpoint) throws(Failure) {
    let wanted = options.optimizer.kind
    guard let kind = OptimizerKind(rawValue: saved.optimizer) else {
      throw Failure(.fileVersion, "the optimizer \(saved.optimizer) is not known to this version")
    }
    guard kind == wanted else {
      throw Failure(
        .argument, "the training was with \(kind.name), and this trainer has \(wanted.name)")
    }
    for (theirs, own) in zip(saved.state, optimizer.state) where theirs.count != own.count {
      throw Failure(
        .argument,
        "the training was with other options of \(wanted.name): amsgrad, centered or use_ema")
    }
  }

  private func take(_ saved: Checkpoint) {
    for (theirs, own) in zip(saved.state, optimizer.state) {
      own.pointer.copy(from: theirs.pointer, count: own.count)
    }
    let steps = Int(saved.optimizerSteps)
    optimizer.counters = (steps, max(0, Int(saved.steps) - steps), saved.momentumProduct)
    // The rate was checked when it was read; a schedule has its own.
    if options.optimizer.schedule == nil { try? setLearningRate(saved.learningRate) }
    (seed, stepCount, epochCount) = (saved.seed, saved.steps, saved.shuffledEpochs)
    nextEpoch = Int(saved.nextEpoch)
  }
}

extension Network {
  /// Whether the layers are the same, as a file would write them.
  fileprivate func hasLayers(of other: Network) throws(Failure) -> Bool {
    var (a, b) = (try ByteWriter(), try ByteWriter())
    try writeArchitecture(&a)
    try other.writeArchitecture(&b)
    return a.result.withUnsafeBytes { a in b.result.withUnsafeBytes { a.elementsEqual($0) } }
  }
}
