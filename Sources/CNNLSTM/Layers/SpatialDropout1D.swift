import Kernels

/// In training, zeroes whole channels of a sample with probability `rate` and scales the others by
/// 1 / (1 − rate); the input itself otherwise. Keras: SpatialDropout1D.
/// Source: Tompson et al. 2015.
final class SpatialDropout1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "SpatialDropout1D", stem: "spatial_dropout1d",
      rules: [FieldRule(.rate, .real(0.5), .rate)],
      make: { (configuration, input) throws(Failure) in
        try SpatialDropout1D(configuration, input)
      })
  }

  private let rate: Float
  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  var isIdentity: Bool { true }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    (rate, outputShape) = (configuration.real(.rate), input)
  }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    LayerMemory(
      saved: size.isTraining
        ? try checkedProduct(size.rows, outputShape.channels, of: "spatial_dropout1d") : 0)
  }

  func forward(_ run: LayerRun) {
    if run.dropsOut, rate > 0 {
      var random = run.random
      fillDropoutMask(run.saved, run.rows * outputShape.channels, rate: rate, &random)
    }
    pass(run, run.input, to: run.output)
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    pass(run, run.outputGradient, to: inputGradient)
  }

  /// target ← source · mask, one mask for all time steps of a sample.
  private func pass(
    _ run: LayerRun, _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    guard run.dropsOut, rate > 0 else {
      target.copy(from: source, count: run.inputCount(outputShape))
      return
    }
    let channels = outputShape.channels
    for row in 0..<run.rows * run.inputLength {
      run.kernels.multiplyElements(
        source + row * channels, run.saved + row / run.inputLength * channels,
        target + row * channels, channels)
    }
  }
}
