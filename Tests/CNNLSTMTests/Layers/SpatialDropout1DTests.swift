import XCTest

@testable import CNNLSTM

final class SpatialDropout1DTests: XCTestCase {
  private let ones = [Float](repeating: 1, count: 500)

  private func run(_ rate: Float, rows: Int = 100) throws -> NetworkRun {
    let layers = [
      LayerConfiguration(.dense, [.units: 10]),
      LayerConfiguration(.spatialDropout1D, [.rate: .real(rate)]),
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

  func testWholeChannelsAreDropped() throws {
    for rate in [Float(0.1), 0.5, 0.9] {
      let output = try run(rate).forward(ones, dropoutSeed: 7)
      for at in output.indices {
        XCTAssertEqual(output[at], output[at / 50 * 50 + at % 10])
        XCTAssertTrue(output[at] == 0 || output[at] == 1 / (1 - rate))
      }
      let share = Float(output.count { $0 == 0 }) / Float(output.count)
      XCTAssertEqual(share, rate, accuracy: 0.05)
    }
  }

  func testTheGradientPassesWhereTheOutputDid() throws {
    let run = try run(0.5, rows: 1)
    let output = try run.forward([Float](repeating: 1, count: 5), dropoutSeed: 2)
    let gradient = try run.backward([Float](repeating: 1, count: 50))
    XCTAssertEqual(Array(gradient[10...]), output[..<10].map { 5 * $0 })
  }

  func testRefusals() {
    assertRefused(
      LayerConfiguration(.spatialDropout1D, [.rate: 1.0]),
      "SpatialDropout1D: rate must be at least 0 and below 1, got 1")
    assertRefused(
      LayerConfiguration(.spatialDropout1D), length: Shape.noTime,
      "spatial_dropout1d: needs [time, channels], gets 3 numbers")
  }
}
