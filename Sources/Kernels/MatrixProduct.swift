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
  /// Walk the rows of B from the last to the first. With one block alone.
  public var isReversed = false
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

extension MatrixProduct {
  /// Tiles one below the other.
  @inlinable @_transparent var tileCount: Int { (rows + tileRows - 1) / tileRows }
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
      let tile = Tile(product, row: row, rows: rows, column: column, b: b, c: c)
      if width == tileWidth {
        multiplyTile(I.self, product, tile)
      } else {
        multiplyEdge(I.self, product, tile, width)
      }
      row += rows
      tiles -= 1
    }
    column += tileWidth
  }
}

/// Some rows of a product that is one panel wide, into [row][panelWidth].
@inlinable
func multiplyRows<I: InstructionSet>(
  _: I.Type, _ product: MatrixProduct, row: Int, rows: Int, into c: UnsafeMutablePointer<Float>
) {
  for column in stride(from: 0, to: I.panelWidth, by: I.tileVectors * I.lanes) {
    var tile = Tile(
      product, row: row, rows: rows, column: column, b: product.b + column, c: product.c + column)
    (tile.c, tile.cStride) = (c + column, I.panelWidth)
    multiplyTile(I.self, product, tile)
  }
}

/// Some rows of C, `tileVectors` vectors wide: what one pass over a panel of B gives.
@usableFromInline
struct Tile {
  @usableFromInline let rows: Int
  @usableFromInline let a: UnsafePointer<Float>
  @usableFromInline let b: UnsafePointer<Float>
  /// Where the sums begin: nil for zero; a stride of 0 for a row that all begin with.
  @usableFromInline var start: UnsafePointer<Float>?
  @usableFromInline var startStride: Int
  @usableFromInline var c: UnsafeMutablePointer<Float>
  @usableFromInline var cStride: Int

  @inlinable
  init(
    _ product: MatrixProduct, row: Int, rows: Int, column: Int, b: UnsafePointer<Float>,
    c: UnsafeMutablePointer<Float>
  ) {
    (self.rows, a, self.b) = (rows, product.a + row * product.aRowStride, b)
    (self.c, cStride) = (c + row * product.cRowStride, product.cRowStride)
    switch product.start {
    case .zero: (start, startStride) = (nil, 0)
    case .existing: (start, startStride) = (UnsafePointer(self.c), cStride)
    case .bias: (start, startStride) = (product.bias.map { $0 + column }, 0)
    }
  }
}

/// A tile that is not full, by way of one that is.
@inlinable @inline(never)
func multiplyEdge<I: InstructionSet>(
  _: I.Type, _ product: MatrixProduct, _ tile: Tile, _ width: Int
) {
  var memory = InlineArray<24, I.Vector>(repeating: .zero)
  let tileWidth = I.tileVectors * I.lanes
  withUnsafeMutablePointer(to: &memory) { memory in
    let whole = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: Float.self)
    var full = tile
    (full.c, full.cStride) = (whole, tileWidth)
    if let start = tile.start {
      for i in 0..<tile.rows {
        (whole + i * tileWidth).copy(from: start + i * tile.startStride, count: width)
      }
      (full.start, full.startStride) = (UnsafePointer(whole), tileWidth)
    }
    multiplyTile(I.self, product, full)
    for i in 0..<tile.rows {
      (tile.c + i * tile.cStride).copy(from: whole + i * tileWidth, count: width)
    }
  }
}

/// Calls the tile of a constant number of rows, so that its sums live in registers.
@inlinable @inline(never)
func multiplyTile<I: InstructionSet>(_: I.Type, _ product: MatrixProduct, _ tile: Tile) {
  switch tile.rows {
  case 1: multiplyTile(I.self, 1, product, tile)
  case 2: multiplyTile(I.self, 2, product, tile)
  case 3: multiplyTile(I.self, 3, product, tile)
  case 4: multiplyTile(I.self, 4, product, tile)
  case 5: multiplyTile(I.self, 5, product, tile)
  default: multiplyTile(I.self, 6, product, tile)
  }
}

@inlinable @_transparent
func multiplyTile<I: InstructionSet>(
  _: I.Type, _ rows: Int, _ p: MatrixProduct, _ tile: Tile
) {
  var sums = InlineArray<24, I.Vector>(repeating: .zero)
  if let start = tile.start {
    for i in 0..<rows {
      for j in 0..<I.tileVectors {
        sums[unchecked: i * I.tileVectors + j] = I.load(start + i * tile.startStride + j * I.lanes)
      }
    }
  }
  let (last, direction) = p.isReversed ? (p.blockSize - 1, -1) : (0, 1)
  var b = tile.b + last * I.panelWidth
  for block in 0..<p.blockCount {
    var a = tile.a + block * p.aBlockStride + last * p.aColumnStride
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
      a += direction * p.aColumnStride
      b += direction * I.panelWidth
    }
  }
  for i in 0..<rows {
    for j in 0..<I.tileVectors {
      I.store(tile.c + i * tile.cStride + j * I.lanes, sums[unchecked: i * I.tileVectors + j])
    }
  }
}
