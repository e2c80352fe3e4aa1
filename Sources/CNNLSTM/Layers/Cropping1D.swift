import Kernels

/// The input without its first and last time steps. Keras: Cropping1D.
final class Cropping1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Cropping1D", stem: "cropping1d", rules: ZeroPadding1D.traits.rules,
      make: { (configuration, input) throws(Failure) in try Cropping1D(configuration, input) })
  }

  private let before: Int
  private let after: Int
  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    (before, after) = (configuration.integer(.before), configuration.integer(.after))
    let (isAny, least) = (input.length == Shape.anyLength, before + after + 1)
    guard isAny || input.length >= least else {
      throw Failure(
        .shape,
        "\(configuration.name): needs at least \(least) time steps, gets \(input.length)")
    }
    outputShape = Shape(
      length: isAny ? Shape.anyLength : input.length - before - after, channels: input.channels)
  }

  func outputLength(_ inputLength: Int) -> Int { inputLength - before - after }
  var leastLength: Int { before + after + 1 }

  func forward(_ run: LayerRun) {
    let channels = outputShape.channels
    let count = run.outputLength * channels
    for row in 0..<run.rows {
      (run.output + row * count).copy(
        from: run.input + (row * run.inputLength + before) * channels, count: count)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    let count = run.outputLength * channels
    inputGradient.update(repeating: 0, count: run.rows * run.inputLength * channels)
    for row in 0..<run.rows {
      (inputGradient + (row * run.inputLength + before) * channels).copy(
        from: run.outputGradient + row * count, count: count)
    }
  }
}
