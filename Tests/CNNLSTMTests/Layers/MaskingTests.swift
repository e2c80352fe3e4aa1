import XCTest

@testable import CNNLSTM

final class MaskingTests: XCTestCase {
  private let masking = LayerConfiguration(.masking, [.maskValue: 2.0])

  func testShapes() throws {
    XCTAssertEqual(try shape(masking), Shape(length: 7, channels: 3))
    assertRefused(
      masking, length: Shape.noTime, "masking: needs [time, channels], gets 3 numbers")
    assertRefused(
      LayerConfiguration(.masking, [.maskValue: .real(.infinity)]),
      "Masking: mask_value must be finite, got infinity")
  }

  /// A step counts as soon as one channel is something else.
  func testMaskedStepsBecomeZero() throws {
    let network = try LayerCase([masking], length: 4, channels: 2).network
    let run = try NetworkRun(network, [], rows: 2, length: 4)
    let output = try run.forward([2, 2, 2, 1, 0, 0, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    XCTAssertEqual(output, [0, 0, 2, 1, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  /// No gradient passes through a masked step.
  func testGradient() throws {
    let dense = LayerConfiguration(.dense, [.units: 1])
    let network = try LayerCase([dense, masking], length: 2, channels: 1).network
    // Steps give x · 1 + 1; that of the first is the mask value.
    let run = try NetworkRun(network, [1, 1], rows: 1, length: 2)
    XCTAssertEqual(try run.forward([1, 5]), [0, 6])
    XCTAssertEqual(try run.backward([10, 100]), [500, 100])
  }
}
