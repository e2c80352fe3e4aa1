import Foundation
import Kernels
import XCTest

@testable import CNNLSTM

/// What FORMAT.md says is so.
final class FormatTests: XCTestCase {
  private static let text: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appendingPathComponent("Sources/CNNLSTM/Storage/FORMAT.md")
    return try? String(contentsOf: file, encoding: .utf8)
  }()

  private func text() throws -> String { try XCTUnwrap(Self.text) }

  /// Cells of all lines of tables.
  private func cells() throws -> [[String]] {
    try text().split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The lines of hex behind each other: `offset: bytes | meaning`, where `00 × 3` is three zeros.
  private func example() throws -> [UInt8] {
    let hex = try XCTUnwrap(try text().components(separatedBy: "```hex\n").dropFirst().first)
    var bytes: [UInt8] = []
    for line in try XCTUnwrap(hex.components(separatedBy: "\n```").first).split(separator: "\n") {
      let parts = line.split(separator: "|")[0].split(separator: " ")
      let offset = try XCTUnwrap(Int(parts[0].dropLast(), radix: 16), "\(line)")
      XCTAssertEqual(offset, bytes.count, "\(line)")
      if parts.count == 4, parts[2] == "×" {
        bytes += [UInt8](repeating: 0, count: try XCTUnwrap(Int(parts[3])))
      } else {
        bytes += try parts.dropFirst().map { try XCTUnwrap(UInt8($0, radix: 16), "\(line)") }
      }
    }
    return bytes
  }

  func testExample() throws {
    let example = Model()
    try example.add(
      LayerConfiguration(
        .input, name: "in", [.length: .integer(Shape.noTime), .channels: 2]))
    try example.add(LayerConfiguration(.dense, name: "out", [.useBias: 0]))
    try example.build()
    try example.setWeights([0.5, -1], count: 2)
    try example.setLabels(["yes"])
    try example.setMetadata("by", "hand")
    let image = try FileImage(example)
    if let path = ProcessInfo.processInfo.environment["CNNLSTM_WRITE_EXAMPLE"] {
      try Data(image.bytes).write(to: URL(fileURLWithPath: path))
    }
    let bytes = try self.example()
    XCTAssertEqual(image.bytes, bytes)
    try assertSame(try FileImage(bytes).load(), example)
  }

  func testNumbers() throws {
    let cells = try cells()
    func assertLine(_ number: some BinaryInteger, _ name: StaticString, line: UInt = #line) {
      XCTAssertTrue(
        cells.contains { line in
          line.count > 1 && line[0] == "\(number)"
            && (line[1] == "\(name)" || line[1] == "\(name) †")
        }, "\(number) \(name)", line: line)
    }
    for type in WeightType.allCases { assertLine(type.rawValue, type.name) }
    for section in SectionKind.allCases { assertLine(section.rawValue, section.name) }
    for field in Field.allCases { assertLine(field.rawValue, field.name) }
    for kind in LayerKind.allCases { assertLine(kind.rawValue, kind.name) }
    func assertWords<Code: Named>(_ type: Code.Type, line: UInt = #line) throws {
      let words = try text().split { "|,; \n".contains($0) }.joined(separator: " ")
      for code in Code.allCases {
        XCTAssertTrue(words.contains("\(code.rawValue) \(code.name)"), "\(code.name)", line: line)
      }
    }
    try assertWords(Activation.self)
    try assertWords(Padding.self)
    try assertWords(Initializer.Kind.self)
  }

  /// "3–8, 11" as the fields of a kind.
  func testFieldsOfKinds() throws {
    for kind in LayerKind.allCases {
      let line = try XCTUnwrap(
        try cells().first {
          $0.count > 2 && $0[0] == "\(kind.rawValue)" && $0[1].hasPrefix("\(kind.name)")
        })
      let numbers = line[2].split(separator: ",").flatMap { part -> [UInt16] in
        let ends = part.split(separator: "–").compactMap {
          UInt16($0.trimmingCharacters(in: .whitespaces))
        }
        return ends.isEmpty ? [] : Array(ends[0]...(ends.last ?? ends[0]))
      }
      XCTAssertEqual(
        numbers, kind.traits.rules.map { $0.field.rawValue }.sorted(), "\(kind.name)")
    }
  }

  /// Every array that a model can have is in the table of layers.
  func testArraysOfKinds() throws {
    let model = try everyKind()
    for entry in model.network.layout.entries {
      let kind = model.network.configurations[entry.layer].kind
      let line = try XCTUnwrap(
        try cells().first {
          $0.count > 2 && $0[0] == "\(kind.rawValue)" && $0[1].hasPrefix("\(kind.name)")
        })
      XCTAssertTrue(line.last?.contains("\(entry.name) [") ?? false, "\(kind.name) \(entry.name)")
    }
  }
}
