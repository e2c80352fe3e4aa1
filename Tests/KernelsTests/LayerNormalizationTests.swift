import Kernels
import XCTest

final class LayerNormalizationTests: XCTestCase {
  private let (rows, epsilon): (Int, Float) = (3, 0.25)

  private func normal(_ row: ArraySlice<Double>) -> (values: [Double], factor: Double) {
    let count = Double(row.count)
    let mean = row.reduce(0, +) / count
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let factor = 1 / (variance + Double(epsilon)).squareRoot()
    return (row.map { ($0 - mean) * factor }, factor)
  }

  private func shape(
    _ width: Int, _ gamma: Guarded, _ beta: Guarded, _ moments: Guarded?
  ) -> NormalizedRows {
    NormalizedRows(
      rows: rows, width: width, epsilon: epsilon, gamma: gamma.pointer, beta: beta.pointer,
      moments: moments?.pointer)
  }

  func testForward() {
    forEachLength { kernels, width, name in
      guard width > 0 else { return }
      let x = input(numbers(rows * width, 1).map { 3 * $0 + 5 })
      let (gamma, beta) = (input(numbers(width, 2)), input(numbers(width, 3)))
      let (a, g, b) = (x.doubles, gamma.doubles, beta.doubles)
      let wanted = (0..<rows).flatMap { row in
        zip(normal(a[row * width..<(row + 1) * width]).values, zip(g, b)).map {
          $0 * $1.0 + $1.1
        }
      }
      for moments in [nil, Guarded(numbers(2 * rows, 4))] {
        let y = Guarded(numbers(rows * width, 5))
        kernels.layerNormalization(shape(width, gamma, beta, moments), x.pointer, y.pointer)
        expect(y, wanted, within: 3e-6, name)
        XCTAssertTrue(moments?.isIntact ?? true, name)
      }
    }
  }

  func testBackward() {
    forEachLength { kernels, width, name in
      guard width > 0 else { return }
      let (x, dy) = (input(numbers(rows * width, 6)), input(numbers(rows * width, 7)))
      let (gamma, moments) = (input(numbers(width, 8)), Guarded(numbers(2 * rows, 9)))
      let (y, dx) = (Guarded(numbers(rows * width, 10)), Guarded(numbers(rows * width, 11)))
      let gradients = Guarded(Array(repeating: 1, count: 2 * width))
      let shape = shape(width, gamma, gamma, moments)
      kernels.layerNormalization(shape, x.pointer, y.pointer)
      kernels.layerNormalizationBackward(
        shape, x.pointer, dy.pointer, dx.pointer, gradients.pointer)
      let (a, above, g) = (x.doubles, dy.doubles, gamma.doubles)
      var (below, weights): ([Double], [Double]) = ([], gradients.doubles.map { _ in 1 })
      for row in 0..<rows {
        let (n, factor) = normal(a[row * width..<(row + 1) * width])
        let change = Array(above[row * width..<(row + 1) * width])
        let inner = zip(change, g).map { $0 * $1 }
        let shift = inner.reduce(0, +) / Double(width)
        let slope = zip(inner, n).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
        for at in 0..<width {
          weights[at] += change[at] * n[at]
          weights[width + at] += change[at]
          below.append(factor * (inner[at] - shift - n[at] * slope))
        }
      }
      expect(dx, below, within: 5e-6, name)
      expect(gradients, weights, within: 5e-6, name)
    }
  }
}
