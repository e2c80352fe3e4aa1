/// Time steps of an LSTM for some samples.
///
/// Units are in panels of `lanes`; a panel holds their four gates beside each other,
/// [i f c̃ o][lanes], as the packed kernels put them there.
public struct LSTMSteps {
  public var rows: Int
  public var units: Int
  public var steps: Int
  /// Steps taken before these: every other one walks the weights from their end, so that it finds
  /// in the cache what the one before used last.
  public var stepsBefore = 0
  public var activation: Elementwise
  public var recurrentActivation: Elementwise
  /// The recurrent kernel, [panel][units][4 lanes].
  public var recurrent: UnsafePointer<Float>
  /// In: input · kernel + bias, [panel][step][row][4 lanes]. Out, if kept: activated gates.
  public var gates: UnsafeMutablePointer<Float>
  public var gatesPanelStride: Int
  public var keepsGates = false
  /// The state before the first step is zero.
  public var startsAtZero = false
  /// [step + 1][row][stateStride], the first is that before the first step. All lanes of the panels
  /// are written: stateStride is at least their number.
  public var states: UnsafeMutablePointer<Float>
  public var stateStride: Int
  /// [step + 1][panel][row][lanes], or with a stride of 0 between steps one for all.
  public var cells: UnsafeMutablePointer<Float>
  public var cellStride: Int
  /// states · mask, which the product takes instead; the mask is [row][stateStride].
  public var maskedStates: UnsafeMutablePointer<Float>?
  public var mask: UnsafePointer<Float>?

  @inlinable
  public init(
    rows: Int, units: Int, steps: Int, activation: Elementwise, recurrentActivation: Elementwise,
    recurrent: UnsafePointer<Float>, gates: UnsafeMutablePointer<Float>, gatesPanelStride: Int,
    states: UnsafeMutablePointer<Float>, stateStride: Int, cells: UnsafeMutablePointer<Float>,
    cellStride: Int
  ) {
    (self.rows, self.units, self.steps) = (rows, units, steps)
    (self.activation, self.recurrentActivation) = (activation, recurrentActivation)
    self.recurrent = recurrent
    (self.gates, self.gatesPanelStride) = (gates, gatesPanelStride)
    (self.states, self.stateStride) = (states, stateStride)
    (self.cells, self.cellStride) = (cells, cellStride)
  }
}

/// All steps: of each panel the recurrent product of a few rows, then at once their gates.
@inlinable
public func lstmForward<I: InstructionSet>(_: I.Type, _ run: LSTMSteps) {
  let panels = (run.units + I.lanes - 1) / I.lanes
  var sums = InlineArray<24, I.Vector>(repeating: .zero)
  withUnsafeMutablePointer(to: &sums) { sums in
    let sums = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Float.self)
    for step in 0..<run.steps {
      let isReversed = (run.stepsBefore + step) % 2 == 1
      for number in 0..<panels {
        let panel = isReversed ? panels - 1 - number : number
        lstmForwardPanel(I.self, run, step, panel, isReversed, sums)
      }
    }
  }
}

@inlinable
func lstmForwardPanel<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ isReversed: Bool,
  _ sums: UnsafeMutablePointer<Float>
) {
  let gates = run.gates + panel * run.gatesPanelStride + step * run.rows * I.panelWidth
  let state = (run.maskedStates ?? run.states) + step * run.rows * run.stateStride
  var product = MatrixProduct(
    rows: run.rows, columns: I.panelWidth, depth: run.units, a: state, aRowStride: run.stateStride,
    b: run.recurrent + panel * run.units * I.panelWidth, bPanelStride: 0, c: gates,
    cRowStride: I.panelWidth, cPanelStride: 0)
  (product.start, product.isReversed) = (.existing, isReversed)
  let hasProduct = step > 0 || !run.startsAtZero
  var (row, tiles) = (0, product.tileCount)
  while tiles > 0 {
    let rows = (run.rows - row + tiles - 1) / tiles
    let gates = gates + row * I.panelWidth
    if hasProduct { multiplyRows(I.self, product, row: row, rows: rows, into: sums) }
    lstmGates(
      I.self, run, step, panel, row..<row + rows, UnsafePointer(hasProduct ? sums : gates), gates)
    row += rows
    tiles -= 1
  }
}

/// The gates of some rows of a panel, from their sums.
@inlinable
func lstmGates<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>, _ gates: UnsafeMutablePointer<Float>
) {
  let cells = run.cells + step * run.cellStride + panel * run.rows * I.lanes
  let next = (step + 1) * run.rows * run.stateStride + panel * I.lanes
  let isUsual = run.activation == .tanh && run.recurrentActivation == .sigmoid
  for row in rows {
    let at = (row - rows.lowerBound) * I.panelWidth
    let kept = run.keepsGates ? gates + at : nil
    let previous = I.load(cells + row * I.lanes)
    let (cell, output) =
      isUsual
      ? I.lstmCell(sums + at, previous, kept: kept)
      : I.lstmCell(run.activation, run.recurrentActivation, sums + at, previous, kept: kept)
    I.store(cells + run.cellStride + row * I.lanes, cell)
    I.store(run.states + next + row * run.stateStride, output)
    if let masked = run.maskedStates, let mask = run.mask {
      let mask = I.load(mask + row * run.stateStride + panel * I.lanes)
      I.store(masked + next + row * run.stateStride, output * mask)
    }
  }
}
