import XCTest

@testable import CNNLSTM

final class TextSectionsTests: XCTestCase {
  func testTextsOfAnyScriptComeBack() throws {
    let model = try SavedModelTests.model()
    try model.setLabels(["", "歩く 🚶"])
    for key in ["z", "a", "Ω", "new\nline"] { try model.setMetadata(key, "value of \(key)") }
    let loaded = try Model.loaded(try model.fileBytes)
    XCTAssertEqual(loaded.labels, model.labels)
    XCTAssertEqual(loaded.metadata.map { $0.key }, model.metadata.map { $0.key })
    XCTAssertEqual(loaded.metadata.map { $0.value }, model.metadata.map { $0.value })
  }

  func testNoTextsNoSections() throws {
    let model = try SavedModelTests.model()
    let before = try model.fileBytes.count
    try model.setLabels([])
    try model.setMetadata("sensor", nil)
    XCTAssertLessThan(try model.fileBytes.count, before)
    XCTAssertEqual(try Model.loaded(try model.fileBytes).labels, [])
  }
}
