import Kernels

/// Every time step `size` times, one after the other. Keras: UpSampling1D.
final class UpSampling1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "UpSampling1D", stem: "up_sampling1d",
      rules: [FieldRule(.size, .integer(2), .size)],
      make: { (configuration, input) throws(Failure) in try UpSampling1D(configuration, input) })
  }

  private let size: Int
  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    size = configuration.integer(.size)
    // 0, any length, stays 0.
    outputShape = Shape(length: input.length * size, channels: input.channels)
  }

  func outputLength(_ inputLength: Int) -> Int { inputLength * size }

  func forward(_ run: LayerRun) {
    let channels = outputShape.channels
    for step in 0..<run.rows * run.outputLength {
      (run.output + step * channels).copy(
        from: run.input + step / size * channels, count: channels)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    for step in 0..<run.rows * run.inputLength {
      run.kernels.columnSums(
        run.outputGradient + step * size * channels, size, channels,
        inputGradient + step * channels)
    }
  }
}
