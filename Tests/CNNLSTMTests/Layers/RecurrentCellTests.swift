import XCTest

@testable import CNNLSTM

final class RecurrentCellTests: XCTestCase {
  /// Every gate is in one part: the recurrent kernel is packed once.
  func testPartsCoverTheGates() throws {
    for kind in [LayerKind.gru, .simpleRNN] {
      let network = try LayerCase([LayerConfiguration(kind, [.units: 2])]).network
      let layer = try XCTUnwrap(network.layers.last as? CellLayer)
      XCTAssertEqual(layer.cell.parts.flatMap { $0 }, Array(0..<layer.cell.gateCount))
    }
  }
}
