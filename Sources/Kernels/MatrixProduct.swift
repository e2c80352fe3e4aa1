/// The product of a strided matrix and a packed one: C = start + A · B.
///
/// A is [rows, depth], depth = blockCount · blockSize; its element (i, k) with k = block ·
/// blockSize + j is at `a[i · aRowStride + block · aBlockStride + j · aColumnStride]`. So a window
/// of a convolution, a transposed matrix and a matrix in panels are all matrices without a copy. B
/// is packed in panels of `panelWidth` columns, each [depth, panelWidth], zero behind the last
/// column. Column c of C is at `c[panel · cPanelStride + i · cRowStride + c % panelWidth]`.
public struct MatrixProduct {
  public enum Start: UInt8 { case zero, existing, bias }

  public var rows: Int
  public var columns: Int
  public var blockCount = 1
  public var blockSize: Int
  public var a: UnsafePointer<Float>
  public var aRowStride: Int
  public var aColumnStride = 1
  public var aBlockStride = 0
  public var b: UnsafePointer<Float>
  public var bPanelStride: Int
  public var c: UnsafeMutablePointer<Float>
  public var cRowStride: Int
  public var cPanelStride: Int
  public var start = Start.zero
  /// With `.bias`: a value a column of C, as far as the columns go.
  public var bias: UnsafePointer<Float>?

  @inlinable
  public init(
    rows: Int, columns: Int, depth: Int, a: UnsafePointer<Float>, aRowStride: Int,
    b: UnsafePointer<Float>, bPanelStride: Int, c: UnsafeMutablePointer<Float>, cRowStride: Int,
    cPanelStride: Int
  ) {
    (self.rows, self.columns, self.blockSize) = (rows, columns, depth)
    (self.a, self.aRowStride) = (a, aRowStride)
    (self.b, self.bPanelStride) = (b, bPanelStride)
    (self.c, self.cRowStride, self.cPanelStride) = (c, cRowStride, cPanelStride)
  }
}

/// Rows of B worked on at once, so that a panel of them stays in the second-level cache while
/// all rows of A pass.
@inlinable @inline(__always) public var depthLimit: Int { 512 }

@inlinable
public func multiply<I: InstructionSet>(_: I.Type, _ product: MatrixProduct) {
  guard product.blockCount == 1, product.blockSize > depthLimit else {
    return multiplyPanels(I.self, product)
  }
  var part = product
  var done = 0
  while done < product.blockSize {
    part.blockSize = min(depthLimit, product.blockSize - done)
    part.a = product.a + done * product.aColumnStride
    part.b = product.b + done * I.panelWidth
    multiplyPanels(I.self, part)
    part.start = .existing
    done += part.blockSize
  }
}

@inlinable
public func multiplyPanels<I: InstructionSet>(_: I.Type, _ product: MatrixProduct) {
  let tileWidth = I.tileVectors * I.lanes
  var column = 0
  while column < product.columns {
    let (panel, inPanel) = (column / I.panelWidth, column % I.panelWidth)
    let b = product.b + panel * product.bPanelStride + inPanel
    let c = product.c + panel * product.cPanelStride + inPanel
    let width = min(tileWidth, product.columns - column)
    // Rows are dealt out evenly: 7 are 4 and 3, not 6 and 1.
    var (row, tiles) = (0, (product.rows + tileRows - 1) / tileRows)
    while tiles > 0 {
      let rows = (product.rows - row + tiles - 1) / tiles
      multiplyTile(I.self, product, rows, row, b, c, column, width)
      row += rows
      tiles -= 1
    }
    column += tileWidth
  }
}

/// Calls the tile of a constant number of rows, so that its sums live in registers.
@inlinable @inline(__always)
public func multiplyTile<I: InstructionSet>(
  _: I.Type, _ p: MatrixProduct, _ rows: Int, _ row: Int, _ b: UnsafePointer<Float>,
  _ c: UnsafeMutablePointer<Float>, _ column: Int, _ width: Int
) {
  let a = p.a + row * p.aRowStride
  let c = c + row * p.cRowStride
  let bias = p.bias.map { $0 + column }
  switch rows {
  case 1: multiplyTile(I.self, 1, p, a, b, c, bias, width)
  case 2: multiplyTile(I.self, 2, p, a, b, c, bias, width)
  case 3: multiplyTile(I.self, 3, p, a, b, c, bias, width)
  case 4: multiplyTile(I.self, 4, p, a, b, c, bias, width)
  case 5: multiplyTile(I.self, 5, p, a, b, c, bias, width)
  default: multiplyTile(I.self, 6, p, a, b, c, bias, width)
  }
}

@inlinable @inline(__always)
public func multiplyTile<I: InstructionSet>(
  _: I.Type, _ rows: Int, _ p: MatrixProduct, _ a: UnsafePointer<Float>,
  _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>?,
  _ width: Int
) {
  var sums = InlineArray<24, I.Vector>(repeating: .zero)
  var start = c
  switch p.start {
  case .zero: break
  case .existing: loadTile(I.self, rows, &sums, c, p.cRowStride, width)
  case .bias:
    if let bias {
      start = UnsafeMutablePointer(mutating: bias)
      loadTile(I.self, rows, &sums, start, 0, width)
    }
  }
  var b = b
  for block in 0..<p.blockCount {
    var a = a + block * p.aBlockStride
    for _ in 0..<p.blockSize {
      var row = InlineArray<4, I.Vector>(repeating: .zero)
      for j in 0..<I.tileVectors { row[unchecked: j] = I.load(b + j * I.lanes) }
      for i in 0..<rows {
        let x = I.splat(a[i * p.aRowStride])
        for j in 0..<I.tileVectors {
          let at = i * I.tileVectors + j
          sums[unchecked: at] = I.multiplyAdd(x, row[unchecked: j], sums[unchecked: at])
        }
      }
      a += p.aColumnStride
      b += I.panelWidth
    }
  }
  storeTile(I.self, rows, sums, c, p.cRowStride, width)
}

@inlinable @inline(__always)
public func loadTile<I: InstructionSet>(
  _: I.Type, _ rows: Int, _ sums: inout InlineArray<24, I.Vector>, _ c: UnsafePointer<Float>,
  _ stride: Int, _ width: Int
) {
  let full = width == I.tileVectors * I.lanes
  for i in 0..<rows {
    for j in 0..<I.tileVectors {
      let p = c + i * stride + j * I.lanes
      let count = full ? I.lanes : max(0, width - j * I.lanes)
      sums[unchecked: i * I.tileVectors + j] = I.load(p, count)
    }
  }
}

@inlinable @inline(__always)
public func storeTile<I: InstructionSet>(
  _: I.Type, _ rows: Int, _ sums: InlineArray<24, I.Vector>, _ c: UnsafeMutablePointer<Float>,
  _ stride: Int, _ width: Int
) {
  let full = width == I.tileVectors * I.lanes
  for i in 0..<rows {
    for j in 0..<I.tileVectors {
      let p = c + i * stride + j * I.lanes
      let count = full ? I.lanes : max(0, width - j * I.lanes)
      I.store(p, sums[unchecked: i * I.tileVectors + j], count)
    }
  }
}
