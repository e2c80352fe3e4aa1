import XCTest

@testable import CNNLSTM

final class UpSampling1DTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.upSampling1D, [.size: 3])
    XCTAssertEqual(try shape(LayerConfiguration(.upSampling1D)), Shape(length: 14, channels: 3))
    let any = try LayerCase([layer], length: Shape.anyLength).network
    XCTAssertEqual(any.outputShape?.length, Shape.anyLength)
    XCTAssertEqual(try any.outputShape(inputLength: 5), Shape(length: 15, channels: 3))
  }

  /// Lengths that leave all bounds are refused, not computed.
  func testLimits() throws {
    let layer = LayerConfiguration(.upSampling1D, [.size: 65_536])
    XCTAssertThrowsError(try LayerCase([layer, layer], length: 7))
    let any = try LayerCase([layer, layer, layer, layer, layer], length: Shape.anyLength).network
    XCTAssertThrowsError(try any.outputShape(inputLength: 1)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text,
        "up_sampling1d_1: gives 4294967296 time steps, the limit is 1073741824")
    }
  }

  func testValuesAndGradients() throws {
    for size in [1, 2, 3] {
      let layers = [
        LayerConfiguration(.dense, [.units: 4]),
        LayerConfiguration(.upSampling1D, [.size: .integer(size)]),
        LayerConfiguration(.lstm, [.units: 2]),
      ]
      try LayerCase(layers, rows: 3).check("\(size)")
    }
  }
}
