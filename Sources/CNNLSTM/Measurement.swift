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
    if let start = predictions.inputs.baseAddress {
      set.add(
        predictions, sizes, order: nil, first: 0, count: predictions.sampleCount,
        classWeights: nil, predictions: start)
    }
    values.update(from: set.values().baseAddress ?? UnsafePointer(values), count: count)
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
    try data.checkWanted(sizes)
    return sizes
  }
}
