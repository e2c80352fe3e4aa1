import XCTest

@testable import CNNLSTM

final class ModelFileTests: XCTestCase {
  /// A file changed in any byte is refused: every byte has a checksum, or must be zero.
  func testEveryChangedByteIsRefused() throws {
    var bytes = try SavedModelTests.model().fileBytes
    for index in bytes.indices {
      for change in [UInt8(0x01), 0x80, 0xff] {
        bytes[index] ^= change
        XCTAssertThrowsError(try Model.loaded(bytes), "byte \(index)")
        bytes[index] ^= change
      }
    }
    XCTAssertNoThrow(try Model.loaded(bytes))
  }

  func testEveryTruncationAndExtensionIsRefused() throws {
    let bytes = try SavedModelTests.model().fileBytes
    for count in bytes.indices { XCTAssertThrowsError(try Model.loaded(Array(bytes[..<count]))) }
    XCTAssertThrowsError(try Model.loaded(bytes + [0]))
  }

  func testLimits() throws {
    let bytes = try SavedModelTests.model().fileBytes
    let changes: [(inout LoadOptions) -> Void] = [
      { $0.maxLayers = 4 }, { $0.maxParameters = 10 }, { $0.maxFileBytes = bytes.count - 1 },
    ]
    for change in changes {
      var options = LoadOptions()
      change(&options)
      XCTAssertThrowsError(try Model.loaded(bytes, options)) {
        XCTAssertEqual(($0 as? Failure)?.kind, .limit)
      }
    }
  }

  /// Little beside the weights: under 4 KB for the seed model.
  func testOverhead() throws {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 100, .channels: 1]))
    try model.add(LayerConfiguration(.conv1D, [.filters: 32, .kernelSize: 3, .activation: .relu]))
    try model.add(LayerConfiguration(.maxPooling1D))
    try model.add(LayerConfiguration(.lstm, [.units: 128, .dropout: 0.2]))
    try model.add(LayerConfiguration(.dense, [.units: 8, .activation: .softmax]))
    try model.build()
    XCTAssertLessThan(try model.fileBytes.count - 83_592 * 4, 4_096)
  }
}
