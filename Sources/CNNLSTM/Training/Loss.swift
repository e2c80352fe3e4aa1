import Kernels

/// What training makes small. The raw values are those of the C interface.
public enum Loss: Int32, Sendable, CaseIterable, Named {
  case categoricalCrossentropy = 1, sparseCategoricalCrossentropy, binaryCrossentropy, mse
  case categoricalFocalCrossentropy, binaryFocalCrossentropy, klDivergence, mae, huber

  public var name: StaticString {
    switch self {
    case .categoricalCrossentropy: "categorical_crossentropy"
    case .sparseCategoricalCrossentropy: "sparse_categorical_crossentropy"
    case .binaryCrossentropy: "binary_crossentropy"
    case .mse: "mse"
    case .categoricalFocalCrossentropy: "categorical_focal_crossentropy"
    case .binaryFocalCrossentropy: "binary_focal_crossentropy"
    case .klDivergence: "kl_divergence"
    case .mae: "mae"
    case .huber: "huber"
    }
  }

  /// Whether targets are labels, one a row.
  var takesLabels: Bool { self == .sparseCategoricalCrossentropy }

  /// What turns logits into the probabilities that the loss is about; nil where it takes outputs.
  var activation: Activation? {
    switch self {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .categoricalFocalCrossentropy:
      .softmax
    case .binaryCrossentropy, .binaryFocalCrossentropy: .sigmoid
    case .klDivergence, .mse, .mae, .huber: nil
    }
  }

  /// Whether the loss has a form for logits, and so looks for them behind the model's last
  /// activation. The binary focal loss applies an activation of its own to what it is told are
  /// logits, and looks behind that one.
  func looksForLogits(_ options: LossOptions) -> Bool {
    switch self {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .binaryCrossentropy: true
    case .binaryFocalCrossentropy: !options.fromLogits
    default: false
    }
  }

  /// Whether targets are smoothed, and between how many classes.
  func smoothingClasses(_ channels: Int) -> Int? {
    switch self {
    case .categoricalCrossentropy, .categoricalFocalCrossentropy: channels
    case .binaryCrossentropy, .binaryFocalCrossentropy: 2
    default: nil
    }
  }
}

/// What a loss is told, with Keras's names and defaults.
public struct LossOptions: Sendable {
  /// Outputs are logits; a loss without an activation of its own has none.
  public var fromLogits = false
  /// 0…1: this share of a target goes to all classes alike.
  public var labelSmoothing: Float = 0
  /// Focal losses: the weight of the loss (categorical), or of class 1 (binary, if balanced).
  public var alpha: Float = 0.25
  /// Focal losses: the power of 1 − p.
  public var gamma: Float = 2
  /// Binary focal loss: whether alpha is at work.
  public var appliesClassBalancing = false
  /// Huber: where squares end.
  public var delta: Float = 1

  public init() {}

  /// - Throws: `.argument`
  func check(_ loss: Loss) throws(Failure) {
    func require(_ isFine: Bool, _ text: @autoclosure () -> Message) throws(Failure) {
      if !isFine { throw Failure(.argument, text()) }
    }
    try require(
      !fromLogits || loss.activation != nil, "\(loss.name) has no from_logits")
    try require(
      labelSmoothing >= 0 && labelSmoothing <= 1,
      "label_smoothing must be 0…1, got \(decimal(labelSmoothing))")
    try require(
      labelSmoothing == 0 || loss.smoothingClasses(1) != nil,
      "\(loss.name) has no label_smoothing")
    try require(
      alpha.isFinite && alpha >= 0, "alpha must be at least 0, got \(decimal(alpha))")
    try require(
      gamma.isFinite && gamma >= 0, "gamma must be at least 0, got \(decimal(gamma))")
    try require(delta.isFinite && delta > 0, "delta must be above 0, got \(decimal(delta))")
  }
}

/// Outputs and what they should be: some rows of one number a channel.
struct LossRows {
  let rows: Int
  let channels: Int
  /// Outputs, or where the model ends in an activation that a loss looks behind, its logits.
  let outputs: UnsafePointer<Float>
  let logitActivation: Activation?
  let targets: UnsafePointer<Float>?
  let labels: UnsafePointer<Int32>?
  /// A weight a class; nil for one each.
  let classWeights: UnsafePointer<Float>?
  /// A weight a row; nil for one each.
  var weights: UnsafePointer<Float>?
  /// Where the model's outputs are to be kept, if they are.
  var predictions: UnsafeMutablePointer<Float>?
  /// 0 for rows that do not count, and whose gradient is zero; nil where all do.
  var mask: UnsafePointer<UInt8>?
  /// What each row's loss is divided by: the rows of the batch.
  let divisor: Float
  var options = LossOptions()

  func counts(_ row: Int) -> Bool {
    if let mask { return mask[row] != 0 }
    return true
  }
}

/// Sums over rows that count.
struct LossSums {
  var rows = 0
  var loss = 0.0
  /// Rows whose prediction is right.
  var correct = 0

  mutating func add(_ other: LossSums) {
    rows += other.rows
    loss += other.loss
    correct += other.correct
  }
}

extension Loss {
  /// Sums of loss and accuracy, and the gradient of loss / divisor for each output (or logit).
  ///
  /// Categorical losses and softmax:  dz = p · Σ t − t;  binary and sigmoid:  dz = (p − t) /
  /// channels. Without logits, probabilities are clipped to [1e-7, 1 − 1e-7] as in Keras, and no
  /// gradient passes where that cut.
  func evaluate(
    _ data: LossRows, gradient: UnsafeMutablePointer<Float>, _ kernels: KernelTable
  ) -> LossSums {
    var sums = LossSums()
    fill(gradient, data, data.logitActivation, kernels)
    data.predictions?.copy(from: gradient, count: data.rows * data.channels)
    for row in 0..<data.rows where data.counts(row) {
      sums.rows += 1
      if LossRow(self, data, row, gradient).isCorrect { sums.correct += 1 }
    }
    let isLogits = data.logitActivation != nil || data.options.fromLogits
    let needed = outputActivation(data)
    if isLogits, data.logitActivation != needed { fill(gradient, data, needed, kernels) }
    for row in 0..<data.rows {
      guard data.counts(row) else {
        (gradient + row * data.channels).update(repeating: 0, count: data.channels)
        continue
      }
      let item = LossRow(self, data, row, gradient)
      let (loss, weight) = (lossAndGradient(item), item.weight)
      sums.loss += Double(loss) * Double(weight)
      let scale = weight / data.divisor
      for channel in 0..<data.channels { item.gradient[channel] *= scale }
    }
    return sums
  }

  /// What makes of logits the outputs that a row starts from: the loss's own activation, whichever
  /// the model's is; the power of the binary focal loss alone is one of the model's outputs.
  private func outputActivation(_ data: LossRows) -> Activation? {
    self == .binaryFocalCrossentropy ? data.logitActivation ?? activation : activation
  }

  private func fill(
    _ gradient: UnsafeMutablePointer<Float>, _ data: LossRows, _ activation: Activation?,
    _ kernels: KernelTable
  ) {
    gradient.copy(from: data.outputs, count: data.rows * data.channels)
    if let activation {
      kernels.activate(activation, gradient, rows: data.rows, width: data.channels)
    }
  }

  /// The loss of a row, whose gradient takes the place of its outputs.
  private func lossAndGradient(_ row: LossRow) -> Float {
    switch (self, row.isLogits) {
    case (.categoricalCrossentropy, true), (.sparseCategoricalCrossentropy, true):
      row.crossentropyOfLogits()
    case (.categoricalCrossentropy, false): row.categoricalCrossentropy()
    case (.sparseCategoricalCrossentropy, false): row.sparseCrossentropy()
    case (.binaryCrossentropy, true): row.binaryCrossentropyOfLogits()
    case (.binaryCrossentropy, false): row.binaryCrossentropy()
    case (.categoricalFocalCrossentropy, _): row.categoricalFocalCrossentropy()
    case (.binaryFocalCrossentropy, _): row.binaryFocalCrossentropy()
    case (.klDivergence, _): row.divergence()
    case (.mse, _): row.squaredError()
    case (.mae, _): row.absoluteError()
    case (.huber, _): row.huber()
    }
  }
}
