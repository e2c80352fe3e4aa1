import XCTest

@testable import CNNLSTM

final class LayerConfigurationTests: XCTestCase {
  func testDefaultsAreKerass() {
    let lstm = LayerConfiguration(.lstm)
    XCTAssertEqual(lstm[.activation], .tanh)
    XCTAssertEqual(lstm[.recurrentActivation], .sigmoid)
    XCTAssertEqual(lstm[.unitForgetBias], 1)
    XCTAssertEqual(lstm[.recurrentInitializer], .initializer(Initializer(.orthogonal)))
    XCTAssertEqual(LayerConfiguration(.conv1D)[.padding], .valid)
    XCTAssertEqual(LayerConfiguration(.maxPooling1D)[.poolSize], 2)
    XCTAssertEqual(LayerConfiguration(.dropout)[.rate], 0.5)
  }

  func testFieldsOfOtherKindsAreNil() {
    var dense = LayerConfiguration(.dense)
    dense[.filters] = 3
    XCTAssertNil(dense[.filters])
    XCTAssertEqual(dense.integer(.filters), 0)
    XCTAssertFalse(dense.fields.contains(.filters))
  }
}
