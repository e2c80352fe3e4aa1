import Foundation

@testable import CNNLSTM

/// Layers without a state over time.
extension PlainNetwork {
  func feedForward(_ layer: LayerConfiguration, _ x: Steps, _ w: [[Double]]) -> Steps {
    let zeros = [Double](repeating: 0, count: x[0].count)
    func copies(_ count: Int) -> Steps { Array(repeating: zeros, count: count) }
    func column(_ channel: Int) -> [Double] { x.map { $0[channel] } }
    return switch layer.kind {
    case .depthwiseConv1D:
      depthwise(layer, x, w[0]).map { row in
        activate(layer.activation(.activation), w.count > 1 ? zip(row, w[1]).map { $0 + $1 } : row)
      }
    case .separableConv1D:
      depthwise(layer, x, w[0]).map {
        activate(
          layer.activation(.activation),
          product($0, w[1], layer.integer(.filters), w.dropFirst(2).first))
      }
    case .spatialDropout1D, .gaussianNoise: x
    case .softmax: x.map { activate(.softmax, $0) }
    case .relu, .leakyReLU, .elu: x.map { $0.map { rectify(layer, $0) } }
    case .prelu:
      x.indices.map { step in
        zeros.indices.map { channel in
          let alpha = w[0][(step * zeros.count + channel) % w[0].count]
          return max(x[step][channel], 0) + alpha * min(x[step][channel], 0)
        }
      }
    case .rescaling:
      x.map { $0.map { $0 * Double(layer.real(.factor)) + Double(layer.real(.offset)) } }
    case .averagePooling1D: average(layer, x)
    case .globalMaxPooling1D: [zeros.indices.map { column($0).max() ?? .nan }]
    case .globalAveragePooling1D:
      [zeros.indices.map { column($0).reduce(0, +) / Double(x.count) }]
    case .layerNormalization: x.map { normalize(layer, $0, w) }
    case .permute: layer.integer(.firstDimension) == 1 ? x : zeros.indices.map(column)
    case .repeatVector: Array(repeating: x[0], count: layer.integer(.repeats))
    case .zeroPadding1D:
      copies(layer.integer(.before)) + x + copies(layer.integer(.after))
    case .cropping1D: Array(x.dropFirst(layer.integer(.before)).dropLast(layer.integer(.after)))
    case .upSampling1D: x.flatMap { Array(repeating: $0, count: layer.integer(.size)) }
    // Reshape as the last layer: the numbers keep their order.
    default: [x.flatMap { $0 }]
    }
  }

  private func rectify(_ layer: LayerConfiguration, _ x: Double) -> Double {
    let threshold = Double(layer.real(.threshold))
    if x > threshold { return layer.kind == .relu ? min(x, Double(layer.real(.maxValue))) : x }
    return layer.kind == .elu
      ? Double(layer.real(.alpha)) * expm1(x)
      : Double(layer.real(.negativeSlope)) * (x - threshold)
  }

  /// Output channel c · multiplier + m from input channel c.
  private func depthwise(_ layer: LayerConfiguration, _ x: Steps, _ kernel: [Double]) -> Steps {
    let (size, stride) = (layer.integer(.kernelSize), layer.integer(.strides))
    let (dilation, multiplier) = (layer.integer(.dilationRate), layer.integer(.depthMultiplier))
    let (first, count) = windows(layer, x.count, span: (size - 1) * dilation + 1, stride: stride)
    let width = x[0].count * multiplier
    return (0..<count).map { output in
      (0..<width).map { channel in
        (0..<size).reduce(0) { sum, tap in
          let step = first + output * stride + tap * dilation
          guard x.indices.contains(step) else { return sum }
          return sum + x[step][channel / multiplier] * kernel[tap * width + channel]
        }
      }
    }
  }

  private func average(_ layer: LayerConfiguration, _ x: Steps) -> Steps {
    let size = layer.integer(.poolSize)
    let stride = layer.integer(.strides) == 0 ? size : layer.integer(.strides)
    let (first, count) = windows(layer, x.count, span: size, stride: stride)
    return (0..<count).map { output in
      let start = first + output * stride
      let seen = x[max(0, start)..<min(x.count, start + size)]
      return x[0].indices.map { channel in
        seen.reduce(0) { $0 + $1[channel] } / Double(seen.count)
      }
    }
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(values.count))
  }

  /// gamma and beta, as far as the layer has them.
  private func factors(
    _ layer: LayerConfiguration, _ w: [[Double]], _ channel: Int
  ) -> (gamma: Double, beta: Double) {
    let gamma = layer.flag(.scale) ? w[0][channel] : 1
    return (gamma, layer.flag(.center) ? w[layer.flag(.scale) ? 1 : 0][channel] : 0)
  }

  private func normalize(
    _ layer: LayerConfiguration, _ x: [Double], _ w: [[Double]]
  ) -> [Double] {
    let (mean, variance) = moments(x)
    let deviation = (variance + Double(layer.real(.epsilon))).squareRoot()
    return x.indices.map {
      let (gamma, beta) = factors(layer, w, $0)
      return (x[$0] - mean) / deviation * gamma + beta
    }
  }

  /// BatchNormalization; the last two arrays are the moving statistics.
  func normalize(
    _ layer: LayerConfiguration, _ samples: [Steps], _ w: [[Double]], ofBatch: Bool
  ) -> [Steps] {
    let all = samples.flatMap { $0 }
    let channels = all[0].indices.map { channel -> (Double) -> Double in
      var (mean, variance) = (w[w.count - 2][channel], w[w.count - 1][channel])
      if ofBatch && layer.flag(.trainable) {
        (mean, variance) = moments(all.map { $0[channel] })
      }
      let (gamma, beta) = factors(layer, w, channel)
      let deviation = (variance + Double(layer.real(.epsilon))).squareRoot()
      return { ($0 - mean) / deviation * gamma + beta }
    }
    return samples.map { $0.map { row in row.indices.map { channels[$0](row[$0]) } } }
  }
}
