import Kernels
import XCTest

final class KernelTableTests: XCTestCase {
  func testSizes() {
    forEachSet { kernels, set in
      XCTAssertTrue([4, 8, 16].contains(kernels.lanes), set)
      XCTAssertEqual(kernels.panelWidth, panelVectors * kernels.lanes, set)
    }
  }
}
