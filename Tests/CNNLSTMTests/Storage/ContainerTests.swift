import XCTest

@testable import CNNLSTM

final class ContainerTests: XCTestCase {
  private var image = FileImage([])

  override func setUpWithError() throws { image = try FileImage(try smallModel()) }

  private func assertRefused(
    _ kind: Failure.Kind, _ words: String = "", file: StaticString = #filePath,
    line: UInt = #line, _ change: (inout FileImage) -> Void
  ) {
    let changed = image.changed(change)
    assertFails(kind, words, file: file, line: line) { _ = try changed.load() }
  }

  // MARK: Header

  func testHeader() {
    XCTAssertEqual(image.bytes.prefix(8), [0x89, 0x43, 0x4E, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A])
    XCTAssertEqual([image.number(8, 2), image.number(10, 2)], [1, 0])
    XCTAssertEqual(image.number(16, 8), image.bytes.count)
    XCTAssertEqual(image.entries.map { $0.type }, [1, 2, 3, 4, 5])
    XCTAssertEqual(image.entries.map { $0.flags }, [1, 1, 0, 0, 0])
    XCTAssertEqual(image.changed { _ in }.bytes, image.bytes, "checksums")
    for entry in image.entries { XCTAssertEqual(entry.range.lowerBound % 64, 0) }
  }

  func testWhatIsNoModel() {
    for place in 0..<8 {
      assertRefused(.fileNotModel, "byte \(place) is") { $0.bytes[place] ^= 0x20 }
    }
    for bytes in [[UInt8]("PNG".utf8), [0], [UInt8](repeating: 0, count: 500)] {
      XCTAssertEqual(FileImage(bytes).failure()?.kind, .fileNotModel)
    }
  }

  func testMajorVersions() {
    for major in [0, 2, 0x0100, 0xFFFF] {
      assertRefused(.fileVersion, "version \(major).0, this library reads 1.x") {
        $0.set(8, 2, major)
      }
    }
  }

  func testNewerMinorVersionsAreRead() throws {
    for minor in [1, 2, 3, 0xFFFF] {
      try assertSame(try image.changed { $0.set(10, 2, minor) }.load(), try smallModel())
    }
  }

  func testChecksumOfHeaderAndTable() {
    for place in 10..<32 + 32 * image.sectionCount {
      for bit in 0..<8 {
        var changed = image
        changed.bytes[place] ^= 1 << bit
        XCTAssertNotNil(changed.failure(), "byte \(place), bit \(bit)")
      }
    }
    var changed = image
    changed.bytes[28] ^= 1
    XCTAssertEqual(changed.failure()?.kind, .fileCorrupt)
  }

  func testNumberOfSections() {
    for count in [0, 65, 1 << 31] {
      assertRefused(.fileCorrupt, "number of sections must be 1…64, got \(count)") {
        $0.set(12, 4, count)
      }
    }
  }

  func testReservedNumbers() {
    assertRefused(.fileCorrupt, "reserved") { $0.set(24, 4, 1) }
    assertRefused(.fileCorrupt, "reserved") { $0.set(32 + 28, 4, 1) }
  }

  func testFileSize() {
    let size = image.bytes.count
    assertRefused(.fileTruncated, "has \(size) of its \(size + 1) bytes") {
      $0.set(16, 8, size + 1)
    }
    assertRefused(.fileTruncated) { $0.set(16, 8, Int.max) }
    assertRefused(.fileCorrupt, "1 bytes are behind the end") { $0.set(16, 8, size - 1) }
    assertRefused(.fileCorrupt, "file size") { $0.set(16, 8, 31) }
    assertRefused(.fileCorrupt, "file size") { $0.set(16, 8, -1) }
  }

  func testEveryTruncation() {
    for count in 0..<image.bytes.count {
      let kind = FileImage(Array(image.bytes[..<count])).failure()?.kind
      XCTAssertEqual(kind, .fileTruncated, "\(count) bytes")
    }
  }

  func testBytesBehindTheEnd() {
    for extra in [1, 63, 64, 1_000] {
      let longer = FileImage(image.bytes + [UInt8](repeating: 0, count: extra))
      XCTAssertEqual(longer.failure()?.kind, .fileCorrupt)
    }
  }

  // MARK: Sections

  func testChecksumsOfSections() throws {
    for entry in image.entries {
      for place in [entry.range.lowerBound, entry.range.upperBound - 1] {
        var changed = image
        changed.bytes[place] ^= 0x10
        assertFails(.fileCorrupt, "has the checksum") { _ = try changed.load() }
      }
    }
  }

  func testPaddingIsZero() {
    var padding: [Int] = []
    for (entry, next) in zip(image.entries, image.entries.dropFirst()) {
      padding += Array(entry.range.upperBound..<next.range.lowerBound)
    }
    XCTAssertFalse(padding.isEmpty)
    for place in padding {
      assertRefused(.fileCorrupt, "padding at byte \(place) must be 0") { $0.bytes[place] = 1 }
    }
  }

  func testPlacesOfSections() {
    let first = image.entries[0].range
    let wrong = [0, 32, first.lowerBound - 64, first.lowerBound + 1, first.lowerBound + 64, -64]
    for offset in wrong {
      assertRefused(.fileCorrupt, "section 0 must start at \(first.lowerBound)") {
        $0.set(32 + 8, 8, offset)
      }
    }
    for size in [0, -1, Int.max, image.bytes.count - first.lowerBound + 1] {
      assertRefused(.fileCorrupt, "section 0 at byte \(first.lowerBound) has") {
        $0.set(32 + 16, 8, size)
      }
    }
    // A shorter last section leaves bytes that belong to none.
    let last = image.entries[4].range
    assertRefused(.fileCorrupt, "the last section ends at") {
      $0.set(32 + 4 * 32 + 16, 8, last.count - 1)
    }
  }

  func testTypesAscend() {
    assertRefused(.fileCorrupt, "section 1 has type 1 behind type 1") { $0.set(64, 4, 1) }
    assertRefused(.fileCorrupt, "section 0 has type 0") { $0.set(32, 4, 0) }
    assertRefused(.fileCorrupt, "type 5 behind type 9") { $0.set(32 + 3 * 32, 4, 9) }
  }

  func testFlags() {
    assertRefused(.fileVersion, "flags 2") { $0.set(32 + 3 * 32 + 4, 4, 2) }
    assertRefused(.fileVersion, "flags 2147483649") { $0.set(32 + 4, 4, 0x8000_0001) }
    assertRefused(.fileCorrupt, "architecture, has the flags 0") { $0.set(32 + 4, 4, 0) }
    assertRefused(.fileCorrupt, "labels, has the flags 1") { $0.set(32 + 2 * 32 + 4, 4, 1) }
  }

  private func withUnknownSection(_ type: UInt32, mustBeUnderstood: Bool) throws -> FileImage {
    let entries = image.entries
    var writer = try ContainerWriter(sectionCount: entries.count + 1, capacity: 0)
    for entry in entries {
      try writer.add(type: entry.type, mustBeUnderstood: entry.flags == 1) {
        (section) throws(Failure) in
        for byte in image.bytes[entry.range] { try section.integer(byte) }
      }
    }
    try writer.add(type: type, mustBeUnderstood: mustBeUnderstood) { (section) throws(Failure) in
      try section.text("something new")
    }
    return FileImage(writer.finish().withUnsafeBytes { Array($0) })
  }

  func testUnknownSectionThatMayBeIgnored() throws {
    for type: UInt32 in [6, 7, 1_000, .max] {
      let loaded = try withUnknownSection(type, mustBeUnderstood: false).load()
      try assertSame(loaded, try smallModel())
      XCTAssertEqual(try FileImage(loaded).bytes, image.bytes)
    }
    // Nobody reads it, and it is damaged: so is the file.
    var damaged = try withUnknownSection(6, mustBeUnderstood: false)
    damaged.bytes[damaged.bytes.count - 1] ^= 1
    assertFails(.fileCorrupt, "section 5 has the checksum") { _ = try damaged.load() }
  }

  func testUnknownSectionThatMustBeUnderstood() throws {
    let changed = try withUnknownSection(9, mustBeUnderstood: true)
    assertFails(.fileVersion, "section 5 is of type 9") { _ = try changed.load() }
  }

  func testMissingSections() throws {
    for missing: UInt32 in [1, 2] {
      var writer = try ContainerWriter(sectionCount: 4, capacity: 0)
      for entry in image.entries where entry.type != missing {
        try writer.add(type: entry.type, mustBeUnderstood: entry.flags == 1) {
          (section) throws(Failure) in
          for byte in image.bytes[entry.range] { try section.integer(byte) }
        }
      }
      let changed = FileImage(writer.finish().withUnsafeBytes { Array($0) })
      assertFails(.fileCorrupt, "the file has no \(missing == 1 ? "architecture" : "weights")") {
        _ = try changed.load()
      }
    }
  }
}
