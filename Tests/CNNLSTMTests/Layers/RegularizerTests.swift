import XCTest

@testable import CNNLSTM

final class RegularizerTests: XCTestCase {
  func testRanges() {
    XCTAssertTrue(Regularizer(l1: 0.5, l2: 2).isValid)
    XCTAssertFalse(Regularizer(l1: -1).isValid)
    XCTAssertFalse(Regularizer(l2: .nan).isValid)
    XCTAssertFalse(Regularizer(l2: .infinity).isValid)
    XCTAssertTrue(Regularizer().isNone)
    XCTAssertFalse(Regularizer(l2: 1e-9).isNone)
    XCTAssertTrue(Constraint(maxNorm: 2, axes: 7).isValid)
    XCTAssertFalse(Constraint(maxNorm: -2).isValid)
    XCTAssertFalse(Constraint(maxNorm: 2, axes: -1).isValid)
    XCTAssertTrue(Constraint().isNone)
  }

  /// Each array of a layer has what its own field says, and `trainable` counts for all.
  func testFieldsReachTheWeights() throws {
    var network = Network()
    try network.append(LayerConfiguration(.input, [.length: 9, .channels: 2]))
    try network.append(
      LayerConfiguration(
        .lstm,
        [
          .units: 3, .returnSequences: true,
          .kernelRegularizer: .regularizer(Regularizer(l1: 1)),
          .recurrentRegularizer: .regularizer(Regularizer(l2: 2)),
          .biasConstraint: .constraint(Constraint(maxNorm: 3)),
        ]))
    try network.append(LayerConfiguration(.dense, [.units: 2, .trainable: false]))
    let entries = network.layout.entries
    XCTAssertEqual(
      entries.map { $0.regularizer },
      [Regularizer(l1: 1), Regularizer(l2: 2)] + [Regularizer](repeating: Regularizer(), count: 3))
    XCTAssertEqual(entries.map { $0.constraint.maxNorm }, [0, 0, 3, 0, 0])
    XCTAssertEqual(entries.map { $0.isTrainable }, [true, true, true, false, false])
  }

  func testMergeModesAreKerass() {
    XCTAssertEqual(
      MergeMode.allCases.map { "\($0.name)" }, ["none", "concat", "sum", "mul", "ave"])
  }
}
