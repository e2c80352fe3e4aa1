import XCTest

@testable import CNNLSTM

final class RepeatVectorTests: XCTestCase {
  func testShapes() throws {
    let layer = LayerConfiguration(.repeatVector, [.repeats: 4])
    XCTAssertEqual(try shape(layer, length: Shape.noTime), Shape(length: 4, channels: 3))
    assertRefused(layer, "repeat_vector: needs an input without a time axis")
    let model = try LayerCase([LayerConfiguration(.lstm), layer], length: Shape.anyLength).network
    XCTAssertEqual(try model.outputShape(inputLength: 9), Shape(length: 4, channels: 1))
  }

  func testValuesAndGradients() throws {
    let layers = [
      LayerConfiguration(.lstm, [.units: 5]), LayerConfiguration(.repeatVector, [.repeats: 3]),
      LayerConfiguration(.lstm, [.units: 2, .returnSequences: 1]),
    ]
    try LayerCase(layers, rows: 3).check("lstm, repeat_vector, lstm")
  }
}
