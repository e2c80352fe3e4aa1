import XCTest

@testable import CNNLSTM

final class Cropping1DTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.cropping1D, [.before: 4, .after: 2])
    XCTAssertEqual(try shape(LayerConfiguration(.cropping1D)), Shape(length: 5, channels: 3))
    XCTAssertEqual(try shape(layer), Shape(length: 1, channels: 3))
    assertRefused(layer, length: 6, "cropping1d: needs at least 7 time steps, gets 6")
    let any = try LayerCase([layer], length: Shape.anyLength).network
    XCTAssertEqual(try any.outputShape(inputLength: 9), Shape(length: 3, channels: 3))
    XCTAssertThrowsError(try any.outputShape(inputLength: 6)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text,
        "cropping1d: needs at least 7 time steps, gets 6 from an input of 6")
    }
  }

  func testValuesAndGradients() throws {
    for (before, after) in [(1, 1), (0, 3), (2, 0), (3, 3)] {
      let layers = [
        LayerConfiguration(.dense, [.units: 4]),
        LayerConfiguration(.cropping1D, [.before: .integer(before), .after: .integer(after)]),
      ]
      try LayerCase(layers, rows: 3).check("\(before), \(after)")
    }
  }
}
