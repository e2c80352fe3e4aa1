import XCTest

@testable import CNNLSTM

final class AveragePooling1DTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.averagePooling1D, [.poolSize: 3, .strides: 2, .padding: .same])
    XCTAssertEqual(try shape(layer), Shape(length: 4, channels: 3))
    XCTAssertEqual(try shape(LayerConfiguration(.averagePooling1D)), Shape(length: 3, channels: 3))
    assertRefused(
      LayerConfiguration(.averagePooling1D, [.poolSize: 8]),
      "average_pooling1d: needs at least 8 time steps, gets 7")
  }

  func testValuesAndGradients() throws {
    for padding in [Value.valid, .same] {
      for (size, strides) in [(2, 0), (3, 1), (3, 2), (2, 3)] {
        for channels in [1, 5, 17] {
          let layers = [
            LayerConfiguration(.dense, [.units: .integer(channels)]),
            LayerConfiguration(
              .averagePooling1D,
              [.poolSize: .integer(size), .strides: .integer(strides), .padding: padding]),
          ]
          try LayerCase(layers, rows: 3).check("\(padding), \(size), \(strides), \(channels)")
        }
      }
    }
  }
}
