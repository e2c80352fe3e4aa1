import XCTest

@testable import CNNLSTM

final class StatesTests: XCTestCase {
  private let kinds = [LayerKind.lstm, .gru, .simpleRNN]

  private func stateful(
    _ kind: LayerKind, _ merge: MergeMode = .none, units: Int = 19
  ) -> LayerConfiguration {
    var layer = LayerConfiguration(kind, [.stateful: 1, .returnSequences: 1])
    (layer[.units], layer[.mergeMode]) = (.integer(units), .integer(Int(merge.rawValue)))
    return layer
  }

  private func anyLength(_ layers: [LayerConfiguration]) throws -> Model {
    try model(length: Shape.anyLength, channels: 2, layers)
  }

  private func inputs(_ count: Int) -> [Float] {
    var random = RandomSource(seed: 6)
    return (0..<count).map { _ in random.normal() }
  }

  /// Steps of each sample, of samples of some steps.
  private func steps(_ range: Range<Int>, of all: [Float], length: Int, width: Int) -> [Float] {
    stride(from: 0, to: all.count, by: length * width).flatMap {
      Array(all[$0 + range.lowerBound * width..<$0 + range.upperBound * width])
    }
  }

  /// A sequence in pieces gives what it gives in one, in any number of threads. The steps of an
  /// LSTM sum in turns from either end, and so in pieces may round otherwise.
  func testSequencesInPieces() throws {
    for kind in kinds {
      for type in WeightType.allCases {
        let layers = [stateful(kind), stateful(kind, units: 4)]
        let model = try anyLength(layers).converted(to: type).model
        let (rows, length) = (9, 30)
        let inputs = inputs(rows * length * 2)
        var options = Session.Options()
        (options.maxLength, options.batchSize) = (length, rows)
        let wanted = try Session(model, options).predict(
          inputs, sampleCount: rows, length: length)
        for threads in 1...3 {
          options.threads = threads
          let session = try Session(model, options)
          for range in [0..<1, 1..<13, 13..<30] {
            let got = try session.predict(
              steps(range, of: inputs, length: length, width: 2), sampleCount: rows,
              length: range.count)
            let name = "\(kind.name), \(type.name), \(threads) threads, \(range)"
            assertClose(
              got, steps(range, of: wanted, length: length, width: 4), 1e-6, name)
          }
        }
      }
    }
  }

  /// Outputs and gradients of a batch behind others.
  func testOutputsAndGradientsAreKerass() throws {
    for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
      for fixture in try Fixtures.stateful() {
        let run = try NetworkRun(
          fixture.model().network, fixture.weights.floats, rows: fixture.sampleCount,
          length: fixture.length, features: features)
        let earlier = try XCTUnwrap(fixture.earlierInputs)
        let count = fixture.input.floats.count
        for first in stride(from: 0, to: earlier.count, by: count) {
          _ = try run.forward(Array(earlier[first..<first + count]))
        }
        let name = "\(fixture.name), \(features.name)"
        assertClose(
          try run.forward(fixture.input.floats), try XCTUnwrap(fixture.output), 1e-5, name)
        assertClose(
          fixture.trainable(try run.backward(try XCTUnwrap(fixture.outputGradient))),
          try XCTUnwrap(fixture.weightGradients), 1e-5, "\(name): gradient")
      }
    }
  }

  func testSessionsGoOnAsKerasDoes() throws {
    for fixture in try Fixtures.stateful() {
      let session = try Session(try fixture.model())
      let earlier = try XCTUnwrap(fixture.earlierInputs)
      let count = fixture.input.floats.count
      for first in stride(from: 0, to: earlier.count, by: count) {
        _ = try session.predict(
          Array(earlier[first..<first + count]), sampleCount: fixture.sampleCount)
      }
      let got = try session.predict(fixture.input.floats, sampleCount: fixture.sampleCount)
      assertClose(got, try XCTUnwrap(fixture.output), 1e-5, fixture.name)
    }
  }

  func testTrainingIsKerass() throws {
    for fixture in try Fixtures.statefulTraining() {
      try TrainerTests.assertTrainsAsKeras(fixture)
    }
  }

  /// Evaluation goes on from batch to batch and from call to call, until states are reset.
  func testTrainersKeepStatesUntilReset() throws {
    let layers = [stateful(.lstm, units: 3), LayerConfiguration(.dense, [.units: 2])]
    let model = try anyLength(layers)
    var options = Trainer.Options()
    (options.loss, options.batchSize, options.maxLength) = (.mse, 20, 4)
    let inputs = inputs(40 * 8)
    let targets = [Float](repeating: 0.5, count: 40 * 8)
    func evaluate(_ trainer: Trainer, _ range: Range<Int>) throws -> Float {
      let some = inputs[(range.lowerBound * 8)..<(range.upperBound * 8)]
      return try some.withUnsafeBufferPointer { inputs in
        try targets[..<inputs.count].withUnsafeBufferPointer { targets in
          try trainer.evaluate(
            Dataset(sampleCount: range.count, length: 4, inputs: inputs, targets: targets)
          ).loss
        }
      }
    }
    let trainer = try Trainer(model, options)
    let whole = try evaluate(trainer, 0..<40)
    XCTAssertNotEqual(try evaluate(trainer, 0..<40), whole)
    try trainer.resetStates()
    let parts = (try evaluate(trainer, 0..<20) + evaluate(trainer, 20..<40)) / 2
    XCTAssertEqual(parts, whole, accuracy: 1e-6)
    XCTAssertThrowsError(try evaluate(trainer, 0..<30)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text,
        "stateful layers need whole batches: 30 samples are no multiple of batch_size 20")
    }
    options.threads = 2
    XCTAssertEqual(try evaluate(try Trainer(model, options), 0..<40), whole)
  }

  func testResetAndOtherSessions() throws {
    for kind in kinds {
      let model = try anyLength([stateful(kind, .concat)])
      let inputs = inputs(3 * 5 * 2)
      var options = Session.Options()
      options.maxLength = 5
      let (session, other) = (try Session(model, options), try Session(model, options))
      func predict(_ session: Session) throws -> [Float] {
        try session.predict(inputs, sampleCount: 3, length: 5)
      }
      let first = try predict(session)
      XCTAssertNotEqual(try predict(session), first)
      XCTAssertEqual(try predict(other), first)
      try session.resetStates()
      XCTAssertEqual(try predict(session), first)
    }
  }

  func testNumbersOfSamples() throws {
    let model = try anyLength([stateful(.gru)])
    var options = Session.Options()
    (options.maxLength, options.batchSize) = (4, 8)
    let session = try Session(model, options)
    func predict(_ count: Int) throws {
      _ = try session.predict(inputs(count * 8), sampleCount: count, length: 4)
    }
    func assertRefused(_ count: Int, _ text: String) {
      XCTAssertThrowsError(try predict(count)) {
        XCTAssertEqual(($0 as? Failure)?.text, text)
        XCTAssertEqual(($0 as? Failure)?.kind, .shape)
      }
    }
    assertRefused(9, "stateful layers keep the states of at most batch_size 8 samples, got 9")
    try predict(3)
    try predict(0)
    assertRefused(
      4,
      "sample i goes on from sample i of the batch before, which had 3 samples, got 4: "
        + "reset the states first")
    try predict(3)
    try session.resetStates()
    try predict(4)
  }

  /// Layers are reset one by one too; only when all are, another number of samples may follow.
  func testResetOfALayer() throws {
    let model = try anyLength([stateful(.gru), stateful(.lstm)])
    var options = Session.Options()
    options.maxLength = 4
    let session = try Session(model, options)
    let inputs = inputs(3 * 8)
    func predict(_ count: Int = 3) throws -> [Float] {
      try session.predict(Array(inputs[..<(count * 8)]), sampleCount: count, length: 4)
    }
    let first = try predict()
    try session.resetStates(ofLayer: 1)
    let other = try predict()
    XCTAssertNotEqual(other, first)
    try session.resetStates(ofLayer: 2)
    XCTAssertThrowsError(try predict(2))
    XCTAssertNotEqual(try predict(), other)
    for layer in [1, 2] { try session.resetStates(ofLayer: layer) }
    XCTAssertEqual(try predict(2), Array(first[..<(2 * 4 * 19)]))
    XCTAssertThrowsError(try session.resetStates(ofLayer: 3)) {
      XCTAssertEqual(($0 as? Failure)?.text, "layer must be below 3, got 3")
    }
  }

  /// A model without stateful layers takes any number at any time.
  func testModelsWithoutStates() throws {
    let states = try States(
      LayerCase([LayerConfiguration(.lstm, [.units: 2])]).network, capacity: 2)
    for count in [3, 1, 100] { XCTAssertNoThrow(try states.begin(count)) }
  }
}
