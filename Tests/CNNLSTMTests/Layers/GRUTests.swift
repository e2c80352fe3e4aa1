import XCTest

@testable import CNNLSTM

final class GRUTests: XCTestCase {
  private func gru(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    LayerConfiguration(.gru, fields)
  }

  func testShapes() throws {
    XCTAssertEqual(try shape(gru([.units: 5])), Shape(channels: 5))
    XCTAssertEqual(
      try shape(gru([.units: 5, .returnSequences: 1])), Shape(length: 7, channels: 5))
    assertRefused(
      gru([.units: 5]), length: Shape.noTime, "gru: needs [time, channels], gets 3 numbers")
    assertRefused(
      gru([.units: 5, .resetAfter: 2]), "GRU: reset_after must be 0 or 1, got 2")
  }

  /// With `reset_after` there is a bias for the recurrent sums too.
  func testResetAfter() throws {
    for (resetAfter, shapes) in [
      (1, [[3, 15], [5, 15], [2, 15]]), (0, [[3, 15], [5, 15], [15]]),
    ] {
      let layer = gru([.units: 5, .resetAfter: .integer(resetAfter), .returnSequences: 1])
      let layerCase = try LayerCase([layer], rows: 3)
      XCTAssertEqual(layerCase.network.layout.entries.map { $0.shape }, shapes)
      try layerCase.check("reset_after \(resetAfter)")
    }
  }

  func testEveryOption() throws {
    for reset in [Value(integerLiteral: 0), 1] {
      for sequences in [Value(integerLiteral: 0), 1] {
        for backwards in [Value(integerLiteral: 0), 1] {
          let layer = gru([
            .units: 5, .resetAfter: reset, .returnSequences: sequences, .goBackwards: backwards,
          ])
          let front = LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2])
          try LayerCase([front, layer], rows: 3).check("\(reset), \(sequences), \(backwards)")
        }
      }
      for activation in [Value.linear, .relu, .tanh, .sigmoid] {
        let layer = gru([
          .units: 3, .resetAfter: reset, .activation: activation, .recurrentActivation: activation,
          .useBias: 0,
        ])
        try LayerCase([layer], length: 4).check("\(reset), \(activation)")
      }
    }
  }

  /// Whose slopes take the sums.
  func testActivationsThatNeedTheirInput() throws {
    for reset in [Value(integerLiteral: 0), 1] {
      for (activation, recurrent) in [
        (Activation.gelu, Activation.silu), (.tanh, .silu), (.gelu, .hardSigmoid),
      ] {
        let layer = gru([
          .units: 5, .resetAfter: reset, .activation: .activation(activation),
          .recurrentActivation: .activation(recurrent), .returnSequences: 1,
        ])
        try LayerCase([layer]).check("\(reset), \(activation.name), \(recurrent.name)")
      }
    }
  }

  func testOddSizes() throws {
    for (units, channels) in [(1, 1), (3, 2), (7, 5), (16, 9), (17, 17), (30, 1), (33, 5)] {
      for reset in [Value(integerLiteral: 0), 1] {
        for (length, rows) in [(1, 1), (3, 17)] {
          try LayerCase(
            [gru([.units: .integer(units), .resetAfter: reset])], rows: rows, length: length,
            channels: channels
          ).check("\(units) units, \(channels) channels, \(length) steps, \(rows) rows, \(reset)")
        }
      }
    }
  }

  func testConvertedKernelsAreRoundedAndBiasesAreNot() throws {
    let layer = gru([
      .units: 6, .biasInitializer: .initializer(Initializer(.randomNormal, a: 0, b: 1)),
    ])
    let original = try model(length: 5, channels: 3, [layer])
    let before = try original.allWeights
    for type in [WeightType.bfloat16, .int8] {
      let converted = try original.converted(to: type).model
      let after = try converted.allWeights
      let kernels = 9 * 18
      XCTAssertNotEqual(Array(after[..<kernels]), Array(before[..<kernels]), "\(type.name)")
      XCTAssertEqual(Array(after[kernels...]), Array(before[kernels...]), "\(type.name)")
    }
  }
}
