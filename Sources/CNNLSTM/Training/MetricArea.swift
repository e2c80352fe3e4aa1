/// a / b, and 0 where nothing is divided by nothing.
func quotient(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }

/// The area under a curve, from the positives and negatives between neighbouring thresholds.
struct MetricArea {
  private let options: MetricOptions
  private let sums: UnsafePointer<Double>
  private let count: Int

  init(_ options: MetricOptions, _ sums: UnsafePointer<Double>, _ count: Int) {
    (self.options, self.sums, self.count) = (options, sums, count)
  }

  /// What is above a threshold.
  private struct Point {
    var positives = 0.0
    var negatives = 0.0

    mutating func add(_ sums: UnsafePointer<Double>, _ index: Int) {
      positives += sums[2 * index]
      negatives += sums[2 * index + 1]
    }
  }

  /// From the highest threshold, which nothing is above, to the lowest, which all is above.
  var value: Double {
    var all = Point()
    for index in 0..<count { all.add(sums, index) }
    var (area, high) = (0.0, Point())
    high.add(sums, count - 1)
    for index in stride(from: count - 2, through: 0, by: -1) {
      var low = high
      low.add(sums, index)
      area += piece(low, high, all)
      high = low
    }
    return area
  }

  private func piece(_ low: Point, _ high: Point, _ all: Point) -> Double {
    if options.curve == .pr, options.summation == .interpolation {
      return interpolated(low, high, all)
    }
    func place(_ point: Point) -> (x: Double, y: Double) {
      let recall = quotient(point.positives, all.positives)
      if options.curve == .roc { return (quotient(point.negatives, all.negatives), recall) }
      return (recall, quotient(point.positives, point.positives + point.negatives))
    }
    let (a, b) = (place(low), place(high))
    let height =
      switch options.summation {
      case .interpolation: (a.y + b.y) / 2
      case .majoring: max(a.y, b.y)
      case .minoring: min(a.y, b.y)
      }
    return (a.x - b.x) * height
  }

  /// True positives run linearly with all that is positive, which precision does not. Source:
  /// Davis and Goadrich 2006.
  private func interpolated(_ low: Point, _ high: Point, _ all: Point) -> Double {
    let (more, lowAll) = (low.positives - high.positives, low.positives + low.negatives)
    let highAll = high.positives + high.negatives
    let slope = quotient(more, max(lowAll - highAll, 0))
    let intercept = high.positives - slope * highAll
    let ratio = lowAll > 0 && highAll > 0 ? lowAll / highAll : 1
    return quotient(slope * (more + intercept * logarithmOf(ratio)), all.positives)
  }
}
