/// How far a converted model is from the one it was made of, on samples of the caller's.
public struct ConversionReport: Sendable {
  /// Samples predicted by both models.
  public internal(set) var sampleCount = 0
  /// Of all outputs: the largest and the mean absolute difference. NaN without samples.
  public internal(set) var maxDifference = Float.nan
  public internal(set) var meanDifference = Float.nan
  /// The share of predictions (one a sample, or one a time step) whose largest channel is the same;
  /// with one channel, which are on the same side of 0.5. NaN without samples.
  public internal(set) var labelAgreement = Float.nan
}

extension Model {
  /// A new model with this one's layers, labels, metadata and weights, the kernels rounded to a
  /// type; and what that does to predictions of samples, which change nothing in it. A model
  /// without kernels stays float32.
  /// - Parameters:
  ///   - inputs: [sampleCount, length, channels], `inputCount` floats; may be none
  ///   - length: ignored for a model of vectors, and without samples
  /// - Throws: `.state` if not built or for weights that are not finite; `.argument`, `.shape`,
  ///   `.data` for inputs that are not finite; `.limit`, `.outOfMemory`
  public func converted(
    to type: WeightType, inputs: UnsafePointer<Float>, inputCount: Int, sampleCount: Int,
    length: Int
  ) throws(Failure) -> (model: Model, report: ConversionReport) {
    let weights = try builtWeights()
    if let bad = firstNonFinite(weights.values.pointer, weights.values.count) {
      throw Failure(
        .state,
        "only finite weights are converted, number \(bad) is "
          + "\(decimal(weights.values.pointer[bad]))")
    }
    // Weights of this moment: somebody may give the model others meanwhile.
    let original = Model(network, weights, labels: labels, metadata: metadata)
    let comparison = try Comparison(
      original, inputs, inputCount: inputCount, sampleCount: sampleCount, length: length)
    let rounded = try weights.values.copy()
    let type = network.layout.hasKernels ? type : .float32
    try network.layout.round(rounded.pointer, to: type)
    let model = Model(
      network, try Weights(network, rounded, Processor.chosen, type), labels: labels,
      metadata: metadata)
    return (model, try comparison?.report(model) ?? ConversionReport())
  }
}

/// Samples, checked, and a model to predict them with.
private struct Comparison {
  private static var chunk: Int { 64 }

  private let original: Model
  private let inputs: UnsafePointer<Float>
  private let sampleCount, length: Int
  private let sizes: (input: Int, output: Int)
  private let channels: Int

  /// nil for no samples.
  /// - Throws: `.argument`, `.shape`, `.data`
  init?(
    _ original: Model, _ inputs: UnsafePointer<Float>, inputCount: Int, sampleCount: Int,
    length: Int
  ) throws(Failure) {
    guard sampleCount != 0 || inputCount != 0 else { return nil }
    let network = original.network
    let sizes = try network.sampleSizes(length: length, maxLength: Shape.longest)
    try checkCounts("inputs", inputCount, samples: sampleCount, each: sizes.input)
    if let bad = firstNonFinite(inputs, inputCount) {
      throw Failure(.data, "inputs must be finite, number \(bad) is \(decimal(inputs[bad]))")
    }
    (self.original, self.inputs, self.sampleCount) = (original, inputs, sampleCount)
    (self.length, self.sizes) = (sizes.length, (sizes.input, sizes.output))
    channels = network.outputShape?.channels ?? 1
  }

  private struct Sums {
    var largest: Float = 0
    var sum = 0.0
    var agreeing = 0
  }

  /// - Throws: `.limit`, `.outOfMemory`
  func report(_ converted: Model) throws(Failure) -> ConversionReport {
    var options = Session.Options()
    options.maxLength = original.network.inputShape?.length == Shape.anyLength ? length : 0
    let chunk = min(Comparison.chunk, sampleCount)
    options.batchSize = original.network.isStateful ? chunk : min(options.batchSize, chunk)
    let sessions = (try Session(original, options), try Session(converted, options))
    let count = try checkedProduct(chunk, sizes.output, of: "a conversion")
    let outputs = (try FloatBuffer(count: count), try FloatBuffer(count: count))
    var sums = Sums()
    for first in stride(from: 0, to: sampleCount, by: Comparison.chunk) {
      let samples = min(Comparison.chunk, sampleCount - first)
      try predict(sessions.0, first, samples, outputs.0)
      try predict(sessions.1, first, samples, outputs.1)
      compare(outputs.0.pointer, outputs.1.pointer, samples * sizes.output, &sums)
    }
    var report = ConversionReport()
    let numbers = Double(sampleCount) * Double(sizes.output)
    (report.sampleCount, report.maxDifference) = (sampleCount, sums.largest)
    report.meanDifference = Float(sums.sum / numbers)
    report.labelAgreement = Float(Double(sums.agreeing) * Double(channels) / numbers)
    return report
  }

  private func predict(
    _ session: Session, _ first: Int, _ samples: Int, _ outputs: FloatBuffer
  ) throws(Failure) {
    try session.resetStates()
    try session.predict(
      inputs + first * sizes.input, inputCount: samples * sizes.input, sampleCount: samples,
      length: length, outputs.pointer, outputCount: samples * sizes.output)
  }

  private func compare(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int, _ sums: inout Sums
  ) {
    for i in 0..<count {
      let difference = (a[i] - b[i]).magnitude
      sums.sum += Double(difference)
      // Once NaN, it stays so.
      if difference > sums.largest || difference.isNaN { sums.largest = difference }
    }
    for row in stride(from: 0, to: count, by: channels) where label(a + row) == label(b + row) {
      sums.agreeing += 1
    }
  }

  /// The class that an output row stands for.
  private func label(_ row: UnsafePointer<Float>) -> Int {
    guard channels > 1 else { return row[0] > 0.5 ? 1 : 0 }
    var best = 0
    for channel in 1..<channels where row[channel] > row[best] { best = channel }
    return best
  }
}
