import XCTest

@testable import CNNLSTM

final class SimpleRNNTests: XCTestCase {
  private func rnn(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    LayerConfiguration(.simpleRNN, fields)
  }

  func testShapes() throws {
    XCTAssertEqual(try shape(rnn([.units: 5])), Shape(channels: 5))
    XCTAssertEqual(
      try shape(rnn([.units: 5, .returnSequences: 1])), Shape(length: 7, channels: 5))
    assertRefused(
      rnn([.units: 5]), length: Shape.noTime, "simple_rnn: needs [time, channels], gets 3 numbers")
    assertRefused(
      rnn([.units: 5, .recurrentActivation: .tanh]),
      "SimpleRNN: SimpleRNN has no recurrent_activation"
    )
  }

  func testEveryOption() throws {
    for sequences in [Value(integerLiteral: 0), 1] {
      for backwards in [Value(integerLiteral: 0), 1] {
        for activation in [Value.linear, .relu, .tanh, .sigmoid] {
          let layer = rnn([
            .units: 5, .returnSequences: sequences, .goBackwards: backwards,
            .activation: activation,
          ])
          let front = LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2])
          try LayerCase([front, layer], rows: 3).check("\(sequences), \(backwards), \(activation)")
        }
      }
    }
    for activation in [Activation.gelu, .silu, .elu] {
      try LayerCase([rnn([.units: 5, .activation: .activation(activation)])]).check(
        "\(activation.name)")
    }
    try LayerCase([rnn([.units: 5, .useBias: 0])]).check("no bias")
  }

  func testOddSizes() throws {
    for (units, channels) in [(1, 1), (7, 5), (16, 9), (33, 5)] {
      for (length, rows) in [(1, 1), (3, 17)] {
        try LayerCase(
          [rnn([.units: .integer(units)])], rows: rows, length: length, channels: channels
        ).check("\(units) units, \(channels) channels, \(length) steps, \(rows) rows")
      }
    }
  }
}
