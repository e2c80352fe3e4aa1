/// Where training is, for whoever watches it. Means over the epoch so far; NaN where there is none
/// yet. Values of metrics are there during the call.
public struct TrainingProgress {
  public enum Event: Int32, Sendable, CaseIterable, Named {
    case epochBegin = 1, batchBegin, batchEnd, epochEnd

    public var name: StaticString {
      switch self {
      case .epochBegin: "epoch_begin"
      case .batchBegin: "batch_begin"
      case .batchEnd: "batch_end"
      case .epochEnd: "epoch_end"
      }
    }
  }

  public internal(set) var event = Event.epochBegin
  /// From 0, and the one after the last.
  public internal(set) var epoch = 0
  public let epochs: Int
  public internal(set) var batch = 0
  public let batchCount: Int
  /// Samples done in this epoch.
  public internal(set) var sample = 0
  public let sampleCount: Int
  public internal(set) var loss = Float.nan
  public internal(set) var accuracy = Float.nan
  public internal(set) var validationLoss = Float.nan
  public internal(set) var validationAccuracy = Float.nan
  public internal(set) var learningRate = Float.nan
  /// Metric by metric; NaN likewise.
  public internal(set) var metrics = UnsafeBufferPointer<Float>(start: nil, count: 0)
  public internal(set) var validationMetrics = UnsafeBufferPointer<Float>(start: nil, count: 0)
}

/// Means over the rows of an epoch that count; 0 where none does, as in Keras.
struct EpochMeans {
  private var sums = LossSums()
  private var isEmpty = true

  mutating func add(_ batch: LossSums) {
    isEmpty = false
    sums.add(batch)
  }

  private func mean(_ sum: Double) -> Float {
    isEmpty ? .nan : Float(sum / Double(max(1, sums.rows)))
  }

  var loss: Float { mean(sums.loss) }
  var accuracy: Float { mean(Double(sums.correct)) }
}
