import XCTest

@testable import CNNLSTM

final class OtherLossesTests: XCTestCase {
  private func loss(
    _ loss: Loss, _ outputs: [Float], _ targets: [Float], _ options: LossOptions = LossOptions()
  ) -> Float { LossRowTests.evaluate(loss, outputs, targets, options).loss }

  func testKnownValues() {
    XCTAssertEqual(loss(.mae, [1, -2], [0, 0]), 1.5)
    XCTAssertEqual(loss(.huber, [0.5, 3], [0, 0]), (0.125 + 2.5) / 2)
    XCTAssertEqual(loss(.klDivergence, [0.5, 0.5], [1, 0]), logf(2), accuracy: 2e-6)
    XCTAssertEqual(
      loss(.categoricalFocalCrossentropy, [0.5, 0.5], [1, 0]), 0.25 * 0.25 * logf(2),
      accuracy: 1e-7)
    XCTAssertEqual(
      loss(.binaryFocalCrossentropy, [0.5, 0.5], [1, 0]), 0.25 * logf(2), accuracy: 1e-7)
  }

  /// Without a power and a weight the focal losses are the plain ones.
  func testFocalWithoutFocusIsPlain() {
    var options = LossOptions()
    (options.alpha, options.gamma) = (1, 0)
    let (outputs, targets): ([Float], [Float]) = ([0.1, 0.6, 0.3], [0, 1, 0])
    XCTAssertEqual(
      loss(.categoricalFocalCrossentropy, outputs, targets, options),
      loss(.categoricalCrossentropy, outputs, targets), accuracy: 1e-7)
    XCTAssertEqual(
      loss(.binaryFocalCrossentropy, outputs, targets, options),
      loss(.binaryCrossentropy, outputs, targets), accuracy: 1e-7)
  }

  func testNaNShows() {
    for kind in Loss.allCases where !kind.takesLabels {
      XCTAssertFalse(loss(kind, [.nan, 0.5], [1, 0]).isFinite, "\(kind.name)")
    }
  }
}
