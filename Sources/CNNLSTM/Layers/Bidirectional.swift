import Kernels

/// A recurrent layer in both directions, their outputs put together. Keras: Bidirectional. The one
/// against the layer's own direction gives its sequence turned back to the order of the other.
final class Bidirectional: Layer {
  /// Makes the layer of one direction from its configuration.
  typealias Direction = (LayerConfiguration) throws(Failure) -> any Layer

  /// The layer of a configuration: of one direction, or of both if it asks for that.
  static func make(
    _ configuration: LayerConfiguration, _ input: Shape, _ direction: Direction
  ) throws(Failure) -> any Layer {
    guard let merge = MergeMode(rawValue: Int32(configuration.integer(.mergeMode))),
      merge != .none
    else { return try direction(configuration) }
    var other = configuration
    other[.goBackwards] = .integer(configuration.flag(.goBackwards) ? 0 : 1)
    return Bidirectional(try direction(configuration), try direction(other), merge, input)
  }

  private let merge: MergeMode
  private let channels: Int
  /// Of one direction.
  private let units: Int
  private let layers: InlineArray<2, any Layer>
  /// Floats in the weights of one direction.
  private let parameterCount: Int
  let parameters: [Parameter]
  let outputShape: Shape

  private init(_ first: any Layer, _ second: any Layer, _ merge: MergeMode, _ input: Shape) {
    (self.merge, layers) = (merge, [first, second])
    (channels, units) = (input.channels, first.outputShape.channels)
    parameterCount = first.parameters.reduce(0) { $0 + $1.count }
    parameters =
      first.parameters.map { $0.renamed(Bidirectional.name($0, isForward: true)) }
      + second.parameters.map { $0.renamed(Bidirectional.name($0, isForward: false)) }
    outputShape = Shape(
      length: first.outputShape.length, channels: merge == .concat ? 2 * units : units)
  }

  private static func name(_ parameter: Parameter, isForward: Bool) -> StaticString {
    if parameter.name.ends(with: "recurrent_kernel") {
      return isForward ? "forward_recurrent_kernel" : "backward_recurrent_kernel"
    }
    if parameter.name.ends(with: "bias") { return isForward ? "forward_bias" : "backward_bias" }
    return isForward ? "forward_kernel" : "backward_kernel"
  }

  func outputLength(_ inputLength: Int) -> Int { layers[0].outputLength(inputLength) }
  var stateWidth: Int { 2 * layers[0].stateWidth }
  var maskUse: MaskUse { layers[0].maskUse }

  // MARK: Memory: own floats, then those of both directions, half each

  private static func halves(_ count: Int) -> Int { count / 32 * 16 }

  /// Outputs of both directions, kept for `backward`, and their gradients.
  private func outputCount(rows: Int, outputLength: Int) -> Int {
    2 * aligned(rows * max(1, outputLength) * units)
  }

  private func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let one = try layers[0].memory(size)
    // No more than the layers have checked for themselves.
    let outputs = outputCount(rows: size.rows, outputLength: size.outputLength)
    let inputs = aligned(size.rows * size.inputLength * channels)
    var memory = LayerMemory(packed: 2 * aligned(one.packed))
    memory.saved = 2 * aligned(one.saved) + (size.isTraining ? outputs : 0)
    memory.scratch = outputs + (size.isTraining ? inputs : 0) + one.scratch
    return memory
  }

  /// The run of one direction, without its inputs and outputs.
  private func half(_ run: LayerRun, _ direction: Int) -> LayerRun {
    let outputs = outputCount(rows: run.rows, outputLength: run.outputLength)
    let inputs = run.isTraining ? aligned(run.rows * run.inputLength * channels) : 0
    let saved = run.isTraining ? outputs : 0
    var half = run
    half.parameters = run.parameters + direction * parameterCount
    half.parameterGradient = run.parameterGradient + direction * parameterCount
    half.packed = run.packed + direction * Bidirectional.halves(run.memory.packed)
    half.saved = run.saved + saved + direction * Bidirectional.halves(run.memory.saved - saved)
    half.scratch = run.scratch + outputs + inputs
    half.output = (run.isTraining ? run.saved : run.scratch) + direction * outputs / 2
    half.outputGradient = run.scratch + direction * outputs / 2
    half.state = run.state.map { $0 + direction * layers[0].stateWidth }
    if direction == 1 {
      var random = run.random
      half.random = RandomSource(seed: random.next())
    }
    return half
  }

  func pack(_ run: LayerRun) {
    for direction in 0..<2 { layers[direction].pack(half(run, direction)) }
  }

  // MARK: Arithmetic

  func forward(_ run: LayerRun) {
    let halves = (half(run, 0), half(run, 1))
    layers[0].forward(halves.0)
    layers[1].forward(halves.1)
    let (kernels, steps) = (run.kernels, max(1, run.outputLength))
    forEachStep(run) { step, turned in
      let (a, b) = (halves.0.output + step * units, halves.1.output + turned * units)
      let target = run.output + step * outputShape.channels
      target.copy(from: a, count: units)
      switch merge {
      case .concat: (target + units).copy(from: b, count: units)
      case .mul: kernels.multiplyElements(a, b, target, units)
      case .sum, .ave: kernels.add(b, target, units)
      case .none: break
      }
    }
    if merge == .ave {
      kernels.scale(0.5, run.output, run.output, run.rows * steps * units)
    }
  }

  func backward(_ run: LayerRun) {
    var halves = (half(run, 0), half(run, 1))
    forEachStep(run) { step, turned in
      let gradient = run.outputGradient + step * outputShape.channels
      let (a, b) = (step * units, turned * units)
      let targets = (halves.0.outputGradient + a, halves.1.outputGradient + b)
      switch merge {
      case .mul:
        run.kernels.multiplyElements(gradient, halves.1.output + b, targets.0, units)
        run.kernels.multiplyElements(gradient, halves.0.output + a, targets.1, units)
      case .ave:
        run.kernels.scale(0.5, gradient, targets.0, units)
        run.kernels.scale(0.5, gradient, targets.1, units)
      default:
        targets.0.copy(from: gradient, count: units)
        targets.1.copy(from: merge == .concat ? gradient + units : gradient, count: units)
      }
    }
    layers[0].backward(halves.0)
    if run.inputGradient != nil {
      halves.1.inputGradient =
        run.scratch + outputCount(rows: run.rows, outputLength: run.outputLength)
    }
    layers[1].backward(halves.1)
    if let sum = run.inputGradient, let other = halves.1.inputGradient {
      run.kernels.add(other, sum, run.rows * run.inputLength * channels)
    }
  }

  /// Calls body for each step of each sample, with its place in the outputs and that in the
  /// outputs of the other direction.
  private func forEachStep(_ run: LayerRun, _ body: (_ step: Int, _ turned: Int) -> Void) {
    let steps = max(1, run.outputLength)
    for row in 0..<run.rows {
      for step in 0..<steps { body(row * steps + step, row * steps + steps - 1 - step) }
    }
  }
}
