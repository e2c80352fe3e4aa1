import XCTest

@testable import CNNLSTM

final class DepthwiseConv1DTests: XCTestCase {
  private func layer(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    LayerConfiguration(.depthwiseConv1D, fields)
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
              .activation: .tanh,
            ]),
          ]
          try LayerCase(layers, rows: 3).check(
            "\(padding), \(size), \(strides), \(dilation), \(channels), \(multiplier)")
        }
      }
    }
  }

  func testShapesAndWeights() throws {
    let network = try LayerCase([layer([.kernelSize: 3, .depthMultiplier: 2])]).network
    XCTAssertEqual(network.outputShape, Shape(length: 5, channels: 6))
    XCTAssertEqual(network.layout.entries.map { $0.shape }, [[3, 3, 2], [6]])
    XCTAssertEqual(network.layout.entries.map { "\($0.name)" }, ["kernel", "bias"])
    XCTAssertEqual(
      try shape(layer([.kernelSize: 3, .strides: 2, .dilationRate: 2, .padding: .same])),
      Shape(length: 4, channels: 3))
    let any = try LayerCase([layer([.kernelSize: 9])], length: Shape.anyLength).network
    XCTAssertEqual(any.outputShape?.length, Shape.anyLength)
    XCTAssertThrowsError(try any.outputShape(inputLength: 8))
  }

  func testWhatIsRefused() {
    assertRefused(
      layer([.kernelSize: 4, .dilationRate: 3]),
      "depthwise_conv1d: needs at least 10 time steps, gets 7")
    assertRefused(
      layer([.padding: .causal]), "DepthwiseConv1D: padding must be valid or same, got causal")
    assertRefused(
      layer([:]), length: Shape.noTime, "depthwise_conv1d: needs [time, channels], gets 3 numbers")
    assertRefused(
      layer([.kernelSize: 65_536, .depthMultiplier: 65_536]), length: Shape.anyLength,
      "depthwise_conv1d: the model would have more than 1073741824 parameters")
  }
}
