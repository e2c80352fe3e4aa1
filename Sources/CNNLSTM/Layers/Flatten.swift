import Kernels

/// [length, channels] → [length · channels]. Keras: Flatten.
final class Flatten: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Flatten", stem: "flatten", rules: [],
      make: { (configuration, input) throws(Failure) in try Flatten(configuration, input) })
  }

  let outputShape: Shape
  var isIdentity: Bool { true }
  let fixesLength: Bool

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireLength(configuration.name)
    fixesLength = input.hasTime
    let count = try checkedProduct(input.steps, input.channels, of: "\(configuration.name)")
    outputShape = Shape(channels: count)
  }

  func outputLength(_ inputLength: Int) -> Int { Shape.noTime }

  func forward(_ run: LayerRun) {
    run.output.copy(from: run.input, count: run.rows * outputShape.channels)
  }

  func backward(_ run: LayerRun) {
    run.inputGradient?.copy(from: run.outputGradient, count: run.rows * outputShape.channels)
  }
}
