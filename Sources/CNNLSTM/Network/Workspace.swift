import Kernels

/// Memory in which a network computes on a few samples, for one thread at a time.
final class Workspace {
  let plan: Plan
  private let network: Network
  private let processor: Processor
  private let buffer: FloatBuffer
  /// The first layer that training changes or that looks at it; nothing flows further back.
  private let firstTrainable: Int
  /// Of the run at hand: the length in front of each layer, and behind the last.
  private var lengths: [Int]
  private var rows = 0
  private var dropsOut = false
  private var firstInput: UnsafePointer<Float>

  /// - Throws: `.outOfMemory`
  init(_ network: Network, _ plan: Plan, _ processor: Processor) throws(Failure) {
    (self.network, self.plan, self.processor) = (network, plan, processor)
    buffer = try FloatBuffer(count: plan.workspaceCount)
    lengths = Array(repeating: 0, count: network.layers.count + 1)
    let trained = network.layout.entries.first { $0.isTrainable }?.layer
    let watching = network.layers.firstIndex { $0.needsWholeBatch }
    firstTrainable = min(trained ?? network.layers.count, watching ?? network.layers.count)
    firstInput = UnsafePointer(buffer.pointer)
  }

  /// Where inputs are gathered.
  var input: UnsafeMutablePointer<Float> { buffer.pointer + plan.input }

  /// Of the last run's output, which time steps count; nil where all do.
  var outputMask: StepMask? { mask(plan.outputMask, length: lengths[lengths.count - 1]) }

  private func mask(_ place: Int?, length: Int) -> StepMask? {
    guard let place else { return nil }
    return StepMask(buffer.pointer + place, rows: rows, length: length)
  }

  /// Where training puts the gradient of the output before `backward`.
  var outputGradient: UnsafeMutablePointer<Float> { buffer.pointer + plan.gradients[0] }

  /// Packs weights; the packed ones are for all workspaces with an equal plan, but for its rows.
  func pack(_ values: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    for index in network.layers.indices {
      network.layers[index].pack(run(index, values, packed))
    }
  }

  /// Computes the network on samples of a length that the plan and the layers allow.
  /// - Parameters:
  ///   - dropoutSeed: nil for no dropout.
  ///   - logitLayer: the layer that gives its logits, leaving its activation out.
  ///   - team: threads that have nothing else to do.
  ///   - states: those of the samples, from a row on; nil for states that are zero at first.
  /// - Returns: the output, in memory of the workspace or, if no layer computes, the input.
  func forward(
    _ input: UnsafePointer<Float>, rows: Int, length: Int, _ values: UnsafePointer<Float>,
    _ packed: UnsafeMutablePointer<Float>, dropoutSeed: UInt64? = nil,
    logitLayer: Int? = nil, team: StepTeam? = nil, states: (States, row: Int)? = nil
  ) -> UnsafePointer<Float> {
    (self.rows, firstInput, lengths[0], dropsOut) = (rows, input, length, dropoutSeed != nil)
    var current = input
    for index in network.layers.indices {
      let layer = network.layers[index]
      lengths[index + 1] = layer.outputLength(lengths[index])
      var run = run(index, values, packed)
      if layer.isIdentity, !plan.isTraining || index == 0 { continue }
      run.input = current
      if let dropoutSeed { run.random = RandomSource(seed: dropoutSeed, stream: UInt64(index)) }
      run.skipsActivation = index == logitLayer
      run.team = team
      if let (states, row) = states, layer.stateWidth > 0 {
        run.state = states.pointer(index, width: layer.stateWidth, row: row)
        run.stateStride = layer.stateWidth
      }
      layer.forward(run)
      current = UnsafePointer(run.output)
    }
    return current
  }

  /// Adds the gradients of all weights, from `outputGradient`, after a `forward` of this plan.
  /// - Parameter logitLayer: as `forward` had it.
  func backward(
    _ values: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>,
    _ gradients: UnsafeMutablePointer<Float>, logitLayer: Int? = nil
  ) {
    var turn = 0
    for index in network.layers.indices.reversed() where index >= firstTrainable {
      var run = run(index, values, packed)
      run.input =
        index > 1 ? UnsafePointer(buffer.pointer + plan.steps[index - 1].output) : firstInput
      run.outputGradient = buffer.pointer + plan.gradients[turn]
      run.inputGradient = index > firstTrainable ? buffer.pointer + plan.gradients[1 - turn] : nil
      run.parameterGradient = gradients + network.layout.layerOffsets[index]
      run.skipsActivation = index == logitLayer
      network.layers[index].backward(run)
      turn = 1 - turn
    }
  }

  private func run(
    _ index: Int, _ values: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
  ) -> LayerRun {
    let (base, step) = (buffer.pointer, plan.steps[index])
    return LayerRun(
      processor: processor, isTraining: plan.isTraining, weightType: plan.weightType,
      dropsOut: dropsOut, rows: rows, inputLength: lengths[index],
      outputLength: lengths[index + 1], mask: mask(step.mask, length: lengths[index]),
      parameters: values + network.layout.layerOffsets[index], memory: step.memory,
      packed: packed + step.packed, saved: base + step.saved, scratch: base + plan.scratch,
      input: UnsafePointer(base), output: base + step.output, outputGradient: base,
      parameterGradient: base)
  }
}
