import Kernels

/// Steps of an LSTM on some samples. The numbers of a sample depend on the sample alone.
struct LSTMCase {
  let kernels: KernelTable
  var samples: Range<Int>
  var units: Int
  var steps: Int
  var stepsBefore = 0
  var startsAtZero = false
  /// As in training: activated gates, and the cells of every step.
  var keepsGates = false
  var keepsCells = false
  var isMasked = false
  /// The sums begin with bias + inputs · kernel, not with what is in the place of the gates.
  var readsInputs = false
  /// The gates of all panels beside each other in a row of a step.
  var hasPanelsInRows = false
  var activation = Elementwise.tanh
  var recurrentActivation = Elementwise.sigmoid
  var format = RecurrentFormat.float32

  init(_ kernels: KernelTable, samples: Range<Int>, units: Int, steps: Int) {
    (self.kernels, self.samples, self.units, self.steps) = (kernels, samples, units, steps)
  }

  var rows: Int { samples.count }
  var panels: Int { (units + kernels.lanes - 1) / kernels.lanes }
  /// Units, and those that fill the last panel.
  var width: Int { panels * kernels.lanes }

  // Behind each panel of gates, state and step of cells are numbers that nothing may touch.

  var gatesPanelStride: Int {
    hasPanelsInRows ? kernels.panelWidth : steps * rows * kernels.panelWidth + 3
  }
  var gatesRowStride: Int {
    hasPanelsInRows ? panels * kernels.panelWidth + 3 : kernels.panelWidth
  }
  var stateStride: Int { width + 6 }
  var cellStride: Int { keepsCells ? rows * width + 7 : 0 }

  func gate(_ gate: Int, _ step: Int, _ row: Int, _ unit: Int) -> Int {
    let (panel, lane) = (unit / kernels.lanes, unit % kernels.lanes)
    return panel * gatesPanelStride + (step * rows + row) * gatesRowStride
      + gate * kernels.lanes + lane
  }

  func state(_ step: Int, _ row: Int, _ unit: Int) -> Int {
    (step * rows + row) * stateStride + unit
  }

  func cell(_ step: Int, _ row: Int, _ unit: Int) -> Int {
    let (panel, lane) = (unit / kernels.lanes, unit % kernels.lanes)
    return step * cellStride + (panel * rows + row) * kernels.lanes + lane
  }

  // Of inputs: channels, and floats of a row and of those used, that hold one or two.

  var channels: Int { format == .bfloat16 ? 10 : 5 }
  var inputDepth: Int { 5 }
  var inputStride: Int { 7 }

  /// Where a short state lies, of two steps that take turns.
  func shortState(_ step: Int, _ row: Int, _ unit: Int) -> Int {
    ((stepsBefore + step) % 2 * rows + row) * stateStride + unit
  }

  /// What a state of 1 is as an integer.
  var stateScale: Float { Float(min(32_767, Int(Int32.max) / (127 * units))) }

  func forEachUnit(_ body: (_ row: Int, _ unit: Int) -> Void) {
    for row in 0..<rows { for unit in 0..<width { body(row, unit) } }
  }
}

/// What a case works on. The numbers are small, so that sums of linear gates stay so.
final class LSTMMemory {
  let gates, states, maskedStates, cells, recurrent, mask: Guarded
  /// [panel][units][4 lanes]: the weights as they are, or as steps of int8.
  let weights: [Float]
  /// [step][row][channels], [panel][channels][4 lanes] and [panel][4 lanes].
  let inputValues, kernelWeights: [Float]
  let inputs, kernel, bias: Guarded
  /// [2][row][stateStride], two to a float.
  let shortStates: Guarded
  /// Of int8: [panel][4 lanes].
  let scales: Guarded

  init(_ run: LSTMCase) {
    gates = Guarded(LSTMMemory.gates(run))
    states = Guarded(
      LSTMMemory.rows(run, steps: run.steps + 1, seed: 100).map { $0 * 0.5 })
    maskedStates = Guarded(
      LSTMMemory.rows(run, steps: run.steps + 1, seed: 200).map { $0 * 0.5 })
    mask = input(LSTMMemory.rows(run, steps: 1, seed: 300).map { $0 > 0 ? 1.25 : 0 })
    cells = Guarded(LSTMMemory.cells(run))
    weights = LSTMMemory.weights(run)
    recurrent = input(LSTMMemory.packed(run, weights, rows: run.units))
    inputValues = LSTMMemory.inputs(run)
    inputs = input(LSTMMemory.packedInputs(run, inputValues))
    let kernelCount = run.panels * run.channels * run.kernels.panelWidth
    kernelWeights = numbers(kernelCount, 4).map { truncated($0 * 0.05) }
    kernel = input(LSTMMemory.packed(run, kernelWeights, rows: run.channels))
    bias = input(numbers(run.panels * run.kernels.panelWidth, 5).map { $0 * 0.2 })
    shortStates = Guarded(pairs(LSTMMemory.shortStates(run)))
    scales = input(
      numbers(run.panels * run.kernels.panelWidth, 3).map {
        $0 / (254 * run.stateScale * Float(run.units))
      })
  }

  private static func weights(_ run: LSTMCase) -> [Float] {
    numbers(run.panels * run.units * run.kernels.panelWidth, 1).map {
      switch run.format {
      case .float32: $0 / (2 * Float(run.units))
      case .bfloat16: truncated($0 / (2 * Float(run.units)))
      case .int8: ($0 * 63.5).rounded()
      }
    }
  }

  /// Weights [panel][rows][4 lanes] as the kernels take them: short ones [panel][pair][4 lanes][2].
  private static func packed(_ run: LSTMCase, _ weights: [Float], rows: Int) -> [Float] {
    if run.format == .float32 { return weights }
    let (width, count) = (run.kernels.panelWidth, (rows + 1) / 2 * 2)
    var bfloats = [UInt16](repeating: 0, count: run.panels * count * width)
    var bytes = [UInt8](repeating: 0, count: bfloats.count)
    for (at, weight) in weights.enumerated() {
      let (panel, k) = (at / width / rows, at / width % rows)
      let place = ((panel * count / 2 + k / 2) * width + at % width) * 2 + k % 2
      bfloats[place] = UInt16(weight.bitPattern >> 16)
      if run.format == .int8 { bytes[place] = UInt8(bitPattern: Int8(weight)) }
    }
    if run.format == .bfloat16 { return pairs(bfloats) }
    return pairs(
      stride(from: 0, to: bytes.count, by: 2).map {
        UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
      })
  }

  private static func inputs(_ run: LSTMCase) -> [Float] {
    (0..<run.steps).flatMap { step in
      run.samples.flatMap { numbers(run.channels, UInt32(700 + 1_000 * step + $0)) }
    }.map(truncated)
  }

  /// [step][row][inputStride]
  private static func packedInputs(_ run: LSTMCase, _ values: [Float]) -> [Float] {
    (0..<run.steps * run.rows).flatMap { row in
      let channels = Array(values[row * run.channels..<(row + 1) * run.channels])
      let floats =
        run.format == .bfloat16 ? pairs(channels.map { UInt16($0.bitPattern >> 16) }) : channels
      return floats + Array(repeating: Float.nan, count: run.inputStride - run.inputDepth)
    }
  }

  private static func shortStates(_ run: LSTMCase) -> [UInt16] {
    rows(run, steps: 2, seed: 600).map {
      run.format == .int8
        ? UInt16(bitPattern: Int16($0 * 0.5 * run.stateScale))
        : UInt16(($0 * 0.5).bitPattern >> 16)
    }
  }

  private static func gates(_ run: LSTMCase) -> [Float] {
    let count =
      run.hasPanelsInRows
      ? run.steps * run.rows * run.gatesRowStride : run.panels * run.gatesPanelStride
    var values = [Float](repeating: 9, count: count)
    for row in 0..<run.rows {
      let sums = numbers(4 * run.steps * run.width, UInt32(400 + run.samples.lowerBound + row))
      for (at, sum) in sums.enumerated() {
        let (step, unit) = (at / run.width / 4, at % run.width)
        values[run.gate(at / run.width % 4, step, row, unit)] = sum * 0.4
      }
    }
    return values
  }

  /// [step][row][stateStride]
  private static func rows(_ run: LSTMCase, steps: Int, seed: Int) -> [Float] {
    (0..<steps).flatMap { step in
      run.samples.flatMap { numbers(run.stateStride, UInt32(seed + 1_000 * step + $0)) }
    }
  }

  private static func cells(_ run: LSTMCase) -> [Float] {
    var values = numbers(run.steps * run.cellStride + run.rows * run.width, 2)
    for row in 0..<run.rows {
      let cells = numbers(run.width, UInt32(500 + run.samples.lowerBound + row))
      for (unit, cell) in cells.enumerated() { values[run.cell(0, row, unit)] = cell }
    }
    return values
  }

  /// Takes all steps, or some.
  /// - Parameter share: changes the steps, for threads that share them.
  func forward(
    _ run: LSTMCase, _ some: Range<Int>? = nil, share: (inout LSTMSteps) -> Void = { _ in }
  ) {
    let (first, count) = (some?.lowerBound ?? 0, some?.count ?? run.steps)
    let state = first * run.rows * run.stateStride
    var steps = LSTMSteps(
      rows: run.rows, units: run.units, steps: count, activation: run.activation,
      recurrentActivation: run.recurrentActivation, recurrent: recurrent.pointer,
      gates: gates.pointer + first * run.rows * run.gatesRowStride,
      gatesPanelStride: run.gatesPanelStride, states: states.pointer + state,
      stateStride: run.stateStride, cells: cells.pointer + first * run.cellStride,
      cellStride: run.cellStride)
    steps.stepsBefore = run.stepsBefore + first
    (steps.startsAtZero, steps.keepsGates) = (run.startsAtZero && first == 0, run.keepsGates)
    if run.hasPanelsInRows { steps.gatesRowStride = run.gatesRowStride }
    if run.readsInputs {
      steps.inputs = UnsafePointer(inputs.pointer) + first * run.rows * run.inputStride
      (steps.inputStride, steps.inputDepth) = (run.inputStride, run.inputDepth)
      steps.kernel = UnsafePointer(kernel.pointer)
      steps.bias = UnsafePointer(bias.pointer)
    }
    if run.isMasked {
      steps.maskedStates = maskedStates.pointer + state
      steps.mask = UnsafePointer(mask.pointer)
    }
    if run.format != .float32 {
      (steps.format, steps.stateScale) = (run.format, run.stateScale)
      steps.shortStates = UnsafeMutableRawPointer(shortStates.pointer).assumingMemoryBound(
        to: Int16.self)
      if run.format == .int8 { steps.scales = UnsafePointer(scales.pointer) }
    }
    share(&steps)
    run.kernels.lstmForward(steps)
  }
}

/// The same steps in Double, by plain loops. Of short numbers one step alone: which numbers states
/// become depends on their last bits.
struct LSTMReference {
  private(set) var gates, states, maskedStates, cells: [Double]
  private let weights, mask, shortStates, scales, inputs, kernel, bias: [Double]

  /// From memory as it is before the steps.
  init(_ run: LSTMCase, _ memory: LSTMMemory) {
    (gates, states) = (memory.gates.doubles, memory.states.doubles)
    (maskedStates, cells) = (memory.maskedStates.doubles, memory.cells.doubles)
    (weights, mask) = (memory.weights.map(Double.init), memory.mask.doubles)
    shortStates = memory.shortStates.shorts.map {
      run.format == .int8
        ? Double(Int16(bitPattern: $0)) : Double(Float(bitPattern: UInt32($0) << 16))
    }
    (scales, bias) = (memory.scales.doubles, memory.bias.doubles)
    inputs = memory.inputValues.map(Double.init)
    kernel = memory.kernelWeights.map(Double.init)
    for step in 0..<run.steps { run.forEachUnit { advance(run, step, $0, $1) } }
  }

  private mutating func advance(_ run: LSTMCase, _ step: Int, _ row: Int, _ unit: Int) {
    let places = (0..<4).map { run.gate($0, step, row, unit) }
    let sums = (0..<4).map { gate in
      let start = run.readsInputs ? projected(run, gate, step, row, unit) : gates[places[gate]]
      return start + product(run, gate, step, row, unit)
    }
    let unitStep = LSTMUnitStep(
      run.activation, run.recurrentActivation, sums, cells[run.cell(step, row, unit)])
    if run.keepsGates { for gate in 0..<4 { gates[places[gate]] = unitStep.kept[gate] } }
    cells[run.cell(step + 1, row, unit)] = unitStep.cell
    states[run.state(step + 1, row, unit)] = unitStep.output
    if run.isMasked {
      let masked = unitStep.output * mask[run.state(0, row, unit)]
      maskedStates[run.state(step + 1, row, unit)] = masked
    }
  }

  /// bias + Σ input · kernel, for one gate of a unit.
  private func projected(
    _ run: LSTMCase, _ gate: Int, _ step: Int, _ row: Int, _ unit: Int
  ) -> Double {
    let (lanes, width) = (run.kernels.lanes, run.kernels.panelWidth)
    let (panel, column) = (unit / lanes, gate * lanes + unit % lanes)
    var sum = bias[panel * width + column]
    for channel in 0..<run.channels {
      sum +=
        inputs[(step * run.rows + row) * run.channels + channel]
        * kernel[(panel * run.channels + channel) * width + column]
    }
    return sum
  }

  /// Σ state · recurrent kernel, for one gate of a unit.
  private func product(
    _ run: LSTMCase, _ gate: Int, _ step: Int, _ row: Int, _ unit: Int
  ) -> Double {
    if step == 0 && run.startsAtZero { return 0 }
    let (panel, lane) = (unit / run.kernels.lanes, unit % run.kernels.lanes)
    let column = gate * run.kernels.lanes + lane
    var sum = 0.0
    for k in 0..<run.units {
      let weight = weights[(panel * run.units + k) * run.kernels.panelWidth + column]
      sum += state(run, step, row, k) * weight
    }
    return run.format == .int8 ? sum * scales[panel * run.kernels.panelWidth + column] : sum
  }

  private func state(_ run: LSTMCase, _ step: Int, _ row: Int, _ unit: Int) -> Double {
    if run.format != .float32 { return shortStates[run.shortState(step, row, unit)] }
    return (run.isMasked ? maskedStates : states)[run.state(step, row, unit)]
  }
}

/// i, f, o = σ(sums), c̃ = φ(sum);  c′ = f · c + i · c̃;  h′ = o · φ(c′), with any activations.
struct LSTMUnitStep {
  /// What training keeps: activated gates, or their sums where the activation needs those.
  let kept: [Double]
  let cell: Double
  let output: Double

  init(
    _ activation: Elementwise, _ recurrent: Elementwise, _ sums: [Double], _ previous: Double
  ) {
    let kinds = [recurrent, recurrent, activation, recurrent]
    let gates = zip(kinds, sums).map { $0($1) }
    kept = kinds.indices.map { kinds[$0].needsInput ? sums[$0] : gates[$0] }
    cell = gates[1] * previous + gates[0] * gates[2]
    output = gates[3] * activation(cell)
  }
}
