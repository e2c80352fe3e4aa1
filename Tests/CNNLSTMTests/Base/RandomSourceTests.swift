import XCTest

@testable import CNNLSTM

final class RandomSourceTests: XCTestCase {
  /// Files and training depend on these: the generator must stay what it is.
  func testFirstNumbersStay() {
    var random = RandomSource(seed: 1)
    let first = (0..<2).map { _ in random.next() }
    var again = RandomSource(seed: 1)
    XCTAssertEqual(first, (0..<2).map { _ in again.next() })
    XCTAssertEqual(first, [0xcfc5_d07f_6f03_c29b, 0xbf42_4132_963f_e08d])
  }

  func testStreamsDiffer() {
    var seen = Set<UInt64>()
    for seed in 0..<10 {
      for stream in 0..<10 {
        var random = RandomSource(seed: UInt64(seed), stream: UInt64(stream))
        seen.insert(random.next())
      }
    }
    XCTAssertEqual(seen.count, 100)
  }

  func testUniform() {
    var random = RandomSource(seed: 2)
    let values = (0..<20_000).map { _ in random.uniform() }
    XCTAssertTrue(values.allSatisfy { $0 >= 0 && $0 < 1 })
    XCTAssertEqual(values.reduce(0, +) / 20_000, 0.5, accuracy: 0.01)
  }

  func testBelow() {
    var random = RandomSource(seed: 3)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(random.below(7))] += 1 }
    XCTAssertTrue(counts.allSatisfy { abs($0 - 10_000) < 500 })
    XCTAssertEqual(random.below(1), 0)
  }

  func testNormal() {
    var random = RandomSource(seed: 4)
    let values = (0..<20_000).map { _ in Double(random.normal()) }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
    XCTAssertEqual(mean, 0, accuracy: 0.03)
    XCTAssertEqual(variance, 1, accuracy: 0.04)
    XCTAssertEqual(Double(values.count { abs($0) < 1 }) / 20_000, 0.683, accuracy: 0.015)
  }
}
