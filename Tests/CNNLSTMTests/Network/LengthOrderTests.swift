import XCTest

@testable import CNNLSTM

final class LengthOrderTests: XCTestCase {
  private func parts(_ lengths: [Int], rows: Int) throws -> [(length: Int, positions: [Int])] {
    let order = try LengthOrder(capacity: lengths.count)
    order.arrange(count: lengths.count, rows: rows) { lengths[$0] }
    return (0..<order.partCount).map { index in
      let part = order.part(index)
      return (part.length, (part.first..<part.first + part.rows).map { order.position($0) })
    }
  }

  func testPartsHaveOneLengthAndAtMostSomeRows() throws {
    let parts = try parts([3, 9, 3, 1, 9, 3], rows: 2)
    XCTAssertEqual(parts.map { $0.length }, [9, 3, 3, 1])
    XCTAssertEqual(parts.map { $0.positions }, [[1, 4], [0, 2], [5], [3]])
  }

  func testEqualLengthsStayInOrder() throws {
    for length in [Shape.noTime, 1, Shape.longest] {
      let parts = try parts(Array(repeating: length, count: 5), rows: 3)
      XCTAssertEqual(parts.map { $0.length }, [length, length])
      XCTAssertEqual(parts.map { $0.positions }, [[0, 1, 2], [3, 4]])
    }
  }

  func testAnyLengths() throws {
    var random = RandomSource(seed: 4)
    for count in [0, 1, 2, 17, 300] {
      let lengths = (0..<count).map { _ in 1 + Int(random.below(20)) }
      let wanted = lengths.indices.sorted {
        (lengths[$1], $0) < (lengths[$0], $1)
      }
      let parts = try parts(lengths, rows: 7)
      XCTAssertEqual(parts.flatMap { $0.positions }, wanted)
      for part in parts {
        XCTAssertLessThanOrEqual(part.positions.count, 7)
        XCTAssertTrue(part.positions.allSatisfy { lengths[$0] == part.length })
      }
    }
  }

  func testAnOrderCanBeUsedAgain() throws {
    let order = try LengthOrder(capacity: 4)
    order.arrange(count: 4, rows: 1) { $0 }
    XCTAssertEqual(order.partCount, 4)
    order.arrange(count: 2, rows: 5) { _ in 8 }
    XCTAssertEqual(order.partCount, 1)
    XCTAssertEqual(order.part(0).rows, 2)
  }
}
