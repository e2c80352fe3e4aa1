import Kernels

/// What recurrent layers are told alike, sizes, direction, dropout and what they keep, and how they
/// walk through time.
struct Recurrence: Sendable {
  let channels: Int
  let units: Int
  let activation: Elementwise
  let recurrentActivation: Elementwise
  let hasBias: Bool
  let returnsSequences: Bool
  let goesBackwards: Bool
  let dropout: Float
  let recurrentDropout: Float
  let isStateful: Bool
  /// One direction of two, which gives sequences, gives zeros where a step does not count.
  let zeroesMasked: Bool
  let outputShape: Shape

  /// - Parameter gates: how many there are; with their weights the sizes are checked.
  /// - Throws: `.shape`, `.limit`
  init(_ configuration: LayerConfiguration, _ input: Shape, gates: Int) throws(Failure) {
    guard input.hasTime else {
      throw Failure(
        .shape, "\(configuration.name): needs [time, channels], gets \(input.channels) numbers")
    }
    (channels, units) = (input.channels, configuration.integer(.units))
    activation = configuration.activation(.activation).elementwise ?? .linear
    recurrentActivation = configuration.activation(.recurrentActivation).elementwise ?? .linear
    hasBias = configuration.flag(.useBias)
    returnsSequences = configuration.flag(.returnSequences)
    goesBackwards = configuration.flag(.goBackwards)
    dropout = configuration.real(.dropout)
    recurrentDropout = configuration.real(.recurrentDropout)
    isStateful = configuration.flag(.stateful)
    zeroesMasked = configuration.integer(.mergeMode) != 0 && returnsSequences
    outputShape = Shape(length: returnsSequences ? input.length : Shape.noTime, channels: units)
    _ = try checkedProduct(channels, gates, units, of: "\(configuration.name)")
  }

  /// The fields of recurrent layers, and those of one kind.
  static func rules(_ own: [FieldRule]) -> [FieldRule] {
    own + [
      FieldRule(.units, .integer(1), .size),
      FieldRule(.activation, .tanh, .activation(softmax: false)),
      FieldRule(.useBias, .integer(1), .flag),
      FieldRule(.returnSequences, .integer(0), .flag),
      FieldRule(.goBackwards, .integer(0), .flag),
      FieldRule(.dropout, .real(0), .rate),
      FieldRule(.recurrentDropout, .real(0), .rate),
      FieldRule(.kernelInitializer, .initializer(Initializer(.glorotUniform)), .initializer),
      FieldRule(.recurrentInitializer, .initializer(Initializer(.orthogonal)), .initializer),
      FieldRule(.biasInitializer, .initializer(Initializer(.zeros)), .initializer),
      FieldRule(.stateful, .integer(0), .flag),
      FieldRule(.mergeMode, .integer(0), .merge),
    ]
  }

  /// Kernel and recurrent kernel of a number of gates, and a bias.
  static func parameters(
    _ configuration: LayerConfiguration, channels: Int, columns: Int, biasShape: [Int],
    ones: Range<Int> = 0..<0
  ) -> [Parameter] {
    let kernels = [
      Parameter(
        name: "kernel", shape: [channels, columns],
        initializer: configuration.initializer(.kernelInitializer)),
      Parameter(
        name: "recurrent_kernel", shape: [configuration.integer(.units), columns],
        initializer: configuration.initializer(.recurrentInitializer)),
    ]
    guard configuration.flag(.useBias) else { return kernels }
    return kernels + [
      Parameter(
        name: "bias", shape: biasShape, initializer: configuration.initializer(.biasInitializer),
        ones: ones)
    ]
  }
}

/// A layer with a state that goes from step to step.
protocol RecurrentLayer: Layer {
  var recurrence: Recurrence { get }
}

extension RecurrentLayer {
  var channels: Int { recurrence.channels }
  var units: Int { recurrence.units }
  var activation: Elementwise { recurrence.activation }
  var recurrentActivation: Elementwise { recurrence.recurrentActivation }
  var hasBias: Bool { recurrence.hasBias }
  var returnsSequences: Bool { recurrence.returnsSequences }
  var goesBackwards: Bool { recurrence.goesBackwards }
  var dropout: Float { recurrence.dropout }
  var recurrentDropout: Float { recurrence.recurrentDropout }

  var outputShape: Shape { recurrence.outputShape }
  func outputLength(_ inputLength: Int) -> Int { returnsSequences ? inputLength : Shape.noTime }
  var maskUse: MaskUse { returnsSequences ? .passes : .drops }
}

// The walk through time. Inside, time comes first: row t · samples + sample, in the order the layer
// walks.
extension Recurrence {
  /// Rows, steps times samples, that make a good product of the input projection and stay in the
  /// cache.
  var chunkRows: Int { 96 }

  /// Time steps worked on together: all in training, which needs them again; else as many as
  /// `chunkRows` are.
  func chunkLength(_ run: LayerRun) -> Int {
    if run.isTraining { return run.inputLength }
    // Samples that end at different steps may leave their states behind each.
    if run.mask != nil, run.state != nil { return 1 }
    return min(run.inputLength, max(1, chunkRows / max(run.rows, 1)))
  }

  /// Rows of a chunk at most. A run of fewer samples takes more steps at once.
  func chunkRows(_ size: RunSize) -> Int {
    let all = size.rows * size.inputLength
    return size.isTraining ? all : min(all, max(chunkRows, size.rows))
  }

  /// The time step of the input that a step of a run without a mask takes.
  private func time(_ run: LayerRun, _ step: Int) -> Int {
    goesBackwards ? run.inputLength - 1 - step : step
  }

  private func walk(_ run: LayerRun) -> MaskedWalk? {
    guard let mask = run.mask else { return nil }
    return MaskedWalk(
      mask: mask, goesBackwards: goesBackwards, returnsSequences: returnsSequences, units: units,
      zeroesMasked: zeroesMasked)
  }

  /// The number of the state, of a chunk of steps from `first` on, that a sample ends with; nil if
  /// it does not end there.
  func lastState(_ run: LayerRun, _ row: Int, first: Int, count: Int) -> Int? {
    let last = run.mask.map { $0.count(row) } ?? run.inputLength
    return last > first && last <= first + count ? last - first : nil
  }

  /// Of a run with dropout, one mask for all time steps and gates: inputs [row][channels], states
  /// [row][stride]. Source: Gal and Ghahramani 2016, with tied weights.
  func fillMasks(
    _ run: LayerRun, inputs: LayerRun.Floats, states: LayerRun.Floats, stride: Int
  ) {
    guard run.dropsOut else { return }
    var random = run.random
    if dropout > 0 { fillDropoutMask(inputs, run.rows * channels, rate: dropout, &random) }
    guard recurrentDropout > 0 else { return }
    for row in 0..<run.rows {
      let mask = states + row * stride
      fillDropoutMask(mask, units, rate: recurrentDropout, &random)
      (mask + units).update(repeating: 0, count: stride - units)
    }
  }

  /// target[step][row] ← input[row][time] · mask
  func copyInputs(
    _ run: LayerRun, _ steps: Range<Int>, mask: LayerRun.Floats, into target: LayerRun.Floats
  ) {
    let (isMasked, walk) = (run.dropsOut && dropout > 0, walk(run))
    for step in steps {
      let everyTime = time(run, step)
      for row in 0..<run.rows {
        let target = target + ((step - steps.lowerBound) * run.rows + row) * channels
        var time = everyTime
        if let walk {
          guard let ownTime = walk.time(row, step) else {
            target.update(repeating: 0, count: channels)
            continue
          }
          time = ownTime
        }
        let source = run.input + (row * run.inputLength + time) * channels
        if isMasked {
          run.kernels.multiplyElements(source, mask + row * channels, target, channels)
        } else {
          target.copy(from: source, count: channels)
        }
      }
    }
  }

  /// output[row][step] ← states[step + 1][row][stride], or the last one alone
  func copyOutputs(
    _ run: LayerRun, _ steps: Range<Int>, _ states: LayerRun.Floats, stride: Int
  ) {
    if let walk = walk(run) { return walk.copyOutputs(run, steps, states, stride: stride) }
    for step in steps where hasOutput(run, step) {
      let source = states + (step - steps.lowerBound + 1) * run.rows * stride
      for row in 0..<run.rows {
        let target = returnsSequences ? row * run.inputLength + step : row
        (run.output + target * units).copy(from: source + row * stride, count: units)
      }
    }
  }

  func hasOutput(_ run: LayerRun, _ step: Int) -> Bool {
    returnsSequences || step == run.inputLength - 1
  }

  /// state[row][stride] += the gradients of the outputs that are the state after a step, in a run
  /// with a mask.
  func addMaskedOutputGradient(
    _ run: LayerRun, _ step: Int, to state: LayerRun.Floats, stride: Int
  ) {
    walk(run)?.addOutputGradient(run, step, to: state, stride: stride)
  }

  /// The gradient of a step's output, [row] with `outputGradientStride` floats from one to the
  /// next; nil where the step has none, and in a run with a mask.
  func outputGradient(_ run: LayerRun, _ step: Int) -> UnsafePointer<Float>? {
    guard run.mask == nil, hasOutput(run, step) else { return nil }
    return UnsafePointer(run.outputGradient + (returnsSequences ? step * units : 0))
  }

  func outputGradientStride(_ run: LayerRun) -> Int {
    returnsSequences ? run.inputLength * units : units
  }

  /// inputGradient[row][time] ← gradients[step][row] · mask
  func copyInputGradient(
    _ run: LayerRun, from gradients: LayerRun.Floats, mask: LayerRun.Floats,
    into inputGradient: LayerRun.Floats
  ) {
    let walk = walk(run)
    if walk != nil {
      inputGradient.update(repeating: 0, count: run.rows * run.inputLength * channels)
    }
    for step in 0..<run.inputLength {
      let everyTime = time(run, step)
      for row in 0..<run.rows {
        var time = everyTime
        if let walk {
          guard let ownTime = walk.time(row, step) else { continue }
          time = ownTime
        }
        let source = gradients + (step * run.rows + row) * channels
        let target = inputGradient + (row * run.inputLength + time) * channels
        if run.dropsOut, dropout > 0 {
          run.kernels.multiplyElements(source, mask + row * channels, target, channels)
        } else {
          target.copy(from: source, count: channels)
        }
      }
    }
  }
}
