import Kernels

/// The same numbers as [target_length, target_channels], or as [target_channels] without a time
/// axis. One of the two may be left to follow from the other. Keras: Reshape.
final class Reshape: Layer {
  /// A size that follows from the other; Keras's −1.
  static var inferred: Int { 0 }

  static var traits: LayerTraits {
    LayerTraits(
      name: "Reshape", stem: "reshape",
      rules: [
        FieldRule(.targetLength, .integer(Shape.noTime), .range(Shape.noTime, Shape.longest)),
        FieldRule(.targetChannels, .integer(inferred), .range(inferred, Shape.longest)),
      ],
      make: { (configuration, input) throws(Failure) in try Reshape(configuration, input) })
  }

  private let input: Shape
  let outputShape: Shape
  var isIdentity: Bool { true }
  var fixesLength: Bool { input.hasTime && outputShape.length != Shape.anyLength }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    self.input = input
    outputShape = try Reshape.target(
      Shape(
        length: configuration.integer(.targetLength),
        channels: configuration.integer(.targetChannels)), input, configuration.name)
  }

  private static func target(
    _ wanted: Shape, _ input: Shape, _ name: String
  ) throws(Failure) -> Shape {
    guard wanted.length != inferred || wanted.channels != inferred else {
      throw Failure(
        .argument, "\(name): only one of target_length and target_channels can be left open")
    }
    if input.length == Shape.anyLength {
      guard wanted.length == inferred, input.channels % wanted.channels == 0 else {
        throw Failure(
          .shape,
          "\(name): an input of any length can only become one of any length whose channels "
            + "divide its \(input.channels)")
      }
      return Shape(length: Shape.anyLength, channels: wanted.channels)
    }
    let count = try checkedProduct(input.steps, input.channels, of: "\(name)")
    var target = wanted
    if wanted.channels == inferred { target.channels = count / wanted.steps }
    if wanted.length == inferred { target.length = count / wanted.channels }
    guard try checkedProduct(target.steps, target.channels, of: "\(name)") == count,
      target.channels > 0, target.length != 0
    else {
      throw Failure(
        .shape, "\(name): \(count) numbers cannot become \(text(wanted.length, wanted.channels))")
    }
    return target
  }

  /// As Keras writes a target_shape.
  private static func text(_ length: Int, _ channels: Int) -> Message {
    let last: Message = channels == inferred ? "-1" : "\(channels)"
    if length == Shape.noTime { return "(\(last),)" }
    return length == inferred ? "(-1, \(last))" : "(\(length), \(last))"
  }

  var leastLength: Int { input.hasTime ? 1 : Shape.noTime }

  func outputLength(_ inputLength: Int) -> Int {
    outputShape.length == Shape.anyLength
      ? inputLength * (input.channels / outputShape.channels) : outputShape.length
  }

  private func count(_ run: LayerRun) -> Int {
    run.rows * max(1, run.inputLength) * input.channels
  }

  func forward(_ run: LayerRun) { run.output.copy(from: run.input, count: count(run)) }

  func backward(_ run: LayerRun) {
    run.inputGradient?.copy(from: run.outputGradient, count: count(run))
  }
}
