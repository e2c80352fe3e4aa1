import Kernels
import XCTest

/// Whole numbers make every product exact, so that one wrong, missing or extra term is seen.
final class MatrixProductTests: XCTestCase {
  private static let mostRows = 13

  /// Where the element (i, k) of a left matrix lies.
  private struct Left {
    var blockCount = 1
    let blockSize: Int
    let rowStride: Int
    var columnStride = 1
    var blockStride = 0

    var depth: Int { blockCount * blockSize }

    func place(_ i: Int, _ k: Int) -> Int {
      i * rowStride + k / blockSize * blockStride + k % blockSize * columnStride
    }

    /// Floats from the first element to the last.
    var count: Int { depth == 0 ? 1 : place(mostRows - 1, depth - 1) + 1 }
  }

  /// A left matrix with most rows, a right one with most columns, and their product.
  private struct Matrices {
    let left: Left
    let columns: Int
    let a: Guarded
    let b: [Float]
    let product: [Double]

    init(_ left: Left, columns: Int) {
      (self.left, self.columns) = (left, columns)
      a = input(wholeNumbers(left.count, 1))
      b = wholeNumbers(left.depth * columns, 2)
      let (a, b) = (a.doubles, b.map(Double.init))
      var product = [Double](repeating: 0, count: mostRows * columns)
      for i in 0..<mostRows {
        for k in 0..<left.depth {
          let x = a[left.place(i, k)]
          for j in 0..<columns { product[i * columns + j] += x * b[k * columns + j] }
        }
      }
      self.product = product
    }

    /// The first columns of b in panels, zero behind the last.
    func packed(columns: Int, panelWidth: Int) -> Guarded {
      let panels = (columns + panelWidth - 1) / panelWidth
      var packed = [Float](repeating: 0, count: panels * left.depth * panelWidth)
      for k in 0..<left.depth {
        for j in 0..<columns {
          let panel = j / panelWidth
          packed[(panel * left.depth + k) * panelWidth + j % panelWidth] = b[k * self.columns + j]
        }
      }
      return input(packed)
    }
  }

  /// Where the element (i, j) of a result lies.
  private struct Result {
    let rowStride: Int
    let panelStride: Int
    let panelWidth: Int

    func place(_ i: Int, _ j: Int) -> Int {
      j / panelWidth * panelStride + i * rowStride + j % panelWidth
    }
  }

  private func check(
    _ kernels: KernelTable, _ matrices: Matrices, _ b: Guarded, _ bias: Guarded, rows: Int,
    _ result: Result, _ start: MatrixProduct.Start, _ name: String
  ) {
    let (left, columns) = (matrices.left, bias.count)
    var wanted = wholeNumbers(result.place(rows - 1, columns - 1) + 1, 3)
    let c = Guarded(wanted)
    for i in 0..<rows {
      for j in 0..<columns {
        let first: Float =
          switch start {
          case .zero: 0
          case .existing: wanted[result.place(i, j)]
          case .bias: bias.pointer[j]
          }
        wanted[result.place(i, j)] = first + Float(matrices.product[i * matrices.columns + j])
      }
    }
    var product = MatrixProduct(
      rows: rows, columns: columns, depth: left.blockSize, a: matrices.a.pointer,
      aRowStride: left.rowStride, b: b.pointer, bPanelStride: left.depth * kernels.panelWidth,
      c: c.pointer, cRowStride: result.rowStride, cPanelStride: result.panelStride)
    product.aColumnStride = left.columnStride
    (product.blockCount, product.aBlockStride) = (left.blockCount, left.blockStride)
    (product.start, product.bias) = (start, start == .bias ? UnsafePointer(bias.pointer) : nil)
    kernels.multiply(product)
    if !c.isIntact || c.floats != wanted {
      XCTFail("\(name), \(start): \(rows) × \(left.depth) · \(left.depth) × \(columns)")
    }
  }

  /// All numbers of rows and columns, all starts, results in rows and in panels.
  private func check(_ left: Left, _ name: String) {
    forEachSet { kernels, set in
      let width = kernels.panelWidth
      let matrices = Matrices(left, columns: 2 * width + 3)
      for columns in 1...matrices.columns {
        let b = matrices.packed(columns: columns, panelWidth: width)
        let bias = input(wholeNumbers(columns, 4))
        for rows in 1...MatrixProductTests.mostRows {
          let inRows = Result(rowStride: columns + 3, panelStride: width, panelWidth: width)
          let inPanels = Result(
            rowStride: width, panelStride: rows * width + 5, panelWidth: width)
          let name = "\(set), \(name)"
          check(kernels, matrices, b, bias, rows: rows, inRows, .zero, name)
          check(kernels, matrices, b, bias, rows: rows, inRows, .existing, name)
          check(kernels, matrices, b, bias, rows: rows, inRows, .bias, name)
          check(kernels, matrices, b, bias, rows: rows, inPanels, .existing, name)
        }
      }
    }
  }

  func testMultiply() {
    for depth in [0, 1, 3, 17] {
      check(Left(blockSize: depth, rowStride: depth + 2), "rows of a matrix")
    }
  }

  func testMultiplyDeeperThanTheLimit() {
    XCTAssertGreaterThan(600, depthLimit)
    check(Left(blockSize: 600, rowStride: 603), "deep matrix")
  }

  func testMultiplyTransposed() {
    for depth in [1, 3, 17] {
      check(Left(blockSize: depth, rowStride: 1, columnStride: 16), "transposed matrix")
    }
  }

  func testMultiplyTransposedDeeperThanTheLimit() {
    check(Left(blockSize: 600, rowStride: 1, columnStride: 13), "deep transposed matrix")
  }

  /// Windows of a convolution that overlap.
  func testMultiplyWindows() {
    check(Left(blockSize: 12, rowStride: 4), "windows")
  }

  /// Windows with gaps: each tap of a dilated convolution is a block.
  func testMultiplyDilatedWindows() {
    check(Left(blockCount: 3, blockSize: 2, rowStride: 2, blockStride: 8), "dilated windows")
  }

  /// The gates of an LSTM: a block a panel.
  func testMultiplyPanels() {
    check(Left(blockCount: 2, blockSize: 16, rowStride: 16, blockStride: 16 * 13), "panels")
  }

  /// The gradient of a convolution's kernel: a block a sample, each transposed.
  func testMultiplyTransposedBlocks() {
    check(
      Left(blockCount: 4, blockSize: 5, rowStride: 1, columnStride: 6, blockStride: 31),
      "transposed blocks")
  }

  func testMultiplyBlocksDeeperThanTheLimit() {
    check(Left(blockCount: 2, blockSize: 600, rowStride: 3, blockStride: 640), "deep blocks")
  }

  func testBiasThatIsNotThereIsZero() {
    forEachSet { kernels, set in
      let (a, c) = (input([2, 3]), Guarded([9, 9, 9]))
      let columns: [Float] = [1, 2, 3, 4, 5, 6]
      let b = input(
        (0..<2).flatMap { row in
          (0..<kernels.panelWidth).map { $0 < 3 ? columns[row * 3 + $0] : 0 }
        })
      var product = MatrixProduct(
        rows: 1, columns: 3, depth: 2, a: a.pointer, aRowStride: 2, b: b.pointer, bPanelStride: 0,
        c: c.pointer, cRowStride: 3, cPanelStride: 0)
      product.start = .bias
      kernels.multiply(product)
      expect(c, [14, 19, 24], set)
    }
  }

  /// Numbers that round: the error stays that of a sum in float.
  func testMultiplyRealNumbers() {
    forEachSet { kernels, set in
      let (rows, depth, columns) = (11, 701, kernels.panelWidth)
      let (a, b) = (input(numbers(rows * depth, 5)), input(numbers(depth * columns, 6)))
      let c = Guarded(Array(repeating: 7, count: rows * columns))
      kernels.multiply(
        MatrixProduct(
          rows: rows, columns: columns, depth: depth, a: a.pointer, aRowStride: depth,
          b: b.pointer, bPanelStride: 0, c: c.pointer, cRowStride: columns, cPanelStride: 0))
      let (x, y) = (a.doubles, b.doubles)
      let wanted = (0..<rows * columns).map { at in
        (0..<depth).reduce(0) { $0 + x[at / columns * depth + $1] * y[$1 * columns + at % columns] }
      }
      expect(c, wanted, within: 1e-4, set)
    }
  }
}
