import Foundation
import XCTest

@testable import CNNLSTM

final class MathematicsTests: XCTestCase {
  func testAreWhatTheirNamesSay() {
    XCTAssertEqual(exponential(1), Float(M_E), accuracy: 1e-6)
    XCTAssertEqual(logarithm(Float(M_E)), 1, accuracy: 1e-6)
    XCTAssertEqual(logarithmOfOnePlus(1e-10), 1e-10, accuracy: 1e-16)
    XCTAssertEqual(power(0.999, 3), 0.997002999, accuracy: 1e-12)
  }
}
