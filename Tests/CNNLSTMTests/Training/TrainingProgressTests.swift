import XCTest

@testable import CNNLSTM

final class TrainingProgressTests: XCTestCase {
  func testMeansAreWeightedByRows() {
    var means = EpochMeans()
    XCTAssertTrue(means.loss.isNaN)
    XCTAssertTrue(means.accuracy.isNaN)
    means.add(LossSums(rows: 4, loss: 8, correct: 2))
    means.add(LossSums(rows: 2, loss: 1, correct: 1))
    XCTAssertEqual(means.loss, 1.5)
    XCTAssertEqual(means.accuracy, 0.5)
  }

  func testTheLossOfABatchMayCountItsSamples() {
    var means = EpochMeans()
    means.add(LossSums(rows: 4, loss: 8, correct: 2), weight: 1)
    means.add(LossSums(rows: 1, loss: 1, correct: 1), weight: 3)
    XCTAssertEqual(means.loss, 1.25)
    XCTAssertEqual(means.accuracy, 0.6)
  }

  func testMeansOfNothingThatCountsAreZero() {
    var means = EpochMeans()
    means.add(LossSums())
    XCTAssertEqual([means.loss, means.accuracy], [0, 0])
  }

  func testEventNames() {
    XCTAssertEqual(
      TrainingProgress.Event.allCases.map { "\($0.name)" },
      ["epoch_begin", "batch_begin", "batch_end", "epoch_end"])
  }
}
