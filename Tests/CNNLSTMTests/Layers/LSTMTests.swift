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

  /// One mask for all time steps: with equal inputs, a dropped channel is dropped at every step.
  func testDropoutMasks() throws {
    for field in [Field.dropout, .recurrentDropout] {
      var layer = lstm([.units: 40, .returnSequences: 1])
      layer[field] = 0.5
      let network = try LayerCase([layer], length: 6, channels: 8).network
      let values = (0..<network.layout.count).map { Float($0 % 13) * 0.02 - 0.1 }
      let run = try NetworkRun(network, values, rows: 2, length: 6)
      let inputs = [Float](repeating: 0.5, count: 2 * 6 * 8)
      let plain = try run.forward(inputs)
      let dropped = try run.forward(inputs, dropoutSeed: 3)
      XCTAssertEqual(
        dropped, try run.forward(inputs, dropoutSeed: 3), "the same seed, the same mask")
      XCTAssertNotEqual(dropped, try run.forward(inputs, dropoutSeed: 4))
      XCTAssertNotEqual(dropped, plain)
      // The state before the first step is zero, whatever masks it.
      let isFirstStepSame = Array(dropped[..<40]) == Array(plain[..<40])
      XCTAssertEqual(isFirstStepSame, field == .recurrentDropout)
    }
  }

  /// With dropout the gradient is that of the masked network: finite differences on one seed.
  func testGradientWithDropout() throws {
    let layer = lstm([.units: 4, .dropout: 0.4, .recurrentDropout: 0.4])
    let network = try LayerCase([layer], length: 5).network
    let values: [Float] = (0..<network.layout.count).map { Float(($0 * 7) % 11) * 0.08 - 0.4 }
    let inputs: [Float] = (0..<30).map { Float(($0 * 5) % 7) * 0.3 - 0.9 }
    let outputGradient: [Float] = (0..<8).map { Float($0) - 3.5 }
    func sum(_ values: [Float]) throws -> Float {
      let output = try NetworkRun(network, values, rows: 2, length: 5)
        .forward(inputs, dropoutSeed: 8)
      return zip(output, outputGradient).map { $0 * $1 }.reduce(0, +)
    }
    let run = try NetworkRun(network, values, rows: 2, length: 5)
    _ = try run.forward(inputs, dropoutSeed: 8)
    let gradients = try run.backward(outputGradient)
    for at in stride(from: 0, to: values.count, by: 3) {
      var (up, down) = (values, values)
      up[at] += 1e-2
      down[at] -= 1e-2
      let slope = (try sum(up) - sum(down)) / 2e-2
      XCTAssertEqual(gradients[at], slope, accuracy: 2e-3)
    }
  }
}
