@testable import CNNLSTM

/// Samples in Double: [rows][length][channels], or [rows][channels] without a time axis.
struct ReferenceSamples {
  let rows: Int
  /// `Shape.noTime` without a time axis.
  let length: Int
  let channels: Int
  var values: [Double]

  /// Zeros, or given numbers.
  init(rows: Int, length: Int, channels: Int, _ values: [Double]? = nil) {
    (self.rows, self.length, self.channels) = (rows, length, channels)
    self.values = values ?? Array(repeating: 0, count: rows * max(1, length) * channels)
  }

  /// Time steps, or one.
  var steps: Int { max(1, length) }
  /// Numbers of a sample.
  var count: Int { steps * channels }

  subscript(row: Int, step: Int, channel: Int) -> Double {
    get { values[(row * steps + step) * channels + channel] }
    set { values[(row * steps + step) * channels + channel] = newValue }
  }

  /// Samples whose every number is a function of its place.
  func filled(
    length: Int, channels: Int, _ number: (_ row: Int, _ step: Int, _ channel: Int) -> Double
  ) -> ReferenceSamples {
    var result = ReferenceSamples(rows: rows, length: length, channels: channels)
    for row in 0..<rows {
      for step in 0..<result.steps {
        for channel in 0..<channels { result[row, step, channel] = number(row, step, channel) }
      }
    }
    return result
  }

  /// One sample alone.
  func sample(_ row: Int) -> ReferenceSamples {
    ReferenceSamples(
      rows: 1, length: length, channels: channels,
      Array(values[row * count..<(row + 1) * count]))
  }

  /// Σ values · weights
  func product(_ weights: some Sequence<Double>) -> Double {
    zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// Numbers in ±scale that look random, the same in every run.
func noise(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
  var random = RandomSource(seed: seed, stream: 77)
  return (0..<count).map { _ in scale * (2 * random.uniform() - 1) }
}
