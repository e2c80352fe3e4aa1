import Kernels

/// In training, zero with probability `rate` and 1 / (1 − rate) times the input otherwise; the
/// input itself outside training. Keras: Dropout. Source: Srivastava et al. 2014.
final class Dropout: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Dropout", stem: "dropout", rules: [FieldRule(.rate, .real(0.5), .rate)],
      make: { (configuration, input) throws(Failure) in
        Dropout(rate: configuration.real(.rate), input)
      })
  }

  let rate: Float
  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  var isIdentity: Bool { true }

  init(rate: Float, _ input: Shape) { (self.rate, outputShape) = (rate, input) }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let count = try checkedProduct(
      size.rows, max(1, size.inputLength), outputShape.channels, of: "dropout")
    return LayerMemory(saved: size.isTraining ? count : 0)
  }

  func forward(_ run: LayerRun) {
    let count = run.rows * max(1, run.inputLength) * outputShape.channels
    guard run.dropsOut, rate > 0 else {
      run.output.copy(from: run.input, count: count)
      return
    }
    var random = run.random
    fillDropoutMask(run.saved, count, rate: rate, &random)
    run.kernels.multiplyElements(run.input, run.saved, run.output, count)
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let count = run.rows * max(1, run.inputLength) * outputShape.channels
    if run.dropsOut, rate > 0 {
      run.kernels.multiplyElements(run.outputGradient, run.saved, inputGradient, count)
    } else {
      inputGradient.copy(from: run.outputGradient, count: count)
    }
  }
}

/// mask ← 0 with probability `rate`, else 1 / (1 − rate)
func fillDropoutMask(
  _ mask: UnsafeMutablePointer<Float>, _ count: Int, rate: Float, _ random: inout RandomSource
) {
  let kept = 1 / (1 - rate)
  for i in 0..<count { mask[i] = random.uniform() < rate ? 0 : kept }
}
