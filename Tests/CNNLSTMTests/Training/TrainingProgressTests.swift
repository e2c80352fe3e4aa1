import XCTest

@testable import CNNLSTM

final class TrainingProgressTests: XCTestCase {
  func testMeansAreWeightedByRows() {
    var means = EpochMeans()
    XCTAssertTrue(means.loss.isNaN)
    XCTAssertTrue(means.accuracy.isNaN)
    means.add(LossSums(loss: 8, correct: 2), rows: 4)
    means.add(LossSums(loss: 1, correct: 1), rows: 2)
    XCTAssertEqual(means.loss, 1.5)
    XCTAssertEqual(means.accuracy, 0.5)
  }

  func testEventNames() {
    XCTAssertEqual(
      TrainingProgress.Event.allCases.map { "\($0.name)" },
      ["epoch_begin", "batch_begin", "batch_end", "epoch_end"])
  }
}
