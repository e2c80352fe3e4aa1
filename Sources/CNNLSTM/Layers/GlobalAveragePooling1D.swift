import Kernels

/// The mean of each channel over all time steps. Keras: GlobalAveragePooling1D.
final class GlobalAveragePooling1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "GlobalAveragePooling1D", stem: "global_average_pooling1d",
      rules: GlobalMaxPooling1D.traits.rules,
      make: { (configuration, input) throws(Failure) in
        GlobalAveragePooling1D(try GlobalMaxPooling1D(configuration, input).outputShape)
      })
  }

  let outputShape: Shape

  init(_ outputShape: Shape) { self.outputShape = outputShape }

  func outputLength(_ inputLength: Int) -> Int { outputShape.length }

  func forward(_ run: LayerRun) {
    let channels = outputShape.channels
    for row in 0..<run.rows {
      let output = run.output + row * channels
      run.kernels.columnSums(
        run.input + row * run.inputLength * channels, run.inputLength, channels, output)
      run.kernels.scale(1 / Float(run.inputLength), output, output, channels)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    for step in 0..<run.rows * run.inputLength {
      run.kernels.scale(
        1 / Float(run.inputLength), run.outputGradient + step / run.inputLength * channels,
        inputGradient + step * channels, channels)
    }
  }
}
