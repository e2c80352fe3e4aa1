import Kernels
import XCTest

@testable import CNNLSTM

final class LSTMShortWeightsTests: XCTestCase {
  private let length = 9

  private func lstm(
    _ units: Int, channels: Int = 3, _ activation: Value = .tanh, _ recurrent: Value = .sigmoid
  ) throws -> Model {
    try model(
      length: length, channels: channels,
      [
        LayerConfiguration(
          .lstm,
          [
            .units: .integer(units), .activation: activation, .recurrentActivation: recurrent,
            .returnSequences: 1, .biasInitializer: .initializer(Initializer(.randomNormal)),
          ])
      ])
  }

  private func layer(_ fields: KeyValuePairs<Field, Value>) throws -> LSTM {
    try LSTM(LayerConfiguration(.lstm, fields), Shape(length: length, channels: 1))
  }

  /// Integers stand for states in −1…1 alone.
  func testFormats() throws {
    let values: [(Value, Bool)] = [
      (.linear, false), (.relu, false), (.tanh, true), (.sigmoid, true),
    ]
    for (activation, isBounded) in values {
      for (recurrent, isRecurrentBounded) in values {
        let layer = try layer([
          .units: 2, .activation: activation, .recurrentActivation: recurrent,
        ])
        XCTAssertEqual(layer.format(.float32), .float32)
        XCTAssertEqual(layer.format(.bfloat16), .bfloat16)
        let fits = isBounded && isRecurrentBounded
        XCTAssertEqual(layer.format(.int8), fits ? .int8 : .float32)
      }
    }
  }

  /// The greatest sum of products of a state and weights is a 32-bit integer.
  func testStateScale() throws {
    for units in [1, 2, 100, 516, 517, 1_000, 4_000] {
      let scale = Int(try layer([.units: .integer(units)]).stateScale)
      XCTAssertLessThanOrEqual(scale * 127 * units, Int(Int32.max))
      XCTAssertLessThanOrEqual(scale, Int(Int16.max))
      XCTAssertTrue(scale == Int(Int16.max) || (scale + 1) * 127 * units > Int(Int32.max))
    }
  }

  /// Of every set, against the rounded weights in Double. States and, of bfloat16, inputs are
  /// rounded too: to 8 bits there, to 16 of int8.
  func testOutputs() throws {
    for (type, tolerance) in [(WeightType.bfloat16, Float(4e-3)), (.int8, 3e-5)] {
      for (units, channels) in [(1, 1), (2, 3), (7, 2), (16, 5), (17, 4), (45, 33)] {
        let original = try lstm(units, channels: channels)
        let model = try original.converted(to: type).model
        for activation in [Value.tanh, .relu] {
          let other = try lstm(units, channels: channels, activation, .sigmoid)
          let weights = try model.allWeights
          try other.setWeights(weights, count: weights.count)
          try check(
            try other.converted(to: type).model, tolerance,
            "\(type.name), \(units) units, \(channels) channels")
        }
      }
    }
  }

  /// Infinite sums have finite gates. What ∞ · 0 gives behind the last unit concerns nobody.
  func testInfiniteInputs() throws {
    for units in [1, 4, 5, 9, 16, 17, 33] {
      let original = try lstm(units, channels: 1)
      var inputs = [Float](repeating: 0.5, count: length)
      inputs[2] = .infinity
      for type in WeightType.allCases {
        let model = try original.converted(to: type).model
        for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
          let got = try predict(model, features, inputs, 1)
          XCTAssertNil(
            got.firstIndex { !$0.isFinite }, "\(type.name), \(units) units, \(features.name)")
        }
      }
    }
  }

  // MARK: Inputs as bytes

  func testWhichInputsBecomeBytes() throws {
    for (channels, fits) in [(63, false), (64, true), (65_535, true), (65_536, false)] {
      for (activation, isBounded) in [(Value.tanh, true), (.relu, false)] {
        let layer = try LSTM(
          LayerConfiguration(.lstm, [.units: 1, .activation: activation]),
          Shape(length: length, channels: channels))
        XCTAssertEqual(layer.takesBytes(.int8), fits && isBounded)
        XCTAssertFalse(layer.takesBytes(.bfloat16) || layer.takesBytes(.float32))
      }
    }
  }

  /// Against the rounded weights and inputs in Double: inputs of both signs, and of one.
  func testOutputsOfManyChannels() throws {
    for (units, channels) in [(1, 64), (7, 67), (17, 130), (45, 66)] {
      let model = try lstm(units, channels: channels).converted(to: .int8).model
      for isPositive in [false, true] {
        try check(
          model, 3e-5, "\(units) units, \(channels) channels", isPositive: isPositive)
      }
    }
  }

  /// NaN reaches all later outputs of its sample, infinity leaves them finite, and neither reaches
  /// another sample.
  func testStrangeInputsOfManyChannels() throws {
    let (channels, units, rows, step) = (70, 9, 8, 4)
    let model = try lstm(units, channels: channels).converted(to: .int8).model
    var random = RandomSource(seed: 9)
    let inputs = (0..<rows * length * channels).map { _ in random.normal() }
    for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
      let wanted = try predict(model, features, inputs, rows)
      for strange in [Float.nan, .infinity, -.infinity] {
        var changed = inputs
        changed[(length + step) * channels + 33] = strange
        let got = try predict(model, features, changed, rows)
        let first = (length + step) * units
        let later = first..<2 * length * units
        XCTAssertTrue(got[later].allSatisfy { strange.isNaN ? $0.isNaN : $0.isFinite })
        XCTAssertNotEqual(got[later], wanted[later])
        XCTAssertEqual(got[..<first], wanted[..<first], "\(features.name), \(strange)")
        XCTAssertEqual(got[later.upperBound...], wanted[later.upperBound...])
      }
    }
  }

  /// A row of inputs as what its bytes stand for.
  private func rounded(_ row: [Float]) -> [Float] {
    let largest = row.reduce(0) { max($0, $1.magnitude) }
    let steps: Float = row.contains { $0 < 0 } ? 127 : 255
    return row.map { ($0 * (steps / largest)).rounded(.toNearestOrEven) * (largest / steps) }
  }

  private func check(
    _ model: Model, _ tolerance: Float, _ name: String, isPositive: Bool = false
  ) throws {
    let (network, rows) = (model.network, 7)
    let channels = network.inputShape?.channels ?? 1
    var random = RandomSource(seed: 8)
    let inputs = (0..<rows * length * channels).map { _ in
      let input = BFloat16.value(BFloat16.bits(random.normal()))
      return isPositive ? input.magnitude : input
    }
    let weights = try model.allWeights.map { Double($0) }
    let layer = try XCTUnwrap(network.layers.last as? LSTM)
    let wanted = (0..<rows).flatMap { row in
      let sample = (0..<length).map { step in
        let first = (row * length + step) * channels
        let values = Array(inputs[first..<first + channels])
        return (layer.takesBytes(model.weightType) ? rounded(values) : values).map { Double($0) }
      }
      return PlainNetwork(network: network).forward([sample], weights)[0].flatMap { $0 }
    }
    for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
      let got = try predict(model, features, inputs, rows)
      assertClose(got, wanted.map { Float($0) }, tolerance, "\(name), \(features.name)")
    }
  }

  private func predict(
    _ model: Model, _ features: CPUFeatures, _ inputs: [Float], _ rows: Int
  ) throws -> [Float] {
    try CNNLSTMTests.predict(
      model, try model.builtWeights().values, features, inputs, rows: rows, length: length)
  }
}
