import XCTest

@testable import CNNLSTM

final class ByteWriterTests: XCTestCase {
  private func written(_ body: (inout ByteWriter) throws -> Void) throws -> [UInt8] {
    var writer = try ByteWriter(capacity: 1)
    try body(&writer)
    return writer.result.withUnsafeBytes { Array($0) }
  }

  func testLittleEndian() throws {
    let bytes = try written {
      try $0.integer(UInt16(0x0201))
      try $0.integer(Int32(-2))
      try $0.float(1)
      try $0.text("aé")
      try $0.floats([2], 1)
    }
    XCTAssertEqual(
      bytes,
      [1, 2, 0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0x80, 0x3F, 0x61, 0xC3, 0xA9, 0, 0, 0, 0x40])
  }

  func testManyIntegers() throws {
    let bytes = try written { writer in
      try writer.integers(3) { Int8(-$0) }
      try writer.integers(2) { UInt16(0x0201 + $0) }
      try writer.integers(0) { _ in UInt32(1) }
    }
    XCTAssertEqual(bytes, [0, 0xFF, 0xFE, 1, 2, 2, 2])
  }

  func testGrows() throws {
    let bytes = try written { writer in
      for value in 0..<1_000 { try writer.integer(UInt16(value)) }
    }
    XCTAssertEqual(bytes.count, 2_000)
    XCTAssertEqual(bytes[1_998], 231)
    XCTAssertEqual(bytes[1_999], 3)
  }

  func testAlignment() throws {
    XCTAssertEqual([0, 1, 63, 64, 65].map(alignedPlace), [0, 64, 64, 64, 128])
    XCTAssertEqual(alignedPlace(Int.max), Int.max)
    let bytes = try written { writer in
      try writer.align()
      XCTAssertEqual(writer.count, 0)
      try writer.integer(UInt8(7))
      try writer.align()
      XCTAssertEqual(writer.count, 64)
      try writer.zeros(to: 10)
      XCTAssertEqual(writer.count, 64)
    }
    XCTAssertEqual(bytes, [7] + [UInt8](repeating: 0, count: 63))
  }

  func testReplacesOnlyWhatIsThere() throws {
    let bytes = try written { writer in
      try writer.integer(UInt64(0))
      writer.replace(at: 2, with: UInt16(0xAAAA))
      for place in [-1, 7, 8, 60, 1 << 40] { writer.replace(at: place, with: UInt16(0xBBBB)) }
    }
    XCTAssertEqual(bytes, [0, 0, 0xAA, 0xAA, 0, 0, 0, 0])
  }

  func testChecksumOfARange() throws {
    var writer = try ByteWriter()
    try writer.text("x123456789y")
    XCTAssertEqual(writer.checksum(1..<10), 0xE306_9283)
    XCTAssertEqual(writer.checksum(1..<99), slowChecksum("123456789y".utf8))
  }

  func testSizesThatLeaveAllBounds() throws {
    var writer = try ByteWriter()
    for count in [Int.max, 1 << 60] {
      assertFails(.limit) { try writer.floats([0], count) }
      assertFails(.limit) { try writer.zeros(to: count) }
    }
    XCTAssertEqual(writer.count, 0)
  }
}
