/// How the recurrent product is computed, and so what the packed weights and states look like.
public enum RecurrentFormat: UInt8, Sendable { case float32 = 0, bfloat16, int8 }

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
  /// The recurrent kernel, [panel][units][4 lanes]; of short numbers [panel][pairs][4 lanes][2].
  public var recurrent: UnsafePointer<Float>
  public var format = RecurrentFormat.float32
  /// Of short numbers: states as the product takes them, [2][row][stateStride]; steps take turns.
  public var shortStates: UnsafeMutablePointer<Int16>?
  /// Of int8: 16-bit states are states · stateScale, and a sum times its scale [panel][4 lanes] is a
  /// float again.
  public var stateScale: Float = 1
  public var scales: UnsafePointer<Float>?
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
  switch run.format {
  case .float32: lstmForward(Float32Arithmetic<I>.self, run)
  case .bfloat16: lstmForward(BFloat16Arithmetic<I>.self, run)
  case .int8: lstmForward(Int8Arithmetic<I>.self, run)
  }
}

extension LSTMSteps {
  /// The product of a panel and a step, but for B and C.
  @inlinable @_transparent
  func product<I: InstructionSet>(_: I.Type) -> MatrixProduct {
    let isShort = format != .float32
    var product = MatrixProduct(
      rows: rows, columns: I.panelWidth, depth: isShort ? (units + 1) / 2 : units, a: states,
      aRowStride: isShort ? stateStride / 2 : stateStride, b: recurrent, bPanelStride: 0, c: gates,
      cRowStride: I.panelWidth, cPanelStride: 0)
    product.start = format == .int8 ? .zero : .existing
    return product
  }

  /// What the product of a step takes.
  @inlinable @_transparent
  func state(_ step: Int) -> UnsafePointer<Float> {
    if let shortStates {
      let at = shortStates + (stepsBefore + step) % 2 * rows * stateStride
      return UnsafeRawPointer(at).assumingMemoryBound(to: Float.self)
    }
    return UnsafePointer(maskedStates ?? states) + step * rows * stateStride
  }
}

@inlinable
func lstmForward<A: Arithmetic>(_: A.Type, _ run: LSTMSteps) {
  let (lanes, panelWidth) = (A.Set.lanes, A.Set.panelWidth)
  let panels = (run.units + lanes - 1) / lanes
  var product = run.product(A.Set.self)
  let panelFloats = product.blockSize * A.floats(panelWidth)
  var sums = InlineArray<24, A.Set.Vector>(repeating: .zero)
  withUnsafeMutablePointer(to: &sums) { sums in
    let sums = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Float.self)
    for step in 0..<run.steps {
      product.isReversed = (run.stepsBefore + step) % 2 == 1
      product.a = run.state(step)
      for number in 0..<panels {
        let panel = product.isReversed ? panels - 1 - number : number
        product.b = run.recurrent + panel * panelFloats
        product.c = run.gates + panel * run.gatesPanelStride + step * run.rows * panelWidth
        lstmPanel(A.self, run, product, step, panel, sums)
      }
    }
  }
}

/// The recurrent product of a panel, a tile at a time into `sums`, and the gates.
@inlinable @_transparent
func lstmPanel<A: Arithmetic>(
  _: A.Type, _ run: LSTMSteps, _ product: MatrixProduct, _ step: Int, _ panel: Int,
  _ sums: UnsafeMutablePointer<Float>
) {
  let hasProduct = step > 0 || !run.startsAtZero
  var (row, tiles) = (0, product.tileCount)
  while tiles > 0 {
    let rows = (run.rows - row + tiles - 1) / tiles
    let gates = product.c + row * A.Set.panelWidth
    if hasProduct {
      multiplyRows(A.self, product, row: row, rows: rows, into: sums)
      if let scales = run.scales { scaleSums(A.Set.self, sums, rows, panel, gates, scales) }
    }
    lstmGates(A.Set.self, run, step, panel, row..<row + rows, hasProduct ? sums : gates, gates)
    row += rows
    tiles -= 1
  }
}

/// Sums of integers, in place: floats ← gates + integers · scales
@inlinable @inline(never)
func scaleSums<I: InstructionSet>(
  _: I.Type, _ sums: UnsafeMutablePointer<Float>, _ rows: Int, _ panel: Int,
  _ gates: UnsafePointer<Float>, _ scales: UnsafePointer<Float>
) {
  let scales = scales + panel * I.panelWidth
  for row in 0..<rows {
    for vector in 0..<panelVectors {
      let (at, scale) = (
        row * I.panelWidth + vector * I.lanes, I.load(scales + vector * I.lanes)
      )
      let sum = I.float(I.bits(I.load(sums + at)))
      I.store(sums + at, I.multiplyAdd(sum, scale, I.load(gates + at)))
    }
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
    if let short = run.shortStates {
      let short = short + (run.stepsBefore + step + 1) % 2 * run.rows * run.stateStride + place
      if run.format == .bfloat16 {
        I.storeBFloat16(short, output)
      } else {
        I.storeInt16(short, output, scale: run.stateScale)
      }
    }
    if let masked = run.maskedStates, let mask = run.mask {
      I.store(masked + next + place, output * I.load(mask + place))
    }
    sums += I.panelWidth
    if let at = kept { kept = at + I.panelWidth }
    cells += I.lanes
    place += run.stateStride
  }
}
