@testable import CNNLSTM

/// Layers of all kinds that take any length, in an order in which they fit.
func randomLayers(_ random: inout RandomSource) -> [LayerConfiguration] {
  func pick(_ values: [Value]) -> Value { values[Int(random.below(UInt64(values.count)))] }
  var layers: [LayerConfiguration] = []
  for _ in 0..<random.below(4) {
    switch random.below(6) {
    case 0:
      let (strides, dilation): (Value, Value) = random.below(2) == 0 ? (pick([1, 2]), 1) : (1, 2)
      layers.append(
        LayerConfiguration(
          .conv1D,
          [
            .filters: pick([2, 5]), .kernelSize: pick([1, 2, 3]), .strides: strides,
            .dilationRate: dilation, .padding: pick([.valid, .same, .causal]),
            .activation: pick([.relu, .tanh]),
          ]))
    case 1:
      layers.append(
        LayerConfiguration(
          pick([0, 1]) == 0 ? .maxPooling1D : .averagePooling1D,
          [.poolSize: pick([2, 3]), .strides: pick([1, 2]), .padding: pick([.valid, .same])]))
    case 2: layers.append(recurrent(pick, returnsSequences: true))
    case 3: layers.append(LayerConfiguration(.layerNormalization))
    case 4: layers.append(LayerConfiguration(.dense, [.units: 4, .activation: .tanh]))
    default: layers.append(LayerConfiguration(.zeroPadding1D, [.before: pick([0, 2])]))
    }
  }
  switch random.below(4) {
  case 0: layers.append(recurrent(pick, returnsSequences: false))
  case 1: layers.append(LayerConfiguration(.globalAveragePooling1D))
  case 2: layers.append(LayerConfiguration(.globalMaxPooling1D))
  default: break
  }
  return layers + [LayerConfiguration(.dense, [.units: 3])]
}

private func recurrent(
  _ pick: ([Value]) -> Value, returnsSequences: Bool
) -> LayerConfiguration {
  let kinds: [LayerKind] = [.lstm, .gru, .simpleRNN]
  guard case .integer(let kind) = pick([0, 0, 1, 2]) else { return LayerConfiguration(.lstm) }
  return LayerConfiguration(
    kinds[kind],
    [
      .units: pick([3, 17]), .goBackwards: pick([0, 1]), .mergeMode: pick([0, 0, 1, 2, 3, 4]),
      .returnSequences: .integer(returnsSequences ? 1 : 0),
    ])
}

/// Samples of random lengths, padded to one, and the network that computes them.
struct RaggedCase {
  let network: Network
  let weights: [Float]
  let padded: Int
  let lengths: [Int]
  /// [sample][its length, channels]
  let samples: [[Float]]
  static let channels = 2

  init(seed: UInt64, samples count: Int) throws {
    var random = RandomSource(seed: seed)
    var network = Network()
    try network.append(
      LayerConfiguration(.input, [.length: 0, .channels: .integer(RaggedCase.channels)]))
    for layer in randomLayers(&random) { try network.append(layer) }
    let padded = 24 + Int(random.below(5))
    let least = network.leastLength(upTo: padded)
    lengths = (0..<count).map { _ in least + Int(random.below(UInt64(padded - least + 1))) }
    samples = lengths.map { length in
      (0..<length * RaggedCase.channels).map { _ in random.normal() }
    }
    weights = (0..<network.layout.count).map { _ in random.uniform() - 0.4 }
    (self.network, self.padded) = (network, padded)
  }

  /// All samples, with something behind each.
  func inputs(padding: Float) -> [Float] {
    samples.flatMap {
      $0 + [Float](repeating: padding, count: padded * RaggedCase.channels - $0.count)
    }
  }

  func model() throws -> Model {
    let model = Model()
    for layer in network.configurations { try model.add(layer) }
    try model.build()
    try model.setWeights(weights, count: weights.count)
    return model
  }

  var description: String {
    network.configurations.map { "\($0.kind.name)" }.joined(separator: " ")
  }
}
