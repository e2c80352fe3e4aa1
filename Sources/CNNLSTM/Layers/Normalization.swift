import Kernels

/// (x − mean) / max(√variance, 1e-7) per channel, with numbers found once from data. Keras:
/// Normalization. The third weight is Keras's `count`, which nothing reads.
final class Normalization: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Normalization", stem: "normalization", rules: [],
      make: { (_, input) throws(Failure) in Normalization(input) })
  }

  let outputShape: Shape
  var maskUse: MaskUse { .passes }

  init(_ input: Shape) { outputShape = input }

  var parameters: [Parameter] {
    [
      Parameter(
        name: "mean", shape: [outputShape.channels], initializer: Initializer(.zeros),
        isTrainable: false),
      Parameter(
        name: "variance", shape: [outputShape.channels], initializer: Initializer(.ones),
        isTrainable: false),
      Parameter(name: "count", shape: [], initializer: Initializer(.zeros), isTrainable: false),
    ]
  }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    LayerMemory(packed: outputShape.channels)
  }

  /// packed ← 1 / max(√variance, epsilon)
  func pack(_ run: LayerRun) {
    let variance = run.parameters + outputShape.channels
    for channel in 0..<outputShape.channels {
      run.packed[channel] = 1 / max(variance[channel].squareRoot(), 1e-7)
    }
  }

  func forward(_ run: LayerRun) {
    run.kernels.standardize(
      run.input, run.parameters, run.packed, run.output, run.rows * max(1, run.inputLength),
      outputShape.channels)
  }

  /// dx = dy / max(√variance, epsilon)
  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    for row in 0..<run.rows * max(1, run.inputLength) {
      run.kernels.multiplyElements(
        run.outputGradient + row * channels, run.packed, inputGradient + row * channels, channels)
    }
  }

  /// Mean and variance of each channel of `rows` rows, in Double: two passes.
  static func statistics(
    _ inputs: UnsafePointer<Float>, rows: Int, channels: Int,
    mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<channels {
      var sum = 0.0
      for row in 0..<rows { sum += Double(inputs[row * channels + channel]) }
      let average = sum / Double(rows)
      var squares = 0.0
      for row in 0..<rows {
        let difference = Double(inputs[row * channels + channel]) - average
        squares += difference * difference
      }
      (mean[channel], variance[channel]) = (Float(average), Float(squares / Double(rows)))
    }
  }
}
