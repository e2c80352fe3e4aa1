import XCTest

@testable import CNNLSTM

final class NamesTests: XCTestCase {
  func testNamesAreKerass() {
    XCTAssertEqual(Padding.named("causal"), .causal)
    XCTAssertEqual(Activation.named("softmax"), .softmax)
    XCTAssertNil(Activation.named("Softmax"))
    XCTAssertEqual(LayerKind.named("MaxPooling1D"), .maxPooling1D)
    XCTAssertEqual(Initializer.Kind.named("glorot_uniform"), .glorotUniform)
  }

  func testDecimals() {
    let cases: [(Float, String)] = [
      (0, "0"), (1.5, "1.5"), (-0.25, "-0.25"),
      (.nan, "NaN"), (-.infinity, "-infinity"), (0.001, "0.001"), (123_456, "123456"),
      (1e30, "1e30"), (-2.5e9, "-2.5e9"), (1e-5, "1e-5"), (1e-20, "1e-20"), (3e-45, "2.802597e-45"),
    ]
    for (value, text) in cases { XCTAssertEqual(decimal(value), text) }
  }

  func testBytesDecideEquality() {
    XCTAssertTrue(sameBytes("é", "é"))
    XCTAssertFalse(sameBytes("\u{e9}", "e\u{301}"), "equal to String, not to a file")
  }
}
