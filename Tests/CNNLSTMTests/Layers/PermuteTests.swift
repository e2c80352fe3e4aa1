import XCTest

@testable import CNNLSTM

final class PermuteTests: XCTestCase {
  func testShapes() throws {
    let kept = LayerConfiguration(.permute, [.firstDimension: 1])
    XCTAssertEqual(try shape(LayerConfiguration(.permute)), Shape(length: 3, channels: 7))
    XCTAssertEqual(try shape(kept), Shape(length: 7, channels: 3))
    XCTAssertEqual(
      try shape(kept, length: Shape.anyLength), Shape(length: Shape.anyLength, channels: 3))
    assertRefused(
      LayerConfiguration(.permute), length: Shape.anyLength,
      "permute: needs an input of a fixed length, not of any")
    assertRefused(
      kept, length: Shape.noTime, "permute: needs [time, channels], gets 3 numbers")
  }

  func testValuesAndGradients() throws {
    for first in [1, 2] {
      let layers = [
        LayerConfiguration(.dense, [.units: 4]),
        LayerConfiguration(.permute, [.firstDimension: .integer(first)]),
        LayerConfiguration(.lstm, [.units: 2]),
      ]
      try LayerCase(layers, rows: 3).check("permute \(first)")
    }
  }
}
