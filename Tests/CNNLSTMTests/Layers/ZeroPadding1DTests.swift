import XCTest

@testable import CNNLSTM

final class ZeroPadding1DTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.zeroPadding1D, [.before: 0, .after: 3])
    XCTAssertEqual(try shape(LayerConfiguration(.zeroPadding1D)), Shape(length: 9, channels: 3))
    XCTAssertEqual(try shape(layer), Shape(length: 10, channels: 3))
    let any = try LayerCase([layer], length: Shape.anyLength).network
    XCTAssertEqual(try any.outputShape(inputLength: 5), Shape(length: 8, channels: 3))
    assertRefused(
      layer, length: Shape.noTime, "zero_padding1d: needs [time, channels], gets 3 numbers")
  }

  func testValuesAndGradients() throws {
    for (before, after) in [(1, 1), (0, 3), (2, 0), (0, 0)] {
      let layers = [
        LayerConfiguration(.dense, [.units: 4]),
        LayerConfiguration(
          .zeroPadding1D, [.before: .integer(before), .after: .integer(after)]),
        LayerConfiguration(.conv1D, [.filters: 2, .kernelSize: 3]),
      ]
      try LayerCase(layers, rows: 3).check("\(before), \(after)")
    }
  }
}
