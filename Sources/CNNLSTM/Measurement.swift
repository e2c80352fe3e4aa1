/// Metrics of predictions that are there already.
public enum Measurement {
  /// Writes the values of metrics, one metric after the other.
  /// - Parameters:
  ///   - predictions: [sampleCount, length, channels] as `inputs`, and what they should be;
  ///     `length` is 1 where there is no time axis
  ///   - count: of values, as `MetricOptions.valueCount` adds up
  /// - Throws: `.argument`, `.shape`, `.data`, `.limit`, `.outOfMemory`
  public static func write(
    _ metrics: [MetricOptions], of predictions: Dataset, channels: Int,
    to values: UnsafeMutablePointer<Float>, count: Int
  ) throws(Failure) {
    guard (1...65_536).contains(channels) else {
      throw Failure(.argument, "channels must be 1…65536, got \(channels)")
    }
    let set = try MetricSet(metrics, channels: channels, takesLabels: predictions.labels != nil)
    guard count == set.valueCount else {
      throw Failure(.shape, "values must hold \(set.valueCount) numbers, got \(count)")
    }
    let sizes = try check(predictions, channels)
    let each = sizes.outputRows * channels
    if let start = predictions.inputs.baseAddress {
      for sample in 0..<predictions.sampleCount {
        set.add(
          predictions, sizes, sample: sample, rows: sizes.outputRows(predictions, sample),
          classWeights: nil,
          predictions: start + sample * each)
      }
    }
    values.update(from: set.values().baseAddress ?? UnsafePointer(values), count: count)
  }

  private static func checkLengths(_ data: Dataset) throws(Failure) {
    guard let lengths = data.lengths else { return }
    guard lengths.count == data.sampleCount else {
      throw Failure(
        .shape, "lengths must hold \(data.sampleCount) numbers, got \(lengths.count)")
    }
    for (sample, length) in lengths.enumerated() where length < 1 || length > data.length {
      throw Failure(
        .shape, "sample \(sample) has length \(length); it must be 1…\(data.length)")
    }
  }

  private static func check(
    _ data: Dataset, _ channels: Int
  ) throws(Failure) -> SampleSizes {
    guard data.sampleCount >= 1, data.length >= 1, data.length <= 1 << 30 else {
      throw Failure(
        .shape,
        "metrics need at least 1 sample of 1 step, got \(data.sampleCount) of \(data.length)")
    }
    let each = try checkedProduct(data.length, channels, of: "a sample")
    let sizes = SampleSizes(
      length: data.length, input: each, outputRows: data.length, channels: channels)
    try checkCounts("inputs", data.inputs.count, samples: data.sampleCount, each: each)
    guard (data.labels == nil) != (data.targets == nil) else {
      throw Failure(.argument, "metrics take either labels or targets")
    }
    try checkLengths(data)
    try data.checkWanted(sizes)
    return sizes
  }
}
