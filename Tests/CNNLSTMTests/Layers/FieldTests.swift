import XCTest

@testable import CNNLSTM

final class FieldTests: XCTestCase {
  func testNamesAreKerassAndNumbersStay() {
    XCTAssertEqual(Set(Field.allCases.map { "\($0.name)" }).count, Field.allCases.count)
    XCTAssertEqual("\(Field.kernelSize.name)", "kernel_size")
    XCTAssertEqual(Field.length.rawValue, 1)
    XCTAssertEqual(Field.biasInitializer.rawValue, 22)
    XCTAssertEqual(Field.trainable.rawValue, 49)
    XCTAssertEqual(Field.pointwiseConstraint.rawValue, 64)
  }

  func testRulesNameLayerFieldAndValue() {
    let cases: [(Domain, Value, String)] = [
      (.range(1, 9), 10, "l: units must be 1…9, got 10"),
      (.flag, 2, "l: units must be 0 or 1, got 2"),
      (.rate, 1.5, "l: units must be at least 0 and below 1, got 1.5"),
      (
        .activation(softmax: false), .softmax,
        "l: units must be \(Activation.names(softmax: false).text), got softmax"
      ),
      (.padding(causal: true), 7, "l: units must be valid, same or causal, got 7"),
      (.merge, 5, "l: units must be none, concat, sum, mul or ave, got 5"),
      (.number(least: 0), -1.0, "l: units must be finite and at least 0, got -1"),
      (
        .regularizer, .regularizer(Regularizer(l1: 1, l2: -2)),
        "l: units must be finite and at least 0, got 1, -2"
      ),
      (
        .constraint, .constraint(Constraint(maxNorm: 1, axes: 8)),
        "l: units must be a max_norm of at least 0 and axes below 8, got 1, axes 8"
      ),
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
