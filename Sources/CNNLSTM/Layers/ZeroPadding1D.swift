import Kernels

/// Time steps of zeros before and after the input's. Keras: ZeroPadding1D.
final class ZeroPadding1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "ZeroPadding1D", stem: "zero_padding1d",
      rules: [
        FieldRule(.before, .integer(1), .range(0, 65_536)),
        FieldRule(.after, .integer(1), .range(0, 65_536)),
      ],
      make: { (configuration, input) throws(Failure) in try ZeroPadding1D(configuration, input) })
  }

  private let before: Int
  private let after: Int
  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    (before, after) = (configuration.integer(.before), configuration.integer(.after))
    let isAny = input.length == Shape.anyLength
    outputShape = Shape(
      length: isAny ? Shape.anyLength : before + input.length + after, channels: input.channels)
  }

  func outputLength(_ inputLength: Int) -> Int { before + inputLength + after }

  func forward(_ run: LayerRun) {
    let channels = outputShape.channels
    let count = run.inputLength * channels
    for row in 0..<run.rows {
      let output = run.output + row * run.outputLength * channels
      let start = output + before * channels
      output.update(repeating: 0, count: before * channels)
      start.copy(from: run.input + row * count, count: count)
      (start + count).update(repeating: 0, count: after * channels)
    }
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    let channels = outputShape.channels
    let count = run.inputLength * channels
    for row in 0..<run.rows {
      (inputGradient + row * count).copy(
        from: run.outputGradient + (row * run.outputLength + before) * channels, count: count)
    }
  }
}
