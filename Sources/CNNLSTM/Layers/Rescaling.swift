import Kernels

/// x · factor + offset, with one number of each for all channels. Keras: Rescaling, whose scale is
/// `factor` here.
final class Rescaling: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Rescaling", stem: "rescaling",
      rules: [
        FieldRule(.factor, .real(1), .anyNumber), FieldRule(.offset, .real(0), .anyNumber),
      ],
      make: { (configuration, input) throws(Failure) in
        Rescaling(configuration.real(.factor), configuration.real(.offset), input)
      })
  }

  private let factor: Float
  private let offset: Float
  let outputShape: Shape
  var maskUse: MaskUse { .passes }

  init(_ factor: Float, _ offset: Float, _ input: Shape) {
    (self.factor, self.offset, outputShape) = (factor, offset, input)
  }

  func forward(_ run: LayerRun) {
    run.kernels.rescale(factor, offset, run.input, run.output, run.inputCount(outputShape))
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    run.kernels.scale(factor, run.outputGradient, inputGradient, run.inputCount(outputShape))
  }
}
