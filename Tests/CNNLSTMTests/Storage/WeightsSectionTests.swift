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
    XCTAssertEqual(count, 3 + 2 + 3 + 2 + 3 + 3 + 2 + 4 + 3 + 2 + 1 + 2)
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
    for encoding in [0, 2, 5, 0xFFFF_FFFF] {
      try assertRefused(.fileVersion, "array 1 has the encoding \(encoding)") {
        $0.set($1 + 8 + 64, 4, encoding)
      }
    }
    for encoding in [3, 4] {
      try assertRefused(
        .fileCorrupt, "array 1, bias, must have the encoding 1, got \(encoding)"
      ) { $0.set($1 + 8 + 64, 4, encoding) }
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

// MARK: Kernels of fewer bits

extension WeightsSectionTests {
  private static var types: [WeightType] { [.bfloat16, .int8] }

  func testConvertedModelsComeBackBitForBit() throws {
    for type in Self.types {
      for model in [try smallModel(), try everyKind(), try seedModel()] {
        let converted = try model.converted(to: type).model
        let image = try FileImage(converted)
        let loaded = try image.load()
        XCTAssertEqual(loaded.weightType, type)
        try assertSame(loaded, converted)
        XCTAssertEqual(try FileImage(loaded).bytes, image.bytes)
      }
    }
  }

  /// All sizes of weights, of a size each in the channels.
  func testWeightsOfEverySize() throws {
    let dense = LayerConfiguration(.dense, [.units: 250, .useBias: 0])
    let model = try model(length: Shape.noTime, channels: 4, [dense])
    var random = RandomSource(seed: 5)
    let values = (0..<1_000).map { i in
      Float(sign: .plus, exponent: i % 250 - 122, significand: 1) * (2 * random.uniform() - 1)
    }
    try model.setWeights(values, count: values.count)
    for type in Self.types {
      let converted = try model.converted(to: type).model
      try assertSame(try FileImage(converted).load(), converted)
    }
  }

  /// As FORMAT.md has it, taken apart by hand.
  func testBytesOfConvertedKernels() throws {
    let model = try model(
      length: Shape.noTime, channels: 3, [LayerConfiguration(.dense, [.units: 2])])
    let values: [Float] = [127, 0, -1, 0, 0.5, 0, 7, 8]
    try model.setWeights(values, count: values.count)
    var image = try FileImage(try model.converted(to: .bfloat16).model)
    var start = try image.section(2).lowerBound
    XCTAssertEqual(image.number(start + 8, 4), 3)
    XCTAssertEqual(image.number(start + 8 + 48, 8), 12)
    XCTAssertEqual(
      Array(image.bytes[start + 192..<start + 204]),
      [0xFE, 0x42, 0, 0, 0x80, 0xBF, 0, 0, 0, 0x3F, 0, 0])
    XCTAssertEqual(image.number(start + 256, 4), Int(Float(7).bitPattern), "a bias is float32")
    image = try FileImage(try model.converted(to: .int8).model)
    start = try image.section(2).lowerBound
    XCTAssertEqual(image.number(start + 8, 4), 4)
    XCTAssertEqual(image.number(start + 8 + 64, 4), 1)
    XCTAssertEqual(image.number(start + 8 + 48, 8), 2 * 4 + 6)
    XCTAssertEqual(
      Array(image.bytes[start + 192..<start + 206]),
      [0, 0, 0x80, 0x3F, 0, 0, 0, 0, 127, 0, 0xFF, 0, 0, 0])
  }

  /// The same Dense, its kernel in another type; the kernel's bytes begin at 192.
  private func assertRefused(
    _ type: WeightType, _ kind: Failure.Kind, _ words: String, line: UInt = #line,
    _ change: (inout FileImage, _ section: Int) -> Void
  ) throws {
    let model = try model(
      length: Shape.noTime, channels: 3, [LayerConfiguration(.dense, [.units: 2])])
    try model.setWeights([127, 0, -1, 0, 0.5, 0, 7, 8], count: 8)
    let image = try FileImage(try model.converted(to: type).model)
    let start = try image.section(2).lowerBound
    assertFails(kind, words, line: line) { _ = try image.changed { change(&$0, start) }.load() }
  }

  func testBFloat16IsFinite() throws {
    for bits in [0x7F80, 0xFF80, 0x7FC0, 0xFFFF] {
      try assertRefused(.bfloat16, .fileCorrupt, "weight at byte 194 must be finite") {
        $0.set($1 + 194, 2, bits)
      }
    }
  }

  func testScales() throws {
    let wrong: [Float] = [
      -1, .nan, .infinity, -.infinity, 0x1p-101, 0x1p-140, 0x1p122, 1 + 0x1p-16, -0.0,
    ]
    for scale in wrong {
      try assertRefused(.int8, .fileCorrupt, "scale at byte 192 is none, got") {
        $0.set($1 + 192, 4, Int(scale.bitPattern))
      }
    }
    for scale: Float in [1, 0x1p-100] {
      try assertRefused(.int8, .fileCorrupt, "scale at byte 196 must be 0, a 127th") {
        $0.set($1 + 196, 4, Int(scale.bitPattern))
      }
    }
  }

  func testSteps() throws {
    try assertRefused(.int8, .fileCorrupt, "weight at byte 202 of scale 1 cannot be -128") {
      $0.bytes[$1 + 202] = 0x80
    }
    try assertRefused(.int8, .fileCorrupt, "weight at byte 201 of scale 0 cannot be 5") {
      $0.bytes[$1 + 201] = 5
    }
    // The largest of a channel is 127 steps, or another scale would say the same.
    try assertRefused(.int8, .fileCorrupt, "scale at byte 192 must be 0.99212") {
      $0.bytes[$1 + 200] = 126
    }
    try assertRefused(.int8, .fileCorrupt, "padding at byte 206 must be 0") {
      $0.bytes[$1 + 206] = 1
    }
  }

  func testSizesOfConvertedArrays() throws {
    for (type, size) in [(WeightType.bfloat16, 12), (.int8, 14)] {
      for wrong in [0, 24, size - 1, size + 1, -1] {
        try assertRefused(type, .fileCorrupt, "array 0 must have \(size) bytes at 192, got") {
          $0.set($1 + 8 + 48, 8, wrong)
        }
      }
      try assertRefused(type, .fileCorrupt, "array 0 must have 24 bytes at 192, got \(size)") {
        $0.set($1 + 8, 4, 1)
      }
    }
  }

  /// All kernels of a file have one type.
  func testMixedTypes() throws {
    let lstm = LayerConfiguration(.lstm, [.units: 2, .useBias: 0])
    let image = try FileImage(
      try model(length: 4, channels: 2, [lstm]).converted(to: .bfloat16).model)
    let table = try image.section(2).lowerBound + 8
    for encoding in [1, 4] {
      let mixed = image.changed { $0.set(table + 64, 4, encoding) }
      assertFails(
        .fileCorrupt, "array 1, recurrent_kernel, must have the encoding 3, got \(encoding)"
      ) { _ = try mixed.load() }
    }
  }
}
