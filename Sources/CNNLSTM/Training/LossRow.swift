import Kernels

/// One row of outputs. `gradient` holds the outputs (probabilities, where the loss has logits)
/// until a loss replaces them.
struct LossRow {
  let channels: Int
  let isLogits: Bool
  /// The model's last activation, where the loss looks behind that.
  let logitActivation: Activation?
  let logits: UnsafePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let targets: UnsafePointer<Float>?
  let label: Int?
  let classWeights: UnsafePointer<Float>?
  /// Of the row itself.
  private let ownWeight: Float
  let options: LossOptions
  /// Of label smoothing: a target t counts as kept · t + shared.
  private let kept, shared: Float

  init(_ loss: Loss, _ data: LossRows, _ row: Int, _ gradients: UnsafeMutablePointer<Float>) {
    (channels, classWeights, options) = (data.channels, data.classWeights, data.options)
    logitActivation = data.logitActivation
    isLogits = logitActivation != nil || options.fromLogits
    kept = 1 - options.labelSmoothing
    shared = options.labelSmoothing / Float(loss.smoothingClasses(channels) ?? 1)
    logits = data.outputs + row * data.channels
    gradient = gradients + row * data.channels
    targets = data.targets.map { $0 + row * data.channels }
    label = data.labels.map { Int($0[row]) }
    ownWeight = data.weights.map { $0[row] } ?? 1
  }

  private func given(_ channel: Int) -> Float {
    targets.map { $0[channel] } ?? (channel == label ? 1 : 0)
  }

  /// The target that the loss is about.
  func target(_ channel: Int) -> Float { given(channel) * kept + shared }

  /// The class a row stands for: its label, its largest target, or with one channel the target
  /// itself.
  private var targetClass: Int {
    if let label { return label }
    guard let targets else { return 0 }
    return channels == 1 ? (targets[0] >= 0.5 ? 1 : 0) : largestIndex(targets, channels)
  }

  var weight: Float { ownWeight * (classWeights.map { $0[targetClass] } ?? 1) }

  /// As Keras resolves `accuracy`: by threshold with one channel, by the largest otherwise.
  var isCorrect: Bool {
    if channels == 1, label == nil { return (gradient[0] > 0.5 ? 1 : 0) == given(0) }
    return largestIndex(gradient, channels) == targetClass
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

  func clipped(_ value: Float) -> (value: Float, passes: Bool) {
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

  /// max(z, 0) − z · t + log(1 + exp(−|z|))
  func crossentropy(ofLogit z: Float, _ t: Float) -> Float {
    (z < 0 ? 0 : z) - z * t + logarithmOfOnePlus(exponential(-z.magnitude))
  }

  /// The mean over channels.
  func binaryCrossentropyOfLogits() -> Float {
    var loss: Float = 0
    for channel in 0..<channels {
      let t = target(channel)
      loss += crossentropy(ofLogit: logits[channel], t)
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
