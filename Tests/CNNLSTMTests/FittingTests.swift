import XCTest

@testable import CNNLSTM

final class FittingTests: XCTestCase {
  private static let kinds: [String: MetricKind] = [
    "categorical_accuracy": .categoricalAccuracy, "binary_accuracy": .binaryAccuracy,
    "sparse_categorical_accuracy": .categoricalAccuracy, "f1_score": .fbetaScore,
    "sparse_top_k_categorical_accuracy": .topKCategoricalAccuracy, "precision": .precision,
    "recall": .recall, "auc": .auc,
  ]

  /// Each metric without weights, then each with them.
  private func metrics(_ fixture: FixtureCase) throws -> [(name: String, options: MetricOptions)] {
    let names = try XCTUnwrap(fixture.metrics)
    return try [false, true].flatMap { isWeighted in
      try names.map { name in
        var options = MetricOptions(try XCTUnwrap(Self.kinds[name]))
        options.isWeighted = isWeighted
        if options.kind == .topKCategoricalAccuracy { options.topK = 2 }
        options.average = .macro
        return (isWeighted ? "weighted_\(name)" : name, options)
      }
    }
  }

  /// Two epochs with weights of samples, and what metrics report of them.
  func testSampleWeightsAndMetricsAreKerass() throws {
    let fixtures = try Fixtures.sampleWeights()
    XCTAssertEqual(fixtures.count, 6)
    for fixture in fixtures {
      let (model, metrics) = (try fixture.model(), try metrics(fixture))
      let trainer = try fixture.trainer(model, metrics: metrics.map(\.options))
      var history: [String: [Float]] = [:]
      try fixture.withData { data, validation in
        try fixture.withFitOptions { options in
          _ = try trainer.fit(data, validation: validation, options) { progress in
            guard progress.event == .epochEnd else { return true }
            history["loss", default: []].append(progress.loss)
            history["val_loss", default: []].append(progress.validationLoss)
            for (index, metric) in metrics.enumerated() {
              history[metric.name, default: []].append(progress.metrics[index])
              guard !progress.validationMetrics.isEmpty else { continue }
              history["val_\(metric.name)", default: []].append(progress.validationMetrics[index])
            }
            return true
          }
        }
      }
      let wanted = try XCTUnwrap(fixture.history)
      for (key, values) in wanted {
        assertClose(history[key] ?? [], values, 2e-5, "\(fixture.name): \(key)")
      }
      let weights = try model.allWeights
      assertClose(weights, try XCTUnwrap(fixture.finalWeights), 1e-4, fixture.name)
    }
  }

  // MARK: One batch

  private func batches(_ labels: [Int32], _ inputs: [Float], _ body: (Dataset) throws -> Void)
    throws
  {
    try inputs.withUnsafeBufferPointer { inputs in
      try labels.withUnsafeBufferPointer { labels in
        for first in stride(from: 0, to: 150, by: 50) {
          try body(
            Dataset(sampleCount: 150, length: 6, inputs: inputs, labels: labels).slice(first, 50))
        }
      }
    }
  }

  func testBatchesOneByOneTrainAsAnEpoch() throws {
    let (model, inputs, labels) = try learnable(dropout: 0.2)
    let other = try learnable(dropout: 0.2).model
    var options = Trainer.FitOptions()
    (options.batchSize, options.shuffle) = (50, false)
    var steps: [Float] = []
    try fit(try trainer(model), inputs, labels, options) { progress in
      if progress.event == .batchEnd { steps.append(progress.loss) }
      return true
    }
    let trainer = try trainer(other)
    var (sum, index) = (Float(0), 0)
    try batches(labels, inputs) {
      sum += try trainer.trainOnBatch($0).loss
      XCTAssertEqual(sum / Float(index + 1), steps[index], accuracy: 1e-6)
      index += 1
    }
    XCTAssertEqual(try other.allWeights, try model.allWeights)
  }

  func testMetricsOfABatchAreItsOwn() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model, metrics: [MetricOptions(.accuracy), MetricOptions(.auc)])
    try batches(labels, inputs) {
      let before = try trainer.evaluate($0)
      let evaluated = Array(trainer.lastMetrics)
      XCTAssertEqual(evaluated[0], before.accuracy, accuracy: 1e-6)
      let trained = try trainer.trainOnBatch($0)
      XCTAssertEqual(trained.loss, before.loss, accuracy: 1e-6)
      XCTAssertEqual(Array(trainer.lastMetrics), evaluated)
    }
  }

  func testClassWeightsMultiplyWeightsOfSamples() throws {
    let (_, inputs, labels) = try learnable()
    let own = (0..<50).map { Float($0 % 4) }
    let classes: [Float] = [2, 0, 0.5]
    let product = (0..<50).map { own[$0] * classes[Int(labels[$0])] }
    func train(_ weights: [Float], _ classes: [Float]) throws -> (loss: Float, weights: [Float]) {
      let model = try learnable().model
      let trainer = try trainer(model)
      let loss = try withData(inputs, labels) { all in
        try weights.withUnsafeBufferPointer { weights in
          try classes.withUnsafeBufferPointer { classes in
            var data = all.slice(0, 50)
            data.weights = weights
            return try trainer.trainOnBatch(data, classWeights: classes).loss
          }
        }
      }
      return (loss, try model.allWeights)
    }
    let (both, one) = (try train(own, classes), try train(product, [1, 1, 1]))
    XCTAssertEqual(both.loss, one.loss)
    XCTAssertEqual(both.weights, one.weights)
    XCTAssertNotEqual(both.loss, try train(own, [1, 1, 1]).loss)
  }

  func testABatchThatIsTooLargeIsRefused() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    try withData(inputs, labels) { data in
      XCTAssertThrowsError(try trainer.trainOnBatch(data)) {
        XCTAssertEqual(
          ($0 as? Failure)?.text,
          "a batch has at most 64 samples, as the trainer was made for, got 150")
      }
    }
  }

  func testMetricsDoNotDependOnThreads() throws {
    let (_, inputs, labels) = try learnable()
    let results = try [1, 2, 4].map { threads in
      let trainer = try trainer(
        try learnable().model, threads: threads,
        metrics: MetricKind.allCases.map { MetricOptions($0) })
      var values: [[UInt32]] = []
      try fit(trainer, inputs, labels) {
        if $0.event == .batchEnd { values.append($0.metrics.map(\.bitPattern)) }
        return true
      }
      return values
    }
    XCTAssertEqual(results[0].count, 5)
    XCTAssertEqual(results[0], results[1])
    XCTAssertEqual(results[0], results[2])
  }
}
