import XCTest

@testable import CNNLSTM

final class MetricAreaTests: XCTestCase {
  private func area(_ curve: MetricCurve, _ sums: [Double]) -> Double {
    var options = MetricOptions(.auc)
    options.curve = curve
    return sums.withUnsafeBufferPointer {
      MetricArea(options, $0.baseAddress!, sums.count / 2).value
    }
  }

  /// Pairs of positives and negatives, from the lowest interval of thresholds on; the highest is
  /// that above 1, where nothing is.
  func testSeparatedClassesHaveAnAreaOfOne() {
    XCTAssertEqual(area(.roc, [0, 3, 2, 0, 0, 0]), 1)
    XCTAssertEqual(area(.pr, [0, 3, 2, 0, 0, 0]), 1)
    XCTAssertEqual(area(.roc, [2, 0, 0, 3, 0, 0]), 0)
  }

  func testClassesThatAreMixedHaveHalf() {
    XCTAssertEqual(area(.roc, [2, 2, 5, 5, 1, 1, 0, 0]), 0.5, accuracy: 1e-12)
    XCTAssertEqual(area(.pr, [2, 2, 5, 5, 1, 1, 0, 0]), 0.5, accuracy: 1e-12)
  }

  func testWithoutPositivesOrNegativesThereIsNoArea() {
    XCTAssertEqual(area(.roc, [0, 0, 0, 0]), 0)
    XCTAssertEqual(area(.pr, [0, 4, 0, 1, 0, 0]), 0)
    XCTAssertEqual(area(.roc, [3, 0, 1, 0, 0, 0]), 0)
  }
}
