import XCTest

@testable import CNNLSTM

final class MutexTests: XCTestCase {
  func testOneThreadAtATime() {
    final class Counter: @unchecked Sendable { var value = 0 }
    let (mutex, counter) = (Mutex(), Counter())
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<5_000 { mutex.withLock { counter.value += 1 } }
    }
    XCTAssertEqual(counter.value, 20_000)
  }

  func testFailuresPassAndUnlock() {
    let mutex = Mutex()
    XCTAssertThrowsError(
      try mutex.withLock { () throws(Failure) in throw Failure(.state, "no") })
    XCTAssertEqual(mutex.withLock { 5 }, 5)
  }
}
