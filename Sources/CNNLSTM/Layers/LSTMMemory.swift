import Kernels

// How LSTM lays out its memory and its packed weights.
extension LSTM {
  var kernelCount: Int { channels * 4 * units }
  var recurrentCount: Int { units * 4 * units }

  /// Floats behind each other in the memory of a run.
  private struct Sizes {
    let gates, cells, states, inputs: Int
    /// The state of one step: cells [panel][row][lanes].
    let cell: Int

    /// - Parameter stepRows: time steps worked on together, times samples.
    init(_ layer: LSTM, _ kernels: KernelTable, rows: Int, stepRows: Int, isTraining: Bool) {
      let panels = layer.panels(kernels)
      let width = layer.width(kernels)
      cell = rows * width
      gates = stepRows * panels * kernels.panelWidth
      cells = isTraining ? stepRows * width + cell : cell
      states = (stepRows + rows) * width
      inputs = stepRows * layer.channels
    }

    var all: Int { gates + cells + states + inputs }
  }

  func panels(_ kernels: KernelTable) -> Int { (units + kernels.lanes - 1) / kernels.lanes }

  /// Floats of a sample's state: its units and those that fill the last panel.
  func width(_ kernels: KernelTable) -> Int { panels(kernels) * kernels.lanes }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let kernels = size.kernels
    let columns = panels(kernels) * kernels.panelWidth
    // Bound all sizes below, so that they may be taken unchecked.
    let wide = try checkedSum(columns, kernels.padded(channels), of: "lstm")
    let allRows = try checkedProduct(size.rows, size.inputLength + 1, of: "lstm")
    _ = try checkedProduct(allRows, wide, 4, of: "lstm")
    _ = try checkedProduct(wide, columns, 4, of: "lstm")
    var memory = LayerMemory(packed: columns * (channels + units + 1))
    let stepRows = chunkRows(size)
    guard size.isTraining else {
      let sizes = Sizes(self, kernels, rows: size.rows, stepRows: stepRows, isTraining: false)
      // Two short states a sample, and short inputs.
      let short =
        format(size.weightType) == .float32
        ? 0 : sizes.cell + stepRows * shortWidth(channels, kernels) / 2
      memory.scratch = sizes.all + short
      memory.packed = packedCounts(size.weightType, kernels).all
      return memory
    }
    let sizes = Sizes(self, kernels, rows: size.rows, stepRows: stepRows, isTraining: true)
    memory.packed += columns * (kernels.padded(channels) + kernels.padded(units))
    memory.saved =
      sizes.all + size.rows * channels + sizes.cell + (recurrentDropout > 0 ? sizes.states : 0)
    memory.scratch =
      2 * sizes.cell + max(channels, units) * columns + sizes.inputs + columns
    return memory
  }

  /// The packed weights of a model. Scales are those of int8, the kernel's those of bytes; the
  /// transposed ones are for training.
  struct Packed {
    let kernel, recurrent, bias, scales: UnsafeMutablePointer<Float>
    let kernelScales, kernelOffsets: UnsafeMutablePointer<Float>
    let transposedKernel, transposedRecurrent: UnsafeMutablePointer<Float>
  }

  /// Floats of the packed weights: kernel, recurrent kernel, bias, scales and offsets.
  private func packedCounts(
    _ type: WeightType, _ kernels: KernelTable
  ) -> (kernel: Int, recurrent: Int, all: Int) {
    let columns = panels(kernels) * kernels.panelWidth
    let hasBytes = multipliesBytes(type, kernels)
    let (kernel, recurrent, lines) =
      switch format(type) {
      case .float32: (columns * channels, columns * units, 1)
      case .bfloat16: (columns * pairs(channels), columns * pairs(units), 1)
      case .int8:
        (
          columns * (hasBytes ? fours(channels) : channels), columns / 2 * pairs(units),
          hasBytes ? 4 : 2
        )
      }
    return (kernel, recurrent, kernel + recurrent + lines * columns)
  }

  /// Floats that a step reads.
  func recurrentFloats(_ run: LayerRun) -> Int {
    packedCounts(run.weightType, run.kernels).recurrent
  }

  func packed(_ run: LayerRun) -> Packed {
    let columns = panels(run.kernels) * run.kernels.panelWidth
    let counts = packedCounts(run.weightType, run.kernels)
    let recurrent = run.packed + counts.kernel
    let bias = recurrent + counts.recurrent
    let transposedKernel = bias + columns
    return Packed(
      kernel: run.packed, recurrent: recurrent, bias: bias, scales: bias + columns,
      kernelScales: bias + 2 * columns, kernelOffsets: bias + 3 * columns,
      transposedKernel: transposedKernel,
      transposedRecurrent: transposedKernel + columns * run.kernels.padded(channels))
  }

  /// What a run works on: everything that has one row a sample and step.
  struct Sequence {
    let steps: Int
    let panels: Int
    /// In training [panel][step · rows + row][4 lanes], a packed matrix; else [step · rows +
    /// row][panel][4 lanes], so that a step's are in few pages of memory.
    let gates: UnsafeMutablePointer<Float>
    let gatesPanelStride, gatesRowStride: Int
    /// [step + 1][panel][row][lanes] in training, the first before the first step; else one alone.
    let cells: UnsafeMutablePointer<Float>
    /// [step + 1][row][width]
    let states: UnsafeMutablePointer<Float>
    /// [step][row][channels]
    let inputs: UnsafeMutablePointer<Float>
    /// Of dropout: [row][channels] and [row][width].
    let inputMask: UnsafeMutablePointer<Float>
    let stateMask: UnsafeMutablePointer<Float>
    /// states · stateMask, which the recurrent product takes.
    let maskedStates: UnsafeMutablePointer<Float>
    let cell: Int
    /// Floats of a sample's state.
    let width: Int
    /// [2][row][width] and [step · rows + row][short width], where weights are short.
    var shortStates, shortInputs: UnsafeMutablePointer<Int16>?
  }

  func sequence(_ run: LayerRun) -> Sequence {
    let steps = chunkLength(run)
    let s = Sizes(
      self, run.kernels, rows: run.rows, stepRows: steps * run.rows, isTraining: run.isTraining)
    let gates = run.isTraining ? run.saved : run.scratch
    let cells = gates + s.gates
    let states = cells + s.cells
    let inputs = states + s.states
    let inputMask = inputs + s.inputs
    let stateMask = inputMask + run.rows * channels
    let isMasked = run.dropsOut && recurrentDropout > 0
    let width = run.kernels.panelWidth
    var sequence = Sequence(
      steps: steps, panels: panels(run.kernels), gates: gates,
      gatesPanelStride: run.isTraining ? steps * run.rows * width : width,
      gatesRowStride: run.isTraining ? width : panels(run.kernels) * width, cells: cells,
      states: states,
      inputs: inputs, inputMask: inputMask, stateMask: stateMask,
      maskedStates: isMasked ? stateMask + s.cell : states, cell: s.cell,
      width: self.width(run.kernels))
    if format(run.weightType) != .float32 {
      let states = UnsafeMutableRawPointer(inputMask).assumingMemoryBound(to: Int16.self)
      (sequence.shortStates, sequence.shortInputs) = (states, states + 2 * s.cell)
    }
    return sequence
  }

  func pack(_ run: LayerRun) {
    let packed = packed(run)
    switch format(run.weightType) {
    case .float32:
      packGates(run, run.parameters, rows: channels, into: packed.kernel)
      packGates(run, run.parameters + kernelCount, rows: units, into: packed.recurrent)
    case .bfloat16: packBFloat16(run, packed)
    case .int8: packInt8(run, packed)
    }
    let bias = run.parameters + kernelCount + recurrentCount
    if hasBias {
      packGates(run, bias, rows: 1, into: packed.bias)
    } else {
      packed.bias.update(repeating: 0, count: panels(run.kernels) * run.kernels.panelWidth)
    }
    guard run.isTraining else { return }
    packTransposed(run, run.parameters, columns: channels, into: packed.transposedKernel)
    packTransposed(
      run, run.parameters + kernelCount, columns: units, into: packed.transposedRecurrent)
  }

  /// [rows, 4 units] → [panel][rows][4 lanes]
  func packGates(
    _ run: LayerRun, _ source: UnsafePointer<Float>, rows: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      run.kernels.pack(
        PackedBlock(
          rows: rows, columns: count, paddedRows: rows, paddedColumns: run.kernels.lanes,
          source: source + gate * units + firstUnit, rowStride: 4 * units, columnStride: 1,
          target: target + panel * rows * run.kernels.panelWidth + gate * run.kernels.lanes,
          targetStride: run.kernels.panelWidth))
    }
  }

  /// The transpose of a [columns, 4 units] matrix, its rows in the order of gates in panels:
  /// [panel of columns][panel][gate][lane][columns in panel]
  private func packTransposed(
    _ run: LayerRun, _ source: UnsafePointer<Float>, columns: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    let kernels = run.kernels
    let rows = panels(kernels) * kernels.panelWidth
    for first in stride(from: 0, to: columns, by: kernels.panelWidth) {
      forEachGate(kernels) { panel, gate, firstUnit, count in
        let row = panel * kernels.panelWidth + gate * kernels.lanes
        kernels.pack(
          PackedBlock(
            rows: count, columns: min(kernels.panelWidth, columns - first),
            paddedRows: kernels.lanes, paddedColumns: kernels.panelWidth,
            source: source + first * 4 * units + gate * units + firstUnit, rowStride: 1,
            columnStride: 4 * units, target: target + first * rows + row * kernels.panelWidth,
            targetStride: kernels.panelWidth))
      }
    }
  }

  /// Calls body for each run of units that one panel has of one gate.
  func forEachGate(
    _ kernels: KernelTable,
    _ body: (_ panel: Int, _ gate: Int, _ firstUnit: Int, _ count: Int) -> Void
  ) {
    for firstUnit in stride(from: 0, to: units, by: kernels.lanes) {
      for gate in 0..<4 {
        body(firstUnit / kernels.lanes, gate, firstUnit, min(kernels.lanes, units - firstUnit))
      }
    }
  }
}
