import XCTest

@testable import CNNLSTM

final class MetricTests: XCTestCase {
  func testValuesAreKerass() throws {
    let fixtures = try Fixtures.metrics()
    XCTAssertEqual(fixtures.count, 118)
    for fixture in fixtures {
      let options = try fixture.options()
      var values = [Float](repeating: .nan, count: fixture.values.count)
      try fixture.withData {
        try Measurement.write(
          [options], of: $0, channels: fixture.outputShape[1], to: &values, count: values.count)
      }
      assertClose(values, fixture.values, 2e-6, fixture.name)
    }
  }

  private func value(_ options: MetricOptions, _ rows: [([Float], Int)]) throws -> [Float] {
    let channels = rows.first?.0.count ?? 1
    let metric = try Metric(options, channels: channels, takesLabels: true)
    for (outputs, label) in rows {
      outputs.withUnsafeBufferPointer {
        metric.add(
          MetricRow(
            outputs: $0.baseAddress!, channels: channels, targets: nil, label: label, weight: 1))
      }
    }
    var values = [Float](repeating: .nan, count: metric.valueCount)
    metric.write(&values)
    metric.reset()
    var empty = values
    metric.write(&empty)
    XCTAssertEqual(empty, empty.map { _ in 0 }, "\(options.kind) after reset")
    return values
  }

  func testLabelsCountAsTargetsOfTheirChannel() throws {
    let rows: [([Float], Int)] = [
      ([0.7, 0.2, 0.1], 0), ([0.1, 0.3, 0.6], 1), ([0, 0.9, 0.1], 1),
    ]
    XCTAssertEqual(try value(MetricOptions(.precision), rows), [2 / 3])
    XCTAssertEqual(try value(MetricOptions(.recall), rows), [2 / 3])
    XCTAssertEqual(try value(MetricOptions(.accuracy), rows), [2 / 3])
    XCTAssertEqual(
      try value(MetricOptions(.confusionMatrix), rows), [1, 0, 0, 0, 1, 1, 0, 0, 0])
  }

  /// Outputs that are no numbers are never right, and end nothing.
  func testOutputsThatAreNotFinite() throws {
    let rows: [([Float], Int)] = [
      ([.nan, .nan], 1), ([.infinity, -.infinity], 0), ([0.5, .nan], 0), ([-.infinity, 3], 1),
    ]
    for kind in MetricKind.allCases {
      var options = MetricOptions(kind)
      let values = try value(options, rows)
      XCTAssertTrue(values.allSatisfy { $0.isFinite }, "\(kind)")
      options.fromLogits = true
      options.thresholds = [0.5]
      XCTAssertTrue(try value(options, rows).allSatisfy { $0.isFinite }, "\(kind)")
    }
  }

  func testThresholdsMayComeInAnyOrder() throws {
    let rows: [([Float], Int)] = [([0.3, 0.7], 0), ([0.6, 0.4], 0), ([0.1, 0.9], 1)]
    var (rising, falling) = (MetricOptions(.auc), MetricOptions(.auc))
    (rising.thresholds, falling.thresholds) = ([0.2, 0.5, 0.8], [0.8, 0.2, 0.5])
    XCTAssertEqual(try value(rising, rows), try value(falling, rows))
  }

  func testValuesComeInTheOrderOfTheThresholds() throws {
    let rows: [([Float], Int)] = [([0.3, 0.7], 0), ([0.6, 0.4], 0), ([0.1, 0.9], 1)]
    var options = MetricOptions(.precision)
    options.thresholds = [0.8, 0.2, 0.5]
    XCTAssertEqual(try value(options, rows), [1, 3 / 5, 2 / 3])
  }
}
