import XCTest

@testable import CNNLSTM

final class NetworkTests: XCTestCase {
  private func network(_ layers: [LayerConfiguration]) throws -> Network {
    try LayerCase(layers).network
  }

  func testNames() throws {
    let lstm = LayerConfiguration(.lstm, [.units: 2, .returnSequences: 1])
    let names = try network([lstm, lstm, LayerConfiguration(.lstm, name: "own", [.units: 2])])
      .configurations.map { $0.name }
    XCTAssertEqual(names, ["input_layer", "lstm", "lstm_1", "own"])
    XCTAssertThrowsError(
      try network([
        LayerConfiguration(.dropout, name: "a"), LayerConfiguration(.flatten, name: "a"),
      ])
    ) { XCTAssertEqual(($0 as? Failure)?.text, "a: another layer has this name") }
  }

  func testAFailedAppendChangesNothing() throws {
    var network = try network([LayerConfiguration(.dense, [.units: 2])])
    XCTAssertThrowsError(
      try network.append(LayerConfiguration(.conv1D, [.filters: 2, .kernelSize: 9])))
    XCTAssertEqual(network.configurations.count, 2)
    XCTAssertEqual(network.layout.entries.count, 2)
    var empty = Network()
    XCTAssertThrowsError(try empty.append(LayerConfiguration(.dense, [.units: 2]))) {
      XCTAssertEqual(($0 as? Failure)?.text, "dense: the first layer must be an Input")
    }
  }

  func testLogitsAreFoundAsKerasFindsThem() throws {
    let softmax = LayerConfiguration(.dense, [.units: 2, .activation: .softmax])
    let linear = LayerConfiguration(.activation)
    XCTAssertEqual(try network([softmax]).logits?.layer, 1)
    XCTAssertEqual(try network([softmax, linear]).logits?.activation, .softmax)
    XCTAssertNil(try network([softmax, LayerConfiguration(.flatten)]).logits)
    XCTAssertNil(try network([LayerConfiguration(.dense, [.units: 2])]).logits)
  }

  /// Each weight as often as there are steps before its layer.
  func testMultiplyAdds() throws {
    let network = try network([
      LayerConfiguration(.conv1D, [.filters: 2, .kernelSize: 3]),
      LayerConfiguration(.maxPooling1D), LayerConfiguration(.lstm, [.units: 2]),
      LayerConfiguration(.dense, [.units: 3]),
    ])
    XCTAssertEqual(try network.multiplyAdds(length: 7), 7 * 20 + 2 * 40 + 9)
    XCTAssertThrowsError(try network.multiplyAdds(length: 3))
  }

  func testLengths() throws {
    let network = try network([
      LayerConfiguration(.conv1D, [.filters: 2, .kernelSize: 3]),
      LayerConfiguration(.maxPooling1D), LayerConfiguration(.lstm, [.units: 2]),
    ])
    XCTAssertEqual(try network.lengths(7), [7, 5, 2, Shape.noTime])
    XCTAssertThrowsError(try network.lengths(3)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text,
        "max_pooling1d: needs at least 2 time steps, gets 1 from an input of 3")
    }
  }
}
