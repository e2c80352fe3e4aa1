import XCTest

@testable import CNNLSTM

final class CancellationTests: XCTestCase {
  func testAnotherThreadIsHeard() {
    let cancellation = Cancellation()
    XCTAssertFalse(cancellation.isRaised)
    let thread = Thread { cancellation.raise() }
    thread.start()
    while !cancellation.isRaised { usleep(100) }
    cancellation.lower()
    XCTAssertFalse(cancellation.isRaised)
  }
}
