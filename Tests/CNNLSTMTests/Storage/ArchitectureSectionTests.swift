import Kernels
import XCTest

@testable import CNNLSTM

final class ArchitectureSectionTests: XCTestCase {
  // MARK: Round trips

  /// Values of a field besides its default.
  private func otherValues(_ rule: FieldRule) -> [Value] {
    let all: [Value] =
      switch rule.domain {
      case .range(let least, let greatest): [.integer(least), .integer(3), .integer(greatest)]
      case .flag: [.integer(0), .integer(1)]
      case .rate: [.real(0), .real(0.25), .real(0.999)]
      case .activation: Activation.allCases.map { .integer(Int($0.rawValue)) }
      case .padding: Padding.allCases.map { .integer(Int($0.rawValue)) }
      case .initializer:
        Initializer.Kind.allCases.map { .initializer(Initializer($0, a: -1.5, b: 2, seed: 77)) }
          + [.initializer(Initializer(.constant, a: .leastNonzeroMagnitude, seed: .max))]
      case .merge: MergeMode.allCases.map { .integer(Int($0.rawValue)) }
      case .bound: [.real(0), .real(6), .real(.infinity)]
      case .number(let least): [.real(max(least, -3)), .real(max(least, 0.5)), .real(7.25)]
      case .regularizer:
        [.regularizer(Regularizer(l1: 0.5)), .regularizer(Regularizer(l1: 0.25, l2: 2))]
      case .constraint:
        [.constraint(Constraint(maxNorm: 2)), .constraint(Constraint(maxNorm: 0.5, axes: 3))]
      }
    return all.filter { $0 != rule.initial }
  }

  /// Every field of every kind, with each value that a small model can have.
  func testEveryFieldOfEveryKind() throws {
    for kind in LayerKind.allCases {
      for rule in kind.rules {
        var count = 0
        for value in otherValues(rule) {
          var layer = LayerConfiguration(kind, name: "größe")
          if kind == .conv1D { layer[.filters] = .integer(6) }
          if rule.field == .targetChannels { layer[.targetLength] = .integer(Reshape.inferred) }
          layer[rule.field] = value
          let before: LayerConfiguration? =
            kind == .input
            ? nil
            : LayerConfiguration(
              .input,
              [
                .length: .integer(kind == .repeatVector ? Shape.noTime : 12),
                .channels: .integer(6),
              ])
          let original = Model()
          // Values that need a length or weights of gigabytes are for the limits.
          guard failureOf({ if let before { try original.add(before) } }) == nil,
            failureOf({ try original.add(layer) }) == nil, original.network.layout.count < 100_000
          else { continue }
          try original.build(seed: 3)
          try assertSame(try FileImage(original).load(), original, "\(kind.name) \(value)")
          count += 1
        }
        XCTAssertGreaterThan(count, 0, "\(kind.name) \(rule.field.name)")
      }
    }
  }

  func testEveryKindInOneModel() throws {
    let original = try everyKind()
    XCTAssertEqual(
      Set(original.network.configurations.map { $0.kind.rawValue }),
      Set(LayerKind.allCases.map { $0.rawValue }))
    let image = try FileImage(original)
    let loaded = try image.load()
    try assertSame(loaded, original)
    XCTAssertEqual(try FileImage(loaded).bytes, image.bytes)
    XCTAssertEqual(loaded.network.shapes, original.network.shapes)
  }

  func testManyLayersLoadInTime() throws {
    let layers = (1..<4_096).map { number in
      LayerConfiguration(number % 2 == 0 ? .dense : .normalization)
    }
    let original = try model(length: 16, channels: 1, layers)
    let image = try FileImage(original)
    let start = Date()
    let loaded = try image.load()
    XCTAssertLessThan(Date().timeIntervalSince(start), 3)
    try assertSame(loaded, original)
  }

  // MARK: What is refused

  /// Input 3 → Dense "d", without bias: the records are short enough to be counted by hand.
  private func dense() throws -> FileImage {
    var dense = LayerConfiguration(.dense, name: "d")
    (dense[.units], dense[.useBias]) = (.integer(2), .integer(0))
    let image = try FileImage(try model(length: Shape.noTime, channels: 3, [dense]))
    let start = try image.section(1).lowerBound
    XCTAssertEqual(image.number(start, 4), 2)
    return image
  }

  /// Where the record of a layer starts, at its size.
  private func record(_ image: FileImage, _ layer: Int) throws -> Int {
    var place = try image.section(1).lowerBound + 4
    for _ in 0..<layer { place += 4 + image.number(place, 4) }
    return place
  }

  private func assertRefused(
    _ kind: Failure.Kind, _ words: String, layer: Int = 1, file: StaticString = #filePath,
    line: UInt = #line, _ change: (inout FileImage, _ record: Int) -> Void
  ) throws {
    let image = try dense()
    let place = try record(image, layer)
    let changed = image.changed { change(&$0, place) }
    assertFails(kind, words, file: file, line: line) { _ = try changed.load() }
  }

  func testNumberOfLayers() throws {
    let start = try dense().section(1).lowerBound
    try assertRefused(.fileCorrupt, "there are no layers") { image, _ in image.set(start, 4, 0) }
    try assertRefused(.fileCorrupt, "bytes are left") { image, _ in image.set(start, 4, 1) }
    try assertRefused(.fileCorrupt, "are left") { image, _ in image.set(start, 4, 3) }
    try assertRefused(.limit, "4097 layers, the limit is 4096") { image, _ in
      image.set(start, 4, 4_097)
    }
  }

  func testSizesOfRecords() throws {
    for size in [0, 1, 11, 0xFFFF_FFFF] {
      try assertRefused(.fileCorrupt, "architecture section") { $0.set($1, 4, size) }
    }
    let size = try dense().number(try record(try dense(), 1), 4)
    try assertRefused(.fileCorrupt, "needs") { $0.set($1, 4, size - 1) }
  }

  func testKindsAndNames() throws {
    try assertRefused(.fileVersion, "layer 1 is of kind 77") { $0.set($1 + 4, 4, 77) }
    try assertRefused(.fileVersion, "kind -1") { $0.set($1 + 4, 4, -1) }
    try assertRefused(.fileCorrupt, "size of the name must be 1…63, got 0") {
      $0.set($1 + 8, 2, 0)
    }
    try assertRefused(.fileCorrupt, "size of the name must be 1…63, got 64") {
      $0.set($1 + 8, 2, 64)
    }
    try assertRefused(.fileCorrupt, "reserved") { $0.set($1 + 14, 2, 1) }
    try assertRefused(.fileCorrupt, "is not UTF-8") { $0.bytes[$1 + 16] = 0xFF }
    try assertRefused(.fileCorrupt, "none of them zero") { $0.bytes[$1 + 16] = 0 }
  }

  func testDuplicateNames() throws {
    let layers = ["a", "b"].map { LayerConfiguration(.dropout, name: $0) }
    let image = try FileImage(try model(length: 4, channels: 1, layers))
    let place = try record(image, 2)
    let changed = image.changed { $0.bytes[place + 16] = UInt8(ascii: "a") }
    assertFails(.fileCorrupt, "a: another layer has this name") { _ = try changed.load() }
  }

  func testInputs() throws {
    try assertRefused(.fileCorrupt, "the input must be a layer before it, got 1") {
      $0.set($1 + 17, 4, 1)
    }
    let image = try FileImage(try smallModel())
    let place = try record(image, 2)
    let nameSize = image.number(place + 8, 2)
    let branch = image.changed { $0.set(place + 16 + nameSize, 4, 0) }
    assertFails(.fileVersion, "layer 2 does not follow the one before it") {
      _ = try branch.load()
    }
  }

  func testFields() throws {
    // Behind 4 size, 12 head, 1 name, 4 input: 10 units, 11 activation, 13 use_bias, 20, 22.
    try assertRefused(.fileVersion, "layer 1, Dense, has a field 9") { $0.set($1 + 21, 2, 9) }
    try assertRefused(.fileVersion, "has a field 12") { $0.set($1 + 21 + 16, 2, 12) }
    try assertRefused(.fileVersion, "has a field 999") { $0.set($1 + 21 + 64 + 16, 2, 999) }
    try assertRefused(.fileCorrupt, "field 10 stands behind field 10") {
      $0.set($1 + 21 + 16, 2, 10)
    }
    try assertRefused(.fileCorrupt, "must be of type 1 and 8 bytes, got 2, 8") {
      $0.set($1 + 23, 2, 2)
    }
    try assertRefused(.fileCorrupt, "must be of type 1 and 8 bytes, got 1, 4") {
      $0.set($1 + 25, 4, 4)
    }
    try assertRefused(.fileCorrupt, "Dense needs 5 fields, has 4") { $0.set($1 + 12, 2, 4) }
    try assertRefused(.fileCorrupt, "needs 2 bytes, 0 are left") { $0.set($1 + 12, 2, 6) }
  }

  func testValues() throws {
    for units in [0, -1, 65_537, Int.max, Int.min] {
      try assertRefused(.fileCorrupt, "d: units must be 1…65536, got \(units)") {
        $0.set($1 + 29, 8, units)
      }
    }
    try assertRefused(.fileCorrupt, "got 99") { $0.set($1 + 29 + 16, 8, 99) }
    // The kernel's initializer: kind, a, b, reserved, seed.
    let initializer = 29 + 48
    try assertRefused(.fileVersion, "the initializer 99") { $0.set($1 + initializer, 4, 99) }
    try assertRefused(.fileCorrupt, "finite") { $0.set($1 + initializer + 4, 4, 0x7FC0_0000) }
    try assertRefused(.fileCorrupt, "reserved") { $0.set($1 + initializer + 12, 4, 1) }
    try assertRefused(.fileCorrupt, "a seed of at least -1") {
      $0.set($1 + initializer + 16, 8, -2)
    }
  }

  /// What is wrong in a file of this version may be new in one of a newer.
  func testUnknownValuesInANewerFile() throws {
    try assertRefused(.fileVersion, "version 1.3 is newer than this library's 1.2: ") {
      $0.set(10, 2, 3)
      $0.set($1 + 29 + 16, 8, 99)
    }
  }

  func testShapesThatDoNotFit() throws {
    let image = try FileImage(
      try model(
        length: 12, channels: 2, [LayerConfiguration(.conv1D, [.kernelSize: 5])]))
    // The Input's length: behind size, head, name, number, type and size.
    let place = try record(image, 0)
    let value = place + 16 + image.number(place + 8, 2) + 8
    XCTAssertEqual(image.number(value, 8), 12)
    assertFails(.fileCorrupt, "needs at least 5 time steps, gets 4") {
      _ = try image.changed { $0.set(value, 8, 4) }.load()
    }
  }
}

/// A model with every kind of layer.
func everyKind() throws -> Model {
  let original = try model(
    length: 12, channels: 2,
    [
      LayerConfiguration(.normalization, name: "scaled"),
      LayerConfiguration(.masking, [.maskValue: 9.0]),
      LayerConfiguration(
        .conv1D,
        [
          .filters: 4, .kernelSize: 3, .padding: .integer(Int(Padding.causal.rawValue)),
          .dilationRate: 2, .groups: 2, .activation: .relu,
        ]),
      LayerConfiguration(.maxPooling1D, [.poolSize: 3, .strides: 2]),
      LayerConfiguration(
        .lstm, [.units: 3, .returnSequences: 1, .dropout: 0.25, .recurrentDropout: 0.125]),
      LayerConfiguration(.dropout, [.rate: 0.5]),
      LayerConfiguration(.lstm, [.units: 2, .returnSequences: 1, .goBackwards: 1, .useBias: 0]),
      LayerConfiguration(.gru, [.units: 2, .returnSequences: 1, .resetAfter: 0]),
      LayerConfiguration(.simpleRNN, [.units: 2, .returnSequences: 1, .stateful: 1]),
      LayerConfiguration(.zeroPadding1D, [.before: 2, .after: 3]),
      LayerConfiguration(.depthwiseConv1D, [.kernelSize: 2, .depthMultiplier: 2]),
      LayerConfiguration(.batchNormalization),
      LayerConfiguration(.separableConv1D, [.filters: 3, .kernelSize: 3, .padding: .same]),
      LayerConfiguration(.layerNormalization), LayerConfiguration(.averagePooling1D),
      LayerConfiguration(.upSampling1D), LayerConfiguration(.cropping1D, [.after: 2]),
      LayerConfiguration(.permute), LayerConfiguration(.reshape, [.targetLength: 5]),
      LayerConfiguration(.globalMaxPooling1D), LayerConfiguration(.repeatVector, [.repeats: 2]),
      LayerConfiguration(.globalAveragePooling1D, [.keepdims: 1]),
      LayerConfiguration(.rescaling, [.factor: 0.5, .offset: 0.25]),
      LayerConfiguration(.spatialDropout1D), LayerConfiguration(.gaussianNoise, [.stddev: 0.5]),
      LayerConfiguration(.relu, [.maxValue: 6.0, .negativeSlope: 0.25, .threshold: 0.125]),
      LayerConfiguration(.leakyReLU), LayerConfiguration(.elu, [.alpha: 0.5]),
      LayerConfiguration(.prelu),
      LayerConfiguration(.flatten),
      LayerConfiguration(.dense, [.units: 3, .activation: .activation(.gelu)]),
      LayerConfiguration(.softmax),
      LayerConfiguration(.activation, [.activation: .softmax]),
    ])
  // Not drawn at random: what an initializer gives may change, a file must not.
  let values = (0..<original.network.layout.count).map { Float(($0 * 37) % 101 - 50) / 64 }
  var positive = values
  for entry in original.network.layout.entries where !entry.isTrainable {
    for i in entry.offset..<entry.offset + entry.count { positive[i] = 1 + values[i].magnitude }
  }
  try original.setWeights(positive, count: positive.count)
  try original.setLabels(["rest", "läuft", "跑"])
  try original.setMetadata("unit", "m/s²")
  try original.setMetadata("note", "")
  return original
}
