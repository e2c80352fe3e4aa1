/// The metrics of a run over data, added up by one thread in the order of the samples.
final class MetricSet {
  private let metrics: [Metric]
  private let results: FloatBuffer

  static var most: Int { 64 }

  /// - Throws: `.argument`, `.limit`, `.outOfMemory`
  init(_ options: [MetricOptions], channels: Int, takesLabels: Bool) throws(Failure) {
    guard options.count <= MetricSet.most else {
      throw Failure(.limit, "at most \(MetricSet.most) metrics, got \(options.count)")
    }
    var (metrics, count) = ([Metric](), 0)
    for option in options {
      let metric = try Metric(option, channels: channels, takesLabels: takesLabels)
      metrics.append(metric)
      count += metric.valueCount
    }
    self.metrics = metrics
    results = try FloatBuffer(count: count)
  }

  var isEmpty: Bool { metrics.isEmpty }

  func reset() { for metric in metrics { metric.reset() } }

  /// Adds the predictions of a sample.
  /// - Parameters:
  ///   - rows: how many there are
  ///   - classWeights: a weight a class, or none
  ///   - mask: 0 for rows that do not count, or nil
  func add(
    _ data: Dataset, _ sizes: SampleSizes, sample: Int, rows: Int,
    classWeights: UnsafePointer<Float>?, predictions: UnsafePointer<Float>,
    mask: UnsafePointer<UInt8>? = nil
  ) {
    for step in 0..<rows {
      if let mask, mask[step] == 0 { continue }
      let at = sample * sizes.outputRows + step
      func row(_ weight: Double) -> MetricRow {
        MetricRow(
          outputs: predictions + step * sizes.channels, channels: sizes.channels,
          targets: data.targets?.baseAddress.map { $0 + at * sizes.channels },
          label: data.labels.map { Int($0[at]) }, weight: weight)
      }
      let plain = row(1)
      let own = Double(data.weight(sample: sample, row: step, sizes))
      let weighted = row(own * Double(classWeights.map { $0[plain.targetClass] } ?? 1))
      for metric in metrics { metric.add(metric.options.isWeighted ? weighted : plain) }
    }
  }

  /// All values, metric by metric, which stay until the next call.
  func values() -> UnsafeBufferPointer<Float> {
    var place = results.pointer
    for metric in metrics {
      metric.write(place)
      place += metric.valueCount
    }
    guard results.count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(start: results.pointer, count: results.count)
  }

  var valueCount: Int { results.count }
}
