import XCTest

@testable import CNNLSTM

final class ActivationLayerTests: XCTestCase {
  func testShapesStay() throws {
    let layer = LayerConfiguration(.activation, [.activation: .relu])
    XCTAssertEqual(try shape(layer), Shape(length: 7, channels: 3))
    XCTAssertEqual(try shape(layer, length: Shape.noTime), Shape(channels: 3))
    assertRefused(
      LayerConfiguration(.activation, [.activation: 99]),
      "Activation: activation must be linear, relu, tanh, sigmoid, softmax, relu6, "
        + "leaky_relu, elu, selu, gelu, silu, softplus, softsign, hard_sigmoid "
        + "or exponential, got 99"
    )
  }

  func testValuesAndGradients() throws {
    for activation in Activation.allCases {
      for (channels, length) in [(1, 1), (17, 3), (5, Shape.noTime)] {
        let layers = [
          LayerConfiguration(.dense, [.units: .integer(channels)]),
          LayerConfiguration(.activation, [.activation: .activation(activation)]),
        ]
        try LayerCase(layers, length: length).check("\(activation), \(channels) channels")
      }
    }
  }

  func testSoftmaxIsALayerToo() throws {
    let layers = [LayerConfiguration(.dense, [.units: 5]), LayerConfiguration(.softmax)]
    try LayerCase(layers, length: 3).check("softmax")
    let network = try LayerCase(layers, length: Shape.noTime).network
    XCTAssertEqual(network.configurations.last?.name, "softmax")
    XCTAssertEqual(network.logits?.layer, 2)
  }
}
