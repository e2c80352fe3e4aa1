@testable import CNNLSTM

/// Gradients of Σ output · outputGradient of a reference network, by central differences in Double.
struct FiniteDifferences {
  let network: ReferenceNetwork
  let inputs: ReferenceSamples
  let outputGradient: [Double]

  /// The error of the differences is its square, and rounding over it: both near 1e-10.
  private static let step = 1e-5

  init(_ network: ReferenceNetwork, _ inputs: ReferenceSamples, _ outputGradient: [Float]) {
    (self.network, self.inputs) = (network, inputs)
    self.outputGradient = outputGradient.map { Double($0) }
  }

  /// Of every input. Samples do not see each other, so each is computed alone.
  func inputGradient() -> [Double] {
    (0..<inputs.rows).flatMap { row in
      let alone = network.sample(row, of: inputs.rows)
      let count = outputGradient.count / inputs.rows
      let gradient = outputGradient[row * count..<(row + 1) * count]
      let sample = inputs.sample(row)
      return sample.values.indices.map { index in
        difference { change in
          var moved = sample
          moved.values[index] += change
          return alone.forward(moved).product(gradient)
        }
      }
    }
  }

  /// Of all weights, or of `most` taken at random from each array. The place counts from the first
  /// weight of all.
  func weightGradients(atMost most: Int, seed: UInt64) -> [(place: Int, gradient: Double)] {
    var (result, start): ([(Int, Double)], Int) = ([], 0)
    var random = RandomSource(seed: seed, stream: 78)
    for (index, layer) in network.layers.enumerated() {
      for (number, array) in layer.arrays.enumerated() {
        for place in places(of: array.count, atMost: most, &random) {
          let gradient = difference { change in
            var moved = network
            moved.layers[index].arrays[number][place] += change
            return moved.forward(inputs).product(outputGradient)
          }
          result.append((start + place, gradient))
        }
        start += array.count
      }
    }
    return result
  }

  private func places(of count: Int, atMost most: Int, _ random: inout RandomSource) -> [Int] {
    if count <= most { return Array(0..<count) }
    return (0..<most).map { _ in Int(random.below(UInt64(count))) }
  }

  private func difference(_ value: (_ change: Double) -> Double) -> Double {
    (value(Self.step) - value(-Self.step)) / (2 * Self.step)
  }
}
