import Kernels
import XCTest

final class VectorsTests: XCTestCase {
  func testCopy() {
    for count in 0...67 {
      let (x, y) = (input(numbers(count, 20)), Guarded(numbers(count, 21)))
      y.pointer.copy(from: x.pointer, count: count)
      expect(y, x.doubles, "\(count) numbers")
      let z = Guarded(numbers(count, 22))
      z.pointer.copy(from: UnsafePointer(x.pointer), count: count)
      expect(z, x.doubles, "\(count) numbers that stay")
    }
  }

  func testCopyOfOtherTypes() {
    let bytes: [UInt8] = [1, 2, 3, 4, 5]
    var copy: [UInt8] = [9, 9, 9, 9, 9]
    copy.withUnsafeMutableBufferPointer { $0.baseAddress?.copy(from: bytes, count: 3) }
    XCTAssertEqual(copy, [1, 2, 3, 9, 9])
    let doubles = [0.1, -0.2, .infinity]
    var twice = [0.0, 0, 0, 7]
    twice.withUnsafeMutableBufferPointer { $0.baseAddress?.copy(from: doubles, count: 3) }
    XCTAssertEqual(twice, doubles + [7])
  }
  func testAdd() {
    forEachLength { kernels, count, name in
      let (x, y) = (input(numbers(count, 1)), Guarded(numbers(count, 2)))
      let wanted = zip(y.doubles, x.doubles).map { $0 + $1 }
      kernels.add(x.pointer, y.pointer, count)
      expect(y, wanted, name)
    }
  }

  func testAddProduct() {
    forEachLength { kernels, count, name in
      let (x, y) = (input(numbers(count, 3)), Guarded(numbers(count, 4)))
      let wanted = zip(y.doubles, x.doubles).map { $0 - 1.625 * $1 }
      kernels.addProduct(-1.625, x.pointer, y.pointer, count)
      expect(y, wanted, within: 3e-7, name)
    }
  }

  func testScale() {
    forEachLength { kernels, count, name in
      let (x, y) = (input(numbers(count, 5)), Guarded(numbers(count, 6)))
      kernels.scale(1.7, x.pointer, y.pointer, count)
      let wanted = x.doubles.map { Double(1.7 as Float) * $0 }
      expect(y, wanted, name)
      let inPlace = Guarded(x.floats)
      kernels.scale(1.7, inPlace.pointer, inPlace.pointer, count)
      expect(inPlace, wanted, name)
    }
  }

  func testMultiplyElements() {
    forEachLength { kernels, count, name in
      let (x, m) = (input(numbers(count, 7)), input(numbers(count, 8)))
      let (y, inPlace) = (Guarded(numbers(count, 9)), Guarded(x.floats))
      let wanted = zip(x.doubles, m.doubles).map { $0 * $1 }
      kernels.multiplyElements(x.pointer, m.pointer, y.pointer, count)
      expect(y, wanted, name)
      kernels.multiplyElements(inPlace.pointer, m.pointer, inPlace.pointer, count)
      expect(inPlace, wanted, name)
    }
  }

  func testStandardize() {
    forEachLength { kernels, width, name in
      for rows in 0...3 {
        let x = input(numbers(rows * width, 10))
        let (mean, factor) = (input(numbers(width, 11)), input(numbers(width, 12)))
        let y = Guarded(numbers(rows * width, 13))
        kernels.standardize(x.pointer, mean.pointer, factor.pointer, y.pointer, rows, width)
        let wanted = (0..<rows * width).map {
          (x.doubles[$0] - mean.doubles[$0 % width]) * factor.doubles[$0 % width]
        }
        expect(y, wanted, within: 3e-7, "\(name), \(rows) rows")
      }
    }
  }

  func testAddColumnSums() {
    forEachLength { kernels, width, name in
      for rows in 0...5 {
        let stride = width + 3
        let (x, sums) = (input(numbers(rows * stride, 14)), Guarded(numbers(width, 15)))
        let doubles = x.doubles
        let wanted = sums.doubles.enumerated().map { column, start in
          (0..<rows).reduce(start) { $0 + doubles[$1 * stride + column] }
        }
        kernels.addColumnSums(x.pointer, rows, width, stride, sums.pointer)
        expect(sums, wanted, within: 5e-7, "\(name), \(rows) rows")
      }
    }
  }

  func testDot() {
    forEachLength { kernels, count, name in
      let (x, y) = (input(wholeNumbers(count, 16)), input(wholeNumbers(count, 17)))
      let wanted = zip(x.doubles, y.doubles).reduce(0) { $0 + $1.0 * $1.1 }
      expect([kernels.dot(x.pointer, y.pointer, count)], [wanted], name)
    }
  }

  /// A long sum of numbers that round.
  func testDotOfRealNumbers() {
    forEachSet { kernels, set in
      let (x, y) = (input(numbers(10_007, 18)), input(numbers(10_007, 19)))
      let wanted = zip(x.doubles, y.doubles).reduce(0) { $0 + $1.0 * $1.1 }
      expect([kernels.dot(x.pointer, y.pointer, x.count)], [wanted], within: 1e-4, set)
    }
  }
}
