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
  private var lossSum = 0.0
  private var lossWeight = 0
  private var correct = 0
  private var rows = 0
  private var isEmpty = true

  /// - Parameter weight: what the batch's mean loss counts: its samples, as in Keras's `fit`; nil
  ///   for its rows, so that the mean of all does not depend on how they are cut into batches.
  mutating func add(_ batch: LossSums, weight: Int? = nil) {
    let weight = weight ?? batch.rows
    lossSum += batch.loss / Double(max(1, batch.rows)) * Double(weight)
    lossWeight += weight
    correct += batch.correct
    rows += batch.rows
    isEmpty = false
  }

  private func mean(_ sum: Double, _ count: Int) -> Float {
    isEmpty ? .nan : Float(sum / Double(max(1, count)))
  }

  var loss: Float { mean(lossSum, lossWeight) }
  var accuracy: Float { mean(Double(correct), rows) }
}
