import Foundation

@testable import CNNLSTM

/// The forward pass of a network on samples, in Double, by plain loops from Keras's semantics.
/// Dropout is left out.
struct PlainNetwork {
  /// [step][channel]; one step where there is no time axis.
  typealias Steps = [[Double]]

  let network: Network

  /// - Parameter training: BatchNormalization takes the statistics of these samples.
  func forward(_ inputs: [Steps], _ weights: [Double], training: Bool = false) -> [Steps] {
    var samples = inputs
    var masks: [[Bool]]?
    for (index, configuration) in network.configurations.enumerated() {
      let arrays = network.layout.entries(ofLayer: index).map { entry in
        Array(weights[entry.offset..<entry.offset + entry.count])
      }
      if configuration.kind == .batchNormalization {
        samples = normalize(configuration, samples, arrays, ofBatch: training)
      } else {
        samples = samples.enumerated().map {
          forward(configuration, $1, arrays, masks?[$0])
        }
      }
      if configuration.kind == .masking {
        masks = samples.map { $0.map { $0.contains { $0 != 0 } } }
      } else if network.layers[index].maskUse == .drops {
        masks = nil
      }
    }
    return samples
  }

  private func forward(
    _ layer: LayerConfiguration, _ x: Steps, _ w: [[Double]], _ mask: [Bool]?
  ) -> Steps {
    switch layer.kind {
    case .input, .dropout: x
    case .flatten: [x.flatMap { $0 }]
    case .activation: x.map { activate(layer.activation(.activation), $0) }
    case .normalization:
      x.map { row in
        row.indices.map { (row[$0] - w[0][$0]) / max(w[1][$0].squareRoot(), 1e-7) }
      }
    case .dense:
      x.map {
        activate(
          layer.activation(.activation),
          product($0, w[0], layer.integer(.units), w.dropFirst().first))
      }
    case .maxPooling1D: pool(layer, x)
    case .conv1D: convolve(layer, x, w)
    case .lstm, .gru, .simpleRNN: recurrent(layer, x, w, mask)
    case .masking:
      x.map { $0.contains { Float($0) != layer.real(.maskValue) } ? $0 : $0.map { _ in 0 } }
    default: feedForward(layer, x, w)
    }
  }

  func activate(_ activation: Activation, _ x: [Double]) -> [Double] {
    guard activation == .softmax else { return x.map { activate(activation, $0) } }
    let e = x.map { exp($0 - (x.max() ?? 0)) }
    return e.map { $0 / e.reduce(0, +) }
  }

  private func activate(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .linear, .softmax: x
    case .relu: max(0, x)
    case .tanh: tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .relu6: min(6, max(0, x))
    case .leakyRelu: x > 0 ? x : 0.2 * x
    case .elu: x > 0 ? x : expm1(x)
    case .selu: 1.050_700_987_355_480_5 * (x > 0 ? x : 1.673_263_242_354_377_2 * expm1(x))
    case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
    case .silu: x / (1 + exp(-x))
    case .softplus: log1p(exp(x))
    case .softsign: x / (1 + x.magnitude)
    case .hardSigmoid: min(6, max(0, x + 3)) / 6
    case .exponential: exp(x)
    }
  }

  func product(
    _ x: [Double], _ kernel: [Double], _ units: Int, _ bias: [Double]?
  ) -> [Double] {
    (0..<units).map { unit in
      x.indices.reduce(bias?[unit] ?? 0) { $0 + x[$1] * kernel[$1 * units + unit] }
    }
  }

  /// First step and number of outputs of a window, by Keras's rules of padding.
  func windows(_ layer: LayerConfiguration, _ length: Int, span: Int, stride: Int) -> (
    first: Int, count: Int
  ) {
    switch layer.padding {
    case .valid: return (0, (length - span) / stride + 1)
    case .causal: return (1 - span, (length + stride - 1) / stride)
    case .same:
      let count = (length + stride - 1) / stride
      return (-(max(0, (count - 1) * stride + span - length) / 2), count)
    }
  }

  private func pool(_ layer: LayerConfiguration, _ x: Steps) -> Steps {
    let size = layer.integer(.poolSize)
    let stride = layer.integer(.strides) == 0 ? size : layer.integer(.strides)
    let (first, count) = windows(layer, x.count, span: size, stride: stride)
    return (0..<count).map { output in
      let start = first + output * stride
      let seen = x[max(0, start)..<min(x.count, start + size)]
      return x[0].indices.map { channel in seen.map { $0[channel] }.max() ?? -.infinity }
    }
  }

  private func convolve(_ layer: LayerConfiguration, _ x: Steps, _ w: [[Double]]) -> Steps {
    let (size, stride) = (layer.integer(.kernelSize), layer.integer(.strides))
    let (dilation, groups) = (layer.integer(.dilationRate), layer.integer(.groups))
    let (filters, inGroup) = (layer.integer(.filters), x[0].count / layer.integer(.groups))
    let (first, count) = windows(
      layer, x.count, span: (size - 1) * dilation + 1, stride: stride)
    return (0..<count).map { output in
      let sums = (0..<filters).map { filter in
        var sum = w.count > 1 ? w[1][filter] : 0
        for tap in 0..<size {
          let step = first + output * stride + tap * dilation
          guard x.indices.contains(step) else { continue }
          let firstChannel = filter / (filters / groups) * inGroup
          for channel in 0..<inGroup {
            sum +=
              x[step][firstChannel + channel]
              * w[0][(tap * inGroup + channel) * filters + filter]
          }
        }
        return sum
      }
      return activate(layer.activation(.activation), sums)
    }
  }
}
