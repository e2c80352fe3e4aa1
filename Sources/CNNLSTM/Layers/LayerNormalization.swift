import Kernels

/// The channels of each time step brought to mean 0 and variance 1, then scaled by gamma and
/// shifted by beta. Keras: LayerNormalization on the last axis. Source: Ba, Kiros and Hinton 2016.
final class LayerNormalization: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "LayerNormalization", stem: "layer_normalization",
      rules: [
        FieldRule(.center, .integer(1), .flag),
        FieldRule(.scale, .integer(1), .flag),
        FieldRule(.epsilon, .real(0.001), .number(least: 0)),
        FieldRule(.betaInitializer, .initializer(Initializer(.zeros)), .initializer),
        FieldRule(.gammaInitializer, .initializer(Initializer(.ones)), .initializer),
      ],
      make: { (configuration, input) throws(Failure) in LayerNormalization(configuration, input) })
  }

  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  let parameters: [Parameter]
  let epsilon: Float
  private let scales: Bool
  private let shifts: Bool

  init(_ configuration: LayerConfiguration, _ input: Shape) {
    (outputShape, epsilon) = (input, configuration.real(.epsilon))
    (scales, shifts) = (configuration.flag(.scale), configuration.flag(.center))
    func array(_ name: StaticString, _ field: Field) -> Parameter {
      Parameter(
        name: name, shape: [input.channels], initializer: configuration.initializer(field))
    }
    parameters =
      (scales ? [array("gamma", .gammaInitializer)] : [])
      + (shifts ? [array("beta", .betaInitializer)] : [])
  }

  private var channels: Int { outputShape.channels }

  /// packed: gamma and beta, or what stands for them. saved: the moments of every row.
  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let name: Message = "layer_normalization"
    let width = try checkedProduct(channels, 2, of: name)
    guard size.isTraining else { return LayerMemory(packed: width) }
    return LayerMemory(
      saved: try checkedProduct(size.rows, max(1, size.inputLength), 2, of: name), scratch: width,
      packed: width)
  }

  func pack(_ run: LayerRun) {
    let (gamma, beta) = (run.packed, run.packed + channels)
    gamma.update(repeating: 1, count: channels)
    beta.update(repeating: 0, count: channels)
    if scales { gamma.copy(from: run.parameters, count: channels) }
    if shifts { beta.copy(from: run.parameters + (scales ? channels : 0), count: channels) }
  }

  private func rows(_ run: LayerRun) -> NormalizedRows {
    NormalizedRows(
      rows: run.rows * max(1, run.inputLength), width: channels, epsilon: epsilon,
      gamma: run.packed, beta: run.packed + channels, moments: run.isTraining ? run.saved : nil)
  }

  func forward(_ run: LayerRun) {
    run.kernels.layerNormalization(rows(run), run.input, run.output)
  }

  func backward(_ run: LayerRun) {
    run.scratch.update(repeating: 0, count: 2 * channels)
    run.kernels.layerNormalizationBackward(
      rows(run), run.input, run.outputGradient, run.inputGradient, run.scratch)
    if scales { run.kernels.add(run.scratch, run.parameterGradient, channels) }
    if shifts {
      run.kernels.add(
        run.scratch + channels, run.parameterGradient + (scales ? channels : 0), channels)
    }
  }
}
