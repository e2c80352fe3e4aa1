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

  public init(
    sampleCount: Int, length: Int, inputs: UnsafeBufferPointer<Float>,
    targets: UnsafeBufferPointer<Float>? = nil, labels: UnsafeBufferPointer<Int32>? = nil
  ) {
    (self.sampleCount, self.length, self.inputs) = (sampleCount, length, inputs)
    (self.targets, self.labels) = (targets, labels)
  }

  /// Samples from `start` on, of data whose counts have been checked.
  func slice(_ start: Int, _ count: Int) -> Dataset {
    func part<Element>(_ all: UnsafeBufferPointer<Element>) -> UnsafeBufferPointer<Element> {
      let each = sampleCount == 0 ? 0 : all.count / sampleCount
      return UnsafeBufferPointer(rebasing: all[start * each..<(start + count) * each])
    }
    return Dataset(
      sampleCount: count, length: length, inputs: part(inputs), targets: targets.map(part),
      labels: labels.map(part))
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
      guard let labels, targets == nil else {
        throw Failure(.argument, "\(loss.name) takes labels, not targets")
      }
      try checkCounts("labels", labels.count, samples: sampleCount, each: sizes.outputRows)
      for (index, label) in labels.enumerated() where label < 0 || Int(label) >= channels {
        throw Failure(.data, "label \(index) must be 0…\(channels - 1), got \(label)")
      }
    } else {
      guard let targets, labels == nil else {
        throw Failure(.argument, "\(loss.name) takes targets, not labels")
      }
      try checkCounts("targets", targets.count, samples: sampleCount, each: output)
      if let start = targets.baseAddress, let bad = firstNonFinite(start, targets.count) {
        throw Failure(.data, "target \(bad) must be finite, got \(decimal(start[bad]))")
      }
    }
    return sizes
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
