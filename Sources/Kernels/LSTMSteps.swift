/// How the recurrent product is computed, and so what the packed weights and states look like.
public enum RecurrentFormat: UInt8, Sendable { case float32 = 0, bfloat16, int8 }

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
  if run.format == .float32 {
    lstmForward(Float32Arithmetic<I>.self, run)
  } else {
    lstmForwardShort(I.self, run)
  }
}

@inlinable
public func lstmForwardShort<I: InstructionSet>(_: I.Type, _ run: LSTMSteps) {
  if run.format == .bfloat16 {
    lstmForward(BFloat16Arithmetic<I>.self, run)
  } else {
    lstmForward(Int8Arithmetic<I>.self, run)
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
  let panels = (run.units + A.Set.lanes - 1) / A.Set.lanes
  var product = run.product(A.Set.self)
  // Of few rows, more panels at once, as far as there is memory for their sums: their gates, a long
  // chain of instructions each, overlap.
  let most = max(1, tileRows / max(1, run.rows))
  let groups = (panels + most - 1) / most
  var sums = InlineArray<24, A.Set.Vector>(repeating: .zero)
  withUnsafeMutablePointer(to: &sums) { sums in
    let sums = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Float.self)
    for step in 0..<run.steps {
      product.isReversed = (run.stepsBefore + step) % 2 == 1
      product.a = run.state(step)
      for number in 0..<groups {
        let group = product.isReversed ? groups - 1 - number : number
        let first = group * panels / groups
        let last = (group + 1) * panels / groups
        lstmPanels(A.self, run, &product, step, first..<last, sums)
      }
    }
  }
}

/// The recurrent product of some panels, a tile of each at a time, and the gates.
/// - Parameter sums: memory of a tile, [panel][row][4 lanes]
@inlinable @_transparent
func lstmPanels<A: Arithmetic>(
  _: A.Type, _ run: LSTMSteps, _ product: inout MatrixProduct, _ step: Int, _ panels: Range<Int>,
  _ sums: UnsafeMutablePointer<Float>
) {
  let width = A.Set.panelWidth
  let panelFloats = product.blockSize * A.floats(width)
  let gates = run.gates + step * run.rows * width
  var (row, tiles) = (0, product.tileCount)
  while tiles > 0 {
    let rows = (run.rows - row + tiles - 1) / tiles
    var number = step > 0 || !run.startsAtZero ? panels.count : 0
    let hasProduct = number > 0
    while number > 0 {
      number -= 1
      let panel =
        product.isReversed ? panels.lowerBound + number : panels.upperBound - 1 - number
      let target = sums + (panel - panels.lowerBound) * rows * width
      product.b = run.recurrent + panel * panelFloats
      product.c = gates + panel * run.gatesPanelStride
      multiplyRows(A.self, product, row: row, rows: rows, into: target)
      if let scales = run.scales {
        let start = product.c + row * width
        scaleSums(A.Set.self, target, rows, start, scales + panel * width)
      }
    }
    let from = hasProduct ? UnsafePointer(sums) : nil
    lstmGates(A.Set.self, run, step, panels, row..<row + rows, from)
    row += rows
    tiles -= 1
  }
}

/// Sums of integers, in place: floats ← gates + integers · scales
@inlinable @inline(never)
func scaleSums<I: InstructionSet>(
  _: I.Type, _ sums: UnsafeMutablePointer<Float>, _ rows: Int, _ gates: UnsafePointer<Float>,
  _ scales: UnsafePointer<Float>
) {
  for row in 0..<rows {
    for vector in 0..<panelVectors {
      let (column, at) = (vector * I.lanes, row * I.panelWidth + vector * I.lanes)
      let sum = I.float(I.bits(I.load(sums + at)))
      I.store(sums + at, I.multiplyAdd(sum, I.load(scales + column), I.load(gates + at)))
    }
  }
}

/// The gates of some rows of some panels.
/// - Parameter sums: [panel][row][4 lanes]; nil where they are in the place of the gates.
@inlinable @inline(never)
func lstmGates<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panels: Range<Int>, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>?
) {
  let isUsual = run.activation == .tanh && run.recurrentActivation == .sigmoid
  let next = (step + 1) * run.rows * run.stateStride
  for panel in panels {
    for row in rows {
      let gates =
        run.gates + panel * run.gatesPanelStride + (step * run.rows + row) * I.panelWidth
      let number = (panel - panels.lowerBound) * rows.count + row - rows.lowerBound
      var from = UnsafePointer(gates)
      if let sums { from = sums + number * I.panelWidth }
      let cells = run.cells + step * run.cellStride + (panel * run.rows + row) * I.lanes
      let kept = run.keepsGates ? gates : nil
      let (cell, output) =
        isUsual
        ? I.lstmCell(from, I.load(cells), kept: kept)
        : I.lstmCell(run.activation, run.recurrentActivation, from, I.load(cells), kept: kept)
      I.store(cells + run.cellStride, cell)
      let place = row * run.stateStride + panel * I.lanes
      I.store(run.states + next + place, output)
      run.storeShort(I.self, step, place, output)
      if let masked = run.maskedStates, let mask = run.mask {
        I.store(masked + next + place, output * I.load(mask + place))
      }
    }
  }
}

extension LSTMSteps {
  /// Keeps a vector of the state after a step as short numbers, where the product takes those.
  @inlinable @_transparent
  func storeShort<I: InstructionSet>(_: I.Type, _ step: Int, _ place: Int, _ state: I.Vector) {
    guard let shortStates else { return }
    let target = shortStates + (stepsBefore + step + 1) % 2 * rows * stateStride + place
    if format == .bfloat16 {
      I.storeBFloat16(target, state)
    } else {
      I.storeInt16(target, state, scale: stateScale)
    }
  }
}
