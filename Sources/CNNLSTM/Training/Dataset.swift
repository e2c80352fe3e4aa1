/// Samples of one length and what they should give. It points to the caller's memory.
public struct Dataset {
  public var sampleCount: Int
  public var length: Int
  /// [sampleCount, length, channels]
  public var inputs: UnsafeBufferPointer<Float>
  /// The shape of the predictions; for all losses but the sparse one.
  public var targets: UnsafeBufferPointer<Float>?
  /// One a sample, or one a time step where the output has a time axis; for the sparse loss.
  public var labels: UnsafeBufferPointer<Int32>?
  /// What a sample's loss counts, one a sample or one a time step of the output; nil for one each.
  public var weights: UnsafeBufferPointer<Float>?

  public init(
    sampleCount: Int, length: Int, inputs: UnsafeBufferPointer<Float>,
    targets: UnsafeBufferPointer<Float>? = nil, labels: UnsafeBufferPointer<Int32>? = nil,
    weights: UnsafeBufferPointer<Float>? = nil
  ) {
    (self.sampleCount, self.length, self.inputs) = (sampleCount, length, inputs)
    (self.targets, self.labels, self.weights) = (targets, labels, weights)
  }

  /// Samples from `start` on, of data whose counts have been checked.
  func slice(_ start: Int, _ count: Int) -> Dataset {
    func part<Element>(_ all: UnsafeBufferPointer<Element>) -> UnsafeBufferPointer<Element> {
      let each = sampleCount == 0 ? 0 : all.count / sampleCount
      return UnsafeBufferPointer(rebasing: all[start * each..<(start + count) * each])
    }
    return Dataset(
      sampleCount: count, length: length, inputs: part(inputs), targets: targets.map(part),
      labels: labels.map(part), weights: weights.map(part))
  }

  /// Checks all counts and values against a network and a loss.
  /// - Throws: `.shape`, `.argument`, `.data`
  func check(_ network: Network, _ loss: Loss, maxLength: Int) throws(Failure) -> SampleSizes {
    let (length, input, output) = try network.sampleSizes(length: length, maxLength: maxLength)
    guard sampleCount >= 1 else {
      throw Failure(.argument, "sample_count must be at least 1, got \(sampleCount)")
    }
    try checkCounts("inputs", inputs.count, samples: sampleCount, each: input)
    let channels = network.outputShape?.channels ?? 1
    let sizes = SampleSizes(
      length: length, input: input, outputRows: output / channels, channels: channels)
    if loss.takesLabels {
      guard labels != nil, targets == nil else {
        throw Failure(.argument, "\(loss.name) takes labels, not targets")
      }
    } else {
      guard targets != nil, labels == nil else {
        throw Failure(.argument, "\(loss.name) takes targets, not labels")
      }
    }
    try checkWanted(sizes)
    return sizes
  }

  /// Checks labels or targets, and weights.
  /// - Throws: `.shape`, `.data`
  func checkWanted(_ sizes: SampleSizes) throws(Failure) {
    if let labels {
      try checkCounts("labels", labels.count, samples: sampleCount, each: sizes.outputRows)
      let most = sizes.channels - 1
      for (index, label) in labels.enumerated() where label < 0 || Int(label) > most {
        throw Failure(.data, "label \(index) must be 0…\(most), got \(label)")
      }
    }
    if let targets {
      let each = sizes.outputRows * sizes.channels
      try checkCounts("targets", targets.count, samples: sampleCount, each: each)
      if let start = targets.baseAddress, let bad = firstNonFinite(start, targets.count) {
        throw Failure(.data, "target \(bad) must be finite, got \(decimal(start[bad]))")
      }
    }
    try checkWeights(sizes)
  }

  private func checkWeights(_ sizes: SampleSizes) throws(Failure) {
    guard let weights else { return }
    let each = weights.count == sampleCount ? 1 : sizes.outputRows
    try checkCounts("sample_weights", weights.count, samples: sampleCount, each: each)
    for (index, weight) in weights.enumerated() where !(weight >= 0 && weight.isFinite) {
      throw Failure(
        .data, "sample weight \(index) must be finite and at least 0, got \(decimal(weight))")
    }
  }

  /// The weight of a row of a sample's output.
  func weight(sample: Int, row: Int, _ sizes: SampleSizes) -> Float {
    guard let weights else { return 1 }
    return weights.count == sampleCount ? weights[sample] : weights[sample * sizes.outputRows + row]
  }
}

/// Floats and rows of one sample of a dataset.
struct SampleSizes {
  let length: Int
  let input: Int
  /// Time steps of the output, or one.
  let outputRows: Int
  let channels: Int
}
