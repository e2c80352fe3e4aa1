import XCTest

@testable import CNNLSTM

final class RecurrenceTests: XCTestCase {
  private let kinds = [LayerKind.lstm, .gru, .simpleRNN]

  /// The outputs come in the order of computation, the last time step first, as in Keras.
  func testGoBackwardsWithReturnSequences() throws {
    for kind in kinds {
      func outputs(_ sequences: Value, steps: [Float]) throws -> [Float] {
        let layer = LayerConfiguration(
          kind, [.units: 2, .goBackwards: 1, .returnSequences: sequences])
        let network = try LayerCase([layer], length: steps.count, channels: 1).network
        let values = (0..<network.layout.count).map { Float($0 % 7) * 0.1 - 0.2 }
        return try NetworkRun(network, values, rows: 1, length: steps.count).forward(steps)
      }
      let all = try outputs(1, steps: [0.5, -1, 2])
      XCTAssertEqual(Array(all[..<2]), try outputs(0, steps: [2]), "\(kind.name)")
      XCTAssertEqual(Array(all[4...]), try outputs(0, steps: [0.5, -1, 2]), "\(kind.name)")
    }
  }

  /// One mask for all time steps: with equal inputs, a dropped channel is dropped at every step.
  func testDropoutMasks() throws {
    for kind in kinds {
      for field in [Field.dropout, .recurrentDropout] {
        var layer = LayerConfiguration(kind, [.units: 40, .returnSequences: 1])
        layer[field] = 0.5
        let network = try LayerCase([layer], length: 6, channels: 8).network
        let values = (0..<network.layout.count).map { Float($0 % 13) * 0.02 - 0.1 }
        let run = try NetworkRun(network, values, rows: 2, length: 6)
        let inputs = [Float](repeating: 0.5, count: 2 * 6 * 8)
        let plain = try run.forward(inputs)
        let dropped = try run.forward(inputs, dropoutSeed: 3)
        let name = "\(kind.name), \(field.name)"
        XCTAssertEqual(dropped, try run.forward(inputs, dropoutSeed: 3), name)
        XCTAssertNotEqual(dropped, try run.forward(inputs, dropoutSeed: 4), name)
        XCTAssertNotEqual(dropped, plain, name)
        // The state before the first step is zero, whatever masks it.
        let isFirstStepSame = Array(dropped[..<40]) == Array(plain[..<40])
        XCTAssertEqual(isFirstStepSame, field == .recurrentDropout, name)
      }
    }
  }

  /// With dropout the gradient is that of the masked network: finite differences on one seed.
  func testGradientWithDropout() throws {
    for (kind, fields) in [
      (LayerKind.lstm, [Field]()), (.gru, []), (.gru, [Field.resetAfter]), (.simpleRNN, []),
    ] {
      for merge in [MergeMode.none, .mul] {
        var layer = LayerConfiguration(
          kind, [.units: 4, .dropout: 0.4, .recurrentDropout: 0.4])
        layer[.mergeMode] = .integer(Int(merge.rawValue))
        for field in fields { layer[field] = 0 }
        try checkGradientWithDropout(layer, "\(kind.name), \(fields.count), \(merge.name)")
      }
    }
  }

  private func checkGradientWithDropout(_ layer: LayerConfiguration, _ name: String) throws {
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
      XCTAssertEqual(gradients[at], slope, accuracy: 3e-3, name)
    }
  }
}
