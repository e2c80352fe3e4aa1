import XCTest

@testable import CNNLSTM

final class ActivationTests: XCTestCase {
  func testNumbersAreThoseOfTheKernels() {
    for activation in Activation.allCases where activation != .softmax {
      XCTAssertEqual(activation.elementwise?.rawValue, activation.rawValue)
    }
    XCTAssertNil(Activation.softmax.elementwise)
    XCTAssertEqual(
      Activation.allCases.filter { $0.needsSums }.map { $0.rawValue },
      [Activation.gelu.rawValue, Activation.silu.rawValue])
  }

  func testNamesInOneText() {
    XCTAssertEqual(
      Activation.names(softmax: true).text,
      "linear, relu, tanh, sigmoid, softmax, relu6, leaky_relu, elu, selu, gelu, silu, softplus, "
        + "softsign, hard_sigmoid or exponential")
    XCTAssertFalse(Activation.names(softmax: false).text.contains("softmax"))
  }

  /// Every activation in every layer that has one, where the sums have to be kept beside other
  /// things.
  func testEveryLayer() throws {
    for activation in Activation.allCases {
      for padding in [Value.valid, .same] {
        let fields: KeyValuePairs<Field, Value> = [
          .kernelSize: 2, .padding: padding, .activation: .activation(activation),
        ]
        for kind in [LayerKind.conv1D, .depthwiseConv1D, .separableConv1D] {
          var layer = LayerConfiguration(kind, fields)
          if layer[.filters] != nil { layer[.filters] = 5 }
          let front = LayerConfiguration(.dense, [.units: 4])
          try LayerCase([front, layer], rows: 3).check("\(kind.name), \(activation), \(padding)")
        }
      }
    }
  }
}
