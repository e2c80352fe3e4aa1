import XCTest

@testable import CNNLSTM

final class CellLayerTests: XCTestCase {
  private let kinds = [LayerKind.gru, .simpleRNN]

  func testStacks() throws {
    for kind in kinds {
      let first = LayerConfiguration(kind, [.units: 4, .returnSequences: 1])
      try LayerCase([first, LayerConfiguration(kind, [.units: 3])]).check("\(kind.name)")
    }
  }

  /// Sequences of several chunks, and rows that share no step's product.
  func testLongSequences() throws {
    for kind in kinds {
      let layer = LayerConfiguration(kind, [.units: 3])
      try LayerCase([layer], rows: 2, length: 130).check("\(kind.name)")
    }
  }
}
