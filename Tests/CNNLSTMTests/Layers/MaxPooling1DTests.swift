import XCTest

@testable import CNNLSTM

final class MaxPooling1DTests: XCTestCase {
  func testShapes() throws {
    let cases: [(Int, Int, Value, Int)] = [
      (2, 0, .valid, 3), (2, 1, .valid, 6), (3, 2, .same, 4), (3, 0, .same, 3), (7, 0, .valid, 1),
    ]
    for (size, strides, padding, length) in cases {
      let layer = LayerConfiguration(
        .maxPooling1D,
        [.poolSize: .integer(size), .strides: .integer(strides), .padding: padding])
      XCTAssertEqual(try shape(layer), Shape(length: length, channels: 3))
    }
    assertRefused(
      LayerConfiguration(.maxPooling1D, [.poolSize: 8]),
      "max_pooling1d: needs at least 8 time steps, gets 7")
    assertRefused(
      LayerConfiguration(.maxPooling1D, [.padding: .causal]),
      "MaxPooling1D: padding must be valid or same, got causal")
  }

  func testValuesAndGradients() throws {
    for padding in [Value.valid, .same] {
      for (size, strides) in [(2, 0), (3, 1), (3, 2), (2, 3)] {
        for channels in [1, 5, 17] {
          let layers = [
            LayerConfiguration(.dense, [.units: .integer(channels)]),
            LayerConfiguration(
              .maxPooling1D,
              [.poolSize: .integer(size), .strides: .integer(strides), .padding: padding]),
          ]
          try LayerCase(layers, rows: 3).check("\(padding), \(size), \(strides), \(channels)")
        }
      }
    }
  }
}
