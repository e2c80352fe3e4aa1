import XCTest

@testable import CNNLSTM

final class MetricRowTests: XCTestCase {
  private func row(
    _ outputs: [Float], label: Int? = nil, targets: [Float]? = nil, _ body: (MetricRow) -> Void
  ) {
    outputs.withUnsafeBufferPointer { outputs in
      (targets ?? []).withUnsafeBufferPointer { values in
        body(
          MetricRow(
            outputs: outputs.baseAddress!, channels: outputs.count,
            targets: targets == nil ? nil : values.baseAddress, label: label, weight: 1))
      }
    }
  }

  func testClasses() {
    row([0.1, 0.7, 0.2], label: 2) {
      XCTAssertEqual([$0.targetClass, $0.predictedClass(0.5)], [2, 1])
      XCTAssertEqual((0..<3).map($0.target), [0, 0, 1])
    }
    row([0.4], targets: [1]) {
      XCTAssertEqual([$0.targetClass, $0.predictedClass(0.5), $0.predictedClass(0.3)], [1, 0, 1])
    }
    row([0.3, 0.3], targets: [0.2, 0.8]) {
      XCTAssertEqual([$0.targetClass, $0.predictedClass(0.5)], [1, 0], "the first of equals")
    }
  }

  func testRanks() {
    row([0.2, 0.4, 0.2, 0.2], label: 3) {
      // Equal outputs are all in the top for accuracy; of precision's k, those in front.
      XCTAssertFalse($0.isInTop(1))
      XCTAssertTrue($0.isInTop(2))
      XCTAssertTrue($0.isAmongTop(1, 1))
      XCTAssertTrue($0.isAmongTop(2, 0))
      XCTAssertFalse($0.isAmongTop(3, 3))
    }
  }

  func testSides() {
    row([0.6, 0.5, 0.4, 0.9], targets: [1, 1, 0, 0.5]) { XCTAssertEqual($0.sharesSide(0.5), 0.5) }
  }
}
