import Kernels

/// A recurrent layer around a cell: GRU and SimpleRNN. Inside, time comes first.
final class CellLayer: RecurrentLayer {
  let recurrence: Recurrence
  let cell: any RecurrentCell
  let parameters: [Parameter]
  var stateWidth: Int { recurrence.isStateful ? units : 0 }

  init(
    _ configuration: LayerConfiguration, _ recurrence: Recurrence, _ cell: any RecurrentCell,
    biasShape: [Int]
  ) {
    (self.recurrence, self.cell) = (recurrence, cell)
    parameters = Recurrence.parameters(
      configuration, channels: recurrence.channels, columns: cell.gateCount * recurrence.units,
      biasShape: biasShape)
  }

  // MARK: Forward

  func forward(_ run: LayerRun) {
    let (packed, memory) = (packed(run), sequence(run))
    recurrence.fillMasks(run, inputs: memory.inputMask, states: memory.stateMask, stride: units)
    loadState(run, memory)
    var done = 0
    while done < run.inputLength {
      let steps = done..<min(done + memory.steps, run.inputLength)
      if done > 0 {
        let count = run.rows * units
        memory.states.copy(from: memory.states + memory.steps * count, count: count)
      }
      recurrence.copyInputs(run, steps, mask: memory.inputMask, into: memory.inputs)
      project(run, packed, memory, steps.count)
      for index in 0..<steps.count { advance(step(run, packed, memory, index), memory, index) }
      recurrence.copyOutputs(run, steps, memory.states, stride: units)
      storeState(run, memory, steps)
      done = steps.upperBound
    }
    if let mask = run.mask, run.isTraining { clear(mask, memory, rows: run.rows) }
  }

  /// The state before the first step: zero, or what the run before left.
  private func loadState(_ run: LayerRun, _ memory: Sequence) {
    memory.states.update(repeating: 0, count: run.rows * units)
    if let state = run.state {
      for row in 0..<run.rows {
        (memory.states + row * units).copy(from: state + row * run.stateStride, count: units)
      }
    }
    maskState(run, memory, 0)
  }

  /// Keeps the states of samples whose last step is in a chunk.
  private func storeState(_ run: LayerRun, _ memory: Sequence, _ steps: Range<Int>) {
    guard let state = run.state else { return }
    for row in 0..<run.rows {
      guard let last = recurrence.lastState(run, row, first: steps.lowerBound, count: steps.count)
      else {
        continue
      }
      (state + row * run.stateStride).copy(
        from: memory.states + (last * run.rows + row) * units, count: units)
    }
  }

  /// Steps that lead nowhere can have led anywhere, to infinity too: `backward` meets zeros.
  private func clear(_ mask: StepMask, _ memory: Sequence, rows: Int) {
    for row in 0..<rows {
      for step in mask.count(row)..<mask.length {
        let (place, next) = (step * rows + row, (step + 1) * rows + row)
        (memory.gates + place * columns).update(repeating: 0, count: columns)
        (memory.states + next * units).update(repeating: 0, count: units)
        (memory.maskedStates + next * units).update(repeating: 0, count: units)
        if cell.resets { (memory.reset + place * units).update(repeating: 0, count: units) }
      }
    }
  }

  private func maskState(_ run: LayerRun, _ memory: Sequence, _ index: Int) {
    guard memory.maskedStates != memory.states else { return }
    let (count, first) = (run.rows * units, index * run.rows * units)
    run.kernels.multiplyElements(
      memory.states + first, memory.stateMask, memory.maskedStates + first, count)
  }

  /// gates ← inputs · kernel + bias, for some steps at once
  private func project(_ run: LayerRun, _ packed: Packed, _ memory: Sequence, _ steps: Int) {
    var product = MatrixProduct(
      rows: steps * run.rows, columns: columns, depth: channels,
      a: UnsafePointer(memory.inputs), aRowStride: channels, b: packed.kernel,
      bPanelStride: channels * run.kernels.panelWidth, c: memory.gates, cRowStride: columns,
      cPanelStride: run.kernels.panelWidth)
    (product.start, product.bias) = (.bias, UnsafePointer(packed.bias))
    run.kernels.multiply(product)
  }

  private func step(
    _ run: LayerRun, _ packed: Packed, _ memory: Sequence, _ index: Int, rows: Int? = nil
  ) -> CellStep {
    let (first, before) = (index * run.rows, index * run.rows * units)
    return CellStep(
      run: run, rows: rows ?? run.rows, layer: self, packed: packed,
      gates: memory.gates + first * columns,
      reset: memory.reset + (run.isTraining ? before : 0),
      state: UnsafePointer(memory.states + before),
      maskedState: UnsafePointer(memory.maskedStates + before),
      next: memory.states + before + run.rows * units)
  }

  /// The one place where rows go from a step to the next.
  private func advance(_ step: CellStep, _ memory: Sequence, _ index: Int) {
    cell.advance(step)
    maskState(step.run, memory, index + 1)
  }

  // MARK: Backward

  /// Through time from the last step; then for all steps at once  dkernel += xᵀ · dsums;
  /// drecurrent += hᵀ · dsums;  dbias += Σ dsums;  dx = dsums · kernelᵀ
  func backward(_ run: LayerRun) {
    let (packed, memory) = (packed(run), sequence(run))
    let state = run.scratch
    let passed = state + run.rows * units
    let sums = passed + run.rows * units
    state.update(repeating: 0, count: run.rows * units)
    for index in stride(from: run.inputLength - 1, through: 0, by: -1) {
      retreat(step(run, packed, memory, index), memory, index, state, passed)
    }
    let whole = step(run, packed, memory, 0, rows: run.inputLength * run.rows)
    addKernelGradients(whole, memory, sums)
    addBiasGradient(whole)
    if let inputGradient = run.inputGradient {
      passInputGradient(whole, memory, sums, inputGradient)
    }
  }

  /// The one place where gradients go from a step to the one before.
  /// - Parameters:
  ///   - state: [row][units]; in: dh′ through the steps after. Out: dh.
  ///   - passed: memory of that size.
  private func retreat(
    _ step: CellStep, _ memory: Sequence, _ index: Int, _ state: LayerRun.Floats,
    _ passed: LayerRun.Floats
  ) {
    let (run, count) = (step.run, step.rows * units)
    recurrence.addMaskedOutputGradient(run, index, to: state, stride: units)
    if let above = recurrence.outputGradient(run, index) {
      for row in 0..<step.rows {
        run.kernels.add(
          above + row * recurrence.outputGradientStride(run), state + row * units, units)
      }
    }
    cell.retreat(step, state, passed)
    if memory.maskedStates != memory.states {
      run.kernels.multiplyElements(passed, memory.stateMask, passed, count)
    }
    run.kernels.add(passed, state, count)
  }

  /// - Parameters:
  ///   - whole: all steps as one.
  ///   - packedSums: memory for gradients of sums as a packed matrix.
  private func addKernelGradients(
    _ whole: CellStep, _ memory: Sequence, _ packedSums: LayerRun.Floats
  ) {
    addProduct(
      whole, (UnsafePointer(memory.inputs), channels), rows: channels,
      (UnsafePointer(whole.gates), columns), 0..<cell.gateCount, packedSums,
      to: whole.run.parameterGradient)
    for (part, gates) in cell.parts.enumerated() {
      addProduct(
        whole, cell.operand(part, whole), rows: units, cell.sumGradient(part, whole), gates,
        packedSums, to: whole.run.parameterGradient + channels * columns)
    }
  }

  /// gradient [rows, gates] += xᵀ · dsums, of some gates
  private func addProduct(
    _ whole: CellStep, _ x: (rows: UnsafePointer<Float>, stride: Int), rows: Int,
    _ sums: (rows: UnsafePointer<Float>, stride: Int), _ gates: Range<Int>,
    _ packedSums: LayerRun.Floats, to gradient: LayerRun.Floats
  ) {
    let kernels = whole.kernels
    kernels.packPanels(
      rows: whole.rows, columns: gates.count * units, sums.rows, rowStride: sums.stride,
      columnStride: 1, into: packedSums)
    var product = MatrixProduct(
      rows: rows, columns: gates.count * units, depth: whole.rows, a: x.rows, aRowStride: 1,
      b: packedSums, bPanelStride: whole.rows * kernels.panelWidth,
      c: gradient + gates.lowerBound * units, cRowStride: columns,
      cPanelStride: kernels.panelWidth)
    (product.aColumnStride, product.start) = (x.stride, .existing)
    kernels.multiply(product)
  }

  /// The bias of the inputs; where there is one of the recurrent sums too, it follows.
  private func addBiasGradient(_ whole: CellStep) {
    guard hasBias else { return }
    let bias = whole.run.parameterGradient + (channels + units) * columns
    whole.kernels.addColumnSums(
      UnsafePointer(whole.gates), whole.rows, columns, columns, bias)
    guard parameters[2].count > columns else { return }
    for (part, gates) in cell.parts.enumerated() {
      let sums = cell.sumGradient(part, whole)
      whole.kernels.addColumnSums(
        sums.rows, whole.rows, gates.count * units, sums.stride,
        bias + columns + gates.lowerBound * units)
    }
  }

  private func passInputGradient(
    _ whole: CellStep, _ memory: Sequence, _ gradients: LayerRun.Floats,
    _ inputGradient: LayerRun.Floats
  ) {
    let kernels = whole.kernels
    kernels.multiply(
      MatrixProduct(
        rows: whole.rows, columns: channels, depth: columns, a: UnsafePointer(whole.gates),
        aRowStride: columns, b: whole.packed.transposedKernel,
        bPanelStride: columns * kernels.panelWidth, c: gradients, cRowStride: channels,
        cPanelStride: kernels.panelWidth))
    recurrence.copyInputGradient(
      whole.run, from: gradients, mask: memory.inputMask, into: inputGradient)
  }
}
