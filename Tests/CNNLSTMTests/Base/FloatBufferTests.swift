import XCTest

@testable import CNNLSTM

final class FloatBufferTests: XCTestCase {
  func testIsAlignedAndZero() throws {
    for count in [0, 1, 15, 1_000] {
      let buffer = try FloatBuffer(count: count)
      XCTAssertEqual(UInt(bitPattern: buffer.pointer) % 64, 0)
      XCTAssertTrue((0..<count).allSatisfy { buffer.pointer[$0] == 0 })
    }
  }

  func testAbsurdSizesThrow() {
    for count in [-1, Int.max, Int.max / 4, Int.min, 1 << 60] {
      XCTAssertThrowsError(try FloatBuffer(count: count)) {
        XCTAssertEqual(($0 as? Failure)?.kind, .outOfMemory)
      }
    }
  }

  func testCopyIsItsOwn() throws {
    let buffer = try FloatBuffer(count: 3)
    buffer.pointer[1] = 5
    let copy = try buffer.copy()
    buffer.pointer[1] = 6
    XCTAssertEqual(copy.pointer[1], 5)
  }

  func testFirstNonFiniteIsFoundAnywhere() {
    for bad in [Float.nan, .infinity, -.infinity] {
      for position in [0, 1, 255, 256, 257, 599] {
        var values = [Float](repeating: .greatestFiniteMagnitude, count: 600)
        XCTAssertNil(firstNonFinite(values, values.count))
        values[position] = bad
        values[599] = .nan
        XCTAssertEqual(firstNonFinite(values, values.count), position)
      }
    }
  }
}
