import XCTest

@testable import CNNLSTM

final class LSTMTests: XCTestCase {
  private func lstm(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    LayerConfiguration(.lstm, fields)
  }

  func testShapes() throws {
    XCTAssertEqual(try shape(lstm([.units: 5])), Shape(channels: 5))
    XCTAssertEqual(
      try shape(lstm([.units: 5, .returnSequences: 1])), Shape(length: 7, channels: 5))
    assertRefused(
      lstm([.units: 5]), length: Shape.noTime, "lstm: needs [time, channels], gets 3 numbers")
    assertRefused(
      lstm([.units: 5, .activation: .softmax]),
      "LSTM: activation must be \(Activation.names(softmax: false).text), got softmax")
    assertRefused(
      lstm([.units: 5, .dropout: 1.0]), "LSTM: dropout must be at least 0 and below 1, got 1")
  }

  func testEveryOption() throws {
    for sequences in [Value(integerLiteral: 0), 1] {
      for backwards in [Value(integerLiteral: 0), 1] {
        let layer = lstm([
          .units: 5, .returnSequences: sequences, .goBackwards: backwards,
        ])
        let front = LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2])
        try LayerCase([front, layer], rows: 3).check("sequences \(sequences), \(backwards)")
      }
    }
  }

  /// Each with the usual other one, and two whose sums are kept.
  func testEveryActivation() throws {
    let kinds = Activation.allCases.filter { $0 != .softmax }
    let pairs: [(Activation, Activation)] =
      kinds.map { ($0, .sigmoid) } + kinds.map { (.tanh, $0) } + [(.gelu, .silu), (.silu, .relu)]
    for (activation, recurrent) in pairs {
      let layer = lstm([
        .units: 3, .activation: .activation(activation),
        .recurrentActivation: .activation(recurrent), .useBias: 0,
      ])
      try LayerCase([layer], length: 4).check("\(activation), \(recurrent)")
    }
  }

  func testOddSizes() throws {
    for (units, channels) in [(1, 1), (3, 2), (7, 5), (16, 9), (17, 17), (30, 1), (33, 5)] {
      for (length, rows) in [(1, 1), (3, 17)] {
        try LayerCase(
          [lstm([.units: .integer(units)])], rows: rows, length: length, channels: channels
        ).check("\(units) units, \(channels) channels, \(length) steps, \(rows) rows")
      }
    }
  }

  func testStacks() throws {
    try LayerCase([lstm([.units: 4, .returnSequences: 1]), lstm([.units: 3])]).check("two")
  }
}
