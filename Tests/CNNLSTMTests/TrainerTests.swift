import XCTest

@testable import CNNLSTM

final class TrainerTests: XCTestCase {
  static func assertTrainsAsKeras(_ fixture: FixtureCase) throws {
    let model = try fixture.model()
    let trainer = try fixture.trainer(model)
    var (losses, before): ([Float], (sum: Double, samples: Int)) = ([], (0, 0))
    var history: [String: [Float]] = [:]
    try fixture.withData { data, validation in
      try fixture.withFitOptions { options in
        let outcome = try trainer.fit(data, validation: validation, options) { progress in
          switch progress.event {
          case .epochBegin: before = (0, 0)
          case .batchBegin: break
          case .batchEnd:
            // The loss of the batch alone, from the means of the epoch.
            let sum = Double(progress.loss) * Double(progress.sample)
            losses.append(Float((sum - before.sum) / Double(progress.sample - before.samples)))
            before = (sum, progress.sample)
          case .epochEnd:
            history["loss", default: []].append(progress.loss)
            history["accuracy", default: []].append(progress.accuracy)
            history["val_loss", default: []].append(progress.validationLoss)
            history["val_accuracy", default: []].append(progress.validationAccuracy)
          }
          return true
        }
        XCTAssertEqual(outcome, .completed, fixture.name)
      }
    }
    let wanted = try XCTUnwrap(fixture.stepLosses)
    XCTAssertEqual(losses.count, wanted.count, fixture.name)
    for (got, loss) in zip(losses, wanted) {
      XCTAssertEqual(got, loss, accuracy: 1e-4 * max(loss.magnitude, 1e-2), fixture.name)
    }
    for (key, values) in try XCTUnwrap(fixture.history) {
      assertClose(history[key] ?? [], values, 2e-5, "\(fixture.name): \(key)")
    }
    let stride = fixture.finalWeightStride ?? 1
    let weights = try model.allWeights.enumerated().filter { $0.offset % stride == 0 }
    for (got, weight) in zip(weights, try XCTUnwrap(fixture.finalWeights)) {
      XCTAssertEqual(got.element, weight, accuracy: 1e-4, fixture.name)
    }
    XCTAssertEqual(weights.count, fixture.finalWeights?.count)
  }

  /// Ten steps from Keras's weights: losses within 1e-4 relative, weights within 1e-4 absolute.
  func testTrainingIsKerass() throws {
    for fixture in try Fixtures.training() { try Self.assertTrainsAsKeras(fixture) }
  }

  /// Moving statistics among the weights, and evaluation with them.
  func testTrainingWithBatchNormalizationIsKerass() throws {
    for fixture in try Fixtures.batchStatistics() { try Self.assertTrainsAsKeras(fixture) }
  }

  func testTrainingOnMaskedStepsIsKerass() throws {
    for fixture in try Fixtures.maskedTraining() { try Self.assertTrainsAsKeras(fixture) }
  }

  func testValidationSplitLeavesWhatKerasLeaves() throws {
    let model = try learnable().model
    for split in try Fixtures.splits() {
      for (count, kept) in zip(split.sampleCounts, split.trainingCounts) where count <= 130 {
        let inputs = [Float](repeating: 0.5, count: count * 12)
        let labels = [Int32](repeating: 1, count: count)
        let trainer = try self.trainer(model)
        var (options, samples) = (Trainer.FitOptions(), 0)
        options.validationSplit = split.share
        let outcome = Result {
          try fit(trainer, inputs, labels, options) {
            samples = $0.sampleCount
            return true
          }
        }
        if kept == 0 {
          XCTAssertThrowsError(try outcome.get(), "\(split.name) of \(count)")
        } else {
          _ = try outcome.get()
          XCTAssertEqual(samples, kept, "\(split.name) of \(count)")
        }
      }
    }
  }

  // MARK: A small problem

  func testLearns() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    var options = Trainer.FitOptions()
    options.epochs = 30
    try fit(trainer, inputs, labels, options)
    let result = try withData(inputs, labels) { try trainer.evaluate($0) }
    XCTAssertGreaterThan(result.accuracy, 0.95)
    XCTAssertLessThan(result.loss, 0.2)
  }

  func testBytesDoNotDependOnThreads() throws {
    let results = try [1, 2, 4].map { threads in
      let (model, inputs, labels) = try learnable(dropout: 0.3)
      var options = Trainer.FitOptions()
      (options.epochs, options.batchSize) = (3, 50)
      try fit(try trainer(model, threads: threads), inputs, labels, options)
      return try model.allWeights.map { $0.bitPattern }
    }
    XCTAssertEqual(results[0], results[1])
    XCTAssertEqual(results[0], results[2])
    let untrained = try learnable(dropout: 0.3).model.allWeights.map { $0.bitPattern }
    XCTAssertNotEqual(results[0], untrained)
  }

  func testStopsWhenTold() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    var batches = 0
    let outcome = try fit(trainer, inputs, labels) { progress in
      batches += progress.event == .batchEnd ? 1 : 0
      return batches < 2
    }
    XCTAssertEqual(outcome, .stopped)
    XCTAssertEqual(batches, 2)
    let cancelled = try fit(trainer, inputs, labels) { _ in
      trainer.cancel()
      return true
    }
    XCTAssertEqual(cancelled, .stopped)
    XCTAssertEqual(try fit(trainer, inputs, labels), .completed)
  }

  func testEventsComeInOrder() throws {
    let (model, inputs, labels) = try learnable()
    var (events, options): ([TrainingProgress.Event], Trainer.FitOptions) = (
      [], Trainer.FitOptions()
    )
    (options.epochs, options.initialEpoch, options.batchSize) = (5, 3, 64)
    var epochs: Set<Int> = []
    try fit(try trainer(model), inputs, labels, options) {
      events.append($0.event)
      epochs.insert($0.epoch)
      return true
    }
    let batch: [TrainingProgress.Event] = [.batchBegin, .batchEnd]
    let batches = batch + batch + batch
    let epoch = [.epochBegin] + batches + [.epochEnd]
    XCTAssertEqual(events, epoch + epoch)
    XCTAssertEqual(epochs, [3, 4])
  }

  func testALossThatIsNotFiniteStopsWithTheLastGoodWeights() throws {
    // Linear all through, so that a huge step overflows instead of saturating.
    let linear = Model()
    try linear.add(LayerConfiguration(.input, [.length: -1, .channels: 12]))
    try linear.add(LayerConfiguration(.dense, [.units: 3]))
    try linear.build(seed: 1)
    let before = try linear.allWeights
    var options = Trainer.Options(OptimizerOptions(.sgd))
    (options.loss, options.optimizer.learningRate, options.batchSize) = (.mse, 1e30, 50)
    let diverging = try Trainer(linear, options)
    let (model, inputs, labels) = try learnable()
    let targets: [Float] = labels.flatMap { label in (0..<3).map { $0 == Int(label) ? 1 : 0 } }
    var fitOptions = Trainer.FitOptions()
    fitOptions.batchSize = 50
    try inputs.withUnsafeBufferPointer { inputs in
      try targets.withUnsafeBufferPointer { targets in
        let data = Dataset(sampleCount: 150, length: -1, inputs: inputs, targets: targets)
        XCTAssertThrowsError(try diverging.fit(data, fitOptions)) {
          XCTAssertEqual(($0 as? Failure)?.kind, .notFinite)
        }
      }
    }
    XCTAssertEqual(try linear.allWeights, before)
    var poisoned = inputs
    poisoned[7] = .nan
    XCTAssertThrowsError(try fit(try self.trainer(model), poisoned, labels)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .notFinite)
    }
    XCTAssertTrue(try model.allWeights.allSatisfy { $0.isFinite })
  }

  /// What the failure advises must help: the momentum that led to it is gone.
  func testASmallerLearningRateHelpsAfterALossThatIsNotFinite() throws {
    for kind in OptimizerKind.allCases {
      let linear = Model()
      try linear.add(LayerConfiguration(.input, [.length: -1, .channels: 12]))
      try linear.add(LayerConfiguration(.dense, [.units: 3]))
      try linear.build(seed: 1)
      var options = Trainer.Options(OptimizerOptions(kind))
      (options.loss, options.optimizer.learningRate, options.optimizer.momentum) = (.mse, 1e30, 0.9)
      let trainer = try Trainer(linear, options)
      let inputs = try learnable().inputs
      let targets = [Float](repeating: 0.5, count: 150 * 3)
      try inputs.withUnsafeBufferPointer { inputs in
        try targets.withUnsafeBufferPointer { targets in
          let data = Dataset(sampleCount: 150, length: -1, inputs: inputs, targets: targets)
          assertFails(.notFinite, "try a smaller learning_rate (1e30)") {
            _ = try trainer.fit(data)
          }
          try trainer.setLearningRate(0.001)
          XCTAssertEqual(try trainer.fit(data), .completed)
        }
      }
    }
  }

  func testWeightsSetInACallbackAreTakenUp() throws {
    let (model, inputs, labels) = try learnable()
    let start = try model.allWeights
    var options = Trainer.FitOptions()
    options.epochs = 2
    try fit(try trainer(model), inputs, labels, options) { progress in
      if progress.event == .epochEnd, progress.epoch == 1 {
        try? model.setWeights(start, count: start.count)
      }
      return true
    }
    XCTAssertEqual(try model.allWeights, start)
  }

  func testEvaluateInsideACallbackSeesTheWeightsOfTheMoment() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    var (losses, options): ([Float], Trainer.FitOptions) = ([], Trainer.FitOptions())
    options.epochs = 4
    try fit(trainer, inputs, labels, options) { progress in
      if progress.event == .epochEnd {
        losses.append((try? withData(inputs, labels) { try trainer.evaluate($0).loss }) ?? .nan)
      }
      return true
    }
    XCTAssertEqual(losses.count, 4)
    XCTAssertEqual(losses, losses.sorted(by: >))
  }

  func testBadArgumentsAreRefused() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    let before = try model.allWeights
    func refused(_ text: String, _ labels: [Int32], _ change: (inout Trainer.FitOptions) -> Void) {
      var options = Trainer.FitOptions()
      change(&options)
      XCTAssertThrowsError(try fit(trainer, inputs, labels, options)) {
        XCTAssertEqual(($0 as? Failure)?.text, text)
      }
    }
    refused("epochs must be at least 0, got -1", labels) { $0.epochs = -1 }
    refused("batch_size must be 1…64, as the trainer was made for, got 65", labels) {
      $0.batchSize = 65
    }
    refused("validation_split must be at least 0 and below 1, got 1", labels) {
      $0.validationSplit = 1
    }
    var bad = labels
    bad[4] = 3
    refused("label 4 must be 0…2, got 3", bad) { _ in }
    XCTAssertEqual(try model.allWeights, before)
  }
}
