import XCTest

@testable import CNNLSTM

final class GlobalMaxPooling1DTests: XCTestCase {
  func testShapes() throws {
    let kept = LayerConfiguration(.globalMaxPooling1D, [.keepdims: 1])
    XCTAssertEqual(try shape(LayerConfiguration(.globalMaxPooling1D)), Shape(channels: 3))
    XCTAssertEqual(try shape(kept), Shape(length: 1, channels: 3))
    let any = try LayerCase([kept], length: Shape.anyLength).network
    XCTAssertEqual(any.outputShape, Shape(length: 1, channels: 3))
    XCTAssertEqual(try any.outputShape(inputLength: 50), Shape(length: 1, channels: 3))
    assertRefused(
      kept, length: Shape.noTime, "global_max_pooling1d: needs [time, channels], gets 3 numbers")
  }

  func testValuesAndGradients() throws {
    for (channels, keepdims) in [(1, Value.integer(0)), (5, 1), (17, 0)] {
      let layers = [
        LayerConfiguration(.dense, [.units: .integer(channels)]),
        LayerConfiguration(.globalMaxPooling1D, [.keepdims: keepdims]),
        LayerConfiguration(.dense, [.units: 2]),
      ]
      try LayerCase(layers, rows: 3).check("\(channels) channels")
    }
  }
}
