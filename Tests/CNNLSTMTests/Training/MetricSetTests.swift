import XCTest

@testable import CNNLSTM

final class MetricSetTests: XCTestCase {
  private let outputs: [Float] = [0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7]
  private let labels: [Int32] = [0, 1, 1, 1]

  private func values(
    weights: [Float]? = nil, classWeights: [Float]? = nil, steps: Int = 1, pieces: [Int] = [4]
  ) throws -> [Float] {
    var weighted = MetricOptions(.categoricalAccuracy)
    weighted.isWeighted = true
    let set = try MetricSet(
      [MetricOptions(.accuracy), weighted], channels: 2, takesLabels: true)
    let sizes = SampleSizes(length: 1, input: 2 * steps, outputRows: steps, channels: 2)
    outputs.withUnsafeBufferPointer { outputs in
      labels.withUnsafeBufferPointer { labels in
        (weights ?? []).withUnsafeBufferPointer { own in
          (classWeights ?? []).withUnsafeBufferPointer { classes in
            let data = Dataset(
              sampleCount: 4 / steps, length: 1, inputs: outputs, labels: labels,
              weights: weights == nil ? nil : own)
            var first = 0
            for count in pieces {
              for sample in first..<first + count {
                set.add(
                  data, sizes, sample: sample, rows: steps,
                  classWeights: classWeights == nil ? nil : classes.baseAddress,
                  predictions: outputs.baseAddress! + sample * 2 * steps)
              }
              first += count
            }
          }
        }
      }
    }
    XCTAssertEqual(set.valueCount, 2)
    return Array(set.values())
  }

  func testWeightsAreForWeightedMetricsAlone() throws {
    XCTAssertEqual(try values(), [0.75, 0.75])
    XCTAssertEqual(try values(weights: [1, 1, 2, 0]), [0.75, 0.5])
    XCTAssertEqual(try values(classWeights: [2, 1]), [0.75, 0.8])
    XCTAssertEqual(try values(weights: [1, 1, 4, 0], classWeights: [3, 1]), [0.75, 0.5])
    XCTAssertEqual(try values(weights: [0, 0, 0, 0]), [0.75, 0])
  }

  func testBatchesAddUp() throws {
    XCTAssertEqual(try values(weights: [1, 2, 3, 4], pieces: [1, 2, 1]), [0.75, 0.7])
  }

  func testWeightsOfSamplesAndOfSteps() throws {
    XCTAssertEqual(try values(weights: [1, 3], steps: 2, pieces: [2]), [0.75, 0.625])
    XCTAssertEqual(try values(weights: [1, 1, 3, 3], steps: 2, pieces: [1, 1]), [0.75, 0.625])
  }

  func testThereIsALimit() {
    let many = [MetricOptions](repeating: MetricOptions(.accuracy), count: 65)
    XCTAssertThrowsError(try MetricSet(many, channels: 2, takesLabels: true)) {
      XCTAssertEqual(($0 as? Failure)?.text, "at most 64 metrics, got 65")
    }
  }
}
