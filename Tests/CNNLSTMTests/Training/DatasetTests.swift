import XCTest

@testable import CNNLSTM

final class DatasetTests: XCTestCase {
  private func check(
    _ loss: Loss, inputs: Int = 24, targets: [Float]? = nil, labels: [Int32]? = nil,
    samples: Int = 4, length: Int = 3
  ) throws {
    let network = try LayerCase(
      [LayerConfiguration(.flatten), LayerConfiguration(.dense, [.units: 2])], length: 3,
      channels: 2
    ).network
    try [Float](repeating: 0, count: inputs).withUnsafeBufferPointer { inputs in
      try (targets ?? []).withUnsafeBufferPointer { targetValues in
        try (labels ?? []).withUnsafeBufferPointer { labelValues in
          let data = Dataset(
            sampleCount: samples, length: length, inputs: inputs,
            targets: targets == nil ? nil : targetValues,
            labels: labels == nil ? nil : labelValues)
          let sizes = try data.check(network, loss, maxLength: 3)
          XCTAssertEqual([sizes.input, sizes.outputRows, sizes.channels], [6, 1, 2])
        }
      }
    }
  }

  private func assertRefused(
    _ text: String, _ body: @autoclosure () throws -> Void, line: UInt = #line
  ) {
    XCTAssertThrowsError(try body(), line: line) {
      XCTAssertEqual(($0 as? Failure)?.text, text, line: line)
    }
  }

  func testChecks() throws {
    let eight = [Float](repeating: 0.5, count: 8)
    try check(.mse, targets: eight)
    try check(.sparseCategoricalCrossentropy, labels: [0, 1, 1, 0])
    assertRefused("mse takes targets, not labels", try check(.mse, labels: [0, 1, 1, 0]))
    assertRefused(
      "sparse_categorical_crossentropy takes labels, not targets",
      try check(.sparseCategoricalCrossentropy, targets: eight))
    assertRefused(
      "label 2 must be 0…1, got 2", try check(.sparseCategoricalCrossentropy, labels: [0, 1, 2, 0]))
    assertRefused(
      "target 7 must be finite, got NaN", try check(.mse, targets: Array(eight[1...]) + [.nan]))
    assertRefused(
      "inputs must hold 4 samples of 6 numbers, got 23 numbers",
      try check(.mse, inputs: 23, targets: eight))
    assertRefused("length must be 3, got 4", try check(.mse, targets: eight, length: 4))
    assertRefused(
      "sample_count must be at least 1, got 0", try check(.mse, targets: eight, samples: 0))
  }

  func testSlices() {
    let inputs = (0..<12).map { Float($0) }
    inputs.withUnsafeBufferPointer { inputs in
      let slice = Dataset(sampleCount: 4, length: 3, inputs: inputs).slice(1, 2)
      XCTAssertEqual(slice.sampleCount, 2)
      XCTAssertEqual(Array(slice.inputs), [3, 4, 5, 6, 7, 8])
    }
  }
}
