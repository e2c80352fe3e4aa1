import Kernels

/// The largest value of each channel over all time steps. Keras: GlobalMaxPooling1D, whose gradient
/// goes to equal maxima in equal parts, where that of MaxPooling1D goes to the first.
final class GlobalMaxPooling1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "GlobalMaxPooling1D", stem: "global_max_pooling1d",
      rules: [FieldRule(.keepdims, .integer(0), .flag)],
      make: { (configuration, input) throws(Failure) in
        try GlobalMaxPooling1D(configuration, input)
      })
  }

  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    outputShape = Shape(
      length: configuration.flag(.keepdims) ? 1 : Shape.noTime, channels: input.channels)
  }

  func outputLength(_ inputLength: Int) -> Int { outputShape.length }

  private func pool(_ run: LayerRun) -> Pool {
    Pool(
      inputLength: run.inputLength, outputLength: 1, channels: outputShape.channels,
      size: run.inputLength, stride: 1, padding: 0)
  }

  func forward(_ run: LayerRun) {
    let pool = pool(run)
    for row in 0..<run.rows {
      run.kernels.maxPool(
        pool, run.input + row * run.inputLength * pool.channels, run.output + row * pool.channels)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let pool = pool(run)
    let count = run.inputLength * pool.channels
    for row in 0..<run.rows {
      run.kernels.globalMaxPoolBackward(
        pool, run.input + row * count, run.output + row * pool.channels,
        run.outputGradient + row * pool.channels, inputGradient + row * count)
    }
  }
}
