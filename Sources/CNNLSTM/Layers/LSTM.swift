import Kernels

/// Long short-term memory. Keras: LSTM, gates in the order i, f, c̃, o.
///
/// Inside, time comes first: row t · samples + sample. A panel holds the four gates of `lanes`
/// units beside each other, so that the sums of a panel go straight to the gate functions. All
/// arrays of gates are [panel][row][4 lanes], which is also how a packed right-hand matrix looks:
/// the gradients of the kernels need no packing.
final class LSTM: RecurrentLayer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "LSTM", stem: "lstm",
      rules: Recurrence.rules([
        FieldRule(.recurrentActivation, .sigmoid, .activation(softmax: false)),
        FieldRule(.unitForgetBias, .integer(1), .flag),
      ]),
      make: { (configuration, input) throws(Failure) in
        try Bidirectional.make(configuration, input) { (configuration) throws(Failure) in
          try LSTM(configuration, input)
        }
      })
  }

  let recurrence: Recurrence
  let channels: Int
  let units: Int
  let parameters: [Parameter]

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    recurrence = try Recurrence(configuration, input, gates: 4)
    (channels, units) = (recurrence.channels, recurrence.units)
    parameters = Recurrence.parameters(
      configuration, channels: channels, columns: 4 * units, biasShape: [4 * units],
      ones: configuration.flag(.unitForgetBias) ? units..<2 * units : 0..<0)
  }

  // MARK: Forward

  func forward(_ run: LayerRun) {
    let (packed, sequence) = (packed(run), sequence(run))
    recurrence.fillMasks(
      run, inputs: sequence.inputMask, states: sequence.stateMask, stride: sequence.width)
    loadState(run, sequence)
    var done = 0
    while done < run.inputLength {
      let steps = min(sequence.steps, run.inputLength - done)
      if done > 0 { carryState(run, sequence) }
      recurrence.copyInputs(
        run, done..<done + steps, mask: sequence.inputMask, into: sequence.inputs)
      advance(run, packed, sequence, done..<done + steps)
      recurrence.copyOutputs(run, done..<done + steps, sequence.states, stride: sequence.width)
      storeState(run, sequence, first: done, steps)
      done += steps
    }
    if let mask = run.mask, run.isTraining { clear(mask, sequence, rows: run.rows) }
  }

  /// Steps that lead nowhere can have led anywhere, to infinity too: `backward` meets zeros.
  private func clear(_ mask: StepMask, _ sequence: Sequence, rows: Int) {
    let (lanes, width) = (sequence.width / sequence.panels, sequence.gatesRowStride)
    for row in 0..<rows {
      for step in mask.count(row)..<mask.length {
        let state = ((step + 1) * rows + row) * sequence.width
        (sequence.states + state).update(repeating: 0, count: sequence.width)
        (sequence.maskedStates + state).update(repeating: 0, count: sequence.width)
        for panel in 0..<sequence.panels {
          let gates =
            sequence.gates + panel * sequence.gatesPanelStride + (step * rows + row) * width
          gates.update(repeating: 0, count: width)
          let cell = sequence.cells + (step + 1) * sequence.cell + (panel * rows + row) * lanes
          cell.update(repeating: 0, count: lanes)
        }
      }
    }
  }

  /// Outputs and cells.
  var stateWidth: Int { recurrence.isStateful ? 2 * units : 0 }

  /// The state before the first step: zero, or what the run before left.
  private func loadState(_ run: LayerRun, _ sequence: Sequence) {
    let count = run.rows * sequence.width
    sequence.cells.update(repeating: 0, count: sequence.cell)
    sequence.states.update(repeating: 0, count: count)
    if let state = run.state {
      exchangeState(run, sequence, sequence.cells) { row, unit, output, cell, count in
        let kept = state + row * run.stateStride + unit
        output.copy(from: kept, count: count)
        cell.copy(from: kept + units, count: count)
      }
    }
    if sequence.maskedStates != sequence.states {
      run.kernels.multiplyElements(
        sequence.states, sequence.stateMask, sequence.maskedStates, count)
    }
  }

  /// Keeps the states of samples whose last step is in a chunk.
  private func storeState(_ run: LayerRun, _ sequence: Sequence, first: Int, _ steps: Int) {
    guard let state = run.state else { return }
    exchangeState(run, sequence, sequence.cells) { row, unit, output, cell, count in
      guard let last = recurrence.lastState(run, row, first: first, count: steps) else { return }
      let kept = state + row * run.stateStride + unit
      kept.copy(from: output + last * run.rows * sequence.width, count: count)
      (kept + units).copy(from: cell + (run.isTraining ? last * sequence.cell : 0), count: count)
    }
  }

  /// Calls body for the units of each sample and panel: their first outputs and their cells.
  private func exchangeState(
    _ run: LayerRun, _ sequence: Sequence, _ cells: LayerRun.Floats,
    _ body: (
      _ row: Int, _ unit: Int, _ output: LayerRun.Floats, _ cell: LayerRun.Floats, _ count: Int
    ) -> Void
  ) {
    let lanes = run.kernels.lanes
    for row in 0..<run.rows {
      for panel in 0..<sequence.panels {
        let unit = panel * lanes
        body(
          row, unit, sequence.states + row * sequence.width + unit,
          cells + (panel * run.rows + row) * lanes, min(lanes, units - unit))
      }
    }
  }

  /// The last state of a chunk becomes the first of the next.
  private func carryState(_ run: LayerRun, _ sequence: Sequence) {
    let count = run.rows * sequence.width
    sequence.states.copy(from: sequence.states + sequence.steps * count, count: count)
  }

  /// Rows from which a step takes its inputs along. Fewer read the kernel once for all steps; the
  /// sums are the same to the last bit.
  private var fusedRows: Int { 6 }

  /// The rounded inputs of a bfloat16 model in pairs, else the inputs, which those of int8 may have
  /// to be rounded; and the floats of a row.
  private func operand(
    _ run: LayerRun, _ sequence: Sequence, rows: Int
  ) -> (inputs: UnsafePointer<Float>, stride: Int, depth: Int) {
    guard format(run.weightType) == .bfloat16, let inputs = sequence.shortInputs else {
      if takesBytes(run.weightType) { roundToBytes(sequence.inputs, rows: rows) }
      return (UnsafePointer(sequence.inputs), channels, channels)
    }
    let stride = shortWidth(channels, run.kernels)
    run.kernels.roundToBFloat16(
      BFloat16Rows(
        rows: rows, width: channels, source: sequence.inputs, target: inputs,
        targetStride: stride))
    let pointer = UnsafeRawPointer(inputs).assumingMemoryBound(to: Float.self)
    return (pointer, stride / 2, pairs(channels))
  }

  /// gates ← inputs · kernel + bias, for all steps at once
  private func projection(
    _ run: LayerRun, _ packed: Packed, _ sequence: Sequence, _ steps: Int
  ) -> MatrixProduct {
    let (width, rows) = (run.kernels.panelWidth, steps * run.rows)
    let (inputs, stride, depth) = operand(run, sequence, rows: rows)
    var product = MatrixProduct(
      rows: rows, columns: sequence.panels * width, depth: depth, a: inputs, aRowStride: stride,
      b: packed.kernel, bPanelStride: depth * width, c: sequence.gates,
      cRowStride: sequence.gatesRowStride, cPanelStride: sequence.gatesPanelStride)
    (product.start, product.bias) = (.bias, UnsafePointer(packed.bias))
    return product
  }

  /// Through time: the recurrent product and the gate functions.
  private func advance(
    _ run: LayerRun, _ packed: Packed, _ sequence: Sequence, _ steps: Range<Int>
  ) {
    var work = LSTMSteps(
      rows: run.rows, units: units, steps: steps.count, activation: activation,
      recurrentActivation: recurrentActivation, recurrent: packed.recurrent, gates: sequence.gates,
      gatesPanelStride: sequence.gatesPanelStride, states: sequence.states,
      stateStride: sequence.width, cells: sequence.cells,
      cellStride: run.isTraining ? sequence.cell : 0)
    (work.gatesRowStride, work.stepsBefore) = (sequence.gatesRowStride, steps.lowerBound)
    work.keepsGates = run.isTraining
    work.startsAtZero = steps.lowerBound == 0 && run.state == nil
    (work.format, work.shortStates) = (format(run.weightType), sequence.shortStates)
    if work.format == .int8 {
      (work.stateScale, work.scales) = (stateScale, UnsafePointer(packed.scales))
    }
    var before = Projection.none
    if work.format == .int8 || run.rows < fusedRows {
      before =
        multipliesBytes(run.weightType, run.kernels)
        ? byteProjection(run, packed, sequence, steps.count)
        : .product(projection(run, packed, sequence, steps.count))
    } else {
      let (inputs, stride, depth) = operand(run, sequence, rows: steps.count * run.rows)
      (work.inputs, work.inputStride, work.inputDepth) = (inputs, stride, depth)
      (work.kernel, work.bias) = (UnsafePointer(packed.kernel), UnsafePointer(packed.bias))
    }
    if sequence.maskedStates != sequence.states {
      (work.maskedStates, work.mask) = (sequence.maskedStates, UnsafePointer(sequence.stateMask))
    }
    if let team = run.team, steps.count * recurrentFloats(run) >= StepTeam.leastFloats {
      team.run(work, after: before, panels: sequence.panels)
    } else {
      run.kernels.run(work, after: before, panels: 0..<sequence.panels)
    }
  }

  // MARK: Backward

  /// The scratch memory of `backward`.
  private struct Gradients {
    /// [row][units] and [panel][row][lanes], through the step after.
    let state, cell: UnsafeMutablePointer<Float>
    /// [rows of a kernel][4 units in panels]
    let kernel: UnsafeMutablePointer<Float>
    /// [step][row][channels]
    let inputs: UnsafeMutablePointer<Float>
    let bias: UnsafeMutablePointer<Float>
  }

  /// Through time from the last step (`lstmGatesBackward`), dh = dgates · recurrentᵀ; then for all
  /// steps at once  dkernel += xᵀ · dgates;  drecurrent += hᵀ · dgates;  dbias += Σ dgates;
  /// dx = dgates · kernelᵀ
  func backward(_ run: LayerRun) {
    let (packed, sequence) = (packed(run), sequence(run))
    let gradients = gradients(run, sequence)
    gradients.state.update(repeating: 0, count: run.rows * sequence.width)
    gradients.cell.update(repeating: 0, count: sequence.cell)
    for step in stride(from: run.inputLength - 1, through: 0, by: -1) {
      retreat(run, packed, sequence, gradients, step)
    }
    addKernelGradient(
      run, sequence, gradients, sequence.inputs, stride: channels, rows: channels,
      into: run.parameterGradient)
    addKernelGradient(
      run, sequence, gradients, sequence.maskedStates, stride: sequence.width, rows: units,
      into: run.parameterGradient + kernelCount)
    if hasBias { addBiasGradient(run, sequence, gradients) }
    if let inputGradient = run.inputGradient {
      passInputGradient(run, packed, sequence, gradients, inputGradient)
    }
  }

  private func gradients(_ run: LayerRun, _ sequence: Sequence) -> Gradients {
    let columns = sequence.panels * run.kernels.panelWidth
    let cell = run.scratch + run.rows * sequence.width
    let kernel = cell + sequence.cell
    let inputs = kernel + max(channels, units) * columns
    return Gradients(
      state: run.scratch, cell: cell, kernel: kernel, inputs: inputs,
      bias: inputs + run.inputLength * run.rows * channels)
  }

  private func retreat(
    _ run: LayerRun, _ packed: Packed, _ sequence: Sequence, _ gradients: Gradients, _ step: Int
  ) {
    let (rows, width, lanes) = (run.rows, run.kernels.panelWidth, run.kernels.lanes)
    let cells = sequence.cells + step * sequence.cell
    recurrence.addMaskedOutputGradient(run, step, to: gradients.state, stride: sequence.width)
    let outputGradient = recurrence.outputGradient(run, step)
    for panel in 0..<sequence.panels {
      run.kernels.lstmGatesBackward(
        LSTMGatesBackward(
          rows: rows, units: min(lanes, units - panel * lanes), activation: activation,
          recurrentActivation: recurrentActivation,
          gates: sequence.gates + (panel * sequence.steps + step) * rows * width,
          previousCell: cells + panel * rows * lanes,
          cell: cells + sequence.cell + panel * rows * lanes,
          cellGradient: gradients.cell + panel * rows * lanes,
          stateGradient: gradients.state + panel * lanes, stateGradientStride: sequence.width,
          outputGradient: outputGradient.map { $0 + panel * lanes },
          outputGradientStride: recurrence.outputGradientStride(run)))
    }
    guard step > 0 else { return }
    multiplyGates(
      run, sequence, sequence.gates + step * rows * width, rows: rows, columns: units,
      packed.transposedRecurrent, into: gradients.state, stride: sequence.width)
    if sequence.maskedStates != sequence.states {
      run.kernels.multiplyElements(
        gradients.state, sequence.stateMask, gradients.state, rows * sequence.width)
    }
  }

  /// c [rows, columns], a row every `stride` floats, ← gates · a transposed kernel
  private func multiplyGates(
    _ run: LayerRun, _ sequence: Sequence, _ gates: UnsafePointer<Float>, rows: Int, columns: Int,
    _ transposed: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let width = run.kernels.panelWidth
    var product = MatrixProduct(
      rows: rows, columns: columns, depth: width, a: gates, aRowStride: width, b: transposed,
      bPanelStride: sequence.panels * width * width, c: c, cRowStride: stride,
      cPanelStride: width)
    product.blockCount = sequence.panels
    product.aBlockStride = sequence.steps * run.rows * width
    run.kernels.multiply(product)
  }

  /// gradient [rows, 4 units] += xᵀ · dgates, x [step · rows][stride]
  private func addKernelGradient(
    _ run: LayerRun, _ sequence: Sequence, _ gradients: Gradients, _ x: UnsafePointer<Float>,
    stride: Int, rows: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    let (width, lanes) = (run.kernels.panelWidth, run.kernels.lanes)
    let columns = sequence.panels * width
    var product = MatrixProduct(
      rows: rows, columns: columns, depth: run.inputLength * run.rows, a: x, aRowStride: 1,
      b: sequence.gates, bPanelStride: sequence.steps * run.rows * width, c: gradients.kernel,
      cRowStride: columns, cPanelStride: width)
    product.aColumnStride = stride
    run.kernels.multiply(product)
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      for row in 0..<rows {
        run.kernels.add(
          gradients.kernel + row * columns + panel * width + gate * lanes,
          gradient + row * 4 * units + gate * units + firstUnit, count)
      }
    }
  }

  private func addBiasGradient(_ run: LayerRun, _ sequence: Sequence, _ gradients: Gradients) {
    let (width, lanes) = (run.kernels.panelWidth, run.kernels.lanes)
    gradients.bias.update(repeating: 0, count: sequence.panels * width)
    for panel in 0..<sequence.panels {
      run.kernels.addColumnSums(
        sequence.gates + panel * sequence.steps * run.rows * width, run.inputLength * run.rows,
        width, width, gradients.bias + panel * width)
    }
    let target = run.parameterGradient + kernelCount + recurrentCount
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      run.kernels.add(
        gradients.bias + panel * width + gate * lanes, target + gate * units + firstUnit, count)
    }
  }

  /// dx = dgates · kernelᵀ
  private func passInputGradient(
    _ run: LayerRun, _ packed: Packed, _ sequence: Sequence, _ gradients: Gradients,
    _ inputGradient: UnsafeMutablePointer<Float>
  ) {
    multiplyGates(
      run, sequence, sequence.gates, rows: run.inputLength * run.rows, columns: channels,
      packed.transposedKernel, into: gradients.inputs, stride: channels)
    recurrence.copyInputGradient(
      run, from: gradients.inputs, mask: sequence.inputMask, into: inputGradient)
  }
}
