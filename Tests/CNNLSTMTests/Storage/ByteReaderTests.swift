import XCTest

@testable import CNNLSTM

final class ByteReaderTests: XCTestCase {
  private func read<Result>(
    _ bytes: [UInt8], _ body: (inout ByteReader) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBytes { all in
      var reader = ByteReader(all, "test")
      return try body(&reader)
    }
  }

  func testLittleEndianAtAnyAddress() throws {
    let bytes: [UInt8] = [9, 1, 2, 3, 4, 5, 6, 7, 0x88, 0xFF, 0xFF, 0, 0, 0xC0, 0x3F]
    try read(bytes) { reader in
      XCTAssertEqual(try reader.integer("a", as: UInt8.self), 9)
      XCTAssertEqual(try reader.integer("b", as: UInt64.self), 0x8807_0605_0403_0201)
      XCTAssertEqual(try reader.integer("c", as: Int16.self), -1)
      XCTAssertEqual(try reader.float("d"), 1.5)
      XCTAssertEqual(reader.remaining, 0)
      XCTAssertNoThrow(try reader.end())
    }
  }

  func testNothingBehindTheEnd() {
    for count in 0..<8 {
      read([UInt8](repeating: 7, count: count)) { reader in
        assertFails(.fileCorrupt, "length at byte 0 needs 8 bytes, \(count) are left") {
          _ = try reader.integer("length", as: UInt64.self)
        }
        // What failed took nothing.
        XCTAssertEqual(reader.remaining, count)
      }
    }
    for count in [-1, 4, Int.max, Int.min] {
      read([1, 2, 3]) { reader in
        assertFails(.fileCorrupt) { _ = try reader.take(count, "bytes") }
        assertFails(.fileCorrupt) { _ = try reader.text(count, "text") }
        if count != -1 { assertFails(.fileCorrupt) { try reader.skipZeros(to: count, "zeros") } }
      }
    }
  }

  func testSizesHaveARange() throws {
    try read([5, 0, 0, 0]) { reader in
      XCTAssertEqual(try reader.size("size", as: UInt32.self, in: 5...5), 5)
    }
    for range in [0...4, 6...9] {
      read([5, 0, 0, 0]) { reader in
        assertFails(.fileCorrupt, "test: size must be \(range.lowerBound)…") {
          _ = try reader.size("size", as: UInt32.self, in: range)
        }
      }
    }
    read([UInt8](repeating: 0xFF, count: 8)) { reader in
      assertFails(.fileCorrupt, "18446744073709551615") {
        _ = try reader.size("size", as: UInt64.self, in: 0...Int.max)
      }
    }
  }

  func testZeros() throws {
    try read([0, 0, 0, 1]) { reader in
      XCTAssertNoThrow(try reader.zero("reserved", as: UInt16.self))
      assertFails(.fileCorrupt, "reserved must be 0, got 256") {
        try reader.zero("reserved", as: UInt16.self)
      }
    }
    try read([1, 0, 0, 3, 4]) { reader in
      _ = try reader.integer("first", as: UInt8.self)
      try reader.skipZeros(to: 3, "padding")
      assertFails(.fileCorrupt, "padding at byte 3 must be 0, got 3") {
        try reader.skipZeros(to: 4, "padding")
      }
    }
    read([0, 0]) { reader in
      _ = try? reader.take(2, "all")
      assertFails(.fileCorrupt) { try reader.skipZeros(to: 1, "padding") }
    }
  }

  func testTextsAreUTF8() throws {
    try read(Array("größe".utf8)) { reader in
      XCTAssertEqual(try reader.text(7, "name"), "größe")
      XCTAssertEqual(try reader.text(0, "nothing"), "")
    }
    let bad: [[UInt8]] = [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ]
    for bytes in bad {
      read(bytes) { reader in
        assertFails(.fileCorrupt, "name at byte 0 is not UTF-8") {
          _ = try reader.text(bytes.count, "name")
        }
      }
    }
  }

  func testFloatsAreFinite() throws {
    func bytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
    var target = [Float](repeating: 0, count: 3)
    try read([0] + bytes([1, -2, 3])) { reader in
      _ = try reader.integer("odd address", as: UInt8.self)
      try reader.floats(3, into: &target, "weight")
    }
    XCTAssertEqual(target, [1, -2, 3])
    for bad in [Float.nan, .infinity, -.infinity] {
      read(bytes([1, bad, 3])) { reader in
        assertFails(.fileCorrupt, "weight at byte 4 must be finite") {
          try reader.floats(3, into: &target, "weight")
        }
      }
    }
    for count in [4, Int.max, Int.max / 4 + 1] {
      read(bytes([1, 2, 3])) { reader in
        assertFails(.fileCorrupt) { try reader.floats(count, into: &target, "weight") }
      }
    }
  }

  func testBytesThatAreLeft() {
    read([1]) { reader in
      assertFails(.fileCorrupt, "1 bytes are left behind byte 0") { try reader.end() }
    }
  }
}
