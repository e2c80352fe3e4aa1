import XCTest

@testable import CNNLSTM

final class InputLayerTests: XCTestCase {
  func testShapes() throws {
    var network = Network()
    try network.append(LayerConfiguration(.input, [.length: 4, .channels: 2]))
    XCTAssertEqual(network.outputShape, Shape(length: 4, channels: 2))
  }

  func testRefusals() {
    func refused(_ fields: KeyValuePairs<Field, Value>, _ text: String) {
      var network = Network()
      XCTAssertThrowsError(try network.append(LayerConfiguration(.input, fields))) {
        XCTAssertEqual(($0 as? Failure)?.text, text)
      }
    }
    refused([.length: -2], "InputLayer: length must be -1…1073741824, got -2")
    refused([.channels: 0], "InputLayer: channels must be 1…65536, got 0")
    assertRefused(
      LayerConfiguration(.input), "input_layer_1: an Input can only be the first layer")
  }
}
