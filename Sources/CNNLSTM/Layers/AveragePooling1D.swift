import Kernels

/// The mean of each channel in windows over time; padding counts for nothing. Keras:
/// AveragePooling1D.
final class AveragePooling1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "AveragePooling1D", stem: "average_pooling1d", rules: MaxPooling1D.traits.rules,
      make: { (configuration, input) throws(Failure) in
        AveragePooling1D(try MaxPooling1D(configuration, input))
      })
  }

  let window: Window
  let outputShape: Shape

  /// - Parameter other: a layer with the same windows
  init(_ other: MaxPooling1D) { (window, outputShape) = (other.window, other.outputShape) }

  func outputLength(_ inputLength: Int) -> Int { window.outputLength(inputLength) }
  var leastLength: Int { window.leastLength }

  private func pool(_ run: LayerRun) -> Pool {
    Pool(
      inputLength: run.inputLength, outputLength: run.outputLength, channels: outputShape.channels,
      size: window.size, stride: window.stride, padding: window.paddingBefore(run.inputLength))
  }

  func forward(_ run: LayerRun) {
    let pool = pool(run)
    for row in 0..<run.rows {
      run.kernels.averagePool(
        pool, run.input + row * run.inputLength * pool.channels,
        run.output + row * run.outputLength * pool.channels)
    }
  }

  /// dx[steps of the window of t] += dy[t] / their number
  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let (pool, channels) = (pool(run), outputShape.channels)
    inputGradient.update(repeating: 0, count: run.rows * run.inputLength * channels)
    for row in 0..<run.rows {
      for t in 0..<run.outputLength {
        let dy = run.outputGradient + (row * run.outputLength + t) * channels
        let window = pool.window(t)
        for step in window {
          run.kernels.addProduct(
            1 / Float(window.count), dy, inputGradient + (row * run.inputLength + step) * channels,
            channels)
        }
      }
    }
  }
}
