import Kernels
import XCTest

final class ActivationsTests: XCTestCase {
  private let rowCounts = 0...3

  func testActivate() {
    forEachLength { kernels, count, name in
      for kind in Elementwise.all {
        let x = Guarded(numbers(count, 1).map { $0 * 4 })
        let wanted = x.doubles.map { kind($0) }
        kernels.activate(kind, x.pointer, count)
        expect(x, wanted, within: 3e-7, "\(name), \(kind)")
      }
    }
  }

  func testActivateHandsOnNaNAndInfinity() {
    forEachSet { kernels, set in
      for kind in Elementwise.all {
        let special: [Float] = [.nan, .infinity, -.infinity, 0, 1e30, -1e30]
        let x = Guarded(Array(repeating: special, count: 7).joined() + [])
        let wanted = x.doubles.map { kind($0) }
        kernels.activate(kind, x.pointer, x.count)
        expect(x, wanted, within: 3e-7, "\(set), \(kind)")
      }
    }
  }

  /// The slope by central differences.
  func testActivateBackward() {
    forEachLength { kernels, count, name in
      for kind in Elementwise.all {
        let numbers = (numbers(count, 2).map { $0 * 3 }, numbers(count, 3))
        let (x, dy) = (input(numbers.0), Guarded(numbers.1))
        let y = input(x.doubles.map { Float(kind($0)) })
        let wanted = zip(dy.doubles, x.doubles).map { $0 * kind.slope($1) }
        kernels.activateBackward(kind, x.pointer, y.pointer, dy.pointer, count)
        expect(dy, wanted, within: 1e-6, "\(name), \(kind)")
      }
    }
  }

  /// Where slopes take the input, over all sizes of it; limits at ±∞, and NaN stays.
  func testSlopesOfInputs() {
    let all = stride(from: 0, to: UInt64(1) << 32, by: 20_011).map {
      Float(bitPattern: UInt32($0))
    }
    let dense = stride(from: Float(-16), through: 16, by: 0x1p-9)
    let numbers = all + dense + [.infinity, -.infinity, 0]
    forEachSet { kernels, set in
      for kind in Elementwise.all where kind.needsInput {
        let (x, y) = (input(numbers), input(numbers.map { Float(kind(Double($0))) }))
        let dy = Guarded(Array(repeating: 1, count: numbers.count))
        let wanted = x.doubles.map { $0.isInfinite ? ($0 > 0 ? 1 : 0) : kind.slope($0) }
        kernels.activateBackward(kind, x.pointer, y.pointer, dy.pointer, numbers.count)
        expect(dy, wanted.map { $0.isNaN ? .nan : $0 }, within: 3e-7, "\(set), \(kind)")
      }
    }
  }

  /// At their corners slopes are Keras's: those of the side away from the sloping part.
  func testSlopesAtCorners() {
    let corners: [(Elementwise, Float, Float)] = [
      (.relu, 0, 0), (.relu6, 0, 0), (.relu6, 6, 0), (.leakyRelu, 0, 0.2), (.elu, 0, 1),
    ]
    forEachLength { kernels, count, name in
      for (kind, output, slope) in corners {
        let y = input(Array(repeating: output, count: count))
        let dy = Guarded(Array(repeating: 2, count: count))
        kernels.activateBackward(kind, y.pointer, y.pointer, dy.pointer, count)
        expect(dy, Array(repeating: Double(2 * slope), count: count), "\(name), \(kind)")
      }
    }
  }

  private func softmax(_ x: ArraySlice<Double>) -> [Double] {
    let exponentials = x.map { exp($0 - (x.max() ?? 0)) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  private func eachRow<Result>(
    _ rows: Int, _ width: Int, _ body: (Range<Int>) -> [Result]
  ) -> [Result] {
    (0..<rows).flatMap { body($0 * width..<($0 + 1) * width) }
  }

  func testSoftmax() {
    forEachLength { kernels, width, name in
      for rows in rowCounts {
        let x = Guarded(numbers(rows * width, 5).map { $0 * 5 })
        let wanted = eachRow(rows, width) { softmax(x.doubles[$0]) }
        kernels.softmax(x.pointer, rows, width)
        expect(x, wanted, within: 3e-7, "\(name), \(rows) rows")
      }
    }
  }

  func testSoftmaxOfLargeNumbers() {
    forEachSet { kernels, set in
      let x = Guarded([1e30, 1e30, -1e30, 1_000, 1_000, 999, -3e38, 3e38, 0, -1e3, -1e3, -1e3])
      kernels.softmax(x.pointer, 4, 3)
      let third = exp(Double(-1))
      let share = 1 / (2 + third)
      let first = [0.5, 0.5, 0, share, share, share * third]
      let wanted = first + [0, 1, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0]
      expect(x, wanted, within: 1e-7, set)
    }
  }

  func testSoftmaxHandsOnNaN() {
    forEachSet { kernels, set in
      for place in 0..<19 {
        var values = numbers(3 * 19, 6)
        values[19 + place] = .nan
        let x = Guarded(values)
        let wanted = eachRow(3, 19) { row in
          row.contains(19) ? Array(repeating: .nan, count: 19) : softmax(x.doubles[row])
        }
        kernels.softmax(x.pointer, 3, 19)
        expect(x, wanted, within: 1e-6, "\(set), NaN at \(place)")
      }
    }
  }

  /// dx = Jᵀ dy, J by central differences.
  func testSoftmaxBackward() {
    forEachLength { kernels, width, name in
      for rows in rowCounts {
        let x = numbers(rows * width, 7).map(Double.init)
        let y = input(eachRow(rows, width) { softmax(x[$0]) }.map { Float($0) })
        let dy = Guarded(numbers(rows * width, 8))
        let gradient = dy.doubles
        let wanted = eachRow(rows, width) { slopes(Array(x[$0]), Array(gradient[$0])) }
        kernels.softmaxBackward(y.pointer, dy.pointer, rows, width)
        expect(dy, wanted, within: 1e-6, "\(name), \(rows) rows")
      }
    }
  }

  private func slopes(_ x: [Double], _ dy: [Double]) -> [Double] {
    func loss(_ at: Int, _ step: Double) -> Double {
      var moved = x
      moved[at] += step
      return zip(softmax(moved[...]), dy).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return x.indices.map { (loss($0, 1e-5) - loss($0, -1e-5)) / 2e-5 }
  }

  func testLargestPassesOverNaN() {
    XCTAssertEqual(largest([3, 7, -2], 3), 7)
    XCTAssertEqual(largest([.nan, -7, .nan], 3), -7)
    XCTAssertEqual(largest([.infinity, .nan], 2), .infinity)
    XCTAssertEqual(largest([.nan], 1), -.infinity)
  }
}
