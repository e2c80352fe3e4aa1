import CPlatform
import XCTest

@testable import CNNLSTM

final class ThreadPoolTests: XCTestCase {
  /// Counts how often each part is done, and sees that no worker is two threads.
  private final class Work: PooledWork, @unchecked Sendable {
    let mutex = Mutex()
    var counts: [Int]
    var busy: Set<Int> = []
    var clashes = 0

    init(_ parts: Int) { counts = Array(repeating: 0, count: parts) }

    func perform(part: Int, worker: Int) {
      mutex.withLock { clashes += busy.insert(worker).inserted ? 0 : 1 }
      usleep(UInt32(part % 3))
      mutex.withLock {
        counts[part] += 1
        busy.remove(worker)
      }
    }
  }

  func testEveryPartIsDoneOnce() throws {
    for threads in [1, 2, 3, 8] {
      let pool = try ThreadPool(threadCount: threads)
      for parts in [0, 1, 2, 7, 40] {
        for _ in 0..<10 {
          let work = Work(parts)
          pool.run(work, parts: parts)
          XCTAssertEqual(work.counts, Array(repeating: 1, count: parts))
          XCTAssertEqual(work.clashes, 0)
        }
      }
    }
  }

  /// The least number of cores that a thread found it may run on.
  private final class Cores: PooledWork, @unchecked Sendable {
    let mutex = Mutex()
    var least = Int32.max

    func perform(part: Int, worker: Int) {
      usleep(50)
      mutex.withLock { least = min(least, platformCoreCount()) }
    }
  }

  /// A thread that leaves its caller's core may come back to it.
  func testThreadsMayRunWhereTheyMightBefore() throws {
    let (cores, pool) = (Cores(), try ThreadPool(threadCount: 4))
    for _ in 0..<200 { pool.run(cores, parts: 8) }
    XCTAssertEqual(cores.least, platformCoreCount())
  }

  func testThreadCounts() throws {
    XCTAssertGreaterThanOrEqual(try ThreadPool(threadCount: 0).threadCount, 1)
    for count in [-1, 257] {
      XCTAssertThrowsError(try ThreadPool(threadCount: count)) {
        XCTAssertEqual(($0 as? Failure)?.text, "threads must be 0…256, got \(count)")
      }
    }
  }
}
