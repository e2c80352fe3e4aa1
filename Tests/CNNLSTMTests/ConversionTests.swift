import XCTest

@testable import CNNLSTM

final class ConversionTests: XCTestCase {
  private let types: [WeightType] = [.bfloat16, .int8]

  private func noise(_ count: Int) -> [Float] {
    var random = RandomSource(seed: 2)
    return (0..<count).map { _ in random.normal() }
  }

  func testANewModelThatPredictsNearlyTheSame() throws {
    let (model, inputs) = (try seedModel(), noise(40 * 100))
    try model.setLabels((0..<8).map { "class \($0)" })
    try model.setMetadata("sensor", "wrist")
    let before = try model.allWeights
    for type in types {
      let (converted, report) = try model.converted(to: type, calibration: inputs, sampleCount: 40)
      XCTAssertEqual(converted.weightType, type)
      XCTAssertEqual(converted.labels, model.labels)
      XCTAssertEqual(converted.metadata.map { $0.value }, ["wrist"])
      XCTAssertEqual(report.sampleCount, 40)
      XCTAssertGreaterThan(report.maxDifference, 0)
      XCTAssertLessThan(report.maxDifference, 0.02)
      XCTAssertGreaterThan(report.labelAgreement, 0.85)
      try converted.setLabels([])
      try converted.setWeights([Float](repeating: 1, count: before.count), count: before.count)
    }
    XCTAssertEqual(model.weightType, .float32)
    XCTAssertEqual(model.labels.count, 8)
    XCTAssertEqual(try model.allWeights, before)
  }

  /// The report against outputs of sessions, over more samples than are compared at once.
  func testTheReportIsWhatSessionsSay() throws {
    let model = try CNNLSTMTests.model(
      length: 0, channels: 2,
      [
        LayerConfiguration(.lstm, [.units: 6, .returnSequences: 1]),
        LayerConfiguration(.dense, [.units: 3, .activation: .softmax]),
      ])
    let inputs = noise(150 * 9 * 2)
    let (converted, report) = try model.converted(
      to: .int8, calibration: inputs, sampleCount: 150, length: 9)
    var options = Session.Options()
    options.maxLength = 9
    let outputs = try [model, converted].map {
      try Session($0, options).predict(inputs, sampleCount: 150, length: 9)
    }
    let differences = zip(outputs[0], outputs[1]).map { ($0 - $1).magnitude }
    XCTAssertEqual(report.maxDifference, try XCTUnwrap(differences.max()))
    XCTAssertEqual(
      report.meanDifference, differences.reduce(0, +) / Float(differences.count), accuracy: 1e-6)
    let labels = outputs.map { output in
      stride(from: 0, to: output.count, by: 3).map { row in
        (0..<3).max { output[row + $0] < output[row + $1] }
      }
    }
    let agreeing = zip(labels[0], labels[1]).filter { $0 == $1 }
    XCTAssertEqual(agreeing.count, Int((report.labelAgreement * 150 * 9).rounded()))
    XCTAssertEqual(report.sampleCount, 150)
  }

  /// One output channel is a yes above 0.5.
  func testAgreementOfOneChannel() throws {
    let model = try CNNLSTMTests.model(
      length: Shape.noTime, channels: 2, [LayerConfiguration(.dense, [.useBias: 0])])
    try model.setWeights([1, 0.003], count: 2)
    // In steps of 1/127 the second weight is 0.
    let inputs: [Float] = [0, 0, 1, 1, 0.499, 1, 0.499, 0]
    let report = try model.converted(to: .int8, calibration: inputs, sampleCount: 4).report
    XCTAssertEqual(report.labelAgreement, 0.75)
    XCTAssertEqual(report.maxDifference, 0.003, accuracy: 1e-4)
    XCTAssertEqual(report.meanDifference, 0.001_5, accuracy: 1e-4)
  }

  func testWithoutSamples() throws {
    for type in WeightType.allCases {
      let report = try seedModel().converted(to: type).report
      XCTAssertEqual(report.sampleCount, 0)
      XCTAssertTrue(
        report.maxDifference.isNaN && report.meanDifference.isNaN && report.labelAgreement.isNaN)
    }
  }

  func testToFloat32AndOn() throws {
    let (model, inputs) = (try smallModel(), noise(24))
    let (same, report) = try model.converted(to: .float32, calibration: inputs, sampleCount: 1)
    try assertSame(same, model)
    XCTAssertEqual(report.maxDifference, 0)
    XCTAssertEqual(report.labelAgreement, 1)
    let short = try model.converted(to: .bfloat16).model
    let back = try short.converted(to: .float32).model
    XCTAssertEqual(try back.allWeights, try short.allWeights)
    XCTAssertEqual(back.weightType, .float32)
    let byte = try short.converted(to: .int8).model
    XCTAssertEqual(try byte.converted(to: .int8).model.allWeights, try byte.allWeights)
  }

  func testAModelWithoutKernelsStaysFloat32() throws {
    let model = try CNNLSTMTests.model(length: 4, channels: 2, [LayerConfiguration(.normalization)])
    let converted = try model.converted(to: .int8).model
    XCTAssertEqual(converted.weightType, .float32)
    try assertSame(try FileImage(converted).load(), model)
  }

  func testEveryKindOfLayer() throws {
    let model = try everyKind()
    let shape = try XCTUnwrap(model.network.inputShape)
    let inputs = noise(8 * shape.count)
    for type in types {
      let report = try model.converted(to: type, calibration: inputs, sampleCount: 8).report
      XCTAssertLessThan(report.maxDifference, 0.1)
    }
  }

  // MARK: What is refused

  func testWrongSamples() throws {
    let model = try smallModel()
    let inputs = noise(48)
    func refuses(
      _ kind: Failure.Kind, _ words: String, _ inputs: [Float], _ count: Int, _ length: Int = 12,
      line: UInt = #line
    ) {
      assertFails(kind, words, line: line) {
        _ = try model.converted(
          to: .int8, calibration: inputs, sampleCount: count, length: length)
      }
    }
    refuses(.shape, "inputs must hold 3 samples of 24 numbers, got 48", inputs, 3)
    refuses(.shape, "inputs must hold 0 samples of 24 numbers, got 48", inputs, 0)
    refuses(.shape, "length must be 12, got 11", inputs, 2, 11)
    refuses(.argument, "sample_count must be at least 0, got -1", inputs, -1)
    refuses(.shape, "inputs must hold", inputs, Int.max)
    refuses(.data, "inputs must be finite, number 47 is NaN", inputs.dropLast() + [.nan], 2)
    let any = try Self.ofAnyLength()
    for length in [0, -1, Int.min, (1 << 30) + 1] {
      assertFails(.shape, "length must be 1…1073741824, got \(length)") {
        _ = try any.converted(to: .int8, calibration: [1], sampleCount: 1, length: length)
      }
    }
  }

  private static func ofAnyLength() throws -> Model {
    try CNNLSTMTests.model(
      length: 0, channels: 1, [LayerConfiguration(.lstm, [.units: 1])])
  }

  func testModelsThatCannotBeConverted() throws {
    assertFails(.state, "not built") { _ = try Model().converted(to: .int8) }
    let model = try smallModel()
    let values = try model.builtWeights().values.copy()
    values.pointer[7] = -.infinity
    try model.replace(values)
    assertFails(.state, "only finite weights are converted, number 7 is -infinity") {
      _ = try model.converted(to: .int8)
    }
  }

  // MARK: What a converted model does

  func testNewWeightsAreRounded() throws {
    let model = try smallModel()
    let values = try model.allWeights.map { $0 + 0.123 }
    for type in types {
      let converted = try model.converted(to: type).model
      try converted.setWeights(values, count: values.count)
      try model.setWeights(values, count: values.count)
      XCTAssertEqual(try converted.allWeights, try model.converted(to: type).model.allWeights)
    }
  }

  func testAdaptWorksAndTrainingDoesNot() throws {
    let converted = try smallModel().converted(to: .int8).model
    let before = try converted.allWeights
    try converted.adapt(
      layer: 1, inputs: [1, 10, 3, 10], inputCount: 4, sampleCount: 1, length: 2)
    XCTAssertEqual(Array(try converted.allWeights[..<5]), [2, 10, 1, 0, 0])
    XCTAssertEqual(Array(try converted.allWeights[5...]), Array(before[5...]))
    assertFails(.state, "has int8 weights: train the float32 model, then convert it") {
      _ = try Trainer(converted)
    }
  }

  /// A sample's output does not depend, to the last bit, on the samples beside it.
  func testBatches() throws {
    for (name, model) in try networks() {
      let shape = try XCTUnwrap(model.network.inputShape)
      let inputs = noise(13 * shape.count)
      for type in types {
        let converted = try model.converted(to: type).model
        var options = Session.Options()
        options.batchSize = 1
        let wanted = try Session(converted, options).predict(inputs, sampleCount: 13)
        for count in 2...13 {
          options.batchSize = count
          let got = try Session(converted, options).predict(inputs, sampleCount: 13)
          XCTAssertEqual(
            got.map { $0.bitPattern }, wanted.map { $0.bitPattern },
            "\(name), \(type.name), \(count) at once")
        }
      }
    }
  }

  /// Of any instruction set nearly the same, as the header says: weights as they are drawn, and
  /// so large that a network magnifies what is rounded.
  func testInstructionSetsAgree() throws {
    for (name, model) in try networks() {
      let weights = try model.allWeights
      let tolerances: [(WeightType, Float)] = [
        (.float32, 1e-5), (.bfloat16, 5e-3), (.int8, name == "wide" ? 5e-3 : 1e-4),
      ]
      // States of relu would grow from step to step.
      for factor: Float in name == "relu" ? [1] : [1, 3] {
        try model.setWeights(weights.map { $0 * factor }, count: weights.count)
        for (type, tolerance) in tolerances {
          let inputs = noise(16 * (try XCTUnwrap(model.network.inputShape).count))
          let outputs = try outputs(try model.converted(to: type).model, inputs, rows: 16)
          for output in outputs {
            assertClose(output, outputs[0], tolerance, "\(name), \(factor), \(type.name)")
          }
        }
      }
    }
  }

  /// What ends in probabilities, with odd sizes and activations of every kind.
  private func networks() throws -> [(String, Model)] {
    func lstm(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
      LayerConfiguration(.lstm, fields)
    }
    let end = LayerConfiguration(.dense, [.units: 5, .activation: .softmax])
    let stacks: [(String, [LayerConfiguration])] = [
      ("stack", [lstm([.units: 30, .returnSequences: 1]), lstm([.units: 17, .goBackwards: 1])]),
      ("sigmoid", [lstm([.units: 9, .activation: .sigmoid, .recurrentActivation: .tanh])]),
      ("relu", [lstm([.units: 33, .activation: .relu])]),
      ("wide", [lstm([.units: 70, .returnSequences: 1]), lstm([.units: 9])]),
    ]
    return [("seed", try seedModel())]
      + (try stacks.map { ($0, try model(length: 41, channels: 7, $1 + [end])) })
  }

  /// NaN at any step reaches all outputs of its sample, and none of another.
  func testNaN() throws {
    let model = try seedModel()
    for type in WeightType.allCases {
      let converted = try model.converted(to: type).model
      for rows in [2, 9] {
        var inputs = noise(rows * 100)
        let wanted = try outputs(converted, inputs, rows: rows)
        for step in [0, 50, 99] {
          inputs[100 + step] = .nan
          for (got, wanted) in zip(try outputs(converted, inputs, rows: rows), wanted) {
            XCTAssertTrue(got[8..<16].allSatisfy { $0.isNaN }, "\(type.name), step \(step)")
            XCTAssertEqual(got[..<8] + got[16...], wanted[..<8] + wanted[16...])
          }
          inputs[100 + step] = 0
        }
      }
    }
  }

  /// The outputs for samples with every instruction set of the machine.
  private func outputs(_ model: Model, _ inputs: [Float], rows: Int) throws -> [[Float]] {
    let (length, values) = (
      try XCTUnwrap(model.network.inputShape).length, try model.builtWeights().values
    )
    return try CPUFeatures.allCases.filter { $0.rawValue <= CPUFeatures.best.rawValue }
      .map { try predict(model, values, $0, inputs, rows: rows, length: length) }
  }
}
