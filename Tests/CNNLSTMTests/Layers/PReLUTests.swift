import XCTest

@testable import CNNLSTM

final class PReLUTests: XCTestCase {
  func testValuesAndGradients() throws {
    for (channels, length, shared) in [(1, 1, 0), (17, 3, 0), (3, 7, 1), (16, 2, 1)] {
      let front = LayerConfiguration(.dense, [.units: .integer(channels)])
      let layer = LayerConfiguration(.prelu, [.sharedAxes: .integer(shared)])
      try LayerCase([front, layer], rows: 3, length: length).check("\(channels), \(length)")
    }
    let front = LayerConfiguration(.dense, [.units: 5])
    try LayerCase([front, LayerConfiguration(.prelu)], rows: 3, length: Shape.noTime)
      .check("vectors")
    // The first layer that learns passes no gradient on.
    try LayerCase([LayerConfiguration(.prelu)], rows: 3).check("first")
  }

  func testShapesOfAlpha() throws {
    func shapes(_ shared: Int, _ length: Int) throws -> [[Int]] {
      let layer = LayerConfiguration(.prelu, [.sharedAxes: .integer(shared)])
      return try LayerCase([layer], length: length).network.layout.entries.map { $0.shape }
    }
    XCTAssertEqual(try shapes(0, 7), [[7, 3]])
    XCTAssertEqual(try shapes(1, 7), [[1, 3]])
    XCTAssertEqual(try shapes(0, Shape.noTime), [[3]])
    XCTAssertEqual(try shapes(1, Shape.anyLength), [[1, 3]])
  }

  func testRefusals() {
    assertRefused(
      LayerConfiguration(.prelu), length: Shape.anyLength,
      "p_re_lu: needs a fixed length, or shared_axes: it has an alpha for each step")
    assertRefused(
      LayerConfiguration(.prelu, [.sharedAxes: 1]), length: Shape.noTime,
      "p_re_lu: needs [time, channels], gets 3 numbers")
  }
}
