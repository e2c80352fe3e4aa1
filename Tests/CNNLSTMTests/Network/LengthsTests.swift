import XCTest

@testable import CNNLSTM

final class LengthsTests: XCTestCase {
  private func network(_ length: Int) throws -> Network {
    try LayerCase([LayerConfiguration(.lstm, [.units: 4, .returnSequences: 1])], length: length)
      .network
  }

  func testTheLongestInput() throws {
    XCTAssertEqual(try network(7).longest(0), 7)
    XCTAssertEqual(try network(Shape.anyLength).longest(20), 20)
    XCTAssertThrowsError(try network(7).longest(6))
    XCTAssertThrowsError(try network(Shape.anyLength).longest(0))
    XCTAssertThrowsError(try network(7).longest(-1))
  }

  func testSizesOfASample() throws {
    let sizes = try network(Shape.anyLength).sampleSizes(length: 5, maxLength: 9)
    XCTAssertEqual([sizes.length, sizes.input, sizes.output], [5, 15, 20])
    for length in [0, -1, 10, Int.max] {
      XCTAssertThrowsError(try network(Shape.anyLength).sampleSizes(length: length, maxLength: 9))
    }
    XCTAssertThrowsError(try network(7).sampleSizes(length: 6, maxLength: 7)) {
      XCTAssertEqual(($0 as? Failure)?.text, "length must be 7, got 6")
    }
  }
}
