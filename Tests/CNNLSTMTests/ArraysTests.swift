import CNNLSTM
import XCTest

/// The example in README.md, with the public interface alone.
final class ArraysTests: XCTestCase {
  /// Slow and fast waves, 50 steps of one channel.
  private func waves() -> (inputs: [Float], labels: [Int32]) {
    let labels = (0..<64).map { Int32($0 % 2) }
    let inputs = labels.enumerated().flatMap { index, label in
      (0..<50).map { sinf(Float($0) * (label == 0 ? 0.2 : 0.6) + Float(index)) }
    }
    return (inputs, labels)
  }

  func testReadmeExample() throws {
    let (inputs, labels) = waves()
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 50, .channels: 1]))
    try model.add(LayerConfiguration(.conv1D, [.filters: 8, .kernelSize: 3, .activation: .relu]))
    try model.add(LayerConfiguration(.maxPooling1D))
    try model.add(LayerConfiguration(.lstm, [.units: 16]))
    try model.add(LayerConfiguration(.dense, [.units: 2, .activation: .softmax]))
    try model.build(seed: 1)
    var options = Trainer.Options()
    (options.loss, options.optimizer.learningRate) = (.sparseCategoricalCrossentropy, 0.01)
    var fit = Trainer.FitOptions()
    fit.epochs = 20
    let trainer = try Trainer(model, options)
    try trainer.fit(inputs, labels: labels, fit)
    let probabilities = try Session(model).predict(inputs, sampleCount: 64)

    XCTAssertGreaterThan(try trainer.evaluate(inputs, labels: labels).accuracy, 0.95)
    XCTAssertEqual(probabilities.count, 128)
    let right = (0..<64).filter {
      (probabilities[2 * $0 + 1] > probabilities[2 * $0]) == (labels[$0] == 1)
    }
    XCTAssertGreaterThan(right.count, 60)
  }

  func testWrongCountsAreRefused() throws {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 3, .channels: 2]))
    try model.add(LayerConfiguration(.flatten))
    try model.build()
    let session = try Session(model)
    XCTAssertEqual(try session.predict([1, 2, 3, 4, 5, 6], sampleCount: 1), [1, 2, 3, 4, 5, 6])
    XCTAssertThrowsError(try session.predict([1, 2, 3], sampleCount: 1)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text, "inputs must hold 1 samples of 6 numbers, got 3 numbers")
    }
    XCTAssertThrowsError(try session.predict([], sampleCount: -1))
  }
}
