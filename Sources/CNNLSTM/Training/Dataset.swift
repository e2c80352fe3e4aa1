/// Samples and what they should give. It points to the caller's memory.
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
  /// The length of each sample, behind which its input is padding, and so are targets, labels and
  /// weights behind what it gives; nil if all have `length`.
  public var lengths: UnsafeBufferPointer<Int64>?

  public init(
    sampleCount: Int, length: Int, inputs: UnsafeBufferPointer<Float>,
    targets: UnsafeBufferPointer<Float>? = nil, labels: UnsafeBufferPointer<Int32>? = nil,
    weights: UnsafeBufferPointer<Float>? = nil, lengths: UnsafeBufferPointer<Int64>? = nil
  ) {
    (self.sampleCount, self.length, self.inputs) = (sampleCount, length, inputs)
    (self.targets, self.labels, self.weights) = (targets, labels, weights)
    self.lengths = lengths
  }

  /// Samples from `start` on, of data whose counts have been checked.
  func slice(_ start: Int, _ count: Int) -> Dataset {
    func part<Element>(_ all: UnsafeBufferPointer<Element>) -> UnsafeBufferPointer<Element> {
      let each = sampleCount == 0 ? 0 : all.count / sampleCount
      return UnsafeBufferPointer(rebasing: all[start * each..<(start + count) * each])
    }
    return Dataset(
      sampleCount: count, length: length, inputs: part(inputs), targets: targets.map(part),
      labels: labels.map(part), weights: weights.map(part), lengths: lengths.map(part))
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
    var sizes = SampleSizes(
      length: length, input: input, outputRows: output / channels, channels: channels)
    if let lengths {
      try network.check(lengths, sampleCount: sampleCount, padded: length)
      sizes.network = network
    }
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

  /// Checks labels or targets, and weights, but for those of padding.
  /// - Throws: `.shape`, `.data`
  func checkWanted(_ sizes: SampleSizes) throws(Failure) {
    let each = sizes.outputRows
    try checkCounts("labels", labels?.count, samples: sampleCount, each: each)
    try checkCounts("targets", targets?.count, samples: sampleCount, each: each * sizes.channels)
    if weights?.count != sampleCount {
      try checkCounts("sample_weights", weights?.count, samples: sampleCount, each: each)
    }
    guard lengths != nil else { return try checkWanted(0..<sampleCount * each, sizes) }
    for sample in 0..<sampleCount {
      let first = sample * each
      try checkWanted(first..<first + sizes.outputRows(self, sample), sizes)
    }
  }

  /// Checks labels or targets, and weights, of some rows of the output.
  private func checkWanted(_ rows: Range<Int>, _ sizes: SampleSizes) throws(Failure) {
    if let labels {
      let most = sizes.channels - 1
      for index in rows where labels[index] < 0 || Int(labels[index]) > most {
        throw Failure(.data, "label \(index) must be 0…\(most), got \(labels[index])")
      }
    }
    if let start = targets?.baseAddress {
      let first = rows.lowerBound * sizes.channels
      if let bad = firstNonFinite(start + first, rows.count * sizes.channels) {
        throw Failure(
          .data, "target \(first + bad) must be finite, got \(decimal(start[first + bad]))")
      }
    }
    guard let weights else { return }
    let isOneASample = weights.count == sampleCount
    for row in rows {
      let index = isOneASample ? row / sizes.outputRows : row
      guard weights[index] >= 0, weights[index].isFinite else {
        throw Failure(
          .data,
          "sample weight \(index) must be finite and at least 0, got \(decimal(weights[index]))")
      }
    }
  }

  private func checkCounts(
    _ name: String, _ count: Int?, samples: Int, each: Int
  ) throws(Failure) {
    if let count { try CNNLSTM.checkCounts(name, count, samples: samples, each: each) }
  }

  /// The length of a sample.
  func length(_ sample: Int, _ sizes: SampleSizes) -> Int {
    lengths.map { Int($0[sample]) } ?? sizes.length
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
  /// What gives rows for shorter samples; nil where those are as many as their time steps.
  var network: Network?

  /// Rows of the output of a sample of a length.
  func outputRows(ofLength length: Int) -> Int {
    if length == self.length { return outputRows }
    return network.map { $0.outputRows(length) } ?? length
  }

  func outputRows(_ data: Dataset, _ sample: Int) -> Int {
    outputRows(ofLength: data.length(sample, self))
  }
}
