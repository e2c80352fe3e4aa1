import XCTest

@testable import CNNLSTM

final class FlattenTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.flatten)
    XCTAssertEqual(try shape(layer), Shape(channels: 21))
    XCTAssertEqual(try shape(layer, length: Shape.noTime), Shape(channels: 3))
    assertRefused(
      layer, length: Shape.anyLength, "flatten: needs an input of a fixed length, not of any")
  }

  func testValuesAndGradients() throws {
    let layers = [
      LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2]), LayerConfiguration(.flatten),
      LayerConfiguration(.dense, [.units: 3]),
    ]
    try LayerCase(layers, rows: 5).check("conv1d, flatten, dense")
  }
}
