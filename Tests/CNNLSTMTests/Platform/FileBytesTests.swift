import Foundation
import XCTest

@testable import CNNLSTM

final class FileBytesTests: XCTestCase {
  private var folder = ""
  private var path: String { "\(folder)/file" }

  override func setUpWithError() throws {
    folder = "\(FileManager.default.temporaryDirectory.path)/bytes-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(atPath: folder) }

  private func fileBytes(_ text: String) throws -> FileBytes {
    let buffer = try Buffer<UInt8>(count: text.utf8.count)
    for (index, byte) in text.utf8.enumerated() { buffer.pointer[index] = byte }
    return FileBytes(buffer, count: buffer.count)
  }

  private func write(_ text: String, to path: String) throws {
    try replaceFile(try FilePath(path), with: try fileBytes(text))
  }

  private func read(_ path: String, limit: Int = 1 << 20) throws -> String {
    try readFile(try FilePath(path), limit: limit).withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  private func permissions(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  func testWhatIsWrittenIsRead() throws {
    for text in ["", "a", String(repeating: "long ", count: 50_000), "short again"] {
      try write(text, to: path)
      XCTAssertEqual(try read(path), text)
      XCTAssertEqual(try names, ["file"])
    }
  }

  func testCountsStayWithinTheBuffer() throws {
    let buffer = try Buffer<UInt8>(count: 3)
    XCTAssertEqual([-1, 0, 2, 3, 4].map { FileBytes(buffer, count: $0).count }, [0, 0, 2, 3, 3])
  }

  // MARK: Paths

  func testPaths() throws {
    try write("x", to: "\(folder)/größe 跑")
    XCTAssertEqual(try read("\(folder)/größe 跑"), "x")
    let bytes = (folder + "/").utf8.map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0xFF), 0]
    try replaceFile(try FilePath(bytes), with: try fileBytes("no UTF-8"))
    XCTAssertEqual(try readFile(try FilePath(bytes), limit: 99).count, 8)
    assertFails(.fileAccess, "the path is empty") { try write("x", to: "") }
    assertFails(.fileAccess, "zero byte") { try write("x", to: "\(folder)/a\0b") }
    let long = String(repeating: "p", count: 5_000)
    assertFails(.fileAccess, "pppp: is longer than 4095 bytes") { try write("x", to: long) }
    assertFails(.fileAccess, "pppp: cannot be written: File name too long") {
      try write("x", to: "\(folder)/\(long.prefix(300))")
    }
  }

  /// A path without a folder is in the working one.
  func testPathsWithoutAFolder() throws {
    let before = FileManager.default.currentDirectoryPath
    XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(folder))
    defer { XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(before)) }
    try write("here", to: "file")
    XCTAssertEqual(try read(path), "here")
  }

  // MARK: Reading

  func testLimits() throws {
    try write("four", to: path)
    XCTAssertEqual(try read(path, limit: 4), "four")
    assertFails(.limit, "\(path): has 4 bytes, the limit is 3") { _ = try read(path, limit: 3) }
    assertFails(.limit) { _ = try read(path, limit: -1) }
  }

  func testWhatIsNoFile() throws {
    XCTAssertEqual(mkfifo("\(folder)/pipe", 0o600), 0)
    for name in ["\(folder)/pipe", folder, "/dev/null", "/dev/zero"] {
      assertFails(.fileAccess, "\(name): is not a regular file") { _ = try read(name) }
      assertFails(.fileAccess, "\(name): is not a regular file") { try write("x", to: name) }
    }
    assertFails(.fileAccess, "none: cannot be opened: No such file or directory") {
      _ = try read("\(folder)/none")
    }
    try write("x", to: path)
    assertFails(.fileAccess, "Not a directory") { _ = try read("\(path)/below") }
  }

  /// The kernel says that such a file has 4096 bytes, and gives fewer: as one that shrinks.
  func testFilesThatHaveLessThanTheySay() throws {
    let short = "/sys/kernel/mm/transparent_hugepage/enabled"
    try XCTSkipUnless(FileManager.default.fileExists(atPath: short))
    let text = try read(short)
    XCTAssertGreaterThan(text.count, 0)
    XCTAssertLessThan(text.count, 1_000)
  }

  // MARK: Writing

  func testFailuresLeaveNothing() throws {
    try write("old", to: path)
    assertFails(.fileAccess, "Not a directory") { try write("x", to: "\(path)/below") }
    assertFails(.fileAccess, "none/file: cannot be written: No such file") {
      try write("x", to: "\(folder)/none/file")
    }
    assertFails(.fileAccess) { try write("x", to: "\(folder)/") }
    XCTAssertEqual(try names, ["file"])
    XCTAssertEqual(try read(path), "old")
  }

  func testNamesNearTheLimit() throws {
    let name = String(repeating: "n", count: 255)
    for text in ["x", "y"] { try write(text, to: "\(folder)/\(name)") }
    assertFails(.fileAccess, "File name too long") {
      try write("x", to: "\(folder)/\(name)n")
    }
    XCTAssertEqual(try names, [name])
  }

  func testPermissionsStay() throws {
    let mask = umask(0o027)
    defer { umask(mask) }
    try write("new", to: path)
    XCTAssertEqual(try permissions(path), 0o640)
    for mode in [0o600, 0o444, 0o777] {
      XCTAssertEqual(chmod(path, mode_t(mode)), 0)
      try write("again", to: path)
      XCTAssertEqual(try permissions(path), mode)
    }
  }

  func testLinksStay() throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: "\(folder)/deep", withIntermediateDirectories: false)
    try write("old", to: "\(folder)/deep/target")
    try manager.createSymbolicLink(atPath: "\(folder)/one", withDestinationPath: "deep/target")
    try manager.createSymbolicLink(atPath: "\(folder)/two", withDestinationPath: "one")
    try write("new", to: "\(folder)/two")
    XCTAssertEqual(try read("\(folder)/deep/target"), "new")
    XCTAssertEqual(try manager.destinationOfSymbolicLink(atPath: "\(folder)/two"), "one")
    XCTAssertEqual(try manager.destinationOfSymbolicLink(atPath: "\(folder)/one"), "deep/target")
    XCTAssertEqual(try names, ["deep", "one", "two"])
    XCTAssertEqual(try manager.contentsOfDirectory(atPath: "\(folder)/deep"), ["target"])

    try manager.createSymbolicLink(atPath: "\(folder)/dead", withDestinationPath: "nowhere")
    assertFails(.fileAccess, "dead: cannot be written: No such file or directory") {
      try write("x", to: "\(folder)/dead")
    }
    try manager.createSymbolicLink(atPath: "\(folder)/loop", withDestinationPath: "loop")
    assertFails(.fileAccess, "loop: cannot be written: Too many levels") {
      try write("x", to: "\(folder)/loop")
    }
    XCTAssertEqual(try names, ["dead", "deep", "loop", "one", "two"])
  }

  /// Writers at once: each file is a whole one of somebody's.
  func testManyWriters() throws {
    let texts = (0..<4).map { String(repeating: "\($0)", count: 10_000 + $0) }
    let file = try FilePath(path)
    let contents = try texts.map(fileBytes)
    DispatchQueue.concurrentPerform(iterations: 40) { number in
      let read = try? {
        try replaceFile(file, with: contents[number % 4])
        return try readFile(file, limit: 1 << 20)
      }()
      let text = read?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      XCTAssertTrue(text.map(texts.contains) ?? false)
    }
    XCTAssertEqual(try names, ["file"])
  }
}
