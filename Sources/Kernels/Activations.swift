/// An activation that works on one number at a time. The raw values are those of the C interface.
public enum Elementwise: Int32, Sendable { case linear = 0, relu, tanh, sigmoid }

extension InstructionSet {
  @inlinable @_transparent
  public static func activate(_ kind: Elementwise, _ x: Vector) -> Vector {
    switch kind {
    case .linear: x
    // max(0, x) that hands on NaN.
    case .relu: maximum(splat(0), x)
    case .tanh: tanh(x)
    case .sigmoid: sigmoid(x)
    }
  }

  /// The derivative, from the activation's output y.
  @inlinable @_transparent
  public static func slope(_ kind: Elementwise, _ y: Vector) -> Vector {
    switch kind {
    case .linear: splat(1)
    case .relu: choose(splat(1), splat(0), whereGreater: y, than: splat(0))
    case .tanh: splat(1) - y * y
    case .sigmoid: y * (splat(1) - y)
    }
  }
}

/// x ← f(x)
@inlinable
public func activate<I: InstructionSet>(
  _: I.Type, _ kind: Elementwise, _ x: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    I.store(x + at, I.activate(kind, I.load(x + at, lanes)), lanes)
  }
}

/// dy ← dy · f′, from y = f(x)
@inlinable
public func activateBackward<I: InstructionSet>(
  _: I.Type, _ kind: Elementwise, _ y: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    let slope = I.slope(kind, I.load(y + at, lanes))
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
