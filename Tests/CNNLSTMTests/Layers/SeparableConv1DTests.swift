import XCTest

@testable import CNNLSTM

final class SeparableConv1DTests: XCTestCase {
  private func layer(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    LayerConfiguration(.separableConv1D, fields)
  }

  func testValuesAndGradients() throws {
    for padding in [Value.valid, .same] {
      for (size, strides, dilation) in [(1, 1, 1), (3, 1, 1), (2, 3, 1), (3, 1, 2), (2, 2, 2)] {
        for (channels, multiplier) in [(1, 1), (5, 2), (17, 1)] {
          let layers = [
            LayerConfiguration(.dense, [.units: .integer(channels)]),
            layer([
              .kernelSize: .integer(size), .strides: .integer(strides), .padding: padding,
              .dilationRate: .integer(dilation), .depthMultiplier: .integer(multiplier),
              .activation: .tanh, .filters: 4,
            ]),
          ]
          try LayerCase(layers, rows: 3).check(
            "\(padding), \(size), \(strides), \(dilation), \(channels), \(multiplier)")
        }
      }
    }
  }

  func testShapesAndWeights() throws {
    let network = try LayerCase([layer([.filters: 4, .kernelSize: 3, .depthMultiplier: 2])]).network
    XCTAssertEqual(network.outputShape, Shape(length: 5, channels: 4))
    XCTAssertEqual(network.layout.entries.map { $0.shape }, [[3, 3, 2], [1, 6, 4], [4]])
    XCTAssertEqual(
      network.layout.entries.map { "\($0.name)" },
      ["depthwise_kernel", "pointwise_kernel", "bias"])
    assertRefused(
      layer([.padding: .causal]), "SeparableConv1D: padding must be valid or same, got causal")
  }

  /// Keras's names: a penalty of the depthwise kernel is the kernel's.
  func testPenaltiesAndInitializers() throws {
    let network = try LayerCase([
      layer([
        .depthwiseInitializer: .initializer(Initializer(.ones)),
        .pointwiseInitializer: .initializer(Initializer(.constant, a: 3)),
        .kernelRegularizer: .regularizer(Regularizer(l1: 1)),
        .pointwiseRegularizer: .regularizer(Regularizer(l2: 2)),
      ])
    ]).network
    let entries = network.layout.entries
    XCTAssertEqual(entries.map { $0.initializer.kind }, [.ones, .constant, .zeros])
    XCTAssertEqual(
      entries.map { $0.regularizer }, [Regularizer(l1: 1), Regularizer(l2: 2), Regularizer()])
  }
}
