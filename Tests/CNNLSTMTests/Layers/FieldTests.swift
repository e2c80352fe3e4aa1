import XCTest

@testable import CNNLSTM

final class FieldTests: XCTestCase {
  func testNamesAreKerassAndNumbersStay() {
    XCTAssertEqual(Field.allCases.count, 22)
    XCTAssertEqual(Set(Field.allCases.map { "\($0.name)" }).count, 22)
    XCTAssertEqual("\(Field.kernelSize.name)", "kernel_size")
    XCTAssertEqual(Field.length.rawValue, 1)
    XCTAssertEqual(Field.biasInitializer.rawValue, 22)
  }

  func testRulesNameLayerFieldAndValue() {
    let cases: [(Domain, Value, String)] = [
      (.range(1, 9), 10, "l: units must be 1…9, got 10"),
      (.flag, 2, "l: units must be 0 or 1, got 2"),
      (.rate, 1.5, "l: units must be at least 0 and below 1, got 1.5"),
      (
        .activation(softmax: false), .softmax,
        "l: units must be linear, relu, tanh or sigmoid, got softmax"
      ),
      (.padding(causal: true), 7, "l: units must be valid, same or causal, got 7"),
      (.flag, 0.5, "l: units must be a value of another type, got one that does not fit"),
    ]
    for (domain, value, text) in cases {
      XCTAssertThrowsError(try FieldRule(.units, 1, domain).check(value, layer: "l")) {
        XCTAssertEqual(($0 as? Failure)?.text, text)
      }
    }
    XCTAssertNoThrow(try FieldRule(.units, 1, .size).check(65_536, layer: "l"))
  }
}
