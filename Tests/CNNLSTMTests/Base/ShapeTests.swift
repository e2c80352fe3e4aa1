import XCTest

@testable import CNNLSTM

final class ShapeTests: XCTestCase {
  func testTextIsKerass() {
    XCTAssertEqual(Shape(length: 98, channels: 32).text, "(None, 98, 32)")
    XCTAssertEqual(Shape(length: Shape.anyLength, channels: 32).text, "(None, None, 32)")
    XCTAssertEqual(Shape(channels: 8).text, "(None, 8)")
  }

  func testRequirements() throws {
    let (any, fixed) = (Shape(length: Shape.anyLength, channels: 3), Shape(length: 5, channels: 3))
    for shape in [any, fixed] { try shape.requireTime("layer") }
    for shape in [fixed, Shape(channels: 3)] { try shape.requireLength("layer") }
    XCTAssertThrowsError(try Shape(channels: 3).requireTime("layer"))
    XCTAssertThrowsError(try any.requireLength("layer"))
  }

  func testCounts() {
    XCTAssertEqual(Shape(length: 5, channels: 3).count, 15)
    XCTAssertEqual(Shape(channels: 3).count, 3)
    XCTAssertFalse(Shape(channels: 3).hasTime)
  }
}
