import Kernels

/// x above 0, alpha · x below, alpha learned for each channel and, unless shared, each time step.
/// Keras: PReLU. Source: He et al. 2015.
final class PReLU: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "PReLU", stem: "p_re_lu",
      rules: [
        FieldRule(.sharedAxes, .integer(0), .flag),
        FieldRule(.alphaInitializer, .initializer(Initializer(.zeros)), .initializer),
      ],
      make: { (configuration, input) throws(Failure) in try PReLU(configuration, input) })
  }

  let parameters: [Parameter]
  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  var fixesLength: Bool { steps > 1 }
  /// Rows of `alpha`, which the rows of the input take in turn.
  private let steps: Int

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    let isShared = configuration.flag(.sharedAxes)
    if isShared { try input.requireTime(configuration.name) }
    guard isShared || input.length != Shape.anyLength else {
      throw Failure(
        .shape,
        "\(configuration.name): needs a fixed length, or shared_axes: it has an alpha for each step"
      )
    }
    outputShape = input
    steps = isShared ? 1 : max(1, input.length)
    parameters = [
      Parameter(
        name: "alpha", shape: (input.hasTime ? [steps] : []) + [input.channels],
        initializer: configuration.initializer(.alphaInitializer))
    ]
    _ = try checkedProduct(steps, input.channels, of: "\(configuration.name)")
  }

  /// Calls body with the offset of each run of elements that has alphas of its own.
  private func forEachRun(_ run: LayerRun, _ body: (_ offset: Int, _ count: Int) -> Void) {
    let width = steps * outputShape.channels
    for offset in stride(from: 0, to: run.inputCount(outputShape), by: width) {
      body(offset, width)
    }
  }

  func forward(_ run: LayerRun) {
    forEachRun(run) { at, count in
      run.kernels.prelu(run.input + at, run.parameters, run.output + at, count)
    }
  }

  /// The gradient of the input may take the place of that of the output.
  func backward(_ run: LayerRun) {
    let target = run.inputGradient ?? run.outputGradient
    forEachRun(run) { at, count in
      run.kernels.preluBackward(
        run.input + at, run.parameters, run.outputGradient + at, target + at,
        run.parameterGradient, count)
    }
  }
}
