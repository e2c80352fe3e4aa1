// The calls that take pointers, for Swift arrays.

extension Session {
  /// The outputs of samples of one length, one after the other.
  /// - Parameter length: time steps; the model's own by default
  /// - Throws: `.argument`, `.shape`
  public func predict(
    _ inputs: [Float], sampleCount: Int, length: Int? = nil
  ) throws(Failure) -> [Float] {
    let steps = length ?? network.inputShape?.length ?? 1
    let sizes = try network.sampleSizes(length: steps, maxLength: maxLength)
    try checkCounts("inputs", inputs.count, samples: sampleCount, each: sizes.input)
    var outputs = [Float](repeating: 0, count: sampleCount * sizes.output)
    try predict(
      inputs, inputCount: inputs.count, sampleCount: sampleCount, length: steps, &outputs,
      outputCount: outputs.count)
    return outputs
  }

  /// The outputs of samples that are padded to one length, with the length of each.
  /// - Throws: `.argument`, `.shape`
  public func predict(
    _ inputs: [Float], lengths: [Int], length: Int
  ) throws(Failure) -> [Float] {
    let (sizes, all) = (
      try network.sampleSizes(length: length, maxLength: maxLength), lengths.map { Int64($0) }
    )
    try checkCounts("inputs", inputs.count, samples: all.count, each: sizes.input)
    var outputs = [Float](repeating: 0, count: all.count * sizes.output)
    try outputs.withUnsafeMutableBufferPointer { (outputs) throws(Failure) in
      try all.withUnsafeBufferPointer { (all) throws(Failure) in
        guard let target = outputs.baseAddress else { return }
        try predict(
          inputs, inputCount: inputs.count, sampleCount: all.count, length: length, lengths: all,
          target, outputCount: outputs.count)
      }
    }
    return outputs
  }
}

extension Model {
  /// A new model with kernels of a type, and what that does to predictions of samples of one
  /// length: see the call that takes pointers.
  /// - Parameter length: time steps; the model's own by default
  /// - Throws: likewise
  public func converted(
    to type: WeightType, calibration inputs: [Float] = [], sampleCount: Int = 0,
    length: Int? = nil
  ) throws(Failure) -> (model: Model, report: ConversionReport) {
    try converted(
      to: type, inputs: inputs, inputCount: inputs.count, sampleCount: sampleCount,
      length: length ?? network.inputShape?.length ?? 1)
  }
}

extension Trainer {
  /// Trains on samples of the model's own length with a label each, for the sparse loss.
  /// - Throws: as `fit` on a `Dataset`
  @discardableResult
  public func fit(
    _ inputs: [Float], labels: [Int32], _ options: FitOptions = FitOptions(),
    watch: (TrainingProgress) -> Bool = { _ in true }
  ) throws(Failure) -> Outcome {
    try withDataset(inputs, labels) { (data) throws(Failure) in
      try fit(data, options, watch: watch)
    }
  }

  /// Mean loss and accuracy on samples likewise.
  /// - Throws: as `evaluate` of a `Dataset`
  public func evaluate(
    _ inputs: [Float], labels: [Int32]
  ) throws(Failure) -> (loss: Float, accuracy: Float) {
    try withDataset(inputs, labels) { (data) throws(Failure) in try evaluate(data) }
  }

  private func withDataset<Result>(
    _ inputs: [Float], _ labels: [Int32], _ body: (Dataset) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try inputs.withUnsafeBufferPointer { (inputs) throws(Failure) in
      try labels.withUnsafeBufferPointer { (labels) throws(Failure) in
        try body(
          Dataset(
            sampleCount: labels.count, length: modelLength, inputs: inputs, labels: labels))
      }
    }
  }
}
