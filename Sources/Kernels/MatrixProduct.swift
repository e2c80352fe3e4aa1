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

extension MatrixProduct {
  /// Tiles one below the other.
  @inlinable @_transparent var tileCount: Int { (rows + tileRows - 1) / tileRows }
}

/// How a product computes. A and B may hold pairs of short numbers in place of floats: two columns
/// of A, and the same two rows of B, so that `blockSize` counts pairs.
public protocol Arithmetic {
  associatedtype Set: InstructionSet
  /// Whether products may have columns that do not fill a panel.
  static var hasNarrowTiles: Bool { get }
  /// Floats that `count` columns of a row of B take.
  static func floats(_ count: Int) -> Int
  /// A vector of a row of B.
  static func load(_ b: UnsafePointer<Float>) -> Set.Vector
  /// sum + a · b; for integers the bits of a sum of integers.
  static func multiplyAdd(_ a: Set.Vector, _ b: Set.Vector, _ sum: Set.Vector) -> Set.Vector
}

extension Arithmetic {
  @inlinable @_transparent public static var hasNarrowTiles: Bool { false }

  @inlinable @_transparent public static func floats(_ count: Int) -> Int { count }

  @inlinable @_transparent
  public static func load(_ b: UnsafePointer<Float>) -> Set.Vector { Set.load(b) }
}

public enum Float32Arithmetic<Set: InstructionSet>: Arithmetic {
  @inlinable @_transparent public static var hasNarrowTiles: Bool { true }

  @inlinable @_transparent
  public static func multiplyAdd(
    _ a: Set.Vector, _ b: Set.Vector, _ sum: Set.Vector
  ) -> Set.Vector { Set.multiplyAdd(a, b, sum) }
}

/// Rows of B worked on at once, so that a panel of them stays in the second-level cache while
/// all rows of A pass.
@inlinable @inline(__always) public var depthLimit: Int { 512 }

@inlinable
public func multiply<A: Arithmetic>(_: A.Type, _ product: MatrixProduct) {
  let limit = product.blockCount == 1 ? depthLimit : product.blockSize
  var part = product
  var done = 0
  repeat {
    part.blockSize = min(limit, product.blockSize - done)
    part.a = product.a + done * product.aColumnStride
    part.b = product.b + done * A.floats(A.Set.panelWidth)
    multiplyPanels(A.self, part)
    part.start = .existing
    done += part.blockSize
  } while done < product.blockSize
}

@inlinable
public func multiplyPanels<A: Arithmetic>(_: A.Type, _ product: MatrixProduct) {
  let (lanes, panelWidth) = (A.Set.lanes, A.Set.panelWidth)
  let tileWidth = A.Set.tileVectors * lanes
  var column = 0
  while column < product.columns {
    let (panel, inPanel) = (column / panelWidth, column % panelWidth)
    let b = product.b + panel * product.bPanelStride + A.floats(inPanel)
    let c = product.c + panel * product.cPanelStride + inPanel
    let width = min(tileWidth, product.columns - column)
    let vectors = min(A.Set.tileVectors, width <= lanes ? 1 : width <= 2 * lanes ? 2 : 4)
    // Rows are dealt out evenly: 7 are 4 and 3, not 6 and 1.
    var (row, tiles) = (0, product.tileCount)
    while tiles > 0 {
      let rows = (product.rows - row + tiles - 1) / tiles
      let tile = Tile(
        product, row: row, rows: rows, vectors: vectors, column: column, b: b, c: c)
      if !A.hasNarrowTiles || width == tile.vectors * lanes {
        multiplyTile(A.self, product, tile)
      } else {
        multiplyEdge(A.self, product, tile, width)
      }
      row += rows
      tiles -= 1
    }
    column += tileWidth
  }
}

/// Some rows of C, a few vectors wide: what one pass over a panel of B gives.
@usableFromInline
struct Tile {
  @usableFromInline var rows: Int
  /// 1, 2 or 4, at most `tileVectors`.
  @usableFromInline var vectors: Int
  @usableFromInline var a: UnsafePointer<Float>
  @usableFromInline var b: UnsafePointer<Float>
  /// Walk the rows of B from the last to the first; with one block alone.
  @usableFromInline var isReversed = false
  /// Another product, of `headDepth` columns, that comes before: its A and B, and the stride of A.
  @usableFromInline var head: UnsafePointer<Float>?
  @usableFromInline var headB: UnsafePointer<Float>
  @usableFromInline var headStride = 0
  @usableFromInline var headDepth = 0
  /// Where the sums begin: nil for zero; a stride of 0 for a row that all begin with.
  @usableFromInline var start: UnsafePointer<Float>?
  @usableFromInline var startStride = 0
  @usableFromInline var c: UnsafeMutablePointer<Float>
  @usableFromInline var cStride: Int

  @inlinable @_transparent
  init(
    rows: Int, vectors: Int, a: UnsafePointer<Float>, b: UnsafePointer<Float>,
    c: UnsafeMutablePointer<Float>, cStride: Int
  ) {
    (self.rows, self.vectors, self.a, self.b, headB) = (rows, vectors, a, b, b)
    (self.c, self.cStride) = (c, cStride)
  }

  @inlinable
  init(
    _ product: MatrixProduct, row: Int, rows: Int, vectors: Int, column: Int,
    b: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>
  ) {
    self.init(
      rows: rows, vectors: vectors, a: product.a + row * product.aRowStride, b: b,
      c: c + row * product.cRowStride, cStride: product.cRowStride)
    switch product.start {
    case .zero: break
    case .existing: (start, startStride) = (UnsafePointer(self.c), cStride)
    case .bias: start = product.bias.map { $0 + column }
    }
  }
}

/// A tile whose last vector is not full, by way of one that is.
@inlinable @inline(never)
func multiplyEdge<A: Arithmetic>(
  _: A.Type, _ product: MatrixProduct, _ tile: Tile, _ width: Int
) {
  var memory = InlineArray<24, A.Set.Vector>(repeating: .zero)
  let stride = tile.vectors * A.Set.lanes
  withUnsafeMutablePointer(to: &memory) { memory in
    let whole = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: Float.self)
    var full = tile
    (full.c, full.cStride) = (whole, stride)
    if let start = tile.start {
      for i in 0..<tile.rows {
        A.Set.forEachVector(width) { at, count in
          A.Set.store(whole + i * stride + at, A.Set.load(start + i * tile.startStride + at, count))
        }
      }
      (full.start, full.startStride) = (UnsafePointer(whole), stride)
    }
    multiplyTile(A.self, product, full)
    for i in 0..<tile.rows {
      A.Set.forEachVector(width) { at, count in
        A.Set.store(tile.c + i * tile.cStride + at, A.Set.load(whole + i * stride + at), count)
      }
    }
  }
}

/// Calls the tile of a constant size, so that its sums live in registers.
@inlinable @inline(never)
func multiplyTile<A: Arithmetic>(_: A.Type, _ product: MatrixProduct, _ tile: Tile) {
  if !A.hasNarrowTiles || tile.vectors == A.Set.tileVectors {
    multiplyTile(A.self, vectors: A.Set.tileVectors, product, tile)
  } else if A.Set.tileVectors > 2, tile.vectors == 2 {
    multiplyTile(A.self, vectors: 2, product, tile)
  } else {
    multiplyTile(A.self, vectors: 1, product, tile)
  }
}

@inlinable @_transparent
func multiplyTile<A: Arithmetic>(
  _: A.Type, vectors: Int, _ product: MatrixProduct, _ tile: Tile
) {
  switch tile.rows {
  case 1: multiplyTile(A.self, 1, vectors, product, tile)
  case 2: multiplyTile(A.self, 2, vectors, product, tile)
  case 3: multiplyTile(A.self, 3, vectors, product, tile)
  case 4: multiplyTile(A.self, 4, vectors, product, tile)
  case 5: multiplyTile(A.self, 5, vectors, product, tile)
  default: multiplyTile(A.self, 6, vectors, product, tile)
  }
}

@inlinable @_transparent
func multiplyTile<A: Arithmetic>(
  _: A.Type, _ rows: Int, _ vectors: Int, _ p: MatrixProduct, _ tile: Tile
) {
  var sums = InlineArray<24, A.Set.Vector>(repeating: .zero)
  if let start = tile.start {
    for i in 0..<rows {
      for j in 0..<vectors {
        sums[unchecked: i * vectors + j] = A.Set.load(
          start + i * tile.startStride + j * A.Set.lanes)
      }
    }
  }
  let bStride = A.floats(A.Set.panelWidth)
  var part = tile.head == nil ? 1 : 0
  while part < 2 {
    let isHead = part == 0
    let rowStride = isHead ? tile.headStride : p.aRowStride
    let (blocks, size) = isHead ? (1, tile.headDepth) : (p.blockCount, p.blockSize)
    let columnStride = isHead ? 1 : p.aColumnStride
    let (last, direction) = tile.isReversed && !isHead ? (size - 1, -1) : (0, 1)
    let start = (isHead ? tile.head : tile.a) ?? tile.a
    var b = (isHead ? tile.headB : tile.b) + last * bStride
    for block in 0..<blocks {
      var a = start + block * p.aBlockStride + last * columnStride
      for _ in 0..<size {
        var row = InlineArray<4, A.Set.Vector>(repeating: .zero)
        for j in 0..<vectors { row[unchecked: j] = A.load(b + A.floats(j * A.Set.lanes)) }
        for i in 0..<rows {
          let x = A.Set.splat(a[i * rowStride])
          for j in 0..<vectors {
            let at = i * vectors + j
            sums[unchecked: at] = A.multiplyAdd(x, row[unchecked: j], sums[unchecked: at])
          }
        }
        a += direction * columnStride
        b += direction * bStride
      }
    }
    part += 1
  }
  for i in 0..<rows {
    for j in 0..<vectors {
      A.Set.store(tile.c + i * tile.cStride + j * A.Set.lanes, sums[unchecked: i * vectors + j])
    }
  }
}
