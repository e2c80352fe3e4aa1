import XCTest

@testable import CNNLSTM

final class TextSectionsTests: XCTestCase {
  func testTextsOfAnyScriptComeBack() throws {
    let model = try smallModel()
    try model.setLabels(["", "歩く 🚶"])
    for key in ["z", "a", "Ω", "new\nline", "nul\0l"] {
      try model.setMetadata(key, "value of \(key)")
    }
    try model.setMetadata("empty", "")
    try assertSame(try FileImage(model).load(), model)
  }

  func testLongestTexts() throws {
    let model = try smallModel()
    try model.setLabels([String(repeating: "é", count: 512), ""])
    try model.setMetadata(
      String(repeating: "k", count: 256), String(repeating: "v", count: 1 << 20))
    while model.metadata.count < 1_024 { try model.setMetadata("\(model.metadata.count)", "") }
    try assertSame(try FileImage(model).load(), model)
  }

  func testNoTextsNoSections() throws {
    let model = try smallModel()
    try model.setLabels([])
    for (key, _) in model.metadata { try model.setMetadata(key, nil) }
    let image = try FileImage(model)
    XCTAssertEqual(image.entries.map { $0.type }, [1, 2, 5])
    try assertSame(try image.load(), model)
  }

  // MARK: What is refused

  private func assertRefused(
    _ section: UInt32, _ content: [UInt8], _ words: String, line: UInt = #line
  ) throws {
    var image = try FileImage(try smallModel())
    try image.replace(section, content)
    assertFails(.fileCorrupt, words, line: line) { _ = try image.load() }
  }

  func testLabels() throws {
    var image = try FileImage(try smallModel())
    try image.replace(3, [2, 0, 0, 0, 1, 0, 0x61, 1, 0, 0x62])
    XCTAssertEqual(try image.load().labels, ["a", "b"])
    try assertRefused(3, [0, 0, 0, 0], "there are 0 labels for 2 output channels")
    try assertRefused(3, [1, 0, 0, 0, 0, 0], "there are 1 labels for 2 output channels")
    try assertRefused(3, [0xFF, 0xFF, 0xFF, 0xFF], "there are 4294967295 labels")
    try assertRefused(3, [2, 0, 0, 0, 1, 0, 0x61], "size of a label at byte 7 needs 2 bytes")
    try assertRefused(3, [2, 0, 0, 0, 1, 0, 0x61, 2, 0, 0x62], "label at byte 9 needs 2 bytes")
    try assertRefused(3, [2, 0, 0, 0, 1, 0, 0xFF, 0, 0], "label at byte 6 is not UTF-8")
    try assertRefused(3, [2, 0, 0, 0, 0, 0, 0, 0, 0], "1 bytes are left behind byte 8")
    try assertRefused(3, [2, 0, 0, 0, 1, 4], "size of a label must be 0…1024, got 1025")
  }

  /// A pair as it is written.
  private func pair(_ key: String, _ value: String) -> [UInt8] {
    [UInt8(key.utf8.count), 0, 0, 0, UInt8(value.utf8.count), 0, 0, 0] + key.utf8 + value.utf8
  }

  func testMetadata() throws {
    var image = try FileImage(try smallModel())
    try image.replace(4, [2, 0, 0, 0] + pair("a", "x") + pair("b", ""))
    XCTAssertEqual(try image.load().metadata.map { $0.key + $0.value }, ["ax", "b"])
    try assertRefused(4, [0, 0, 0, 0], "number of pairs must be 1…1024, got 0")
    try assertRefused(4, [1, 4, 0, 0], "number of pairs must be 1…1024, got 1025")
    for keys in [["b", "a"], ["a", "a"], ["ab", "a"]] {
      let pairs = keys.flatMap { pair($0, "") }
      try assertRefused(4, [2, 0, 0, 0] + pairs, "pair 1 is not in order")
    }
    try assertRefused(4, [1, 0, 0, 0] + pair("", "x"), "size of a key must be 1…256, got 0")
    try assertRefused(4, [1, 0, 0, 0, 1, 1], "size of a key must be 1…256, got 257")
    try assertRefused(4, [1, 0, 0, 0, 1, 0, 1, 0], "reserved")
    try assertRefused(
      4, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 16, 0], "size of a value must be 0…1048576, got 1048577")
    try assertRefused(4, [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF], "key at byte 12 is not UTF-8")
    try assertRefused(4, [1, 0, 0, 0] + pair("a", "x") + [0], "1 bytes are left")
    try assertRefused(4, [2, 0, 0, 0] + pair("a", "x"), "size of a key at byte 14 needs 2 bytes")
  }
}
