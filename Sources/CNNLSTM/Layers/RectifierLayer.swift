import Kernels

/// A function of each element with another slope below a threshold. Keras: ReLU, LeakyReLU, ELU.
final class RectifierLayer: Layer {
  static var relu: LayerTraits {
    LayerTraits(
      name: "ReLU", stem: "re_lu",
      rules: [
        FieldRule(.maxValue, .real(.infinity), .bound),
        FieldRule(.negativeSlope, .real(0), .number(least: 0)),
        FieldRule(.threshold, .real(0), .number(least: 0)),
      ],
      make: { (configuration, input) throws(Failure) in
        RectifierLayer(
          Rectifier(
            slope: configuration.real(.negativeSlope),
            threshold: configuration.real(.threshold), maximum: configuration.real(.maxValue)),
          input)
      })
  }

  static var leakyReLU: LayerTraits {
    LayerTraits(
      name: "LeakyReLU", stem: "leaky_re_lu",
      rules: [FieldRule(.negativeSlope, .real(0.3), .anyNumber)],
      make: { (configuration, input) throws(Failure) in
        RectifierLayer(Rectifier(slope: configuration.real(.negativeSlope)), input)
      })
  }

  static var elu: LayerTraits {
    LayerTraits(
      name: "ELU", stem: "elu", rules: [FieldRule(.alpha, .real(1), .anyNumber)],
      make: { (configuration, input) throws(Failure) in
        RectifierLayer(
          Rectifier(slope: configuration.real(.alpha), isExponential: true), input)
      })
  }

  private let rectifier: Rectifier
  let outputShape: Shape
  var maskUse: MaskUse { .passes }

  init(_ rectifier: Rectifier, _ input: Shape) {
    (self.rectifier, outputShape) = (rectifier, input)
  }

  func forward(_ run: LayerRun) {
    run.kernels.rectify(rectifier, run.input, run.output, run.inputCount(outputShape))
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    run.kernels.rectifyBackward(
      rectifier, run.input, run.outputGradient, inputGradient, run.inputCount(outputShape))
  }
}
