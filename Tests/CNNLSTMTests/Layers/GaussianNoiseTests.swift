import XCTest

@testable import CNNLSTM

final class GaussianNoiseTests: XCTestCase {
  private let ones = [Float](repeating: 1, count: 500)

  /// Ten channels that are 1, then the noise.
  private func run(_ deviation: Float, rows: Int = 100) throws -> NetworkRun {
    let layers = [
      LayerConfiguration(.dense, [.units: 10]),
      LayerConfiguration(.gaussianNoise, [.stddev: .real(deviation)]),
    ]
    let network = try LayerCase(layers, rows: rows, length: 5, channels: 1).network
    return try NetworkRun(
      network, [Float](repeating: 1, count: 10) + [Float](repeating: 0, count: 10), rows: rows,
      length: 5)
  }

  func testNothingHappensOutsideTraining() throws {
    XCTAssertEqual(try run(0.5).forward(ones), [Float](repeating: 1, count: 5_000))
    XCTAssertEqual(try run(0).forward(ones, dropoutSeed: 1), [Float](repeating: 1, count: 5_000))
  }

  func testMeanAndDeviation() throws {
    for deviation in [Float(0.1), 1] {
      let output = try run(deviation).forward(ones, dropoutSeed: 3)
      let mean = output.reduce(0, +) / 5_000
      let variance = output.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 5_000
      XCTAssertEqual(mean, 1, accuracy: 0.05 * deviation)
      XCTAssertEqual(variance.squareRoot(), deviation, accuracy: 0.04 * deviation)
      XCTAssertNotEqual(output, try run(deviation).forward(ones, dropoutSeed: 4))
      XCTAssertEqual(output, try run(deviation).forward(ones, dropoutSeed: 3))
    }
  }

  func testTheGradientPasses() throws {
    let run = try run(0.5, rows: 1)
    _ = try run.forward([Float](repeating: 1, count: 5), dropoutSeed: 2)
    let gradient = try run.backward([Float](repeating: 1, count: 50))
    XCTAssertEqual(gradient, [Float](repeating: 5, count: 20))
  }

  func testRefusals() {
    assertRefused(
      LayerConfiguration(.gaussianNoise, [.stddev: 1.5]),
      "gaussian_noise: stddev must be 0…1, got 1.5")
    assertRefused(
      LayerConfiguration(.gaussianNoise, [.stddev: -1.0]),
      "GaussianNoise: stddev must be finite and at least 0, got -1")
  }
}
