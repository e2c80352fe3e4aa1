/// Time steps of an LSTM for some samples.
///
/// Units are in panels of `lanes`; a panel holds their four gates beside each other, [i f c̃ o][lanes],
/// as the packed kernels put them there.
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
  var product = MatrixProduct(
    rows: run.rows, columns: I.panelWidth, depth: run.units, a: run.states,
    aRowStride: run.stateStride, b: run.recurrent, bPanelStride: 0, c: run.gates,
    cRowStride: I.panelWidth, cPanelStride: 0)
  product.start = .existing
  var sums = InlineArray<24, I.Vector>(repeating: .zero)
  withUnsafeMutablePointer(to: &sums) { sums in
    let sums = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Float.self)
    for step in 0..<run.steps {
      let isReversed = (run.stepsBefore + step) % 2 == 1
      product.isReversed = isReversed
      product.a =
        UnsafePointer(run.maskedStates ?? run.states) + step * run.rows * run.stateStride
      for number in 0..<panels {
        let panel = isReversed ? panels - 1 - number : number
        product.b = run.recurrent + panel * run.units * I.panelWidth
        product.c = run.gates + panel * run.gatesPanelStride + step * run.rows * I.panelWidth
        lstmPanel(I.self, run, product, step, panel, sums)
      }
    }
  }
}

/// The recurrent product of a panel, a tile at a time into `sums`, and the gates.
@inlinable @inline(__always)
func lstmPanel<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ product: MatrixProduct, _ step: Int, _ panel: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  let hasProduct = step > 0 || !run.startsAtZero
  var (row, tiles) = (0, product.tileCount)
  while tiles > 0 {
    let rows = (run.rows - row + tiles - 1) / tiles
    let gates = product.c + row * I.panelWidth
    if hasProduct { multiplyRows(I.self, product, row: row, rows: rows, into: sums) }
    lstmGates(I.self, run, step, panel, row..<row + rows, hasProduct ? sums : gates, gates)
    row += rows
    tiles -= 1
  }
}

/// The gates of some rows of a panel, from their sums.
@inlinable @inline(never)
func lstmGates<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>, _ gates: UnsafeMutablePointer<Float>
) {
  let isUsual = run.activation == .tanh && run.recurrentActivation == .sigmoid
  var (sums, kept) = (sums, run.keepsGates ? gates : nil)
  var cells = run.cells + step * run.cellStride + (panel * run.rows + rows.lowerBound) * I.lanes
  var place = rows.lowerBound * run.stateStride + panel * I.lanes
  let next = (step + 1) * run.rows * run.stateStride
  for _ in rows {
    let previous = I.load(cells)
    let (cell, output) =
      isUsual
      ? I.lstmCell(sums, previous, kept: kept)
      : I.lstmCell(run.activation, run.recurrentActivation, sums, previous, kept: kept)
    I.store(cells + run.cellStride, cell)
    I.store(run.states + next + place, output)
    if let masked = run.maskedStates, let mask = run.mask {
      I.store(masked + next + place, output * I.load(mask + place))
    }
    sums += I.panelWidth
    if let at = kept { kept = at + I.panelWidth }
    cells += I.lanes
    place += run.stateStride
  }
}
