/// One step of Adam (Kingma and Ba 2015) or Nadam (Dozat 2016) as Keras takes it:
///   m ← m + (g − m)(1 − β₁);  v ← v + (g² − v)(1 − β₂)
///   w ← w − decay · w − (rate · m + gradientRate · g) / (√(v · scale) + ε)
/// with g = clip · gradient. Adam: rate = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ), and nothing else; with a
/// `largest` v̂ ← max(v̂, v) takes the place of v under the root (AMSGrad: Reddi et al. 2018).
public struct AdamStep {
  public var rate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var clip: Float
  public var decay: Float = 0
  public var gradientRate: Float = 0
  public var scale: Float = 1
  public var largest: UnsafeMutablePointer<Float>?

  @inlinable
  public init(rate: Float, beta1: Float, beta2: Float, epsilon: Float, clip: Float) {
    (self.rate, self.beta1, self.beta2) = (rate, beta1, beta2)
    (self.epsilon, self.clip) = (epsilon, clip)
  }
}

@inlinable
public func adam<I: InstructionSet>(
  _: I.Type, _ step: AdamStep, _ gradient: UnsafePointer<Float>, _ m: UnsafeMutablePointer<Float>,
  _ v: UnsafeMutablePointer<Float>, _ weights: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    let g = I.load(gradient + at, lanes) * I.splat(step.clip)
    let (m0, v0) = (I.load(m + at, lanes), I.load(v + at, lanes))
    let m1 = m0 + (g - m0) * I.splat(1 - step.beta1)
    let v1 = v0 + (g * g - v0) * I.splat(1 - step.beta2)
    I.store(m + at, m1, lanes)
    I.store(v + at, v1, lanes)
    var second = v1
    if let largest = step.largest {
      second = I.maximum(I.load(largest + at, lanes), v1)
      I.store(largest + at, second, lanes)
    }
    let moved = I.splat(step.rate) * m1 + I.splat(step.gradientRate) * g
    let change = moved / (I.squareRoot(second * I.splat(step.scale)) + I.splat(step.epsilon))
    let w = I.load(weights + at, lanes)
    I.store(weights + at, w - w * I.splat(step.decay) - change, lanes)
  }
}

/// One step of gradient descent as Keras takes it:
///   m ← momentum · m − rate · g;  w ← w + m, or with Nesterov  w ← w + momentum · m − rate · g
/// where the old w has lost decay · w.
public struct SGDStep {
  public var rate: Float
  public var momentum: Float
  public var nesterov: Bool
  public var clip: Float
  public var decay: Float = 0

  @inlinable
  public init(rate: Float, momentum: Float, nesterov: Bool, clip: Float) {
    (self.rate, self.momentum, self.nesterov, self.clip) = (rate, momentum, nesterov, clip)
  }
}

@inlinable
public func sgd<I: InstructionSet>(
  _: I.Type, _ step: SGDStep, _ gradient: UnsafePointer<Float>, _ m: UnsafeMutablePointer<Float>,
  _ weights: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    let change = I.load(gradient + at, lanes) * I.splat(step.clip * step.rate)
    let m1 = I.load(m + at, lanes) * I.splat(step.momentum) - change
    I.store(m + at, m1, lanes)
    let moved = step.nesterov ? I.splat(step.momentum) * m1 - change : m1
    let w = I.load(weights + at, lanes)
    I.store(weights + at, w - w * I.splat(step.decay) + moved, lanes)
  }
}

/// One step of RMSprop (Tieleman and Hinton 2012) as Keras takes it:
///   v ← ρ v + (1 − ρ) g²;  centered: a ← ρ a + (1 − ρ) g, else a = 0
///   m ← momentum · m + rate · g / √(v − a² + ε);  w ← w − decay · w − m
public struct RMSpropStep {
  public var rate: Float
  public var rho: Float
  public var momentum: Float
  public var epsilon: Float
  public var clip: Float
  public var decay: Float
  /// Means of gradients; nil where it is not centered.
  public var means: UnsafeMutablePointer<Float>?

  @inlinable
  public init(
    rate: Float, rho: Float, momentum: Float, epsilon: Float, clip: Float, decay: Float,
    means: UnsafeMutablePointer<Float>?
  ) {
    (self.rate, self.rho, self.momentum, self.epsilon) = (rate, rho, momentum, epsilon)
    (self.clip, self.decay, self.means) = (clip, decay, means)
  }
}

@inlinable
public func rmsprop<I: InstructionSet>(
  _: I.Type, _ step: RMSpropStep, _ gradient: UnsafePointer<Float>,
  _ m: UnsafeMutablePointer<Float>, _ v: UnsafeMutablePointer<Float>,
  _ weights: UnsafeMutablePointer<Float>, _ count: Int
) {
  let (rho, rest) = (I.splat(step.rho), I.splat(1 - step.rho))
  I.forEachVector(count) { at, lanes in
    let g = I.load(gradient + at, lanes) * I.splat(step.clip)
    let v1 = rho * I.load(v + at, lanes) + rest * (g * g)
    I.store(v + at, v1, lanes)
    var square = v1
    if let means = step.means {
      let mean = rho * I.load(means + at, lanes) + rest * g
      I.store(means + at, mean, lanes)
      square = v1 - mean * mean
    }
    let change = I.splat(step.rate) * g / I.squareRoot(square + I.splat(step.epsilon))
    let m1 = I.splat(step.momentum) * I.load(m + at, lanes) + change
    I.store(m + at, m1, lanes)
    let w = I.load(weights + at, lanes)
    I.store(weights + at, w - w * I.splat(step.decay) - m1, lanes)
  }
}

/// average ← momentum · average + (1 − momentum) · x
@inlinable
public func moveAverage<I: InstructionSet>(
  _: I.Type, _ momentum: Float, _ x: UnsafePointer<Float>, _ average: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    let mean = I.splat(momentum) * I.load(average + at, lanes)
    I.store(average + at, mean + I.splat(1 - momentum) * I.load(x + at, lanes), lanes)
  }
}
