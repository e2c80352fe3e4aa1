import XCTest

@testable import CNNLSTM

final class RescalingTests: XCTestCase {
  func testValuesAndGradients() throws {
    for (channels, length) in [(1, 1), (17, 3), (5, Shape.noTime)] {
      let layers = [
        LayerConfiguration(.dense, [.units: .integer(channels)]),
        LayerConfiguration(.rescaling, [.factor: .real(-1.5), .offset: .real(0.25)]),
      ]
      try LayerCase(layers, length: length).check("\(channels) channels")
    }
  }

  func testRefusals() {
    assertRefused(
      LayerConfiguration(.rescaling, [.offset: .real(.nan)]),
      "Rescaling: offset must be finite, got NaN")
  }
}
