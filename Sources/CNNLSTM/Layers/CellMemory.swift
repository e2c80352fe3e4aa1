import Kernels

// How GRU and SimpleRNN lay out their memory and their packed weights.
extension CellLayer {
  /// Of the kernels: those of all gates.
  var columns: Int { cell.gateCount * units }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let (kernels, name): (KernelTable, Message) = (size.kernels, "recurrent layer")
    // Bound all sizes below, so that they may be taken unchecked.
    let wide = try checkedSum(
      kernels.padded(columns), 4 * kernels.padded(max(channels, units)), of: name)
    let allRows = try checkedProduct(size.rows, size.inputLength + 1, of: name)
    _ = try checkedProduct(allRows, wide, 4, of: name)
    _ = try checkedProduct(wide, wide, 4, of: name)
    let stepRows = chunkRows(size)
    var memory = LayerMemory(packed: packedCounts(kernels, isTraining: size.isTraining).all)
    let counts = counts(rows: size.rows, stepRows: stepRows, isTraining: size.isTraining)
    guard size.isTraining else {
      memory.scratch = counts.all
      return memory
    }
    memory.saved = counts.all
    memory.scratch =
      2 * size.rows * units + stepRows * max(kernels.padded(columns), channels)
    return memory
  }

  /// Floats behind each other in the memory of a run.
  private func counts(
    rows: Int, stepRows: Int, isTraining: Bool
  ) -> (gates: Int, reset: Int, states: Int, inputs: Int, all: Int) {
    let (gates, states, inputs) = (
      stepRows * columns, (stepRows + rows) * units, stepRows * channels
    )
    let reset = cell.resets ? (isTraining ? stepRows : rows) * units : 0
    // With masks and masked states, where there may be dropout.
    let masks =
      isTraining
      ? rows * (channels + units) + (recurrentDropout > 0 ? states : 0) : 0
    return (gates, reset, states, inputs, gates + reset + states + inputs + masks)
  }

  /// What a run works on, time first.
  struct Sequence {
    /// Worked on together.
    let steps: Int
    /// [step][row][columns]
    let gates: LayerRun.Floats
    /// [step][row][units] in training, else of one step.
    let reset: LayerRun.Floats
    /// [step + 1][row][units]
    let states: LayerRun.Floats
    /// [step][row][channels]
    let inputs: LayerRun.Floats
    /// Of dropout: [row][channels] and [row][units].
    let inputMask, stateMask: LayerRun.Floats
    /// states · stateMask, which the recurrent products take.
    let maskedStates: LayerRun.Floats
  }

  func sequence(_ run: LayerRun) -> Sequence {
    let steps = chunkLength(run)
    let counts = counts(rows: run.rows, stepRows: steps * run.rows, isTraining: run.isTraining)
    let gates = run.isTraining ? run.saved : run.scratch
    let reset = gates + counts.gates
    let states = reset + counts.reset
    let inputs = states + counts.states
    let inputMask = inputs + counts.inputs
    let stateMask = inputMask + run.rows * channels
    let isMasked = run.dropsOut && recurrentDropout > 0
    return Sequence(
      steps: steps, gates: gates, reset: reset, states: states, inputs: inputs,
      inputMask: inputMask, stateMask: stateMask,
      maskedStates: isMasked ? stateMask + run.rows * units : states)
  }

  /// The packed weights: each part of the recurrent kernel by itself.
  struct Packed {
    let kernel: LayerRun.Floats
    /// Of the sums of inputs, with that of recurrent sums that are added to them; then that of the
    /// last gate's recurrent sum.
    let bias: LayerRun.Floats
    let recurrent: InlineArray<2, LayerRun.Floats>
    let transposedKernel: LayerRun.Floats
    let transposedRecurrent: InlineArray<2, LayerRun.Floats>
  }

  private func packedCounts(
    _ kernels: KernelTable, isTraining: Bool
  ) -> (kernel: Int, recurrent: Int, transposedKernel: Int, transposed: Int, all: Int) {
    let kernel = kernels.packedCount(rows: channels, columns: columns)
    let recurrent = cell.parts.reduce(0) {
      $0 + kernels.packedCount(rows: units, columns: $1.count * units)
    }
    let transposedKernel = kernels.packedCount(rows: columns, columns: channels)
    let transposed = kernels.packedCount(rows: columns, columns: units)
    let inference = kernel + recurrent + columns + units
    return (
      kernel, recurrent, transposedKernel, transposed,
      isTraining ? inference + transposedKernel + transposed : inference
    )
  }

  func packed(_ run: LayerRun) -> Packed {
    let kernels = run.kernels
    let counts = packedCounts(kernels, isTraining: run.isTraining)
    let recurrent = run.packed + counts.kernel
    let bias = recurrent + counts.recurrent
    let transposedKernel = bias + columns + units
    let transposed = transposedKernel + counts.transposedKernel
    let first = cell.parts[0].count * units
    return Packed(
      kernel: run.packed, bias: bias,
      recurrent: [recurrent, recurrent + kernels.packedCount(rows: units, columns: first)],
      transposedKernel: transposedKernel,
      transposedRecurrent: [
        transposed, transposed + kernels.packedCount(rows: first, columns: units),
      ])
  }

  func pack(_ run: LayerRun) {
    let (packed, kernels) = (packed(run), run.kernels)
    let recurrent = run.parameters + channels * columns
    kernels.packPanels(
      rows: channels, columns: columns, run.parameters, rowStride: columns, columnStride: 1,
      into: packed.kernel)
    for (part, gates) in cell.parts.enumerated() {
      kernels.packPanels(
        rows: units, columns: gates.count * units, recurrent + gates.lowerBound * units,
        rowStride: columns, columnStride: 1, into: packed.recurrent[part])
    }
    packBias(run, packed.bias)
    guard run.isTraining else { return }
    kernels.packPanels(
      rows: columns, columns: channels, run.parameters, rowStride: 1, columnStride: columns,
      into: packed.transposedKernel)
    for (part, gates) in cell.parts.enumerated() {
      kernels.packPanels(
        rows: gates.count * units, columns: units, recurrent + gates.lowerBound * units,
        rowStride: 1, columnStride: columns, into: packed.transposedRecurrent[part])
    }
  }

  private func packBias(_ run: LayerRun, _ target: LayerRun.Floats) {
    target.update(repeating: 0, count: columns + units)
    guard hasBias else { return }
    let bias = run.parameters + (channels + units) * columns
    target.copy(from: bias, count: columns)
    guard parameters[2].count > columns else { return }
    // The last gate's recurrent sum stands for itself.
    run.kernels.add(bias + columns, target, columns - units)
    (target + columns).copy(from: bias + 2 * columns - units, count: units)
  }
}
