import Kernels

// Losses without a form for logits of its own: from logits, they take these through their
// activation, and the gradient goes back the same way.
extension LossRow {
  /// Puts the gradient of each output y, or with logits of each logit of a softmax or sigmoid, in
  /// the place of the outputs.
  /// - Parameter slope: the derivative of the loss by output `channel`.
  private func putGradient(isSoftmax: Bool, _ slope: (_ channel: Int) -> Float) {
    var inner: Float = 0
    if isLogits, isSoftmax {
      for channel in 0..<channels { inner += slope(channel) * gradient[channel] }
    }
    // A slope reads its own output alone, and sums that were taken before.
    for channel in 0..<channels {
      let (y, dy) = (gradient[channel], slope(channel))
      gradient[channel] = !isLogits ? dy : isSoftmax ? y * (dy - inner) : dy * y * (1 - y)
    }
  }

  /// −α Σ t (1 − q)^γ log q, q the outputs over their sum. Source: Lin et al. 2017.
  func categoricalFocalCrossentropy() -> Float {
    var (sum, loss, inner) = (Float(0), Float(0), Float(0))
    for channel in 0..<channels { sum += gradient[channel] }
    func slope(_ channel: Int) -> Float {
      let (q, passes) = clipped(gradient[channel] / sum)
      guard passes else { return 0 }
      let (t, rest) = (target(channel) * options.alpha, 1 - q)
      let ofPower = options.gamma * power(rest, options.gamma - 1) * logarithm(q)
      return t * (ofPower - power(rest, options.gamma) / q)
    }
    for channel in 0..<channels {
      let (q, _) = clipped(gradient[channel] / sum)
      loss -= target(channel) * options.alpha * power(1 - q, options.gamma) * logarithm(q)
      inner += slope(channel) * gradient[channel] / sum
    }
    putGradient(isSoftmax: true) { (slope($0) - inner) / sum }
    return loss
  }

  /// The mean over channels of (1 − p)^γ · binary cross-entropy, p the probability of the target;
  /// with class balancing times α for targets of 1 and 1 − α for those of 0.
  func binaryFocalCrossentropy() -> Float {
    let (alpha, gamma, count) = (options.alpha, options.gamma, Float(channels))
    var loss: Float = 0
    func parts(_ channel: Int) -> (loss: Float, slope: Float) {
      let (y, t) = (gradient[channel], target(channel))
      let (q, passes) = clipped(y)
      let crossentropy = -(t * logarithm(q) + (1 - t) * logarithm(1 - q))
      let rest = 1 - (t * y + (1 - t) * (1 - y))
      let weight = options.appliesClassBalancing ? t * alpha + (1 - t) * (1 - alpha) : 1
      let ofCrossentropy = passes ? (1 - t) / (1 - q) - t / q : 0
      let ofPower = gamma == 0 ? 0 : gamma * power(rest, gamma - 1) * (1 - 2 * t)
      let factor = power(rest, gamma)
      return (
        weight * factor * crossentropy,
        weight * (factor * ofCrossentropy + ofPower * crossentropy)
      )
    }
    for channel in 0..<channels { loss += parts(channel).loss }
    putGradient(isSoftmax: false) { parts($0).slope / count }
    return loss / count
  }

  /// Σ t · log (t / y), both held within 1e-7 … 1
  func divergence() -> Float {
    var loss: Float = 0
    for channel in 0..<channels {
      let (y, t) = (gradient[channel], min(max(target(channel), 1e-7), 1))
      let held = min(max(y, 1e-7), 1)
      loss += t * logarithm(t / held)
      gradient[channel] = y >= 1e-7 && y <= 1 ? -t / held : 0
    }
    return loss
  }

  /// |y − t|, the mean over channels
  func absoluteError() -> Float {
    var loss: Float = 0
    for channel in 0..<channels {
      let difference = gradient[channel] - target(channel)
      loss += difference.magnitude
      gradient[channel] = sign(difference) / Float(channels)
    }
    return loss / Float(channels)
  }

  /// ½ (y − t)² as far as δ, from there δ |y − t| − ½ δ²; the mean over channels
  func huber() -> Float {
    let delta = options.delta
    var loss: Float = 0
    for channel in 0..<channels {
      let difference = gradient[channel] - target(channel)
      let isNear = difference.magnitude <= delta
      loss +=
        isNear
        ? 0.5 * difference * difference : delta * difference.magnitude - 0.5 * delta * delta
      gradient[channel] = (isNear ? difference : delta * sign(difference)) / Float(channels)
    }
    return loss / Float(channels)
  }

  private func sign(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : x }
}
