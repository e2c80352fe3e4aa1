import XCTest

@testable import CNNLSTM

final class WeightsSectionTests: XCTestCase {
  func testWeightsComeBackBitForBit() throws {
    let model = try SavedModelTests.model()
    var values = try model.allWeights
    (values[0], values[1], values[9]) = (-0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude)
    try model.setWeights(values, count: values.count)
    var options = LoadOptions()
    options.skipsSelfTest = true
    let loaded = try Model.loaded(try model.fileBytes, options)
    XCTAssertEqual(try loaded.allWeights.map { $0.bitPattern }, values.map { $0.bitPattern })
  }
}
