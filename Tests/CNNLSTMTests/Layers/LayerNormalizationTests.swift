import XCTest

@testable import CNNLSTM

final class LayerNormalizationTests: XCTestCase {
  func testShapesAndWeights() throws {
    let network = try LayerCase([LayerConfiguration(.layerNormalization)]).network
    XCTAssertEqual(network.outputShape, Shape(length: 7, channels: 3))
    XCTAssertEqual(network.layout.entries.map { "\($0.name)" }, ["gamma", "beta"])
    XCTAssertEqual(network.layout.entries.map { $0.initializer.kind }, [.ones, .zeros])
    let shifts = try LayerCase([LayerConfiguration(.layerNormalization, [.scale: 0])]).network
    XCTAssertEqual(shifts.layout.entries.map { "\($0.name)" }, ["beta"])
    assertRefused(
      LayerConfiguration(.layerNormalization, [.epsilon: -1.0]),
      "LayerNormalization: epsilon must be finite and at least 0, got -1")
  }

  func testValuesAndGradients() throws {
    for (center, scale) in [(1, 1), (0, 1), (1, 0), (0, 0)] {
      for (channels, length) in [(2, 7), (5, 7), (17, 3), (5, Shape.noTime)] {
        let layers = [
          LayerConfiguration(.dense, [.units: .integer(channels)]),
          LayerConfiguration(
            .layerNormalization,
            [.center: .integer(center), .scale: .integer(scale), .epsilon: 0.1]),
        ]
        try LayerCase(layers, rows: 3, length: length).check(
          "\(center), \(scale), \(channels), \(length)")
      }
    }
  }
}
