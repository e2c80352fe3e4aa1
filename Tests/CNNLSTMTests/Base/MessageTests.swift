import XCTest

@testable import CNNLSTM

final class MessageTests: XCTestCase {
  func testEveryKindOfPiece() {
    let (text, literal, inner) = ("a" as String, "b" as StaticString, "c \(1)" as Message)
    let message: Message = "\(text), \(literal), \(inner), \(-7), \(UInt.max), \(UInt8(200)) …"
    XCTAssertEqual(message.text, "a, b, c 1, -7, 18446744073709551615, 200 …")
    XCTAssertEqual((message + " end").text, message.text + " end")
    XCTAssertEqual(("" as Message).text, "")
  }
}
