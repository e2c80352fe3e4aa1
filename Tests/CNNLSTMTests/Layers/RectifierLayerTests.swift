import XCTest

@testable import CNNLSTM

final class RectifierLayerTests: XCTestCase {
  private func check(_ layer: LayerConfiguration, _ name: String) throws {
    for (channels, length) in [(1, 1), (17, 3), (5, Shape.noTime)] {
      let front = LayerConfiguration(.dense, [.units: .integer(channels)])
      try LayerCase([front, layer], rows: 4, length: length).check("\(name), \(channels) channels")
    }
  }

  func testReLU() throws {
    for slope in [Float(0), 0.25] {
      for threshold in [Float(0), 0.3] {
        for bound in [Float.infinity, 0.5] {
          let layer = LayerConfiguration(
            .relu,
            [
              .negativeSlope: .real(slope), .threshold: .real(threshold), .maxValue: .real(bound),
            ])
          try check(layer, "slope \(slope), threshold \(threshold), bound \(bound)")
        }
      }
    }
  }

  func testLeakyReLUAndELU() throws {
    for number in [Float(0.3), 0, -1.5, 2] {
      try check(LayerConfiguration(.leakyReLU, [.negativeSlope: .real(number)]), "slope \(number)")
      try check(LayerConfiguration(.elu, [.alpha: .real(number)]), "alpha \(number)")
    }
  }

  func testDefaultsAreKerass() {
    XCTAssertEqual(LayerConfiguration(.leakyReLU)[.negativeSlope], .real(0.3))
    XCTAssertEqual(LayerConfiguration(.elu)[.alpha], 1.0)
    XCTAssertEqual(LayerConfiguration(.relu)[.maxValue], .real(.infinity))
    XCTAssertEqual(LayerConfiguration(.relu)[.negativeSlope], 0.0)
    XCTAssertEqual(LayerConfiguration(.relu)[.threshold], 0.0)
  }

  func testRefusals() {
    assertRefused(
      LayerConfiguration(.relu, [.maxValue: -1.0]), "ReLU: max_value must be at least 0, got -1")
    assertRefused(
      LayerConfiguration(.relu, [.maxValue: .real(.nan)]),
      "ReLU: max_value must be at least 0, got NaN")
    for field in [Field.negativeSlope, .threshold] {
      assertRefused(
        LayerConfiguration(.relu, [field: -0.5]),
        "ReLU: \(field.name) must be finite and at least 0, got -0.5")
    }
    assertRefused(
      LayerConfiguration(.elu, [.alpha: .real(.infinity)]),
      "ELU: alpha must be finite, got infinity")
  }
}
