import Kernels

/// One row of a model's outputs and what they should be.
struct MetricRow {
  let outputs: UnsafePointer<Float>
  let channels: Int
  let targets: UnsafePointer<Float>?
  let label: Int?
  let weight: Double

  func target(_ channel: Int) -> Float {
    if let targets { return targets[channel] }
    return channel == label ? 1 : 0
  }

  /// The class it stands for: its label, its largest target, or with one channel whether the
  /// target is at least one half.
  var targetClass: Int {
    if let label { return label }
    guard let targets else { return 0 }
    return channels == 1 ? (targets[0] >= 0.5 ? 1 : 0) : largestIndex(targets, channels)
  }

  /// The class of the largest output; with one channel, whether that is above a threshold.
  func predictedClass(_ threshold: Float) -> Int {
    channels == 1 && label == nil
      ? (outputs[0] > threshold ? 1 : 0) : largestIndex(outputs, channels)
  }

  /// The share of channels on the side of the threshold where their target is.
  func sharesSide(_ threshold: Float) -> Double {
    var equal = 0
    for channel in 0..<channels where (outputs[channel] > threshold ? 1 : 0) == target(channel) {
      equal += 1
    }
    return Double(equal) / Double(channels)
  }

  /// Whether fewer than k outputs are larger than that of the target's class.
  func isInTop(_ k: Int) -> Bool {
    let wanted = outputs[min(targetClass, channels - 1)]
    var larger = 0
    for channel in 0..<channels where outputs[channel] > wanted { larger += 1 }
    return wanted.isFinite && larger < k
  }

  /// Whether a channel is among the k largest; of equal ones, those in front.
  func isAmongTop(_ k: Int, _ channel: Int) -> Bool {
    var before = 0
    for other in 0..<channels
    where outputs[other] > outputs[channel]
      || (other < channel && outputs[other] == outputs[channel])
    {
      before += 1
    }
    return before < k
  }
}

/// The index of the largest value, the first if there are several.
func largestIndex(_ values: UnsafePointer<Float>, _ count: Int) -> Int {
  var best = 0
  for index in 1..<max(1, count) where values[index] > values[best] { best = index }
  return best
}
