import Foundation
import XCTest

@testable import CNNLSTM

final class FileBytesTests: XCTestCase {
  private let path = "\(FileManager.default.temporaryDirectory.path)/bytes-\(getpid())"

  private func fileBytes(_ text: String) throws -> FileBytes {
    let buffer = try Buffer<UInt8>(count: text.utf8.count)
    for (index, byte) in text.utf8.enumerated() { buffer.pointer[index] = byte }
    return FileBytes(buffer, count: buffer.count)
  }

  func testWhatIsWrittenIsRead() throws {
    defer { unlink(path) }
    for text in ["", "a", String(repeating: "long ", count: 50_000)] {
      try replaceFile(try FilePath(path), with: try fileBytes(text))
      let read = try readFile(try FilePath(path), limit: 1 << 20)
      XCTAssertEqual(read.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }, text)
    }
  }

  func testLimitsAndFolders() throws {
    defer { unlink(path) }
    try replaceFile(try FilePath(path), with: try fileBytes("four"))
    XCTAssertThrowsError(try readFile(try FilePath(path), limit: 3)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .limit)
    }
    XCTAssertThrowsError(try readFile(try FilePath("/tmp"), limit: 9))
    XCTAssertThrowsError(try readFile(try FilePath("\(path)-none"), limit: 9)) {
      XCTAssertTrue(($0 as? Failure)?.text.contains("No such file") ?? false)
    }
    XCTAssertThrowsError(try replaceFile(try FilePath("\(path)/x"), with: try fileBytes("y")))
  }

  func testNoTemporaryFileStays() throws {
    let folder = "\(path)-folder"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try replaceFile(try FilePath("\(folder)/a"), with: try fileBytes("x"))
    XCTAssertThrowsError(try replaceFile(try FilePath("\(folder)/"), with: try fileBytes("x")))
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder), ["a"])
  }
}
