import Kernels

/// What training makes small. The raw values are those of the C interface.
public enum Loss: Int32, Sendable, CaseIterable, Named {
  case categoricalCrossentropy = 1, sparseCategoricalCrossentropy, binaryCrossentropy, mse

  public var name: StaticString {
    switch self {
    case .categoricalCrossentropy: "categorical_crossentropy"
    case .sparseCategoricalCrossentropy: "sparse_categorical_crossentropy"
    case .binaryCrossentropy: "binary_crossentropy"
    case .mse: "mse"
    }
  }

  /// Whether targets are labels, one a row.
  var takesLabels: Bool { self == .sparseCategoricalCrossentropy }

  /// What turns logits into the probabilities that the loss is about; nil where it takes outputs.
  var activation: Activation? {
    switch self {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy: .softmax
    case .binaryCrossentropy: .sigmoid
    case .mse: nil
    }
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
  /// What each row's loss is divided by: the rows of the batch.
  let divisor: Float
}

/// Sums over rows.
struct LossSums {
  var loss = 0.0
  /// Rows whose prediction is right.
  var correct = 0
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
    for row in 0..<data.rows where Row(data, row, gradient).isCorrect { sums.correct += 1 }
    // The loss takes the logits by its own activation, whichever made the outputs.
    if data.logitActivation != nil, data.logitActivation != activation {
      fill(gradient, data, activation, kernels)
    }
    for row in 0..<data.rows {
      let item = Row(data, row, gradient)
      let (loss, weight) = (lossAndGradient(item), item.weight)
      sums.loss += Double(loss) * Double(weight)
      let scale = weight / data.divisor
      for channel in 0..<data.channels { item.gradient[channel] *= scale }
    }
    return sums
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
  private func lossAndGradient(_ row: Row) -> Float {
    switch (self, row.isLogits) {
    case (.categoricalCrossentropy, true), (.sparseCategoricalCrossentropy, true):
      row.crossentropyOfLogits()
    case (.categoricalCrossentropy, false): row.categoricalCrossentropy()
    case (.sparseCategoricalCrossentropy, false): row.sparseCrossentropy()
    case (.binaryCrossentropy, true): row.binaryCrossentropyOfLogits()
    case (.binaryCrossentropy, false): row.binaryCrossentropy()
    case (.mse, _): row.squaredError()
    }
  }
}

/// One row of outputs. `gradient` holds the outputs (probabilities, where the loss has logits)
/// until a loss replaces them.
private struct Row {
  let channels: Int
  let isLogits: Bool
  let logits: UnsafePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let targets: UnsafePointer<Float>?
  let label: Int?
  let classWeights: UnsafePointer<Float>?

  init(_ data: LossRows, _ row: Int, _ gradients: UnsafeMutablePointer<Float>) {
    (channels, classWeights) = (data.channels, data.classWeights)
    isLogits = data.logitActivation != nil
    logits = data.outputs + row * data.channels
    gradient = gradients + row * data.channels
    targets = data.targets.map { $0 + row * data.channels }
    label = data.labels.map { Int($0[row]) }
  }

  func target(_ channel: Int) -> Float {
    targets.map { $0[channel] } ?? (channel == label ? 1 : 0)
  }

  /// The class a row stands for: its label, its largest target, or with one channel the target
  /// itself.
  private var targetClass: Int {
    if let label { return label }
    guard let targets else { return 0 }
    return channels == 1 ? (targets[0] >= 0.5 ? 1 : 0) : largestIndex(targets)
  }

  var weight: Float { classWeights.map { $0[targetClass] } ?? 1 }

  /// As Keras resolves `accuracy`: by threshold with one channel, by the largest otherwise.
  var isCorrect: Bool {
    if channels == 1, label == nil { return (gradient[0] > 0.5 ? 1 : 0) == target(0) }
    return largestIndex(UnsafePointer(gradient)) == targetClass
  }

  private func largestIndex(_ values: UnsafePointer<Float>) -> Int {
    var best = 0
    for channel in 1..<max(1, channels) where values[channel] > values[best] { best = channel }
    return best
  }

  /// −Σ t · log softmax(z), by log Σ exp(z − max) so that no logarithm of zero is taken.
  func crossentropyOfLogits() -> Float {
    let maximum = largest(logits, channels)
    var (sum, targetSum, product) = (Float(0), Float(0), Float(0))
    for channel in 0..<channels { sum += exponential(logits[channel] - maximum) }
    let logSum = maximum + logarithm(sum)
    for channel in 0..<channels where target(channel) != 0 {
      targetSum += target(channel)
      product += target(channel) * (logSum - logits[channel])
    }
    for channel in 0..<channels {
      gradient[channel] = gradient[channel] * targetSum - target(channel)
    }
    // A logit that is NaN must show, whatever its target.
    return sum.isNaN ? sum : product
  }

  private func clipped(_ value: Float) -> (value: Float, passes: Bool) {
    if value < 1e-7 { return (1e-7, false) }
    return value > 1 - 1e-7 ? (1 - 1e-7, false) : (value, true)
  }

  /// −Σ t · log q, q the outputs over their sum
  func categoricalCrossentropy() -> Float {
    var (sum, loss, inner) = (Float(0), Float(0), Float(0))
    for channel in 0..<channels { sum += gradient[channel] }
    for channel in 0..<channels {
      let (q, passes) = clipped(gradient[channel] / sum)
      loss -= target(channel) * logarithm(q)
      let slope = passes ? -target(channel) / q : 0
      inner += slope * gradient[channel] / sum
      gradient[channel] = slope
    }
    for channel in 0..<channels { gradient[channel] = (gradient[channel] - inner) / sum }
    return loss
  }

  /// −log (q[label] / Σ q)
  func sparseCrossentropy() -> Float {
    var (sum, loss) = (Float(0), Float(0))
    for channel in 0..<channels { sum += clipped(gradient[channel]).value }
    for channel in 0..<channels {
      let (q, passes) = clipped(gradient[channel])
      let target = target(channel)
      loss -= target == 0 ? 0 : target * logarithm(q / sum)
      gradient[channel] = passes ? 1 / sum - target / q : 0
    }
    return loss
  }

  /// max(z, 0) − z · t + log(1 + exp(−|z|)), the mean over channels
  func binaryCrossentropyOfLogits() -> Float {
    var loss: Float = 0
    for channel in 0..<channels {
      let (z, t) = (logits[channel], target(channel))
      loss += (z < 0 ? 0 : z) - z * t + logarithmOfOnePlus(exponential(-z.magnitude))
      gradient[channel] = (gradient[channel] - t) / Float(channels)
    }
    return loss / Float(channels)
  }

  /// −(t · log q + (1 − t) · log(1 − q)), the mean over channels
  func binaryCrossentropy() -> Float {
    var loss: Float = 0
    for channel in 0..<channels {
      let (q, passes) = clipped(gradient[channel])
      let t = target(channel)
      loss -= t * logarithm(q) + (1 - t) * logarithm(1 - q)
      gradient[channel] = passes ? ((1 - t) / (1 - q) - t / q) / Float(channels) : 0
    }
    return loss / Float(channels)
  }

  /// (y − t)², the mean over channels
  func squaredError() -> Float {
    var loss: Float = 0
    for channel in 0..<channels {
      let difference = gradient[channel] - target(channel)
      loss += difference * difference
      gradient[channel] = 2 * difference / Float(channels)
    }
    return loss / Float(channels)
  }
}
