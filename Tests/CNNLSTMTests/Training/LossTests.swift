import XCTest

@testable import CNNLSTM

final class LossTests: XCTestCase {
  /// Loss, accuracy and gradients of every loss behind every end of a model.
  func testLossesAreKerass() throws {
    for fixture in try Fixtures.losses() {
      let model = try fixture.model()
      let loss = try XCTUnwrap(Loss.named(try XCTUnwrap(fixture.loss)))
      let values = try model.builtWeights().values
      let runner = try BatchRunner(
        model.network, values, loss, fixture.chosenLossOptions, batchSize: fixture.sampleCount,
        maxLength: max(fixture.length, Shape.noTime), threads: 1)
      runner.weightsChanged()
      try fixture.withData { data, _ in
        let sizes = try data.check(model.network, loss, maxLength: max(fixture.length, 1))
        let weights = fixture.classWeights
        let sums = (0..<fixture.sampleCount).withPointer { order in
          (weights ?? []).withUnsafeBufferPointer {
            runner.gradient(
              data, sizes, order: order, count: fixture.sampleCount,
              classWeights: weights == nil ? nil : $0.baseAddress, dropoutSeed: 1)
          }
        }
        let rows = Double(fixture.sampleCount * sizes.outputRows)
        let wanted = try XCTUnwrap(fixture.lossValue)
        assertClose([Float(sums.loss / rows)], [wanted], 2e-6, "\(fixture.name): loss")
        assertClose(
          [Float(Double(sums.correct) / rows)], [try XCTUnwrap(fixture.accuracy)], 1e-6,
          "\(fixture.name): accuracy")
        let gradient = Array(UnsafeBufferPointer(start: runner.gradient, count: values.count))
        assertClose(
          fixture.trainable(gradient), try XCTUnwrap(fixture.weightGradients), 1e-5,
          "\(fixture.name): gradients")
      }
    }
  }

  func testEveryLossHasItsKerasName() {
    let names = Loss.allCases.map { "\($0.name)" }
    XCTAssertEqual(
      names,
      [
        "categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", "mse",
        "categorical_focal_crossentropy", "binary_focal_crossentropy", "kl_divergence", "mae",
        "huber",
      ])
    XCTAssertEqual(Loss.allCases.filter { $0.takesLabels }, [.sparseCategoricalCrossentropy])
  }
}

extension Range<Int> {
  func withPointer<Result>(_ body: (UnsafePointer<Int>) throws -> Result) rethrows -> Result {
    try Array(self).withUnsafeBufferPointer { try body($0.baseAddress!) }
  }
}
