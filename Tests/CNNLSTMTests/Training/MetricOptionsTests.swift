import XCTest

@testable import CNNLSTM

final class MetricOptionsTests: XCTestCase {
  private func refused(
    _ kind: MetricKind, _ text: String, _ change: (inout MetricOptions) -> Void,
    line: UInt = #line
  ) {
    var options = MetricOptions(kind)
    change(&options)
    XCTAssertThrowsError(try options.check(channels: 4), line: line) {
      XCTAssertEqual(($0 as? Failure)?.text, text, line: line)
    }
  }

  func testChecks() throws {
    for kind in MetricKind.allCases { try MetricOptions(kind).check(channels: 1) }
    refused(.topKCategoricalAccuracy, "top_k_categorical_accuracy: top_k must be at least 1, got 0")
    { $0.topK = 0 }
    refused(.precision, "precision: top_k must be at most 4, got 5") { $0.topK = 5 }
    refused(
      .recall, "recall: class_id must be below the 4 output channels, or -1 for all, got 4"
    ) { $0.classID = 4 }
    refused(.fbetaScore, "fbeta_score: beta must be above 0, got NaN") { $0.beta = .nan }
    refused(.auc, "auc: num_thresholds must be 2…10000, got 1") { $0.thresholdCount = 1 }
    refused(.auc, "auc: a threshold must be 0…1, got 1.5") { $0.thresholds = [0.1, 1.5] }
    refused(.binaryAccuracy, "binary_accuracy: at most 1 thresholds, got 2") {
      $0.thresholds = [0.1, 0.5]
    }
    XCTAssertThrowsError(try MetricOptions(.confusionMatrix).check(channels: 1_001)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .limit)
    }
  }

  func testValueCounts() {
    for kind in MetricKind.allCases {
      let count = [MetricKind.fbetaScore: 4, .confusionMatrix: 16][kind] ?? 1
      XCTAssertEqual(MetricOptions(kind).valueCount(channels: 4), count)
    }
    var options = MetricOptions(.recall)
    options.thresholds = [0.1, 0.2, 0.3]
    XCTAssertEqual(options.valueCount(channels: 4), 3)
    options = MetricOptions(.fbetaScore)
    options.average = .macro
    XCTAssertEqual(options.valueCount(channels: 4), 1)
    XCTAssertEqual(MetricOptions(.confusionMatrix).valueCount(channels: 1), 4)
  }

  func testNames() {
    XCTAssertEqual(MetricKind.named("auc"), .auc)
    XCTAssertEqual(MetricAverage.named("macro"), .macro)
    XCTAssertEqual(MetricCurve.named("PR"), .pr)
    XCTAssertEqual(MetricSummation.named("minoring"), .minoring)
  }
}
