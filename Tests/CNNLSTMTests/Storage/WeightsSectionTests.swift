import XCTest

@testable import CNNLSTM

final class WeightsSectionTests: XCTestCase {
  func testWeightsComeBackBitForBit() throws {
    let model = try smallModel()
    var values = try model.allWeights
    (values[0], values[1], values[9]) = (-0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude)
    try model.setWeights(values, count: values.count)
    try assertSame(try FileImage(model).load(), model)
  }

  func testNoWeights() throws {
    let model = try model(length: 4, channels: 2, [LayerConfiguration(.flatten)])
    let image = try FileImage(model)
    XCTAssertEqual(try image.section(2).count, 8)
    try assertSame(try image.load(), model)
  }

  func testArraysAreAligned() throws {
    let image = try FileImage(try everyKind())
    let start = try image.section(2).lowerBound
    let count = image.number(start, 4)
    XCTAssertEqual(count, 3 + 2 + 3 + 2 + 2)
    for index in 0..<count {
      XCTAssertEqual(image.number(start + 8 + 64 * index + 40, 8) % 64, 0)
    }
  }

  /// A save that would give a file which nobody reads fails.
  func testWeightsThatAreNotFiniteAreNotSaved() throws {
    let network = try smallModel().network
    let values = try FloatBuffer(count: network.layout.count)
    values.pointer[7] = .infinity
    var writer = try ByteWriter()
    assertFails(.state, "a file holds finite weights only, and number 7 is infinity") {
      try network.layout.writeWeights(values, to: &writer)
    }
    XCTAssertEqual(writer.count, 0)
  }

  // MARK: What is refused

  /// Vectors of 3 → Dense 2: a kernel [3, 2] and a bias [2].
  private func dense() throws -> FileImage {
    try FileImage(
      try model(length: Shape.noTime, channels: 3, [LayerConfiguration(.dense, [.units: 2])]))
  }

  private func assertRefused(
    _ kind: Failure.Kind, _ words: String, line: UInt = #line,
    _ change: (inout FileImage, _ section: Int) -> Void
  ) throws {
    let image = try dense()
    let start = try image.section(2).lowerBound
    let changed = image.changed { change(&$0, start) }
    assertFails(kind, words, line: line) { _ = try changed.load() }
  }

  func testNumberOfArrays() throws {
    try assertRefused(.fileCorrupt, "there are 1 arrays, the layers have 2") { $0.set($1, 4, 1) }
    try assertRefused(.fileCorrupt, "there are 4294967295 arrays") { $0.set($1, 4, -1) }
    try assertRefused(.fileCorrupt, "reserved") { $0.set($1 + 4, 4, 1) }
  }

  func testEncodingsAndShapes() throws {
    for encoding in [0, 2, 3, 4, 5, 0xFFFF_FFFF] {
      try assertRefused(.fileVersion, "array 1 has the encoding \(encoding)") {
        $0.set($1 + 8 + 64, 4, encoding)
      }
    }
    let shape = "array 0, kernel, does not have the shape of its layer"
    for rank in [0, 1, 3, -1] {
      try assertRefused(.fileCorrupt, shape) { $0.set($1 + 12, 4, rank) }
    }
    for (axis, size) in [(0, 2), (0, -1), (1, 3), (1, 0), (2, 1), (3, 1)] {
      try assertRefused(.fileCorrupt, shape) { $0.set($1 + 16 + 8 * axis, 8, size) }
    }
  }

  func testPlacesAndLayers() throws {
    for offset in [0, 136, 128, 256, -64] {
      try assertRefused(.fileCorrupt, "array 0 must have 24 bytes at 192, got 24 at") {
        $0.set($1 + 8 + 40, 8, offset)
      }
    }
    for size in [0, 4, 12, -1] {
      try assertRefused(.fileCorrupt, "array 1 must have 8 bytes at 256, got") {
        $0.set($1 + 8 + 64 + 48, 8, size)
      }
    }
    try assertRefused(.fileCorrupt, "array 1 is of layer 1, got 0") {
      $0.set($1 + 8 + 64 + 56, 4, 0)
    }
    try assertRefused(.fileCorrupt, "reserved") { $0.set($1 + 8 + 60, 4, 1) }
  }

  func testPaddingIsZero() throws {
    for place in [136, 191, 216, 255] {
      try assertRefused(.fileCorrupt, "padding at byte \(place) must be 0, got 7") {
        $0.bytes[$1 + place] = 7
      }
    }
  }

  func testNumbersAreFinite() throws {
    for bits in [0x7F80_0000, 0xFF80_0000, 0x7FC0_0000] {
      try assertRefused(.fileCorrupt, "weight at byte 204 must be finite") {
        $0.set($1 + 204, 4, bits)
      }
    }
  }

  /// The section must hold what the layers ask for before memory is taken for it.
  func testLayersThatAskForMoreThanThereIs() throws {
    let image = try dense()
    // The units of the Dense, behind the records' size, head, name and input.
    let section = try image.section(1).lowerBound
    let record = section + 4 + 4 + image.number(section + 4, 4)
    let units = record + 16 + image.number(record + 8, 2) + 4 + 8
    XCTAssertEqual(image.number(units, 8), 2)
    let changed = image.changed { $0.set(units, 8, 65_536) }
    assertFails(.fileCorrupt, "does not have the shape") { _ = try changed.load() }
    // The table agrees with the layers; the numbers are not there.
    let table = try image.section(2).lowerBound + 8
    let huge = image.changed { image in
      image.set(units, 8, 65_536)
      image.set(table + 16, 8, 65_536)
      image.set(table + 48, 8, 3 * 65_536 * 4)
      image.set(table + 64 + 8, 8, 65_536)
      image.set(table + 64 + 40, 8, 192 + 3 * 65_536 * 4)
      image.set(table + 64 + 48, 8, 65_536 * 4)
    }
    assertFails(.fileCorrupt, "the arrays need 1048632 bytes, there are 128") {
      _ = try huge.load()
    }
  }
}
