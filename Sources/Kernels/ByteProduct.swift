// Products of 8-bit integers, four at a time, on processors that have instructions for them.

/// An instruction set with products of 8-bit integers.
public protocol ByteInstructionSet: InstructionSet {
  /// sum + the products of four UInt8 and four Int8; wraps around.
  static func multiplyAddBytes(_ a: Integers, _ b: Integers, _ sum: Integers) -> Integers
  /// Writes integers in 0…255 as `lanes` UInt8.
  static func storeBytes(_ p: UnsafeMutableRawPointer, _ x: Integers)
}

/// The kernels that need them.
public struct ByteKernels: Sendable {
  public let quantize: @Sendable (ByteRows) -> Void
  public let multiply: @Sendable (ByteProduct) -> Void

  @inlinable
  public init<I: ByteInstructionSet>(_: I.Type) {
    quantize = { quantizeRows(I.self, $0) }
    multiply = { multiplyBytes(I.self, $0) }
  }
}

/// Rows of floats as rows of bytes, each with a scale of its own.
public struct ByteRows {
  /// Floats before the bytes of a row: its scale, and all bits set where its sums begin with
  /// `ByteProduct.offsets`, none where they begin with 0.
  @inlinable @_transparent public static var header: Int { 2 }

  public var rows: Int
  public var width: Int
  public var source: UnsafePointer<Float>
  /// [row][scale, bits, bytes]. The bytes fill vectors, behind `width` they stand for 0.
  public var target: UnsafeMutablePointer<Float>
  public var targetStride: Int

  @inlinable
  public init(
    rows: Int, width: Int, source: UnsafePointer<Float>, target: UnsafeMutablePointer<Float>,
    targetStride: Int
  ) {
    (self.rows, self.width, self.source) = (rows, width, source)
    (self.target, self.targetStride) = (target, targetStride)
  }
}

/// A number of a row is byte · scale, or (byte − 128) · scale where some are negative, with the
/// scale that gives the largest magnitude 255 or 127 steps. Infinity counts as the largest finite
/// number; a NaN makes the scale NaN.
@inlinable
public func quantizeRows<I: ByteInstructionSet>(_: I.Type, _ block: ByteRows) {
  for row in 0..<block.rows {
    let (source, target) = (
      block.source + row * block.width, block.target + row * block.targetStride
    )
    var (least, most, strange) = (I.splat(0), I.splat(0), I.splat(0))
    I.forEachVector(block.width) { at, count in
      let x = I.load(source + at, count)
      (least, most) = (I.minimum(x, least), I.maximum(x, most))
      strange = I.choose(strange, x, whereEqual: x, to: x)
    }
    var (lowest, largest, nan): (Float, Float, Float) = (0, 0, 0)
    for lane in 0..<I.lanes {
      lowest = min(lowest, least[lane])
      largest = max(largest, most[lane], -least[lane])
      nan += strange[lane]
    }
    let (steps, zero): (Float, Float) = lowest < 0 ? (127, 128) : (255, 0)
    largest = min(largest, .greatestFiniteMagnitude)
    // What is smaller would have no finite inverse.
    let inverse = largest < 0x1p-100 ? 0 : steps / largest
    target[0] = (inverse == 0 ? 0 : largest / steps) + nan
    target[1] = Float(bitPattern: lowest < 0 ? ~0 : 0)
    let magic: Float = 12_582_912
    let bytes = UnsafeMutableRawPointer(target + ByteRows.header)
    I.forEachVector(block.width) { at, count in
      let x = I.load(source + at, count) * I.splat(inverse)
      let step = I.maximum(I.minimum(x, I.splat(steps)), I.splat(-steps))
      I.storeBytes(bytes + at, I.bits(step + I.splat(magic + zero)) &- I.bits(I.splat(magic)))
    }
  }
}

/// C = bias + A · B, A of `ByteRows`, B of Int8 with a scale a column.
public struct ByteProduct {
  public var rows: Int
  public var panels: Int
  /// Fours of rows of B.
  public var depth: Int
  public var a: UnsafePointer<Float>
  public var aRowStride: Int
  /// [panel][depth][4 lanes][4]
  public var b: UnsafePointer<Float>
  /// [panel][4 lanes]: the scales, and the bits of −128 times the sums of the columns of B.
  public var scales, offsets, bias: UnsafePointer<Float>
  public var c: UnsafeMutablePointer<Float>
  public var cRowStride: Int
  public var cPanelStride: Int

  @inlinable
  public init(
    rows: Int, panels: Int, depth: Int, a: UnsafePointer<Float>, aRowStride: Int,
    b: UnsafePointer<Float>, scales: UnsafePointer<Float>, offsets: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>, cRowStride: Int, cPanelStride: Int
  ) {
    (self.rows, self.panels, self.depth) = (rows, panels, depth)
    (self.a, self.aRowStride, self.b) = (a, aRowStride, b)
    (self.scales, self.offsets, self.bias) = (scales, offsets, bias)
    (self.c, self.cRowStride, self.cPanelStride) = (c, cRowStride, cPanelStride)
  }
}

@inlinable
public func multiplyBytes<I: ByteInstructionSet>(_: I.Type, _ product: ByteProduct) {
  for panel in 0..<product.panels {
    for row in stride(from: 0, to: product.rows, by: tileRows) {
      multiplyByteTile(I.self, product, panel, row)
    }
  }
}

/// Some rows of a panel. Always as many: where fewer are left, the last is computed again.
@inlinable @_transparent
func multiplyByteTile<I: ByteInstructionSet>(
  _: I.Type, _ product: ByteProduct, _ panel: Int, _ firstRow: Int
) {
  let (lanes, width) = (I.lanes, I.panelWidth)
  var rows = InlineArray<6, UnsafePointer<Float>>(repeating: product.a)
  var sums = InlineArray<24, I.Integers>(repeating: .zero)
  let column = panel * width
  for i in 0..<tileRows {
    let a = product.a + min(firstRow + i, product.rows - 1) * product.aRowStride
    rows[unchecked: i] = a + ByteRows.header
    for j in 0..<panelVectors {
      let offsets = I.bits(I.load(product.offsets + column + j * lanes))
      sums[unchecked: i * panelVectors + j] = offsets & I.bits(I.splat(a[1]))
    }
  }
  var b = product.b + column * product.depth
  for k in 0..<product.depth {
    var weights = InlineArray<4, I.Integers>(repeating: .zero)
    for j in 0..<panelVectors { weights[unchecked: j] = I.bits(I.load(b + j * lanes)) }
    for i in 0..<tileRows {
      let x = I.bits(I.splat(rows[unchecked: i][k]))
      for j in 0..<panelVectors {
        let at = i * panelVectors + j
        sums[unchecked: at] = I.multiplyAddBytes(x, weights[unchecked: j], sums[unchecked: at])
      }
    }
    b += width
  }
  let c = product.c + panel * product.cPanelStride
  for i in 0..<tileRows {
    let c = c + min(firstRow + i, product.rows - 1) * product.cRowStride
    for j in 0..<panelVectors {
      I.store(c + j * lanes, I.fromBits(sums[unchecked: i * panelVectors + j]))
    }
  }
  for row in firstRow..<min(firstRow + tileRows, product.rows) {
    let scale = I.splat(product.a[row * product.aRowStride])
    for at in stride(from: 0, to: width, by: lanes) {
      let c = c + row * product.cRowStride + at
      let scales = scale * I.load(product.scales + column + at)
      let bias = I.load(product.bias + column + at)
      I.store(c, I.multiplyAdd(I.float(I.bits(I.load(c))), scales, bias))
    }
  }
}
