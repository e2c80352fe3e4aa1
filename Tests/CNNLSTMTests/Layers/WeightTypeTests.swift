import XCTest

@testable import CNNLSTM

final class WeightTypeTests: XCTestCase {
  func testNamesAndNumbers() {
    XCTAssertEqual(WeightType.allCases.map { $0.rawValue }, [1, 3, 4])
    XCTAssertEqual(WeightType.named("bfloat16"), .bfloat16)
    XCTAssertEqual(WeightType.named("int8"), .int8)
    XCTAssertNil(WeightType.named("float16"))
  }
}
