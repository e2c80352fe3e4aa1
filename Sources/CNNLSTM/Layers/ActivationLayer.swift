import Kernels

/// An activation as a layer of its own. Keras: Activation.
final class ActivationLayer: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Activation", stem: "activation",
      rules: [
        FieldRule(.activation, .linear, .activation(softmax: true))
      ],
      make: { (configuration, input) throws(Failure) in
        ActivationLayer(configuration.activation(.activation), input)
      })
  }

  /// Keras's Softmax, on the last axis alone.
  static var softmax: LayerTraits {
    LayerTraits(
      name: "Softmax", stem: "softmax", rules: [],
      make: { (_, input) throws(Failure) in ActivationLayer(.softmax, input) })
  }

  let activation: Activation
  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  var lastActivation: Activation? { activation }

  init(_ activation: Activation, _ input: Shape) {
    (self.activation, outputShape) = (activation, input)
  }

  func forward(_ run: LayerRun) {
    let rows = run.rows * max(1, run.inputLength)
    run.output.copy(from: run.input, count: rows * outputShape.channels)
    if run.skipsActivation { return }
    run.kernels.activate(activation, run.output, rows: rows, width: outputShape.channels)
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let rows = run.rows * max(1, run.inputLength)
    inputGradient.copy(from: run.outputGradient, count: rows * outputShape.channels)
    if run.skipsActivation { return }
    run.kernels.activateBackward(
      activation, run.input, run.output, inputGradient, rows: rows, width: outputShape.channels)
  }
}
