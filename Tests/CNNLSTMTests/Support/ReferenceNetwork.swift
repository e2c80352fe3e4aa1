import Foundation

@testable import CNNLSTM

/// What a chain of layers computes, in Double, by loops that follow Keras's definitions and share
/// nothing with the library but the layers' descriptions.
struct ReferenceNetwork {
  /// Without the Input.
  var layers: [ReferenceLayer] = []

  /// - Parameter weights: of all layers, in Keras's order.
  init(_ configurations: [LayerConfiguration], _ weights: [Float], inputs: ReferenceSamples) {
    var (rest, samples) = (weights.map { Double($0) }[...], inputs)
    for configuration in configurations where configuration.kind != .input {
      var layer = ReferenceLayer(configuration)
      for count in layer.arrayCounts(channels: samples.channels) {
        layer.arrays.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      samples = layer.forward(samples)
      layers.append(layer)
    }
  }

  func forward(_ inputs: ReferenceSamples) -> ReferenceSamples {
    layers.reduce(inputs) { $1.forward($0) }
  }

  /// For one sample of several: the same weights, and its part of the masks.
  func sample(_ row: Int, of rows: Int) -> ReferenceNetwork {
    var network = self
    for index in layers.indices {
      network.layers[index].inputMask = part(layers[index].inputMask, row, rows)
      network.layers[index].stateMask = part(layers[index].stateMask, row, rows)
    }
    return network
  }

  private func part(_ mask: [Double]?, _ row: Int, _ rows: Int) -> [Double]? {
    mask.map { Array($0[row * $0.count / rows..<(row + 1) * $0.count / rows]) }
  }
}

/// A layer, its weights and the masks of its dropout.
struct ReferenceLayer {
  let configuration: LayerConfiguration
  /// In Keras's order.
  var arrays: [[Double]] = []
  /// Dropout: one factor a number of the inputs. LSTM: [row][channels], for all time steps.
  var inputMask: [Double]?
  /// LSTM: [row][units].
  var stateMask: [Double]?

  init(_ configuration: LayerConfiguration) { self.configuration = configuration }

  private func integer(_ field: Field) -> Int { configuration.integer(field) }

  /// Numbers in each array of weights.
  func arrayCounts(channels: Int) -> [Int] {
    switch configuration.kind {
    case .conv1D:
      let filters = integer(.filters)
      let kernel = integer(.kernelSize) * channels / integer(.groups) * filters
      return integer(.useBias) == 1 ? [kernel, filters] : [kernel]
    case .lstm:
      let gates = 4 * integer(.units)
      let kernels = [channels * gates, integer(.units) * gates]
      return integer(.useBias) == 1 ? kernels + [gates] : kernels
    case .dense:
      let units = integer(.units)
      return integer(.useBias) == 1 ? [channels * units, units] : [channels * units]
    case .normalization: return [channels, channels, 1]
    default: return []
    }
  }

  func forward(_ x: ReferenceSamples) -> ReferenceSamples {
    switch configuration.kind {
    case .input: return x
    case .conv1D: return convolve(x)
    case .maxPooling1D: return pool(x)
    case .lstm: return ReferenceLSTM(self, x).forward()
    case .dense: return multiply(x)
    case .dropout: return dropOut(x)
    case .activation: return activate(x)
    case .flatten:
      return ReferenceSamples(rows: x.rows, length: Shape.noTime, channels: x.count, x.values)
    case .normalization: return normalize(x)
    }
  }

  // MARK: Windows

  /// Steps out, and steps of padding before the first.
  private func window(_ length: Int, size: Int, stride: Int, dilation: Int) -> (Int, Int) {
    let span = (size - 1) * dilation + 1
    switch configuration.padding {
    case .valid: return ((length - span) / stride + 1, 0)
    case .causal: return ((length - 1) / stride + 1, span - 1)
    case .same:
      let outputs = Int((Double(length) / Double(stride)).rounded(.up))
      return (outputs, max(0, (outputs - 1) * stride + span - length) / 2)
    }
  }

  private func convolve(_ x: ReferenceSamples) -> ReferenceSamples {
    let (filters, size, groups) = (integer(.filters), integer(.kernelSize), integer(.groups))
    let (stride, dilation) = (integer(.strides), integer(.dilationRate))
    let (outputs, before) = window(x.length, size: size, stride: stride, dilation: dilation)
    let (kernel, bias) = (arrays[0], arrays.count > 1 ? arrays[1] : nil)
    let channels = x.channels / groups
    return activate(
      x.filled(length: outputs, channels: filters) { row, step, filter in
        var sum = bias?[filter] ?? 0
        for tap in 0..<size {
          let time = step * stride + tap * dilation - before
          guard time >= 0, time < x.length else { continue }
          for channel in 0..<channels {
            sum +=
              x[row, time, filter / (filters / groups) * channels + channel]
              * kernel[(tap * channels + channel) * filters + filter]
          }
        }
        return sum
      })
  }

  private func pool(_ x: ReferenceSamples) -> ReferenceSamples {
    let size = integer(.poolSize)
    let stride = integer(.strides) == 0 ? size : integer(.strides)
    let (outputs, before) = window(x.length, size: size, stride: stride, dilation: 1)
    return x.filled(length: outputs, channels: x.channels) { row, step, channel in
      let times = (0..<size).map { step * stride + $0 - before }
      return times.filter { $0 >= 0 && $0 < x.length }
        .map { x[row, $0, channel] }.max() ?? -.infinity
    }
  }

  // MARK: The others

  private func multiply(_ x: ReferenceSamples) -> ReferenceSamples {
    let units = integer(.units)
    let (kernel, bias) = (arrays[0], arrays.count > 1 ? arrays[1] : nil)
    return activate(
      x.filled(length: x.length, channels: units) { row, step, unit in
        var sum = bias?[unit] ?? 0
        for channel in 0..<x.channels {
          sum += x[row, step, channel] * kernel[channel * units + unit]
        }
        return sum
      })
  }

  private func dropOut(_ x: ReferenceSamples) -> ReferenceSamples {
    var result = x
    if let inputMask { result.values = zip(x.values, inputMask).map { $0 * $1 } }
    return result
  }

  private func normalize(_ x: ReferenceSamples) -> ReferenceSamples {
    x.filled(length: x.length, channels: x.channels) { row, step, channel in
      (x[row, step, channel] - arrays[0][channel]) / max(arrays[1][channel].squareRoot(), 1e-7)
    }
  }

  private func activate(_ sums: ReferenceSamples) -> ReferenceSamples {
    let activation = configuration.activation(.activation)
    guard activation == .softmax else {
      var result = sums
      result.values = sums.values.map { activation.reference($0) }
      return result
    }
    return sums.filled(length: sums.length, channels: sums.channels) { row, step, channel in
      let all = (0..<sums.channels).map { exp(sums[row, step, $0] - sums[row, step, channel]) }
      return 1 / all.reduce(0, +)
    }
  }
}

extension Activation {
  /// An activation that works on one number at a time, in Double.
  func reference(_ x: Double) -> Double {
    switch self {
    case .linear, .softmax: x
    case .relu: max(0, x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    }
  }
}
