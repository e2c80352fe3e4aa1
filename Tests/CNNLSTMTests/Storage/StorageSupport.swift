import Foundation
import XCTest

@testable import CNNLSTM

/// The bytes of a model's file, taken apart as FORMAT.md says and not as the library does it.
struct FileImage {
  struct Entry {
    var type, flags: UInt32
    var range: Range<Int>
  }

  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  init(_ model: Model) throws { bytes = try model.encoded().withUnsafeBytes { Array($0) } }

  func number(_ place: Int, _ size: Int) -> Int {
    (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }

  mutating func set(_ place: Int, _ size: Int, _ value: Int) {
    for i in 0..<size { bytes[place + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
  }

  var sectionCount: Int { number(12, 4) }

  var entries: [Entry] {
    (0..<sectionCount).map { index in
      let at = 32 + 32 * index
      let offset = number(at + 8, 8)
      return Entry(
        type: UInt32(number(at, 4)), flags: UInt32(number(at + 4, 4)),
        range: offset..<offset + number(at + 16, 8))
    }
  }

  /// Where a section lies; type as in the file.
  func section(_ type: UInt32) throws -> Range<Int> {
    try XCTUnwrap(entries.first { $0.type == type }, "section \(type)").range
  }

  /// Makes all checksums right again, as far as the table makes sense.
  mutating func seal() {
    guard (0...64).contains(sectionCount) else { return }
    let tableEnd = 32 + 32 * sectionCount
    guard tableEnd <= bytes.count else { return }
    for index in 0..<sectionCount {
      let at = 32 + 32 * index
      let (offset, size) = (number(at + 8, 8), number(at + 16, 8))
      guard (0...bytes.count).contains(offset), (0...(bytes.count - offset)).contains(size) else {
        continue
      }
      set(at + 24, 4, Int(slowChecksum(bytes[offset..<offset + size])))
    }
    set(28, 4, Int(slowChecksum(bytes[..<28] + bytes[32..<tableEnd])))
  }

  /// Sealed, after a change.
  func changed(_ change: (inout FileImage) throws -> Void) rethrows -> FileImage {
    var image = self
    try change(&image)
    image.seal()
    return image
  }

  /// Puts bytes in place of others of one section, and moves what is behind it.
  mutating func replace(_ type: UInt32, _ content: [UInt8]) throws {
    let old = entries
    let contents = old.map { $0.type == type ? content : Array(bytes[$0.range]) }
    var result = Array(bytes[..<(32 + 32 * old.count)])
    for (index, content) in contents.enumerated() {
      result += [UInt8](repeating: 0, count: (64 - result.count % 64) % 64)
      var image = FileImage(result)
      image.set(32 + 32 * index + 8, 8, result.count)
      image.set(32 + 32 * index + 16, 8, content.count)
      result = image.bytes + content
    }
    bytes = result
    set(16, 8, result.count)
    seal()
  }

  func load(_ options: LoadOptions = LoadOptions()) throws -> Model {
    try bytes.withUnsafeBytes { try Model(bytes: $0, options) }
  }

  /// Why loading fails; nil if it does not.
  func failure(_ options: LoadOptions = LoadOptions()) -> Failure? {
    failureOf { _ = try load(options) }
  }
}

func failureOf(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}

/// Fails unless a call fails as it should, with a text that holds some words.
func assertFails(
  _ kind: Failure.Kind, _ words: String = "", file: StaticString = #filePath, line: UInt = #line,
  _ body: () throws -> Void
) {
  guard let failure = failureOf(body) else {
    XCTFail("did not fail, should with \(kind)", file: file, line: line)
    return
  }
  XCTAssertEqual(failure.kind, kind, failure.text, file: file, line: line)
  XCTAssertTrue(
    words.isEmpty || failure.text.contains(words),
    "\"\(failure.text)\" lacks \"\(words)\"", file: file, line: line)
}

/// CRC-32C, a bit at a time.
func slowChecksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
  var crc = ~UInt32(0)
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
  return ~crc
}

/// Fails unless two models are the same in all that a file holds.
func assertSame(
  _ a: Model, _ b: Model, _ name: String = "", file: StaticString = #filePath, line: UInt = #line
) throws {
  let (one, other) = (a.network.configurations, b.network.configurations)
  XCTAssertEqual(one.map { $0.kind }, other.map { $0.kind }, name, file: file, line: line)
  XCTAssertEqual(one.map { $0.name }, other.map { $0.name }, name, file: file, line: line)
  XCTAssertEqual(one.map { $0.inputs }, other.map { $0.inputs }, name, file: file, line: line)
  XCTAssertEqual(one.map { $0.values }, other.map { $0.values }, name, file: file, line: line)
  XCTAssertEqual(
    try a.allWeights.map { $0.bitPattern }, try b.allWeights.map { $0.bitPattern }, name,
    file: file, line: line)
  XCTAssertEqual(a.labels, b.labels, name, file: file, line: line)
  XCTAssertEqual(
    a.metadata.map { [$0.key, $0.value] }, b.metadata.map { [$0.key, $0.value] }, name, file: file,
    line: line)
}

/// A built model of some layers behind an Input.
func model(
  length: Int, channels: Int, _ layers: [LayerConfiguration], seed: UInt64 = 1
) throws -> Model {
  let model = Model()
  try model.add(
    LayerConfiguration(.input, [.length: .integer(length), .channels: .integer(channels)]))
  for layer in layers { try model.add(layer) }
  try model.build(seed: seed)
  return model
}

/// The usual architecture, small, with all sections.
func smallModel(length: Int = 12) throws -> Model {
  let small = try model(
    length: length, channels: 2,
    [
      LayerConfiguration(.normalization),
      LayerConfiguration(.conv1D, [.filters: 3, .kernelSize: 3, .activation: .relu]),
      LayerConfiguration(.maxPooling1D), LayerConfiguration(.lstm, [.units: 3]),
      LayerConfiguration(.dense, [.units: 2, .activation: .softmax]),
    ])
  try small.setLabels(["sitting", "läuft"])
  try small.setMetadata("sensor", "wrist")
  try small.setMetadata("rate", "50 Hz")
  return small
}
