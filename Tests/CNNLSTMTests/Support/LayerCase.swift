import XCTest

@testable import CNNLSTM

/// A layer (or a few) on random samples, against the reference in Double.
struct LayerCase {
  let network: Network
  let rows: Int
  let length: Int
  /// A step of training, where BatchNormalization takes the statistics of the samples.
  let training: Bool
  private let values: [Float]
  private let inputs: [Float]
  private var channels: Int { network.inputShape?.channels ?? 1 }

  /// - Parameter length: `Shape.noTime` for vectors
  init(
    _ layers: [LayerConfiguration], rows: Int = 2, length: Int = 7, channels: Int = 3,
    seed: UInt64 = 1, training: Bool = false
  ) throws {
    var network = Network()
    let input = LayerConfiguration(
      .input, [.length: .integer(length), .channels: .integer(channels)])
    for layer in [input] + layers { try network.append(layer) }
    var random = RandomSource(seed: seed)
    (self.network, self.rows, self.length, self.training) = (network, rows, length, training)
    // Above zero, so that variances are good.
    values = (0..<network.layout.count).map { _ in 0.8 * random.uniform() - 0.3 }.map {
      network.configurations.contains {
        $0.kind == .normalization || $0.kind == .batchNormalization
      }
        ? $0 + 0.4 : $0
    }
    inputs = (0..<rows * max(1, length) * channels).map { _ in random.normal() }
  }

  private func reference(_ weights: [Double]) -> [Double] {
    let steps = max(1, length)
    let samples = (0..<rows).map { row in
      (0..<steps).map { step in
        (0..<channels).map { Double(inputs[(row * steps + step) * channels + $0]) }
      }
    }
    return PlainNetwork(network: network).forward(samples, weights, training: training)
      .flatMap { $0 }.flatMap { $0 }
  }

  /// Output and gradients of every instruction set of the machine.
  func check(_ name: String, file: StaticString = #filePath, line: UInt = #line) throws {
    let weights = values.map { Double($0) }
    let wanted = reference(weights)
    var random = RandomSource(seed: 9)
    let outputGradient = wanted.map { _ in random.normal() }
    let (positions, gradients) = differences(weights, outputGradient)
    for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
      let label = "\(name), \(features.name)"
      let run = try NetworkRun(network, values, rows: rows, length: length, features: features)
      assertClose(
        try run.forward(inputs, dropoutSeed: training ? 0 : nil), wanted.map { Float($0) }, 1e-5,
        label, file: file, line: line)
      let got = try run.backward(outputGradient)
      assertClose(
        positions.map { got[$0] }, gradients, 3e-5, "\(label): gradient", file: file, line: line)
    }
  }

  /// Central differences of Σ output · gradient for up to 60 trainable weights of each array.
  private func differences(
    _ weights: [Double], _ outputGradient: [Float]
  ) -> (positions: [Int], gradients: [Float]) {
    var (positions, gradients, moved): ([Int], [Float], [Double]) = ([], [], weights)
    for entry in network.layout.entries where entry.isTrainable {
      for at in stride(
        from: entry.offset, to: entry.offset + entry.count, by: max(1, entry.count / 60))
      {
        func sum(_ change: Double) -> Double {
          moved[at] = weights[at] + change
          defer { moved[at] = weights[at] }
          return zip(reference(moved), outputGradient).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        positions.append(at)
        gradients.append(Float((sum(1e-6) - sum(-1e-6)) / 2e-6))
      }
    }
    return (positions, gradients)
  }
}

/// Fails unless appending a layer is refused with a text.
func assertRefused(
  _ layer: LayerConfiguration, length: Int = 7, channels: Int = 3, _ text: String,
  file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertThrowsError(
    try LayerCase([layer], length: length, channels: channels), file: file, line: line
  ) { XCTAssertEqual(($0 as? Failure)?.text, text, file: file, line: line) }
}

/// The shape a layer gives on [7, 3].
func shape(_ layer: LayerConfiguration, length: Int = 7) throws -> Shape? {
  try LayerCase([layer], length: length).network.outputShape
}
