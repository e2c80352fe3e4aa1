import Kernels

/// What becomes of the mask that says which time steps of a layer's input count. As in Keras
/// (`supports_masking`).
enum MaskUse: UInt8 {
  /// The layer may look at it; nothing behind it does.
  case drops
  /// The output has the mask of the input.
  case passes
  /// The layer makes the mask of its output.
  case makes
}

/// Time steps whose channels all are `mask_value` do not count for the layers behind it, and become
/// zero. Keras: Masking.
final class Masking: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Masking", stem: "masking",
      rules: [
        FieldRule(.maskValue, .real(0), .number(least: -.greatestFiniteMagnitude))
      ],
      make: { (configuration, input) throws(Failure) in try Masking(configuration, input) })
  }

  private let maskValue: Float
  let outputShape: Shape
  var maskUse: MaskUse { .makes }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    (maskValue, outputShape) = (configuration.real(.maskValue), input)
  }

  func forward(_ run: LayerRun) {
    guard let mask = run.mask else { return }
    let channels = outputShape.channels
    for step in 0..<run.rows * run.inputLength {
      let (input, output) = (run.input + step * channels, run.output + step * channels)
      var counts = false
      for channel in 0..<channels where input[channel] != maskValue { counts = true }
      mask.flags[step] = counts ? 1 : 0
      copy(input, to: output, channels, if: counts)
    }
    mask.finish()
  }

  /// dx = dy where the step counts, else 0
  func backward(_ run: LayerRun) {
    guard let mask = run.mask, let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    for step in 0..<run.rows * run.inputLength {
      copy(
        UnsafePointer(run.outputGradient + step * channels), to: inputGradient + step * channels,
        channels, if: mask.flags[step] != 0)
    }
  }

  private func copy(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int,
    if counts: Bool
  ) {
    if counts {
      target.copy(from: source, count: count)
    } else {
      target.update(repeating: 0, count: count)
    }
  }
}
