import XCTest

@testable import CNNLSTM

final class FailureTests: XCTestCase {
  func testCheckedSizes() throws {
    XCTAssertEqual(try checkedProduct(3, 4, 5, of: "x"), 60)
    XCTAssertEqual(try checkedSum(3, 4, of: "x"), 7)
    XCTAssertThrowsError(try checkedProduct(Int.max, 2, of: "x"))
    XCTAssertThrowsError(try checkedProduct(1 << 23, 1 << 23, of: "x"))
    XCTAssertThrowsError(try checkedProduct(-1, 2, of: "x"))
    XCTAssertThrowsError(try checkedSum(Int.max, 1, of: "x")) {
      XCTAssertEqual(($0 as? Failure)?.kind, .limit)
      XCTAssertEqual(($0 as? Failure)?.text, "x would need more than 2^46 numbers")
    }
  }

  func testCheckedCounts() throws {
    XCTAssertNoThrow(try checkCounts("inputs", 12, samples: 3, each: 4))
    XCTAssertThrowsError(try checkCounts("inputs", 11, samples: 3, each: 4)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text, "inputs must hold 3 samples of 4 numbers, got 11 numbers")
    }
    XCTAssertThrowsError(try checkCounts("inputs", 0, samples: -1, each: 4))
    XCTAssertThrowsError(try checkCounts("inputs", 0, samples: Int.max, each: 4))
  }
}
