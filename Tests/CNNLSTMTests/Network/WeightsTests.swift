import XCTest

@testable import CNNLSTM

final class WeightsTests: XCTestCase {
  func testAreOfTheValuesGiven() throws {
    let network = try LayerCase([LayerConfiguration(.dense, [.units: 2])]).network
    let values = try FloatBuffer(count: network.layout.count)
    values.pointer[0] = 5
    let weights = try Weights(network, values, Processor.chosen)
    XCTAssertEqual(weights.values.pointer[0], 5)
    XCTAssertEqual(weights.packed.pointer[0], 5)
    XCTAssertEqual(weights.weightType, .float32)
  }

  func testSomeLengthSuitsEveryLayer() throws {
    var network = Network()
    try network.append(LayerConfiguration(.input))
    XCTAssertEqual(try network.someLength, 1)
    try network.append(LayerConfiguration(.conv1D, [.filters: 1, .kernelSize: 100]))
    XCTAssertEqual(try network.someLength, 128)
    XCTAssertEqual(try LayerCase([]).network.someLength, 7)
  }
}
