import Kernels

/// [channels] → [repeats, channels], every time step the input. Keras: RepeatVector.
final class RepeatVector: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "RepeatVector", stem: "repeat_vector",
      rules: [FieldRule(.repeats, .integer(1), .size)],
      make: { (configuration, input) throws(Failure) in try RepeatVector(configuration, input) })
  }

  let outputShape: Shape
  var leastLength: Int { Shape.noTime }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    guard !input.hasTime else {
      throw Failure(.shape, "\(configuration.name): needs an input without a time axis")
    }
    outputShape = Shape(length: configuration.integer(.repeats), channels: input.channels)
  }

  func outputLength(_ inputLength: Int) -> Int { outputShape.length }

  func forward(_ run: LayerRun) {
    let (length, channels) = (outputShape.length, outputShape.channels)
    for step in 0..<run.rows * length {
      (run.output + step * channels).copy(
        from: run.input + step / length * channels, count: channels)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let (length, channels) = (outputShape.length, outputShape.channels)
    for row in 0..<run.rows {
      run.kernels.columnSums(
        run.outputGradient + row * length * channels, length, channels,
        inputGradient + row * channels)
    }
  }
}
