import Kernels
import XCTest

final class RectifiersTests: XCTestCase {
  private let rectifiers = [
    Rectifier(slope: 0), Rectifier(slope: 0.25), Rectifier(slope: 0.5, threshold: 0.75),
    Rectifier(slope: 0, threshold: 1, maximum: 1.5), Rectifier(slope: 2, isExponential: true),
  ]

  private func value(_ f: Rectifier, _ x: Double) -> Double {
    if x > Double(f.threshold) { return min(x, Double(f.maximum)) }
    if f.slope == 0 && x == -.infinity { return 0 }
    return Double(f.slope) * (f.isExponential ? expm1(x) : x - Double(f.threshold))
  }

  private func slope(_ f: Rectifier, _ x: Double) -> Double {
    if x > Double(f.threshold) { return x > Double(f.maximum) ? 0 : 1 }
    return Double(f.slope) * (f.isExponential ? exp(x) : 1)
  }

  func testValuesAndSlopes() {
    forEachLength { kernels, count, name in
      for (number, f) in rectifiers.enumerated() {
        let (x, dy) = (input(numbers(count, 1)), input(numbers(count, 2)))
        let (y, dx) = (Guarded(dy.floats), Guarded(dy.floats))
        kernels.rectify(f, x.pointer, y.pointer, count)
        kernels.rectifyBackward(f, x.pointer, dy.pointer, dx.pointer, count)
        expect(y, x.doubles.map { value(f, $0) }, within: 3e-7, "\(name), \(number)")
        let wanted = zip(dy.doubles, x.doubles).map { $0 * slope(f, $1) }
        expect(dx, wanted, within: 5e-7, "\(name), \(number), slope")
      }
    }
  }

  func testInfinityAndNaN() {
    forEachSet { kernels, set in
      let x = input([.infinity, -.infinity, .nan, 0, -0.0])
      for (number, f) in rectifiers.enumerated() where f.slope == 0 || f.isExponential {
        let y = Guarded(Array(repeating: 9, count: 5))
        kernels.rectify(f, x.pointer, y.pointer, 5)
        expect(y, x.doubles.map { $0.isNaN ? .nan : value(f, $0) }, "\(set), \(number)")
      }
    }
  }

  func testPReLU() {
    forEachLength { kernels, count, name in
      let (x, alpha) = (input(numbers(count, 1)), input(numbers(count, 2)))
      let (dy, dalpha) = (input(numbers(count, 3)), Guarded(numbers(count, 4)))
      let (y, dx) = (Guarded(dy.floats), Guarded(dy.floats))
      let (xs, alphas, dys) = (x.doubles, alpha.doubles, dy.doubles)
      let values = xs.indices.map { xs[$0] > 0 ? xs[$0] : alphas[$0] * xs[$0] }
      let slopes = xs.indices.map { dys[$0] * (xs[$0] > 0 ? 1 : xs[$0] < 0 ? alphas[$0] : 0) }
      let sums = zip(dalpha.doubles, zip(xs, dys)).map { $0 + min(0, $1.0) * $1.1 }
      kernels.prelu(x.pointer, alpha.pointer, y.pointer, count)
      kernels.preluBackward(
        x.pointer, alpha.pointer, dy.pointer, dx.pointer, dalpha.pointer, count)
      expect(y, values, within: 3e-7, name)
      expect(dx, slopes, within: 3e-7, "\(name), slope")
      expect(dalpha, sums, within: 5e-7, "\(name), alpha")
    }
  }

  func testRescale() {
    forEachLength { kernels, count, name in
      let (x, y) = (input(numbers(count, 1)), Guarded(numbers(count, 2)))
      kernels.rescale(0.5, -3, x.pointer, y.pointer, count)
      expect(y, x.doubles.map { $0 * 0.5 - 3 }, within: 3e-7, name)
    }
  }
}
