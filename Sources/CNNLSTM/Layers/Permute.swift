import Kernels

/// [length, channels] → [channels, length], or the input itself where the first dimension stays
/// first. Keras: Permute.
final class Permute: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Permute", stem: "permute",
      rules: [FieldRule(.firstDimension, .integer(2), .range(1, 2))],
      make: { (configuration, input) throws(Failure) in try Permute(configuration, input) })
  }

  let outputShape: Shape
  let isIdentity: Bool
  var fixesLength: Bool { !isIdentity }
  private let channels: Int

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    try input.requireTime(configuration.name)
    isIdentity = configuration.integer(.firstDimension) == 1
    channels = input.channels
    if !isIdentity { try input.requireLength(configuration.name) }
    outputShape = isIdentity ? input : Shape(length: input.channels, channels: input.length)
  }

  func outputLength(_ inputLength: Int) -> Int { isIdentity ? inputLength : channels }

  func forward(_ run: LayerRun) {
    turn(run.input, run.output, run, rows: run.inputLength, columns: channels)
  }

  func backward(_ run: LayerRun) {
    guard let inputGradient = run.inputGradient else { return }
    turn(run.outputGradient, inputGradient, run, rows: channels, columns: run.inputLength)
  }

  /// Each sample as the transpose of [rows, columns].
  private func turn(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ run: LayerRun,
    rows: Int, columns: Int
  ) {
    let count = rows * columns
    guard !isIdentity else { return target.copy(from: source, count: run.rows * count) }
    for sample in 0..<run.rows {
      let (source, target) = (source + sample * count, target + sample * count)
      for column in 0..<columns {
        for row in 0..<rows { target[column * rows + row] = source[row * columns + column] }
      }
    }
  }
}
