import XCTest

@testable import CNNLSTM

final class SelfTestTests: XCTestCase {
  private func test(_ model: Model) throws -> SelfTest? {
    try SelfTest.make(model.network, try model.builtWeights().values, model.weightType)
  }

  private func floats(_ buffer: FloatBuffer) -> [Float] {
    Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
  }

  private func sensors(_ length: Int = 12, channels: Int = 2) throws -> Model {
    try model(
      length: length, channels: channels,
      [
        LayerConfiguration(.normalization), LayerConfiguration(.lstm, [.units: 3]),
        LayerConfiguration(.dense, [.units: 2, .activation: .softmax]),
      ])
  }

  func testAModelPassesItsOwnTestAndNotAnothers() throws {
    let model = try smallModel()
    let weights = try model.builtWeights()
    let test = try XCTUnwrap(try test(model))
    XCTAssertNoThrow(try test.check(model.network, weights, Processor.chosen))
    let other = try weights.values.copy()
    other.pointer[other.count - 1] += 0.5
    let changed = try Weights(model.network, other, Processor.chosen)
    assertFails(.fileSelfTest, "of its self-test, and computed") {
      try test.check(model.network, changed, Processor.chosen)
    }
  }

  func testEveryInstructionSetPasses() throws {
    let float32 = [try smallModel(), try everyKind(), try seedModel()]
    let others = try float32.flatMap { model in
      try [WeightType.bfloat16, .int8].map { try model.converted(to: $0).model }
    }
    for model in float32 + others {
      let values = try model.builtWeights().values
      let test = try XCTUnwrap(try test(model))
      for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
        let processor = Processor(features)
        let weights = try Weights(model.network, values, processor, model.weightType)
        XCTAssertNoThrow(try test.check(model.network, weights, processor))
      }
    }
  }

  /// With fewer bits states are rounded too: 1e-2, absolute and relative.
  func testToleranceOfConvertedModels() throws {
    for type in [WeightType.bfloat16, .int8] {
      let model = try smallModel().converted(to: type).model
      let test = try XCTUnwrap(try test(model))
      for (change, isFine) in [(Float(0.009), true), (0.03, false)] {
        let image = try FileImage(model)
        let place = try image.section(5).upperBound - 4
        XCTAssertEqual(
          image.number(place, 4), Int(test.output.pointer[test.output.count - 1].bitPattern))
        let changed = test.output.pointer[test.output.count - 1] + change
        let altered = image.changed { $0.set(place, 4, Int(changed.bitPattern)) }
        XCTAssertEqual(altered.failure()?.kind, isFine ? nil : .fileSelfTest)
      }
    }
  }

  func testTheOutputIsThatOfPredict() throws {
    let model = try smallModel()
    let test = try XCTUnwrap(try test(model))
    let output = try Session(model).predict(floats(test.input), sampleCount: 1)
    assertClose(output, floats(test.output), 1e-5, "")
  }

  func testTheSameModelHasTheSameTest() throws {
    let tests = try (0..<2).map { _ in try XCTUnwrap(try test(try seedModel())) }
    for floatsOf in [\SelfTest.input, \SelfTest.output] {
      let bits = tests.map { floats($0[keyPath: floatsOf]).map { $0.bitPattern } }
      XCTAssertEqual(bits[0], bits[1])
    }
  }

  // MARK: What is tested

  func testLengths() throws {
    XCTAssertEqual(try test(try sensors())?.length, 12)
    XCTAssertEqual(try test(try sensors(0))?.length, 16)
    let vectors = try model(length: Shape.noTime, channels: 5, [LayerConfiguration(.dense)])
    XCTAssertEqual(try test(vectors)?.length, Shape.noTime)
    XCTAssertEqual(try test(vectors)?.input.count, 5)
    // Three poolings by 4 need 64 steps.
    let pooling = LayerConfiguration(.maxPooling1D, [.poolSize: 4])
    let pooled = try model(length: 0, channels: 1, [pooling, pooling, pooling])
    XCTAssertEqual(try test(pooled)?.length, 64)
  }

  /// Where the model expects numbers around 1,000, others would say little.
  func testInputIsWhatANormalizationExpects() throws {
    let model = try sensors(1_000)
    var values = try model.allWeights
    (values[0], values[1], values[2], values[3]) = (1_000, -5, 400, 0.25)
    try model.setWeights(values, count: values.count)
    let input = floats(try XCTUnwrap(try test(model)).input)
    for (channel, (mean, deviation)) in [(Float(1_000), Float(20)), (-5, 0.5)].enumerated() {
      let own = (0..<1_000).map { input[2 * $0 + channel] }
      let average = own.reduce(0, +) / 1_000
      let variance = own.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 1_000
      XCTAssertEqual(average, mean, accuracy: deviation * 0.2)
      XCTAssertEqual(variance.squareRoot(), deviation, accuracy: deviation * 0.2)
    }
  }

  func testTooManyNumbersForATest() throws {
    XCTAssertNotNil(try test(try sensors(8_192)))
    XCTAssertNil(try test(try sensors(8_193)), "more than 2^14 inputs")
    let wide = LayerConfiguration(.conv1D, [.filters: 64])
    XCTAssertNotNil(try test(try model(length: 256, channels: 1, [wide])))
    XCTAssertNil(try test(try model(length: 257, channels: 1, [wide])), "more than 2^14 outputs")
    let wider = LayerConfiguration(.conv1D, [.filters: 4_096])
    let narrow = LayerConfiguration(.maxPooling1D, [.poolSize: 256])
    XCTAssertNotNil(try test(try model(length: 256, channels: 1, [wider, narrow])))
    XCTAssertNil(
      try test(try model(length: 257, channels: 1, [wider, narrow])), "2^20 floats in a layer")
    let padded = LayerConfiguration(
      .conv1D, [.kernelSize: 1_025, .dilationRate: 1_024, .padding: .causal])
    XCTAssertNil(try test(try model(length: 4, channels: 1, [padded])), "2^20 floats of padding")
    for (kind, length, isSmall) in [
      (LayerKind.depthwiseConv1D, 5_548, true), (.depthwiseConv1D, 5_549, false),
      (.separableConv1D, 8_256, true), (.separableConv1D, 8_257, false),
    ] {
      let spread = LayerConfiguration(kind, [.depthMultiplier: 63])
      let pool = LayerConfiguration(.globalMaxPooling1D)
      let network = try model(length: length, channels: 1, [spread, pool]).network
      XCTAssertEqual(try SelfTest.isSmall(network, length, network.lengths(length)), isSmall)
    }
  }

  func testTooMuchWorkForATest() throws {
    for kind in [LayerKind.maxPooling1D, .averagePooling1D] {
      let slow = LayerConfiguration(kind, [.poolSize: 16_384, .strides: 1, .padding: .same])
      XCTAssertNil(try test(try model(length: 16_384, channels: 1, [slow])), "2^27 in a window")
    }
    let recurrent = LayerConfiguration(.lstm, [.units: 128])
    XCTAssertNotNil(try test(try model(length: 2_000, channels: 1, [recurrent])))
    XCTAssertNil(try test(try model(length: 2_100, channels: 1, [recurrent])), "2^27 products")
  }

  /// A model of any length that needs more time steps than inputs may have.
  func testLengthsThatNoInputHas() throws {
    let model = Model()
    try model.add(LayerConfiguration(.input))
    for _ in 0..<8 { try model.add(LayerConfiguration(.maxPooling1D, [.poolSize: 65_536])) }
    assertFails(.limit, "needs inputs of more than") { try model.build() }
  }

  func testNumbersTooLargeForATest() throws {
    let model = try model(length: Shape.noTime, channels: 4, [LayerConfiguration(.dense)])
    try model.setWeights([Float](repeating: .greatestFiniteMagnitude, count: 5), count: 5)
    XCTAssertNil(try test(model))
    try assertSame(try FileImage(model).load(), model)
  }

  /// A recurrence with large weights, where what is rounded grows at every step: no two machines
  /// agree.
  func testTooSensitiveForATest() throws {
    let lstm = LayerConfiguration(.lstm, [.units: 16])
    let model = try model(length: 300, channels: 1, [lstm, LayerConfiguration(.dense)])
    for (scale, hasTest) in [(Float(0.5), true), (8, false)] {
      let values = try model.allWeights.indices.map { scale * sin(Float($0) * 12.9898) }
      try model.setWeights(values, count: values.count)
      XCTAssertEqual(try test(model) != nil, hasTest, "\(scale)")
      let input = (0..<300).map { sin(Float($0)) }
      XCTAssertTrue(try Session(model).predict(input, sampleCount: 1)[0].isFinite)
      try assertSame(try FileImage(model).load(), model)
    }
  }

  // MARK: In a file

  func testWrongOutputs() throws {
    let image = try FileImage(try smallModel())
    let place = try image.section(5).upperBound - 4
    let value = Float(bitPattern: UInt32(image.number(place, 4)))
    let wrong = image.changed { $0.set(place, 4, Int((value + 0.002).bitPattern)) }
    assertFails(.fileSelfTest) { _ = try wrong.load() }
    var options = LoadOptions()
    options.skipsSelfTest = true
    try assertSame(try wrong.load(options), try smallModel())
    let close = image.changed { $0.set(place, 4, Int((value * 1.000_1).bitPattern)) }
    XCTAssertNil(close.failure())
  }

  /// Whether the test is computed or not.
  private func assertRefused(
    _ words: String, _ image: FileImage, line: UInt = #line,
    _ change: (inout FileImage, Int) -> Void
  ) throws {
    let start = try image.section(5).lowerBound
    var options = LoadOptions()
    options.skipsSelfTest = true
    for each in [LoadOptions(), options] {
      assertFails(.fileCorrupt, words, line: line) {
        _ = try image.changed { change(&$0, start) }.load(each)
      }
    }
  }

  func testWhatIsRefused() throws {
    let image = try FileImage(try smallModel())
    try assertRefused("the length 11 is not one of the model", image) { $0.set($1, 8, 11) }
    try assertRefused("the length -1 is not", image) { $0.set($1, 8, -1) }
    try assertRefused("the test must have 24 inputs and 2 outputs, got 23 and 2", image) {
      $0.set($1 + 8, 4, 23)
    }
    try assertRefused("got 24 and 4294967295", image) { $0.set($1 + 12, 4, -1) }
    try assertRefused("input at byte 16 must be finite", image) { $0.set($1 + 16, 4, 0x7FC0_0000) }
    try assertRefused("output at byte 112 must be finite", image) {
      $0.set($1 + 112, 4, 0x7F80_0000)
    }
    let content = Array(image.bytes[try image.section(5)])
    var (longer, shorter) = (image, image)
    try longer.replace(5, content + [0])
    try assertRefused("1 bytes are left", longer) { _, _ in }
    try shorter.replace(5, Array(content.dropLast()))
    try assertRefused("needs 8 bytes", shorter) { _, _ in }
  }

  /// A few bytes must not make a reader plan gigabytes.
  func testHugeLengthsAreRefusedBeforeMemoryIsTaken() throws {
    let image = try FileImage(try sensors(0))
    for length in [1 << 30, 1 << 40, Int.max, 8_193] {
      try assertRefused("a test of length \(length) is too large", image) { $0.set($1, 8, length) }
    }
    for length in [0, -1, Int.min] {
      try assertRefused("the length \(length) is not", image) { $0.set($1, 8, length) }
    }
  }
}

/// The architecture most numbers are measured with.
func seedModel() throws -> Model {
  try model(
    length: 100, channels: 1,
    [
      LayerConfiguration(.conv1D, [.filters: 32, .kernelSize: 3, .activation: .relu]),
      LayerConfiguration(.maxPooling1D), LayerConfiguration(.lstm, [.units: 128, .dropout: 0.2]),
      LayerConfiguration(.dense, [.units: 8, .activation: .softmax]),
    ])
}
