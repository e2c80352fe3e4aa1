import Kernels
import XCTest

final class ByteProductTests: XCTestCase {
  private func forEachByteSet(_ body: (KernelTable, ByteKernels, String) throws -> Void) throws {
    var count = 0
    try forEachSet { kernels, set in
      guard let bytes = kernels.bytes else { return }
      try body(kernels, bytes, set)
      count += 1
    }
    try XCTSkipIf(count == 0, "this machine has no products of bytes")
  }

  // MARK: Rows

  private struct Row {
    let scale: Float
    let isSigned: Bool
    let bytes: [UInt8]

    /// What the bytes stand for.
    var values: [Float] { bytes.map { (Float($0) - (isSigned ? 128 : 0)) * scale } }
  }

  /// Two rows of these numbers, of which the first is given: nothing is written but rows.
  private func quantized(_ kernels: KernelTable, _ bytes: ByteKernels, _ values: [Float]) -> Row {
    let width = values.count
    let filled = (width + kernels.lanes - 1) / kernels.lanes * kernels.lanes / 4
    let stride = ByteRows.header + filled
    let source = input(values + values.map { -$0 })
    let target = Guarded([Float](repeating: -7, count: 2 * stride))
    bytes.quantize(
      ByteRows(
        rows: 2, width: width, source: source.pointer, target: target.pointer,
        targetStride: stride))
    XCTAssertTrue(target.isIntact)
    let row = target.floats[..<stride]
    let isSigned = row[1].bitPattern != 0
    XCTAssertEqual(row[1].bitPattern, isSigned ? ~0 : 0)
    let all = row[ByteRows.header...].flatMap { float in
      (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
    }
    XCTAssertTrue(all[width...].allSatisfy { $0 == (isSigned ? 128 : 0) })
    return Row(scale: row[0], isSigned: isSigned, bytes: Array(all[..<width]))
  }

  func testTheNearestSteps() throws {
    try forEachByteSet { kernels, bytes, set in
      for width in 1...2 * kernels.lanes + 3 {
        let mixed = numbers(width, 3)
        for values in [mixed, mixed.map { $0.magnitude }, mixed.map { -1e30 * $0.magnitude }] {
          let row = quantized(kernels, bytes, values)
          let largest = values.map { $0.magnitude }.max() ?? 0
          let isSigned = values.contains { $0 < 0 }
          XCTAssertEqual(row.isSigned, isSigned)
          XCTAssertEqual(row.scale, largest / (isSigned ? 127 : 255))
          for (got, value) in zip(row.values, values) {
            XCTAssertLessThanOrEqual((got - value).magnitude, row.scale * 0.500_1, set)
          }
        }
      }
    }
  }

  func testSmallRowsAreZero() throws {
    try forEachByteSet { kernels, bytes, set in
      for value: Float in [0, -0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0x1p-101] {
        let row = quantized(kernels, bytes, [Float](repeating: value, count: 21))
        XCTAssertEqual(row.values, [Float](repeating: 0, count: 21), "\(set), \(value)")
      }
    }
  }

  /// At any place.
  func testNaNMakesTheScaleNaN() throws {
    try forEachByteSet { kernels, bytes, set in
      for at in 0..<35 {
        var values = numbers(35, 4)
        values[at] = at % 2 == 0 ? .nan : -.nan
        XCTAssertTrue(quantized(kernels, bytes, values).scale.isNaN, "\(set), \(at)")
      }
    }
  }

  func testInfinityIsTheLargestNumber() throws {
    try forEachByteSet { kernels, bytes, set in
      for (infinity, byte) in [(Float.infinity, UInt8(255)), (-.infinity, 1)] {
        let row = quantized(kernels, bytes, [1, infinity, 1e30])
        XCTAssertEqual(row.scale, .greatestFiniteMagnitude / (infinity > 0 ? 255 : 127), set)
        let zero: UInt8 = infinity > 0 ? 0 : 128
        XCTAssertEqual(row.bytes, [zero, byte, zero], set)
      }
    }
  }

  // MARK: Products

  /// A [rows][depth · 4] of bytes, B [panel][depth][4 lanes][4]. Even rows are signed.
  private struct Matrices {
    let rows, depth, panels, width: Int
    let a: [UInt8]
    let b: [Int8]

    init(_ kernels: KernelTable, rows: Int, depth: Int, panels: Int = 2, areExtreme: Bool = false) {
      (self.rows, self.depth, self.panels, width) = (rows, depth, panels, kernels.panelWidth)
      a = numbers(rows * depth * 4, 1).map { areExtreme ? 255 : UInt8(($0 + 2) * 63.9) }
      b = numbers(panels * depth * width * 4, 2).map { areExtreme ? 127 : Int8($0 * 63.5) }
    }

    func weight(_ k: Int, _ column: Int) -> Int {
      let row = column / width * depth + k / 4
      return Int(b[(row * width + column % width) * 4 + k % 4])
    }

    func isSigned(_ row: Int) -> Bool { row % 2 == 0 }

    func sum(_ row: Int, _ column: Int) -> Int {
      (0..<4 * depth).reduce(0) {
        $0 + (Int(a[row * 4 * depth + $1]) - (isSigned(row) ? 128 : 0)) * weight($1, column)
      }
    }

    func scale(_ row: Int) -> Float { 1 / Float(row + 1) }

    var packedLeft: [Float] {
      var rows: [Float] = []
      for row in 0..<self.rows {
        rows += [scale(row), Float(bitPattern: isSigned(row) ? ~0 : 0)]
        rows += floats(Array(a[row * 4 * depth..<(row + 1) * 4 * depth]))
      }
      return rows
    }

    var packedRight: [Float] { floats(b.map { UInt8(bitPattern: $0) }) }

    var offsets: [Float] {
      (0..<panels * width).map { column in
        let sum = (0..<4 * depth).reduce(0) { $0 + weight($1, column) }
        return Float(bitPattern: UInt32(bitPattern: Int32(-128 * sum)))
      }
    }

    private func floats(_ bytes: [UInt8]) -> [Float] {
      bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }
  }

  private func check(_ bytes: ByteKernels, _ matrices: Matrices, _ name: String) {
    let (rows, columns, width) = (
      matrices.rows, matrices.panels * matrices.width, matrices.width
    )
    let (a, b) = (input(matrices.packedLeft), input(matrices.packedRight))
    let (scales, bias) = (input(numbers(columns, 5)), input(numbers(columns, 6)))
    let offsets = input(matrices.offsets)
    let c = Guarded([Float](repeating: 9, count: rows * columns))
    bytes.multiply(
      ByteProduct(
        rows: rows, panels: matrices.panels, depth: matrices.depth, a: a.pointer,
        aRowStride: matrices.depth + ByteRows.header, b: b.pointer, scales: scales.pointer,
        offsets: offsets.pointer, bias: bias.pointer, c: c.pointer, cRowStride: columns,
        cPanelStride: width))
    let wanted = (0..<rows * columns).map { at -> Double in
      let (row, column) = (at / columns, at % columns)
      let scale = matrices.scale(row) * scales.pointer[column]
      return Double(
        bias.pointer[column].addingProduct(Float(matrices.sum(row, column)), scale))
    }
    expect(c, wanted, name)
  }

  func testMultiply() throws {
    try forEachByteSet { kernels, bytes, set in
      for depth in [0, 1, 2, 17] {
        for rows in 1...13 {
          check(bytes, Matrices(kernels, rows: rows, depth: depth), "\(set), \(rows), \(depth)")
        }
      }
    }
  }

  /// Of as many inputs as an LSTM takes as bytes.
  func testLargestSums() throws {
    try forEachByteSet { kernels, bytes, set in
      let matrices = Matrices(kernels, rows: 2, depth: 1 << 14, panels: 1, areExtreme: true)
      check(bytes, matrices, set)
    }
  }
}
