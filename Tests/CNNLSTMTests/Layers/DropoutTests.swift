import XCTest

@testable import CNNLSTM

final class DropoutTests: XCTestCase {
  private func run(_ rate: Float, rows: Int = 100) throws -> NetworkRun {
    let layers = [
      LayerConfiguration(.dense, [.units: 10]),
      LayerConfiguration(.dropout, [.rate: .real(rate)]),
    ]
    let network = try LayerCase(layers, rows: rows, length: 5, channels: 1).network
    // The identity on the first channel, so that outputs are ones.
    return try NetworkRun(
      network, [Float](repeating: 1, count: 10) + [Float](repeating: 0, count: 10), rows: rows,
      length: 5)
  }

  private let ones = [Float](repeating: 1, count: 500)

  func testNothingHappensOutsideTraining() throws {
    XCTAssertEqual(try run(0.5).forward(ones), [Float](repeating: 1, count: 5_000))
    XCTAssertEqual(try run(0).forward(ones, dropoutSeed: 1), [Float](repeating: 1, count: 5_000))
  }

  func testShareAndScale() throws {
    for rate in [Float(0.1), 0.5, 0.9] {
      let output = try run(rate).forward(ones, dropoutSeed: 7)
      let kept = 1 / (1 - rate)
      XCTAssertTrue(output.allSatisfy { $0 == 0 || $0 == kept })
      let share = Float(output.count { $0 == 0 }) / Float(output.count)
      XCTAssertEqual(share, rate, accuracy: 0.03)
    }
  }

  func testTheGradientPassesWhereTheOutputDid() throws {
    let run = try run(0.5, rows: 1)
    let output = try run.forward([Float](repeating: 1, count: 5), dropoutSeed: 2)
    let gradient = try run.backward([Float](repeating: 1, count: 50))
    let sums = (0..<10).map { unit in (0..<5).reduce(Float(0)) { $0 + output[$1 * 10 + unit] } }
    XCTAssertEqual(Array(gradient[10...]), sums)
  }

  func testRefusals() {
    for (rate, text) in [(Float(1), "1"), (-0.1, "-0.1"), (.nan, "NaN")] {
      assertRefused(
        LayerConfiguration(.dropout, [.rate: .real(rate)]),
        "Dropout: rate must be at least 0 and below 1, got \(text)")
    }
  }
}
