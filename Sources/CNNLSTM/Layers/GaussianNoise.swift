import Kernels

/// In training, the input with normal noise of a standard deviation; the input itself otherwise.
/// Keras: GaussianNoise.
final class GaussianNoise: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "GaussianNoise", stem: "gaussian_noise",
      rules: [FieldRule(.stddev, .real(0), .number(least: 0))],
      make: { (configuration, input) throws(Failure) in try GaussianNoise(configuration, input) })
  }

  private let deviation: Float
  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  var isIdentity: Bool { true }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    (deviation, outputShape) = (configuration.real(.stddev), input)
    guard deviation <= 1 else {
      throw Failure(
        .argument, "\(configuration.name): stddev must be 0…1, got \(decimal(deviation))")
    }
  }

  func forward(_ run: LayerRun) {
    let count = run.inputCount(outputShape)
    run.output.copy(from: run.input, count: count)
    guard run.dropsOut, deviation > 0 else { return }
    var random = run.random
    for i in 0..<count { run.output[i] += deviation * random.normal() }
  }

  func backward(_ run: LayerRun) {
    run.inputGradient?.copy(from: run.outputGradient, count: run.inputCount(outputShape))
  }
}
