/// An activation that works on one number at a time. The raw values are those of the C interface,
/// where 4 is softmax.
public enum Elementwise: Int32, Sendable, CaseIterable {
  case linear = 0, relu, tanh, sigmoid
  case relu6 = 5, leakyRelu, elu, selu, gelu, silu, softplus, softsign, hardSigmoid, exponential

  /// Whether the output does not tell the slope, which then takes the input.
  @inlinable @_transparent
  public var needsInput: Bool { self == .gelu || self == .silu }
}

extension InstructionSet {
  /// f(x), and f′(x) from both x and y = f(x). Where the kind is known when this is compiled,
  /// nothing is left of the others; elsewhere `activated` and `slope` have one body a set.
  @inlinable @_transparent
  static func activate(_ kind: Elementwise, _ x: Vector) -> Vector {
    switch kind {
    case .linear: x
    // max(0, x) that hands on NaN.
    case .relu: maximum(splat(0), x)
    case .tanh: tanh(x)
    case .sigmoid: sigmoid(x)
    case .relu6: minimum(splat(6), maximum(splat(0), x))
    case .leakyRelu: choose(x, x * splat(0.2), whereGreater: x, than: splat(0))
    case .elu: elu(x, 1)
    case .selu: splat(seluScale) * elu(x, seluAlpha)
    case .gelu: gelu(x)
    case .silu: silu(x)
    case .softplus: softplus(x)
    case .softsign: softsign(x)
    case .hardSigmoid:
      minimum(splat(6), maximum(splat(0), x + splat(3))) * splat(1 / 6)
    case .exponential: exponential(x)
    }
  }

  /// The derivative. x is used only where the kind needs it; at a corner it is that of the left.
  @inlinable @_transparent
  static func derivative(_ kind: Elementwise, _ x: Vector, _ y: Vector) -> Vector {
    let (zero, one) = (splat(0), splat(1))
    return switch kind {
    case .linear: one
    case .relu: choose(one, zero, whereGreater: y, than: zero)
    case .tanh: one - y * y
    case .sigmoid: y * (one - y)
    case .relu6: between(y, 6, one)
    case .leakyRelu: choose(one, splat(0.2), whereGreater: y, than: zero)
    case .elu: choose(one, y + one, whereGreater: y, than: zero)
    case .selu:
      choose(
        splat(seluScale), y + splat(seluScale * seluAlpha), whereGreater: y, than: zero)
    case .gelu: geluSlope(x)
    case .silu: siluSlope(x)
    case .softplus: softplusSlope(y)
    case .softsign: (one - magnitude(y)) * (one - magnitude(y))
    case .hardSigmoid: between(y, 1, splat(1 / 6))
    case .exponential: y
    }
  }

  /// slope where 0 < y < bound, else 0.
  @inlinable @_transparent
  static func between(_ y: Vector, _ bound: Float, _ slope: Vector) -> Vector {
    let below = choose(slope, splat(0), whereGreater: splat(bound), than: y)
    return choose(below, splat(0), whereGreater: y, than: splat(0))
  }
}

/// f(x) of any kind.
@inlinable @inline(never)
func activated<I: InstructionSet>(_: I.Type, _ kind: Elementwise, _ x: I.Vector) -> I.Vector {
  I.activate(kind, x)
}

/// f′(x) of any kind, from x and y = f(x); x is used only where the kind needs it.
@inlinable @inline(never)
func slope<I: InstructionSet>(
  _: I.Type, _ kind: Elementwise, _ x: I.Vector, _ y: I.Vector
) -> I.Vector { I.derivative(kind, x, y) }

/// f(x) and f′(x) of any kind, from what training keeps: x where the kind needs it, else f(x).
@inlinable @_transparent
func recovered<I: InstructionSet>(
  _: I.Type, _ kind: Elementwise, _ kept: I.Vector
) -> (value: I.Vector, slope: I.Vector) {
  let value = kind.needsInput ? activated(I.self, kind, kept) : kept
  return (value, slope(I.self, kind, kept, value))
}

/// x ← f(x)
@inlinable
public func activate<I: InstructionSet>(
  _: I.Type, _ kind: Elementwise, _ x: UnsafeMutablePointer<Float>, _ count: Int
) {
  switch kind {
  case .relu: replaceEach(I.self, x, count) { I.activate(.relu, $0) }
  case .tanh: replaceEach(I.self, x, count) { I.activate(.tanh, $0) }
  case .sigmoid: replaceEach(I.self, x, count) { I.activate(.sigmoid, $0) }
  default: replaceEach(I.self, x, count) { activated(I.self, kind, $0) }
  }
}

@inlinable @_transparent
func replaceEach<I: InstructionSet>(
  _: I.Type, _ x: UnsafeMutablePointer<Float>, _ count: Int, _ function: (I.Vector) -> I.Vector
) {
  I.forEachVector(count) { at, lanes in I.store(x + at, function(I.load(x + at, lanes)), lanes) }
}

/// dy ← dy · f′, from y = f(x) and, where the kind needs it, x.
@inlinable
public func activateBackward<I: InstructionSet>(
  _: I.Type, _ kind: Elementwise, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
  _ dy: UnsafeMutablePointer<Float>, _ count: Int
) {
  switch kind {
  case .relu: multiplyEach(I.self, y, y, dy, count) { I.derivative(.relu, $0, $1) }
  case .tanh: multiplyEach(I.self, y, y, dy, count) { I.derivative(.tanh, $0, $1) }
  case .sigmoid: multiplyEach(I.self, y, y, dy, count) { I.derivative(.sigmoid, $0, $1) }
  default:
    multiplyEach(I.self, kind.needsInput ? x : y, y, dy, count) { slope(I.self, kind, $0, $1) }
  }
}

@inlinable @_transparent
func multiplyEach<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
  _ dy: UnsafeMutablePointer<Float>, _ count: Int,
  _ function: (I.Vector, I.Vector) -> I.Vector
) {
  I.forEachVector(count) { at, lanes in
    let slope = function(I.load(x + at, lanes), I.load(y + at, lanes))
    I.store(dy + at, I.load(dy + at, lanes) * slope, lanes)
  }
}

/// Each row x ← exp(x − max) / Σ exp(x − max)
@inlinable
public func softmax<I: InstructionSet>(
  _: I.Type, _ x: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int
) {
  for row in 0..<rows {
    let x = x + row * width
    let maximum = largest(x, width)
    I.forEachVector(width) { at, lanes in
      I.store(x + at, I.exponential(I.load(x + at, lanes) - I.splat(maximum)), lanes)
    }
    // One division and a sum in order: the same whatever the number of lanes.
    var sum: Float = 0
    for j in 0..<width { sum += x[j] }
    I.forEachVector(width) { at, lanes in
      I.store(x + at, I.load(x + at, lanes) / I.splat(sum), lanes)
    }
  }
}

/// Each row dy ← y · (dy − Σ dy · y)
@inlinable
public func softmaxBackward<I: InstructionSet>(
  _: I.Type, _ y: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, _ rows: Int,
  _ width: Int
) {
  for row in 0..<rows {
    let (y, dy) = (y + row * width, dy + row * width)
    var sum: Float = 0
    for j in 0..<width { sum += dy[j] * y[j] }
    I.forEachVector(width) { at, lanes in
      I.store(dy + at, I.load(y + at, lanes) * (I.load(dy + at, lanes) - I.splat(sum)), lanes)
    }
  }
}

/// The largest of `count` ≥ 1 numbers; NaN is passed over.
@inlinable
public func largest(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var largest = -Float.infinity
  for j in 0..<count where x[j] > largest { largest = x[j] }
  return largest
}
