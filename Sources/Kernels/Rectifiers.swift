/// x above a threshold, at most `maximum`; below it slope · (x − threshold), or
/// slope · (exp(x) − 1). Keras: ReLU, LeakyReLU, ELU.
public struct Rectifier: Sendable {
  public var slope: Float
  public var threshold: Float
  public var maximum: Float
  public var isExponential: Bool

  @inlinable
  public init(
    slope: Float, threshold: Float = 0, maximum: Float = .infinity, isExponential: Bool = false
  ) {
    (self.slope, self.threshold, self.maximum) = (slope, threshold, maximum)
    self.isExponential = isExponential
  }
}

/// y ← f(x)
@inlinable
public func rectify<I: InstructionSet>(
  _: I.Type, _ f: Rectifier, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  let threshold = I.splat(f.threshold)
  I.forEachVector(count) { at, lanes in
    let x = I.load(x + at, lanes)
    // Held, so that −∞ times a slope of 0 is 0.
    let below =
      f.isExponential
      ? I.exponentialMinusOne(I.minimum(I.splat(0), x))
      : I.maximum(I.splat(-.greatestFiniteMagnitude), x - threshold)
    let above = I.minimum(I.splat(f.maximum), x)
    let result = I.choose(above, below * I.splat(f.slope), whereGreater: x, than: threshold)
    I.store(y + at, result, lanes)
  }
}

/// dx ← dy · f′(x); at a corner the slope is that of the left, at `maximum` too.
@inlinable
public func rectifyBackward<I: InstructionSet>(
  _: I.Type, _ f: Rectifier, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
  _ dx: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    let x = I.load(x + at, lanes)
    let slope = I.splat(f.slope)
    let below = f.isExponential ? slope * I.exponential(x) : slope
    let above = I.choose(I.splat(0), I.splat(1), whereGreater: x, than: I.splat(f.maximum))
    let result = I.choose(above, below, whereGreater: x, than: I.splat(f.threshold))
    I.store(dx + at, I.load(dy + at, lanes) * result, lanes)
  }
}

/// y ← x above 0, alpha · x below, element by element.
@inlinable
public func prelu<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ alpha: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    let x = I.load(x + at, lanes)
    let below = I.load(alpha + at, lanes) * I.minimum(I.splat(0), x)
    I.store(y + at, I.choose(x, below, whereGreater: x, than: I.splat(0)), lanes)
  }
}

/// dalpha ← dalpha + dy · x below 0; dx ← dy · (1 above 0, alpha below; 0 at 0, as Keras has it).
@inlinable
public func preluBackward<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ alpha: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
  _ dx: UnsafeMutablePointer<Float>, _ dalpha: UnsafeMutablePointer<Float>, _ count: Int
) {
  let zero = I.splat(0)
  I.forEachVector(count) { at, lanes in
    let (x, dy) = (I.load(x + at, lanes), I.load(dy + at, lanes))
    let below = I.choose(I.load(alpha + at, lanes), zero, whereGreater: zero, than: x)
    I.store(dx + at, dy * I.choose(I.splat(1), below, whereGreater: x, than: zero), lanes)
    let sum = I.multiplyAdd(dy, I.minimum(zero, x), I.load(dalpha + at, lanes))
    I.store(dalpha + at, sum, lanes)
  }
}

/// y ← a · x + b
@inlinable
public func rescale<I: InstructionSet>(
  _: I.Type, _ a: Float, _ b: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    I.store(y + at, I.load(x + at, lanes) * I.splat(a) + I.splat(b), lanes)
  }
}
