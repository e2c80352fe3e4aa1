import XCTest

@testable import CNNLSTM

final class DenseTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.dense, [.units: 4])
    XCTAssertEqual(try shape(layer), Shape(length: 7, channels: 4))
    XCTAssertEqual(try shape(layer, length: Shape.noTime), Shape(channels: 4))
    assertRefused(
      LayerConfiguration(.dense, [.units: 65_537]), "Dense: units must be 1…65536, got 65537")
    assertRefused(
      LayerConfiguration(.dense, [.units: 2, .filters: 3]), "Dense: Dense has no filters")
  }

  func testValuesAndGradients() throws {
    for activation in Activation.allCases {
      for length in [Shape.noTime, 3] {
        let layers = [
          LayerConfiguration(.dense, [.units: 6]),
          LayerConfiguration(.dense, [.units: 5, .activation: .activation(activation)]),
        ]
        try LayerCase(layers, rows: 4, length: length).check("\(activation), length \(length)")
      }
    }
  }

  func testOddSizes() throws {
    for (units, channels, rows) in [(1, 1, 1), (3, 2, 7), (17, 9, 1), (33, 17, 17), (70, 65, 2)] {
      let layer = LayerConfiguration(.dense, [.units: .integer(units), .useBias: 0])
      try LayerCase([layer], rows: rows, length: Shape.noTime, channels: channels)
        .check("\(units) units, \(channels) channels, \(rows) rows")
    }
  }
}
