import Kernels
import XCTest

final class MomentsTests: XCTestCase {
  private let rows = 5

  /// Σ over rows of a number a place, one sum a column.
  private func sums(_ width: Int, rows: Int, _ number: (_ at: Int, _ column: Int) -> Double)
    -> [Double]
  {
    (0..<width).map { column in
      (0..<rows).reduce(0) { $0 + number($1 * width + column, column) }
    }
  }

  func testSums() {
    forEachLength { kernels, width, name in
      let (x, y) = (input(numbers(rows * width, 1)), input(numbers(rows * width, 2)))
      let mean = input(numbers(width, 3))
      let (a, b, m) = (x.doubles, y.doubles, mean.doubles)
      func check(_ wanted: [Double], _ kernel: (UnsafeMutablePointer<Float>) -> Void) {
        let got = Guarded(numbers(width, 4))
        kernel(got.pointer)
        expect(got, wanted, within: 1e-5, name)
      }
      check(sums(width, rows: rows) { at, _ in a[at] }) {
        kernels.columnSums(x.pointer, rows, width, $0)
      }
      check(sums(width, rows: rows) { (a[$0] - m[$1]) * (a[$0] - m[$1]) }) {
        kernels.columnSquares(x.pointer, mean.pointer, rows, width, $0)
      }
      check(sums(width, rows: rows) { (a[$0] - m[$1]) * b[$0] }) {
        kernels.columnProducts(x.pointer, mean.pointer, y.pointer, rows, width, $0)
      }
    }
  }

  /// Summed one after the other, 200,000 numbers near 1 lose four digits.
  func testManyRows() {
    let rows = 200_000
    let values = numbers(rows, 5).map { 1 + $0 / 1000 }
    let exact = values.reduce(0.0) { $0 + Double($1) }
    forEachSet { kernels, set in
      var sum: Float = 0
      values.withUnsafeBufferPointer { kernels.columnSums($0.baseAddress!, rows, 1, &sum) }
      XCTAssertLessThan((Double(sum) - exact).magnitude / exact, 2e-6, set)
    }
  }

  func testAffine() {
    forEachLength { kernels, width, name in
      let (x, dy) = (input(numbers(rows * width, 6)), input(numbers(rows * width, 7)))
      let columns = (8...11).map { input(numbers(width, $0)) }
      let (a, b, c) = (x.doubles, dy.doubles, columns.map { $0.doubles })
      let y = Guarded(numbers(rows * width, 12))
      kernels.scaleAndShift(
        x.pointer, columns[1].pointer, columns[3].pointer, y.pointer, rows, width)
      let scaled = a.indices.map { a[$0] * c[1][$0 % width] + c[3][$0 % width] }
      expect(y, scaled, within: 1e-6, name)
      let factors = ColumnFactors(
        mean: columns[0].pointer, scale: columns[1].pointer, slope: columns[2].pointer,
        shift: columns[3].pointer)
      kernels.batchNormalizationBackward(
        x.pointer, dy.pointer, factors, y.pointer, rows, width)
      let wanted = a.indices.map { at -> Double in
        let column = at % width
        return b[at] * c[1][column] + (a[at] - c[0][column]) * c[2][column] + c[3][column]
      }
      expect(y, wanted, within: 2e-6, name)
    }
  }
}
