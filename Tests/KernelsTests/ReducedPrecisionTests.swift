import Kernels
import XCTest

final class ReducedPrecisionTests: XCTestCase {
  /// Matrices of bfloat16: A [rows][pairs + 2][2], B [panel][pairs][panel width][2].
  private struct Matrices {
    let rows, pairs, panels, width: Int
    let a, b: [Float]

    init(_ kernels: KernelTable, rows: Int, pairs: Int, panels: Int) {
      (self.rows, self.pairs, self.panels) = (rows, pairs, panels)
      width = kernels.panelWidth
      a = numbers(rows * (pairs + 2) * 2, 1).map(truncated)
      // The same numbers for every width of panels.
      b = numbers(2 * pairs * 200, 2).map(truncated)
    }

    func left(_ i: Int, _ k: Int) -> Float { a[i * (pairs + 2) * 2 + k] }
    func right(_ k: Int, _ column: Int) -> Float { b[k * 200 + column] }

    var packedRight: [Float] {
      var packed = [UInt16](repeating: 0, count: panels * pairs * width * 2)
      for k in 0..<2 * pairs {
        for column in 0..<panels * width {
          let (panel, lane) = (column / width, column % width)
          packed[((panel * pairs + k / 2) * width + lane) * 2 + k % 2] = bits(right(k, column))
        }
      }
      return KernelsTests.pairs(packed)
    }

    private func bits(_ x: Float) -> UInt16 { UInt16(x.bitPattern >> 16) }

    var packedLeft: [Float] { KernelsTests.pairs(a.map(bits)) }

    /// The sum in the order of the kernel, each term rounded: of a pair the odd one first.
    func sum(_ start: Float, _ i: Int, _ column: Int) -> Float {
      var sum = start
      for number in 0..<pairs {
        let k = 2 * number
        sum = sum.addingProduct(left(i, k + 1), right(k + 1, column))
        sum = sum.addingProduct(left(i, k), right(k, column))
      }
      return sum
    }
  }

  /// Every set gives the same bits.
  func testMultiplyBFloat16() {
    forEachSet { kernels, set in
      for pairs in [0, 1, 2, 17] {
        for rows in 1...13 {
          let matrices = Matrices(kernels, rows: rows, pairs: pairs, panels: 2)
          for start in [MatrixProduct.Start.zero, .existing, .bias] {
            check(kernels, matrices, start, "\(set), \(rows), \(pairs)")
          }
        }
      }
    }
  }

  func testMultiplyBFloat16DeeperThanTheLimit() {
    forEachSet { kernels, set in
      let matrices = Matrices(kernels, rows: 2, pairs: depthLimit + 60, panels: 1)
      check(kernels, matrices, .existing, set)
    }
  }

  private func check(
    _ kernels: KernelTable, _ matrices: Matrices, _ start: MatrixProduct.Start,
    _ name: String
  ) {
    let (rows, pairs, columns) = (matrices.rows, matrices.pairs, matrices.panels * matrices.width)
    let (a, b) = (input(matrices.packedLeft), input(matrices.packedRight))
    let (c, bias) = (Guarded(numbers(rows * columns, 3)), input(numbers(columns, 4)))
    let wanted = c.floats.enumerated().map { at, existing in
      let first: Float =
        switch start {
        case .zero: 0
        case .existing: existing
        case .bias: bias.pointer[at % columns]
        }
      return matrices.sum(first, at / columns, at % columns)
    }
    var product = MatrixProduct(
      rows: rows, columns: columns, depth: pairs, a: a.pointer, aRowStride: pairs + 2,
      b: b.pointer, bPanelStride: pairs * matrices.width, c: c.pointer, cRowStride: columns,
      cPanelStride: matrices.width)
    (product.start, product.bias) = (start, UnsafePointer(bias.pointer))
    kernels.multiplyBFloat16(product)
    expect(c, wanted.map(Double.init), "\(name), \(start)")
  }

  /// Rows of short numbers, zero to the end of the last vector and untouched behind it.
  private func rounded(_ kernels: KernelTable, _ values: [Float], width: Int) -> [UInt16] {
    let rows = width == 0 ? 0 : values.count / width
    let filled = (width + kernels.lanes - 1) / kernels.lanes * kernels.lanes
    let stride = filled + kernels.lanes
    let source = input(values)
    let target = Guarded(pairs([UInt16](repeating: 0xABCD, count: rows * stride)))
    kernels.roundToBFloat16(
      BFloat16Rows(
        rows: rows, width: width, source: source.pointer,
        target: UnsafeMutableRawPointer(target.pointer).assumingMemoryBound(to: Int16.self),
        targetStride: stride))
    XCTAssertTrue(target.isIntact)
    let shorts = target.shorts
    for row in 0..<rows {
      let behind = shorts[row * stride + width..<(row + 1) * stride]
      let wanted = Array(repeating: 0 as UInt16, count: filled - width)
      XCTAssertEqual(Array(behind), wanted + Array(repeating: 0xABCD, count: kernels.lanes))
    }
    return (0..<rows).flatMap { shorts[$0 * stride..<$0 * stride + width] }
  }

  func testRoundToBFloat16() {
    forEachLength { kernels, width, name in
      for rows in 0...3 {
        let values = numbers(rows * width, 5)
        XCTAssertEqual(rounded(kernels, values, width: width), values.map(nearestBFloat16), name)
      }
    }
  }

  func testRoundToBFloat16OfAllSizes() {
    let sweep = stride(from: UInt64(0), to: 1 << 32, by: 65_521).map {
      Float(bitPattern: UInt32($0))
    }
    // Ties, and numbers beside them.
    let ties = stride(from: UInt32(0), to: 1 << 16, by: 37).flatMap { upper in
      [0x7FFF, 0x8000, 0x8001].map { Float(bitPattern: upper << 16 | $0) }
    }
    let values = (sweep + ties).filter { !$0.isNaN }
    forEachSet { kernels, set in
      XCTAssertEqual(
        rounded(kernels, values, width: values.count), values.map(nearestBFloat16), set)
    }
  }

  /// Whatever its other bits are.
  func testNaNStaysNaN() {
    let patterns: [UInt32] = [
      0x7FC0_0000, 0xFFC0_0000, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_8000, 0xFFFF_8000, 0x7FFF_7FFF,
      0x7FC0_8000, 0x7F80_0001, 0xFF80_0001, 0x7F80_8000, 0x7FBF_FFFF,
    ]
    forEachSet { kernels, set in
      let bits = rounded(kernels, patterns.map { Float(bitPattern: $0) }, width: patterns.count)
      for (pattern, bits) in zip(patterns, bits) {
        let value = Float(bitPattern: UInt32(bits) << 16)
        XCTAssertTrue(value.isNaN, "\(set): \(String(pattern, radix: 16)) becomes \(value)")
      }
    }
  }
}
