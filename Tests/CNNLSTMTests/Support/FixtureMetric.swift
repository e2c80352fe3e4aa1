import XCTest

@testable import CNNLSTM

/// A metric of Keras with its arguments, predictions, and its values for them.
struct FixtureMetric: Decodable, Sendable {
  let name: String
  /// The name of Keras's class.
  let metric: String
  let config: [String: Argument]
  let outputShape: [Int]
  let output: [Float]
  let target: [Float]?
  let labels: [Int32]?
  let sampleWeights: [Float]?
  let values: [Float]

  enum Argument: Decodable, Sendable {
    case numbers([Double])
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .numbers([number])
      } else if let flag = try? container.decode(Bool.self) {
        self = .numbers([flag ? 1 : 0])
      } else if let numbers = try? container.decode([Double].self) {
        self = .numbers(numbers)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
  }

  static let kinds: [String: MetricKind] = [
    "SparseCategoricalAccuracy": .categoricalAccuracy, "CategoricalAccuracy": .categoricalAccuracy,
    "SparseTopKCategoricalAccuracy": .topKCategoricalAccuracy, "Precision": .precision,
    "TopKCategoricalAccuracy": .topKCategoricalAccuracy, "BinaryAccuracy": .binaryAccuracy,
    "Recall": .recall, "FBetaScore": .fbetaScore, "AUC": .auc, "ConfusionMatrix": .confusionMatrix,
  ]

  func options() throws -> MetricOptions {
    var options = MetricOptions(try XCTUnwrap(Self.kinds[metric]))
    options.isWeighted = sampleWeights != nil
    func numbers(_ keys: String...) -> [Double] {
      for key in keys { if case .numbers(let numbers) = config[key] { return numbers } }
      return []
    }
    func text(_ key: String) -> String? {
      if case .text(let text) = config[key] { return text }
      return nil
    }
    options.thresholds = numbers("threshold", "thresholds").map { Float($0) }
    options.topK = numbers("k", "top_k").first.map { Int($0) } ?? options.topK
    options.classID = numbers("class_id").first.map { Int($0) } ?? -1
    options.beta = numbers("beta").first.map { Float($0) } ?? 1
    options.thresholdCount = numbers("num_thresholds").first.map { Int($0) } ?? 200
    options.isMultiLabel = numbers("multi_label").first == 1
    options.fromLogits = numbers("from_logits").first == 1
    options.average = text("average").flatMap { MetricAverage.named($0) } ?? .none
    options.curve = text("curve").flatMap { MetricCurve.named($0) } ?? .roc
    options.summation =
      text("summation_method").flatMap { MetricSummation.named($0) }
      ?? .interpolation
    return options
  }

  /// The predictions as a dataset.
  func withData<Result>(_ body: (Dataset) throws -> Result) throws -> Result {
    try output.withUnsafeBufferPointer { outputs in
      try (target ?? []).withUnsafeBufferPointer { targets in
        try (labels ?? []).withUnsafeBufferPointer { labels in
          try (sampleWeights ?? []).withUnsafeBufferPointer { weights in
            try body(
              Dataset(
                sampleCount: outputShape[0], length: 1, inputs: outputs,
                targets: target == nil ? nil : targets, labels: self.labels == nil ? nil : labels,
                weights: sampleWeights == nil ? nil : weights))
          }
        }
      }
    }
  }
}
