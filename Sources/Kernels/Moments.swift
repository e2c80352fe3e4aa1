/// sums[j] ← Σ rows of what body gives for the vector at j of a row. Blocks of rows are summed on
/// their own, so that rounding grows with their number and not with that of all rows.
@inlinable @inline(__always)
func sumRows<I: InstructionSet>(
  _: I.Type, _ rows: Int, _ width: Int, _ sums: UnsafeMutablePointer<Float>,
  _ body: (_ row: Int, _ at: Int, _ lanes: Int) -> I.Vector
) {
  I.forEachVector(width) { at, lanes in
    var total = I.Vector.zero
    for first in stride(from: 0, to: rows, by: 128) {
      var sum = I.Vector.zero
      for row in first..<min(rows, first + 128) { sum = sum + body(row, at, lanes) }
      total = total + sum
    }
    I.store(sums + at, total, lanes)
  }
}

/// sums[j] ← Σ x[j] over rows; x [rows, width]
@inlinable
public func columnSums<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ rows: Int, _ width: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  sumRows(I.self, rows, width, sums) { row, at, lanes in I.load(x + row * width + at, lanes) }
}

/// sums[j] ← Σ (x[j] − mean[j])² over rows
@inlinable
public func columnSquares<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ mean: UnsafePointer<Float>, _ rows: Int, _ width: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  sumRows(I.self, rows, width, sums) { row, at, lanes in
    let centred = I.load(x + row * width + at, lanes) - I.load(mean + at, lanes)
    return centred * centred
  }
}

/// sums[j] ← Σ (x[j] − mean[j]) · y[j] over rows
@inlinable
public func columnProducts<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ mean: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
  _ rows: Int, _ width: Int, _ sums: UnsafeMutablePointer<Float>
) {
  sumRows(I.self, rows, width, sums) { row, at, lanes in
    let centred = I.load(x + row * width + at, lanes) - I.load(mean + at, lanes)
    return centred * I.load(y + row * width + at, lanes)
  }
}

/// What stands for all rows of the affine kernels, one number a column.
public struct ColumnFactors {
  public var mean: UnsafePointer<Float>
  public var scale: UnsafePointer<Float>
  public var slope: UnsafePointer<Float>
  public var shift: UnsafePointer<Float>

  @inlinable
  public init(
    mean: UnsafePointer<Float>, scale: UnsafePointer<Float>, slope: UnsafePointer<Float>,
    shift: UnsafePointer<Float>
  ) {
    (self.mean, self.scale, self.slope, self.shift) = (mean, scale, slope, shift)
  }
}

/// y ← x · scale + shift, column by column
@inlinable
public func scaleAndShift<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ scale: UnsafePointer<Float>,
  _ shift: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int
) {
  for row in 0..<rows {
    let (x, y) = (x + row * width, y + row * width)
    I.forEachVector(width) { at, lanes in
      let value = I.multiplyAdd(
        I.load(x + at, lanes), I.load(scale + at, lanes), I.load(shift + at, lanes))
      I.store(y + at, value, lanes)
    }
  }
}

/// dx ← dy · scale + ((x − mean) · slope + shift), column by column
@inlinable
public func batchNormalizationBackward<I: InstructionSet>(
  _: I.Type, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ factors: ColumnFactors,
  _ dx: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int
) {
  for row in 0..<rows {
    let (x, dy, dx) = (x + row * width, dy + row * width, dx + row * width)
    I.forEachVector(width) { at, lanes in
      let centred = I.load(x + at, lanes) - I.load(factors.mean + at, lanes)
      let through = I.multiplyAdd(
        centred, I.load(factors.slope + at, lanes), I.load(factors.shift + at, lanes))
      let value = I.multiplyAdd(
        I.load(dy + at, lanes), I.load(factors.scale + at, lanes), through)
      I.store(dx + at, value, lanes)
    }
  }
}
