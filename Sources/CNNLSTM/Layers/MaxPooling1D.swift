import Kernels

/// The largest value of each channel in windows over time. Keras: MaxPooling1D.
final class MaxPooling1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "MaxPooling1D", stem: "max_pooling1d",
      rules: [
        FieldRule(.poolSize, .integer(2), .size),
        FieldRule(.strides, .integer(0), .range(0, 65_536)),
        FieldRule(
          .padding, .valid, .padding(causal: false)),
      ],
      make: { (configuration, input) throws(Failure) in try MaxPooling1D(configuration, input) })
  }

  let window: Window
  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    let (size, strides) = (configuration.integer(.poolSize), configuration.integer(.strides))
    window = Window(
      size: size, stride: strides == 0 ? size : strides, dilation: 1,
      padding: configuration.padding)
    outputShape = try window.outputShape(input, channels: input.channels, configuration.name)
  }

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
      run.kernels.maxPool(
        pool, run.input + row * run.inputLength * pool.channels,
        run.output + row * run.outputLength * pool.channels)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let pool = pool(run)
    let (inputCount, outputCount) = (
      run.inputLength * pool.channels, run.outputLength * pool.channels
    )
    inputGradient.update(repeating: 0, count: run.rows * inputCount)
    for row in 0..<run.rows {
      run.kernels.maxPoolBackward(
        pool, run.input + row * inputCount, run.output + row * outputCount,
        run.outputGradient + row * outputCount, inputGradient + row * inputCount)
    }
  }
}
