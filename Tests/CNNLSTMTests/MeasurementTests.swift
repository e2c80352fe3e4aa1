import XCTest

@testable import CNNLSTM

final class MeasurementTests: XCTestCase {
  private func measure(
    outputs: [Float] = [0.2, 0.8, 0.9, 0.1], targets: [Float]? = nil, labels: [Int32]? = nil,
    weights: [Float]? = nil, samples: Int = 2, length: Int = 1, channels: Int = 2, count: Int = 1
  ) throws -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    try outputs.withUnsafeBufferPointer { outputs in
      try (targets ?? []).withUnsafeBufferPointer { targetValues in
        try (labels ?? []).withUnsafeBufferPointer { labelValues in
          try (weights ?? []).withUnsafeBufferPointer { weightValues in
            let data = Dataset(
              sampleCount: samples, length: length, inputs: outputs,
              targets: targets == nil ? nil : targetValues,
              labels: labels == nil ? nil : labelValues,
              weights: weights == nil ? nil : weightValues)
            var option = MetricOptions(.categoricalAccuracy)
            option.isWeighted = true
            try Measurement.write([option], of: data, channels: channels, to: &values, count: count)
          }
        }
      }
    }
    return values
  }

  func testMeasures() throws {
    XCTAssertEqual(try measure(labels: [1, 1]), [0.5])
    XCTAssertEqual(try measure(targets: [0, 1, 1, 0]), [1])
    XCTAssertEqual(try measure(labels: [1, 1], samples: 1, length: 2), [0.5])
    XCTAssertEqual(try measure(labels: [1, 1], weights: [3, 1]), [0.75])
  }

  func testRefusesWhatDoesNotFit() {
    func refused(_ text: String, _ body: @autoclosure () throws -> [Float], line: UInt = #line) {
      XCTAssertThrowsError(try body(), line: line) {
        XCTAssertEqual(($0 as? Failure)?.text, text, line: line)
      }
    }
    refused("channels must be 1…65536, got 0", try measure(labels: [1, 1], channels: 0))
    refused("values must hold 1 numbers, got 2", try measure(labels: [1, 1], count: 2))
    refused("metrics take either labels or targets", try measure())
    refused("label 1 must be 0…1, got 2", try measure(labels: [1, 2]))
    refused(
      "metrics need at least 1 sample of 1 step, got 0 of 1", try measure(labels: [], samples: 0))
    refused(
      "sample weight 1 must be finite and at least 0, got -1",
      try measure(labels: [1, 1], weights: [1, -1]))
    refused(
      "sample_weights must hold 2 samples of 1 numbers, got 3 numbers",
      try measure(labels: [1, 1], weights: [1, 1, 1]))
  }
}
