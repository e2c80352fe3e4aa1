import XCTest

@testable import CNNLSTM

final class ReshapeTests: XCTestCase {
  private func layer(_ length: Int, _ channels: Int) -> LayerConfiguration {
    LayerConfiguration(
      .reshape, [.targetLength: .integer(length), .targetChannels: .integer(channels)])
  }

  func testShapes() throws {
    let cases: [(Int, Int, Shape)] = [
      (-1, 21, Shape(channels: 21)), (-1, 0, Shape(channels: 21)),
      (3, 7, Shape(length: 3, channels: 7)), (0, 7, Shape(length: 3, channels: 7)),
      (21, 0, Shape(length: 21, channels: 1)),
    ]
    for (length, channels, wanted) in cases {
      XCTAssertEqual(try shape(layer(length, channels)), wanted)
    }
    XCTAssertEqual(
      try shape(layer(3, 1), length: Shape.noTime), Shape(length: 3, channels: 1))
  }

  func testAnyLength() throws {
    let network = try LayerCase([layer(0, 2)], length: Shape.anyLength, channels: 6).network
    XCTAssertEqual(network.outputShape, Shape(length: Shape.anyLength, channels: 2))
    XCTAssertEqual(try network.outputShape(inputLength: 5), Shape(length: 15, channels: 2))
  }

  func testWhatIsRefused() {
    assertRefused(layer(2, 10), "reshape: 21 numbers cannot become (2, 10)")
    assertRefused(layer(2, 0), "reshape: 21 numbers cannot become (2, -1)")
    assertRefused(layer(0, 22), "reshape: 21 numbers cannot become (-1, 22)")
    assertRefused(layer(-1, 20), "reshape: 21 numbers cannot become (20,)")
    assertRefused(
      layer(0, 0), "reshape: only one of target_length and target_channels can be left open")
    for (length, channels) in [(0, 2), (0, 6), (-1, 0), (7, 3), (7, 0)] {
      assertRefused(
        layer(length, channels), length: Shape.anyLength,
        "reshape: an input of any length can only become one of any length whose channels divide "
          + "its 3")
    }
    assertRefused(
      layer(0, 1), length: Shape.longest,
      "reshape: gives 3221225472 time steps, the limit is 1073741824")
  }

  func testValuesAndGradients() throws {
    for target in [layer(3, 7), layer(-1, 0)] {
      try LayerCase([LayerConfiguration(.dense, [.units: 3]), target]).check("reshape")
    }
    let layers = [
      LayerConfiguration(.dense, [.units: 6]), layer(3, 2),
    ]
    try LayerCase(layers, length: Shape.noTime).check("vector")
  }
}
