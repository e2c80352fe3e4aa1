import Kernels

/// One metric: sums over rows, in the order in which these come.
final class Metric {
  let options: MetricOptions
  private let channels: Int
  /// By kind of metric:
  ///   accuracies         Σ weight · value, Σ weight
  ///   precision, recall  true positives, false positives, false negatives of each threshold
  ///   F-score            the same and the sum of targets of each channel
  ///   AUC                positives, negatives of each interval of thresholds [, of each channel]
  ///   confusion matrix   [class, predicted class]
  private let sums: Buffer<Double>

  /// - Throws: `.argument`, `.limit`, `.outOfMemory`
  init(_ options: MetricOptions, channels: Int, takesLabels: Bool) throws(Failure) {
    try options.check(channels: channels)
    var options = options
    if options.kind == .accuracy {
      options.kind = channels == 1 && !takesLabels ? .binaryAccuracy : .categoricalAccuracy
    }
    if options.kind == .auc { options.thresholds.sort() }
    (self.options, self.channels) = (options, channels)
    let count =
      switch options.kind {
      case .precision, .recall: 3 * max(1, options.thresholds.count)
      case .fbetaScore: try checkedProduct(4, channels, of: "a metric")
      case .auc:
        try checkedProduct(
          2 * Metric.intervalCount(options), options.isMultiLabel ? channels : 1, of: "a metric")
      case .confusionMatrix: options.classCount(channels) * options.classCount(channels)
      default: 2
      }
    sums = try Buffer(count: count)
  }

  var valueCount: Int { options.valueCount(channels: channels) }

  func reset() { sums.pointer.update(repeating: 0, count: sums.count) }

  // MARK: Rows

  func add(_ row: MetricRow) {
    let half = options.thresholds.first ?? 0.5
    switch options.kind {
    case .accuracy, .categoricalAccuracy:
      addMean(row, row.predictedClass(half) == row.targetClass ? 1 : 0)
    case .binaryAccuracy: addMean(row, row.sharesSide(half))
    case .topKCategoricalAccuracy: addMean(row, row.isInTop(options.topK) ? 1 : 0)
    case .precision, .recall: addDecisions(row)
    case .fbetaScore: addScores(row)
    case .auc: addIntervals(row)
    case .confusionMatrix:
      let classes = options.classCount(channels)
      sums.pointer[row.targetClass * classes + row.predictedClass(half)] += row.weight
    }
  }

  private func addMean(_ row: MetricRow, _ value: Double) {
    sums.pointer[0] += row.weight * value
    sums.pointer[1] += row.weight
  }

  /// Without a threshold, top k alone decide if they are asked for.
  private func addDecisions(_ row: MetricRow) {
    let one = options.classID
    for channel in one < 0 ? 0..<channels : one..<one + 1 {
      let isTrue = row.target(channel) != 0
      let mayBe = options.topK == 0 || row.isAmongTop(options.topK, channel)
      for index in 0..<max(1, options.thresholds.count) {
        let least = options.thresholds.isEmpty ? 0.5 : options.thresholds[index]
        let isDecidedByRank = options.thresholds.isEmpty && options.topK > 0
        let isPositive = mayBe && (isDecidedByRank || row.outputs[channel] > least)
        guard isPositive || isTrue else { continue }
        sums.pointer[3 * index + (isPositive ? (isTrue ? 0 : 1) : 2)] += row.weight
      }
    }
  }

  private func addScores(_ row: MetricRow) {
    let most = largest(row.outputs, channels)
    for channel in 0..<channels {
      let (y, t) = (row.outputs[channel], Double(row.target(channel)))
      // An output of zero is never the largest, as in Keras.
      let isPositive = options.thresholds.first.map { y > $0 } ?? (y >= most && y.magnitude > 1e-9)
      let of = sums.pointer + 4 * channel
      of[0] += isPositive ? row.weight * t : 0
      of[1] += isPositive ? row.weight * (1 - t) : 0
      of[2] += isPositive ? 0 : row.weight * t
      of[3] += row.weight * t
    }
  }

  // MARK: Areas

  private static func intervalCount(_ options: MetricOptions) -> Int {
    options.thresholds.isEmpty ? options.thresholdCount : options.thresholds.count + 2
  }

  /// The last of the thresholds, the first below 0 and the last above 1, that an output is above.
  private func interval(_ output: Float) -> Int {
    // In this order NaN becomes 0.
    let y = min(max(0, options.fromLogits ? 1 / (1 + exponential(-output)) : output), 1)
    if options.thresholds.isEmpty {
      return max(0, Int((y * Float(options.thresholdCount - 1)).rounded(.up)) - 1)
    }
    var (low, high) = (0, options.thresholds.count)
    while low < high {
      let middle = (low + high) / 2
      if options.thresholds[middle] < y { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func addIntervals(_ row: MetricRow) {
    let count = Metric.intervalCount(options)
    for channel in 0..<channels {
      let start = options.isMultiLabel ? channel * 2 * count : 0
      let side = row.target(channel) != 0 ? 0 : 1
      sums.pointer[start + 2 * interval(row.outputs[channel]) + side] += row.weight
    }
  }

  private func meanArea() -> Double {
    let count = Metric.intervalCount(options)
    let curves = sums.count / (2 * count)
    var total = 0.0
    for curve in 0..<curves {
      total += MetricArea(options, sums.pointer + curve * 2 * count, count).value
    }
    return total / Double(curves)
  }

  // MARK: Results

  /// Writes the metric's values.
  func write(_ values: UnsafeMutablePointer<Float>) {
    switch options.kind {
    case .precision, .recall:
      for index in 0..<valueCount {
        let (hits, others) = (sums.pointer + 3 * index, options.kind == .precision ? 1 : 2)
        values[index] = Float(quotient(hits[0], hits[0] + hits[others]))
      }
    case .fbetaScore: writeScores(values)
    case .auc: values[0] = Float(meanArea())
    case .confusionMatrix:
      for index in 0..<sums.count { values[index] = Float(sums.pointer[index]) }
    default: values[0] = Float(quotient(sums.pointer[0], sums.pointer[1]))
    }
  }

  private func score(_ hits: Double, _ falsePositives: Double, _ misses: Double) -> Double {
    let (tiny, square) = (1e-7, Double(options.beta) * Double(options.beta))
    let precision = hits / (hits + falsePositives + tiny)
    let recall = hits / (hits + misses + tiny)
    return (1 + square) * precision * recall / (square * precision + recall + tiny)
  }

  private func writeScores(_ values: UnsafeMutablePointer<Float>) {
    var (mean, weighted, support, all) = (0.0, 0.0, 0.0, (0.0, 0.0, 0.0))
    for channel in 0..<channels {
      let of = sums.pointer + 4 * channel
      let value = score(of[0], of[1], of[2])
      if options.average == .none { values[channel] = Float(value) }
      mean += value / Double(channels)
      weighted += value * of[3]
      support += of[3]
      all = (all.0 + of[0], all.1 + of[1], all.2 + of[2])
    }
    switch options.average {
    case .none: break
    case .micro: values[0] = Float(score(all.0, all.1, all.2))
    case .macro: values[0] = Float(mean)
    case .weighted: values[0] = Float(weighted / (support + 1e-7))
    }
  }
}
