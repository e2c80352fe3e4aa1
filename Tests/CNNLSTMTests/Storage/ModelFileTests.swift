import XCTest

@testable import CNNLSTM

final class ModelFileTests: XCTestCase {
  /// A file changed in any byte is refused: every byte has a checksum, or must be zero.
  func testEveryChangedByteIsRefused() throws {
    for type in WeightType.allCases {
      var bytes = try SavedModelTests.model().converted(to: type).model.fileBytes
      for index in bytes.indices {
        for change in [UInt8(0x01), 0x80, 0xff] {
          bytes[index] ^= change
          XCTAssertThrowsError(try Model.loaded(bytes), "\(type.name), byte \(index)")
          bytes[index] ^= change
        }
      }
      XCTAssertEqual(try Model.loaded(bytes).weightType, type)
    }
  }

  func testEveryTruncationAndExtensionIsRefused() throws {
    for type in WeightType.allCases {
      let bytes = try SavedModelTests.model().converted(to: type).model.fileBytes
      for count in bytes.indices { XCTAssertThrowsError(try Model.loaded(Array(bytes[..<count]))) }
      XCTAssertThrowsError(try Model.loaded(bytes + [0]))
    }
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
    XCTAssertLessThan(try seedModel().fileBytes.count - 83_592 * 4, 4_096)
  }

  /// The seed model: half the bytes in bfloat16; in int8 a quarter, and its scales and biases.
  func testSizesOfConvertedModels() throws {
    let model = try seedModel()
    let whole = Double(try model.fileBytes.count)
    for (type, share, version) in [
      (WeightType.bfloat16, 0.5, 1), (.int8, 0.27, 1), (.float32, 1, 0),
    ] {
      let image = try FileImage(try model.converted(to: type).model)
      XCTAssertEqual(Double(image.bytes.count) / whole, share, accuracy: 0.01)
      XCTAssertEqual(image.number(10, 2), version, "the least minor version that has its encoding")
    }
  }
}
