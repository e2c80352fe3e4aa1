extension UnsafeMutablePointer where Pointee: BitwiseCopyable {
  /// Copies `count` elements as one block of memory. Embedded Swift makes `update(from:count:)` a
  /// call for each.
  @inlinable @_transparent
  public func copy(from source: UnsafePointer<Pointee>, count: Int) {
    UnsafeMutableRawPointer(self).copyMemory(
      from: source, byteCount: count * MemoryLayout<Pointee>.stride)
  }

  @inlinable @_transparent
  public func copy(from source: UnsafeMutablePointer<Pointee>, count: Int) {
    copy(from: UnsafePointer(source), count: count)
  }
}

/// y ← y + x
@inlinable
public func add<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    I.store(y + at, I.load(y + at, lanes) + I.load(x + at, lanes), lanes)
  }
}

/// y ← y + a · x
@inlinable
public func addProduct<I: InstructionSet>(
  _: I.Type, _ a: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    I.store(
      y + at, I.multiplyAdd(I.splat(a), I.load(x + at, lanes), I.load(y + at, lanes)), lanes)
  }
}

/// y ← a · x
@inlinable
public func scale<I: InstructionSet>(
  _: I.Type, _ a: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in I.store(y + at, I.splat(a) * I.load(x + at, lanes), lanes) }
}

/// y ← x · m, element by element
@inlinable
public func multiplyElements<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ m: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ count: Int
) {
  I.forEachVector(count) { at, lanes in
    I.store(y + at, I.load(x + at, lanes) * I.load(m + at, lanes), lanes)
  }
}

/// y[row] ← (x[row] − mean) · factor, element by element, for each of `rows` rows
@inlinable
public func standardize<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ mean: UnsafePointer<Float>,
  _ factor: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int
) {
  for row in 0..<rows {
    let (x, y) = (x + row * width, y + row * width)
    I.forEachVector(width) { at, lanes in
      let centred = I.load(x + at, lanes) - I.load(mean + at, lanes)
      I.store(y + at, centred * I.load(factor + at, lanes), lanes)
    }
  }
}

/// sums[j] += Σ rows of x[j], x [rows, width] with `stride` floats a row
@inlinable
public func addColumnSums<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ rows: Int, _ width: Int, _ stride: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  I.forEachVector(width) { at, lanes in
    var sum = I.load(sums + at, lanes)
    for row in 0..<rows { sum = sum + I.load(x + row * stride + at, lanes) }
    I.store(sums + at, sum, lanes)
  }
}

/// Σ x · y
@inlinable
public func dot<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
) -> Float {
  var sum = I.Vector.zero
  I.forEachVector(count) { at, lanes in
    sum = I.multiplyAdd(I.load(x + at, lanes), I.load(y + at, lanes), sum)
  }
  return sum.sum()
}
