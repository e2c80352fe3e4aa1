import XCTest

@testable import CNNLSTM

final class HostTests: XCTestCase {
  func testTextsBelongToTheirThread() {
    Host.setThreadText("first")
    Host.setThreadText("second, longer")
    XCTAssertEqual(String(cString: Host.threadText), "second, longer")
    let done = expectation(description: "thread")
    Thread.detachNewThread {
      XCTAssertEqual(String(cString: Host.threadText), "")
      done.fulfill()
    }
    wait(for: [done], timeout: 10)
  }

  func testFloatStateComesBack() {
    let before = Host.takeFloatState()
    Host.restoreFloatState(before)
    let again = Host.takeFloatState()
    Host.restoreFloatState(again)
    XCTAssertEqual(before, again)
  }
}
