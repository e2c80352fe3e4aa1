import XCTest

@testable import CNNLSTM

/// Every layer and option against Keras, with every instruction set of the machine.
final class LayerTests: XCTestCase {
  private func layers() throws -> [FixtureCase] {
    try Fixtures.layers() + Fixtures.feedForward() + Fixtures.recurrent() + Fixtures.masking()
      + Fixtures.activations()
  }

  private func forEachCase(_ body: (FixtureCase, CPUFeatures) throws -> Void) throws {
    for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
      for fixture in try layers() {
        try body(fixture, features)
      }
    }
  }

  func testOutputsAreKerass() throws {
    try forEachCase { fixture, features in
      let run = try NetworkRun(
        fixture.model().network, fixture.weights.floats, rows: fixture.sampleCount,
        length: fixture.length, features: features)
      assertClose(
        try run.forward(fixture.input.floats, dropoutSeed: fixture.dropoutSeed),
        try XCTUnwrap(fixture.output), 1e-5,
        "\(fixture.name), \(features.name)")
    }
  }

  func testGradientsAreKerass() throws {
    try forEachCase { fixture, features in
      let run = try NetworkRun(
        fixture.model().network, fixture.weights.floats, rows: fixture.sampleCount,
        length: fixture.length, features: features)
      _ = try run.forward(fixture.input.floats, dropoutSeed: fixture.dropoutSeed)
      let gradients = try run.backward(try XCTUnwrap(fixture.outputGradient))
      assertClose(
        fixture.trainable(gradients), try XCTUnwrap(fixture.weightGradients), 1e-5,
        "\(fixture.name), \(features.name)")
    }
  }

  func testSessionsPredictKerassOutputs() throws {
    for fixture in try layers() where fixture.training != 1 {
      var options = Session.Options()
      options.maxLength = fixture.length > 0 ? fixture.length : 0
      let session = try Session(try fixture.model(), options)
      let wanted = try XCTUnwrap(fixture.output)
      var got = [Float](repeating: 0, count: wanted.count)
      try session.predict(
        fixture.input.floats, inputCount: fixture.input.floats.count,
        sampleCount: fixture.sampleCount, length: fixture.length, &got, outputCount: got.count)
      assertClose(got, wanted, 1e-5, fixture.name)
    }
  }

  /// What a step of training leaves in weights that no optimizer changes.
  func testUpdatesAreKerass() throws {
    for fixture in try Fixtures.feedForward() + Fixtures.masking()
    where fixture.training == 1 {
      let run = try NetworkRun(
        fixture.model().network, fixture.weights.floats, rows: fixture.sampleCount,
        length: fixture.length)
      _ = try run.forward(fixture.input.floats, dropoutSeed: fixture.dropoutSeed)
      let gradients = try run.backward(try XCTUnwrap(fixture.outputGradient))
      run.network.update(run.values.pointer, from: gradients)
      let after = Array(
        UnsafeBufferPointer(start: run.values.pointer, count: run.values.count))
      assertClose(after, try XCTUnwrap(fixture.weightsAfter), 1e-6, fixture.name)
    }
  }
}
