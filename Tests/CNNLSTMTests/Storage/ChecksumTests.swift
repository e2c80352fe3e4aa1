import XCTest

@testable import CNNLSTM

final class ChecksumTests: XCTestCase {
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { Checksum.of($0) }
  }

  /// RFC 3720, B.4, and the check value of the catalogues.
  func testKnownValues() {
    XCTAssertEqual(checksum([]), 0)
    XCTAssertEqual(checksum(Array("123456789".utf8)), 0xE306_9283)
    XCTAssertEqual(checksum([UInt8](repeating: 0, count: 32)), 0x8A91_36AA)
    XCTAssertEqual(checksum([UInt8](repeating: 0xFF, count: 32)), 0x62A8_AB43)
    XCTAssertEqual(checksum(Array(0..<32)), 0x46DD_794E)
  }

  func testEveryLengthAndAddress() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    for start in 0..<9 {
      for end in start..<64 {
        XCTAssertEqual(
          bytes.withUnsafeBytes { Checksum.of(UnsafeRawBufferPointer(rebasing: $0[start..<end])) },
          slowChecksum(bytes[start..<end]))
      }
    }
  }

  func testPiecesGiveTheChecksumOfAll() {
    let bytes = (0..<100).map { UInt8($0) }
    for cut in 0...100 {
      var pieces = Checksum()
      bytes[..<cut].withUnsafeBytes { pieces.add($0) }
      bytes[cut...].withUnsafeBytes { pieces.add($0) }
      XCTAssertEqual(pieces.value, checksum(bytes))
    }
  }
}
