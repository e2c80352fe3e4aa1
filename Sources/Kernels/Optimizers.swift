/// One step of Adam (Kingma and Ba 2015) as Keras takes it:
///   m ← m + (g − m)(1 − β₁);  v ← v + (g² − v)(1 − β₂);  w ← w − rate · m / (√v + ε)
/// with g = clip · gradient, and rate = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) worked out by the caller.
public struct AdamStep {
  public var rate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var clip: Float

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
    let change = I.splat(step.rate) * m1 / (I.squareRoot(v1) + I.splat(step.epsilon))
    I.store(weights + at, I.load(weights + at, lanes) - change, lanes)
  }
}

/// One step of gradient descent as Keras takes it:
///   m ← momentum · m − rate · g;  w ← w + m, or with Nesterov  w ← w + momentum · m − rate · g
public struct SGDStep {
  public var rate: Float
  public var momentum: Float
  public var nesterov: Bool
  public var clip: Float

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
    I.store(weights + at, I.load(weights + at, lanes) + moved, lanes)
  }
}
