/// What can be measured besides the loss. The raw values are those of the C interface.
public enum MetricKind: Int32, Sendable, CaseIterable, Named {
  case accuracy = 1, binaryAccuracy, categoricalAccuracy, topKCategoricalAccuracy
  case precision, recall, fbetaScore, auc, confusionMatrix

  public var name: StaticString {
    switch self {
    case .accuracy: "accuracy"
    case .binaryAccuracy: "binary_accuracy"
    case .categoricalAccuracy: "categorical_accuracy"
    case .topKCategoricalAccuracy: "top_k_categorical_accuracy"
    case .precision: "precision"
    case .recall: "recall"
    case .fbetaScore: "fbeta_score"
    case .auc: "auc"
    case .confusionMatrix: "confusion_matrix"
    }
  }
}

/// How the F-scores of classes become one.
public enum MetricAverage: Int32, Sendable, CaseIterable, Named {
  case none = 0, micro, macro, weighted

  public var name: StaticString {
    switch self {
    case .none: "none"
    case .micro: "micro"
    case .macro: "macro"
    case .weighted: "weighted"
    }
  }
}

/// The curve that an AUC is the area under.
public enum MetricCurve: Int32, Sendable, CaseIterable, Named {
  case roc = 0, pr

  public var name: StaticString {
    switch self {
    case .roc: "ROC"
    case .pr: "PR"
    }
  }
}

/// The height of a curve between two thresholds.
public enum MetricSummation: Int32, Sendable, CaseIterable, Named {
  case interpolation = 0, majoring, minoring

  public var name: StaticString {
    switch self {
    case .interpolation: "interpolation"
    case .majoring: "majoring"
    case .minoring: "minoring"
    }
  }
}

/// What a metric is told, with Keras's names and defaults.
public struct MetricOptions: Sendable {
  public var kind: MetricKind
  /// Whether the weights of samples and classes count.
  public var isWeighted = false
  /// Precision and recall: above 0, only the k largest outputs of a row are positive.
  public var topK: Int
  /// Precision and recall: of one class; −1 for all together.
  public var classID = -1
  public var average = MetricAverage.none
  public var beta: Float = 1
  public var curve = MetricCurve.roc
  public var summation = MetricSummation.interpolation
  /// AUC without `thresholds`: as many, evenly from 0 to 1.
  public var thresholdCount = 200
  /// AUC: the mean of the areas of all channels, each by itself.
  public var isMultiLabel = false
  public var fromLogits = false
  /// Outputs above are positive. Empty: 0.5 (AUC: `thresholdCount`; F-score: the largest output).
  public var thresholds: [Float] = []

  static var mostThresholds: Int { 10_000 }
  /// Of a confusion matrix.
  static var mostClasses: Int { 1_000 }

  public init(_ kind: MetricKind) {
    self.kind = kind
    topK = kind == .topKCategoricalAccuracy ? 5 : 0
  }

  /// - Throws: `.argument`, `.limit`
  public func check(channels: Int) throws(Failure) {
    func require(_ isFine: Bool, _ text: @autoclosure () -> Message) throws(Failure) {
      if !isFine { throw Failure(.argument, "\(kind.name): \(text())") }
    }
    let leastK = kind == .topKCategoricalAccuracy ? 1 : 0
    try require(topK >= leastK, "top_k must be at least \(leastK), got \(topK)")
    let takesRanks = kind == .precision || kind == .recall
    try require(
      !takesRanks || topK <= channels, "top_k must be at most \(channels), got \(topK)")
    try require(
      classID >= -1 && classID < channels,
      "class_id must be below the \(channels) output channels, or -1 for all, got \(classID)")
    try require(beta > 0 && beta.isFinite, "beta must be above 0, got \(decimal(beta))")
    try require(
      (2...MetricOptions.mostThresholds).contains(thresholdCount),
      "num_thresholds must be 2…\(MetricOptions.mostThresholds), got \(thresholdCount)")
    try checkThresholds(require)
    guard kind != .confusionMatrix || channels <= MetricOptions.mostClasses else {
      throw Failure(
        .limit, "a confusion matrix has at most \(MetricOptions.mostClasses) classes")
    }
  }

  private func checkThresholds(
    _ require: (Bool, @autoclosure () -> Message) throws(Failure) -> Void
  ) throws(Failure) {
    let takesOne = kind == .binaryAccuracy || kind == .fbetaScore || kind == .confusionMatrix
    let most = takesOne ? 1 : MetricOptions.mostThresholds
    try require(
      thresholds.count <= most, "at most \(most) thresholds, got \(thresholds.count)")
    for threshold in thresholds {
      try require(
        threshold >= 0 && threshold <= 1, "a threshold must be 0…1, got \(decimal(threshold))")
    }
  }

  /// How many numbers the metric gives.
  public func valueCount(channels: Int) -> Int {
    switch kind {
    case .precision, .recall: max(1, thresholds.count)
    case .fbetaScore: average == .none ? channels : 1
    case .confusionMatrix: classCount(channels) * classCount(channels)
    default: 1
    }
  }

  /// Classes of a confusion matrix: one channel stands for two.
  func classCount(_ channels: Int) -> Int { max(2, channels) }
}
