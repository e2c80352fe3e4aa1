import XCTest

@testable import CNNLSTM

final class StepTeamTests: XCTestCase {
  /// Units that are all different, in their biases too.
  private func lstm(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    var layer = LayerConfiguration(.lstm, fields)
    layer[.biasInitializer] = .initializer(Initializer(.randomNormal))
    return layer
  }

  /// A model with so many weights, or steps, that threads share the steps of a sample.
  private func large(_ units: Int, length: Int) throws -> Model {
    let model = try model(
      length: length, channels: 3,
      [
        lstm([.units: .integer(units), .returnSequences: 1]),
        lstm([.units: .integer(units), .goBackwards: 1]),
      ])
    XCTAssertGreaterThan(length * 4 * units * units, StepTeam.leastFloats * 4)
    return model
  }

  private func predict(_ model: Model, threads: Int, _ inputs: [Float]) throws -> [[UInt32]] {
    var options = Session.Options()
    options.threads = threads
    let session = try Session(model, options)
    return try (0..<5).map { _ in
      try session.predict(inputs, sampleCount: 1).map { $0.bitPattern }
    }
  }

  private func check(_ model: Model, length: Int, _ name: String) throws {
    var random = RandomSource(seed: 6)
    let inputs = (0..<3 * length).map { _ in random.normal() }
    let wanted = try predict(model, threads: 1, inputs)
    for threads in [2, 3, 8] {
      XCTAssertEqual(
        try predict(model, threads: threads, inputs), wanted, "\(name), \(threads) threads")
    }
  }

  func testATeamComputesWhatOneThreadDoes() throws {
    let model = try large(250, length: 60)
    for type in WeightType.allCases {
      try check(try model.converted(to: type).model, length: 60, "\(type.name)")
    }
  }

  /// A team that had to wait rests, so each time with a new one.
  func testManyTeams() throws {
    let model = try model(length: 40, channels: 3, [lstm([.units: 128])])
    var random = RandomSource(seed: 7)
    let inputs = (0..<3 * 40).map { _ in random.normal() }
    let wanted = try predict(model, threads: 1, inputs)
    for round in 0..<150 {
      let threads = [2, 3, 5][round % 3]
      XCTAssertEqual(try predict(model, threads: threads, inputs), wanted, "round \(round)")
    }
  }

  /// More threads than panels.
  func testFewPanels() throws { try check(try large(17, length: 8_000), length: 8_000, "17 units") }
}
