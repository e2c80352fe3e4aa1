import CVector

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
  /// The panels to work on; nil for all. Where threads share a step, they wait for each other
  /// behind each but the last: arrived[0], zero at first, counts them, arrived[1] is set where one
  /// waited long.
  public var panels: Range<Int>?
  public var members = 1
  public var arrived: UnsafeMutablePointer<Int32>?
  /// Of short numbers: states as the product takes them, [2][row][stateStride]; steps take turns.
  public var shortStates: UnsafeMutablePointer<Int16>?
  /// Of int8: 16-bit states are states · stateScale, and a sum times its scale [panel][4 lanes] is
  /// a float again.
  public var stateScale: Float = 1
  public var scales: UnsafePointer<Float>?
  /// If not nil, [step][row][inputStride] of `inputDepth` columns: the gates are then only written,
  /// and their sums begin with bias + inputs · kernel, both in panels as the recurrent kernel.
  public var inputs: UnsafePointer<Float>?
  public var inputStride = 0
  public var inputDepth = 0
  public var kernel: UnsafePointer<Float>
  public var bias: UnsafePointer<Float>
  /// In: input · kernel + bias, [panel][step][row][4 lanes]. Out, if kept: activated gates.
  public var gates: UnsafeMutablePointer<Float>
  public var gatesPanelStride: Int
  /// From a row to the next, which may be of the next step; nil for the width of a panel.
  public var gatesRowStride: Int?
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
    (self.recurrent, kernel, bias) = (recurrent, recurrent, recurrent)
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
  @inlinable @_transparent
  var hasUsualActivations: Bool { activation == .tanh && recurrentActivation == .sigmoid }

  /// Whether `lstmForwardRow` has all these steps ask for.
  @inlinable @_transparent
  var isOneUsualRow: Bool {
    rows == 1 && hasUsualActivations && !keepsGates && maskedStates == nil && inputs == nil
  }

  @inlinable @_transparent
  func isReversed(_ step: Int) -> Bool { (stepsBefore + step) % 2 == 1 }

  @inlinable @_transparent
  func ownPanels<I: InstructionSet>(_: I.Type) -> Range<Int> {
    panels ?? 0..<(units + I.lanes - 1) / I.lanes
  }

  /// Rows of the recurrent kernel, or pairs of rows.
  @inlinable @_transparent
  var depth: Int { format == .float32 ? units : (units + 1) / 2 }

  /// The sizes of a product.
  @inlinable @_transparent
  func product<I: InstructionSet>(_: I.Type) -> MatrixProduct {
    MatrixProduct(
      rows: rows, columns: I.panelWidth, depth: depth, a: states,
      aRowStride: format != .float32 ? stateStride / 2 : stateStride, b: recurrent, bPanelStride: 0,
      c: gates, cRowStride: I.panelWidth, cPanelStride: 0)
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

/// Waits for the other threads at the steps, if there are any.
@inlinable @_transparent
func waitForMembers(_ run: LSTMSteps, after step: Int) {
  if let arrived = run.arrived, step + 1 < run.steps { waitForAll(arrived, Int32(run.members)) }
}

@inlinable
func lstmForward<A: Arithmetic>(_: A.Type, _ run: LSTMSteps) {
  // With four lanes the arithmetic takes longer than the weights.
  if A.Set.lanes > 4, run.isOneUsualRow { return lstmForwardRow(A.self, run) }
  let own = run.ownPanels(A.Set.self)
  let whole = run.product(A.Set.self)
  var inputsAlone = whole
  inputsAlone.blockSize = 0
  var memory = InlineArray<31, A.Set.Vector>(repeating: .zero)
  withUnsafeMutablePointer(to: &memory) { memory in
    let sums = alignedFloats(memory)
    for step in 0..<run.steps {
      let isReversed = run.isReversed(step)
      let state = run.state(step)
      let product = step == 0 && run.startsAtZero ? inputsAlone : whole
      for number in 0..<own.count {
        let panel = isReversed ? own.upperBound - 1 - number : own.lowerBound + number
        lstmPanel(A.self, run, product, state, step, panel, isReversed: isReversed, sums)
      }
      waitForMembers(run, after: step)
    }
  }
}

/// The same for one sample, in one piece: between the weights of two panels, which come from the
/// second-level cache as fast as that gives them, there are as few instructions as can be.
@inlinable
func lstmForwardRow<A: Arithmetic>(_: A.Type, _ run: LSTMSteps) {
  let (lanes, width) = (A.Set.lanes, A.Set.panelWidth)
  let own = run.ownPanels(A.Set.self)
  let product = run.product(A.Set.self)
  let panelFloats = product.blockSize * A.floats(width)
  var memory = InlineArray<5, A.Set.Vector>(repeating: .zero)
  withUnsafeMutablePointer(to: &memory) { memory in
    let sums = alignedFloats(memory)
    for step in 0..<run.steps {
      let isReversed = run.isReversed(step)
      let hasProduct = step > 0 || !run.startsAtZero
      var tile = Tile(
        rows: 1, vectors: panelVectors, a: run.state(step), b: run.recurrent, c: sums,
        cStride: width)
      tile.isReversed = isReversed
      for number in 0..<own.count {
        let panel = isReversed ? own.upperBound - 1 - number : own.lowerBound + number
        let gates =
          run.gates + panel * run.gatesPanelStride + step * (run.gatesRowStride ?? width)
        if hasProduct {
          tile.b = run.recurrent + panel * panelFloats
          if run.scales == nil { tile.start = UnsafePointer(gates) }
          multiplyTile(A.self, 1, panelVectors, product, tile)
          if let scales = run.scales {
            scaleSums(A.Set.self, sums, 1, gates, width, scales + panel * width)
          }
        }
        let cells = run.cells + step * run.cellStride + panel * lanes
        let from = UnsafePointer(hasProduct ? sums : gates)
        let (cell, o) = A.Set.lstmCell(from, A.Set.load(cells), kept: nil)
        let output = A.Set.lstmOutput(cell, o)
        A.Set.store(cells + run.cellStride, cell)
        A.Set.store(run.states + (step + 1) * run.stateStride + panel * lanes, output)
        run.storeShort(A.Set.self, step, panel * lanes, output)
      }
      waitForMembers(run, after: step)
    }
  }
}

/// Swift aligns to 16 bytes at most, and what lies across cache lines takes longer.
/// - Parameter memory: with a vector to spare
@inlinable @_transparent
func alignedFloats<Memory>(_ memory: UnsafeMutablePointer<Memory>) -> UnsafeMutablePointer<Float> {
  let raw = UnsafeMutableRawPointer(memory)
  return raw.alignedUp(toMultipleOf: 64).assumingMemoryBound(to: Float.self)
}

/// The recurrent product of a panel, a tile at a time, and the gates.
/// - Parameter sums: memory of a tile, [row][4 lanes]
@inlinable @_transparent
func lstmPanel<A: Arithmetic>(
  _: A.Type, _ run: LSTMSteps, _ product: MatrixProduct, _ state: UnsafePointer<Float>,
  _ step: Int, _ panel: Int, isReversed: Bool, _ sums: UnsafeMutablePointer<Float>
) {
  let hasProduct = step > 0 || !run.startsAtZero || run.inputs != nil
  let from = hasProduct ? UnsafePointer(sums) : nil
  var (row, tiles) = (0, product.tileCount)
  while tiles > 0 {
    let left = run.rows - row
    let rows = tiles == 1 ? left : (left + tiles - 1) / tiles
    if hasProduct {
      lstmTile(
        A.self, run, product, state, step, panel, row, rows, isReversed: isReversed, sums)
    }
    lstmGates(
      A.Set.self, run, step, panel, row..<row + rows, from, sums + tileRows * A.Set.panelWidth)
    row += rows
    tiles -= 1
  }
}

/// sums ← gates + state · recurrent kernel, for some rows of a panel
@inlinable @_transparent
func lstmTile<A: Arithmetic>(
  _: A.Type, _ run: LSTMSteps, _ product: MatrixProduct, _ state: UnsafePointer<Float>,
  _ step: Int, _ panel: Int, _ row: Int, _ rows: Int, isReversed: Bool,
  _ sums: UnsafeMutablePointer<Float>
) {
  let width = A.Set.panelWidth
  let stride = run.gatesRowStride ?? width
  let gates = run.gates + panel * run.gatesPanelStride + (step * run.rows + row) * stride
  let panelFloats = run.depth * A.floats(width)
  var column = 0
  while column < width {
    var tile = Tile(
      rows: rows, vectors: A.Set.tileVectors, a: state + row * product.aRowStride,
      b: run.recurrent + panel * panelFloats + A.floats(column), c: sums + column, cStride: width)
    if let inputs = run.inputs {
      tile.start = run.bias + panel * width + column
      tile.head = inputs + (step * run.rows + row) * run.inputStride
      (tile.headStride, tile.headDepth) = (run.inputStride, run.inputDepth)
      tile.headB = run.kernel + panel * run.inputDepth * A.floats(width) + A.floats(column)
    } else if run.scales == nil {
      (tile.start, tile.startStride) = (UnsafePointer(gates + column), stride)
    }
    tile.isReversed = isReversed
    multiplyTile(A.self, product, tile)
    column += A.Set.tileVectors * A.Set.lanes
  }
  if let scales = run.scales {
    scaleSums(A.Set.self, sums, rows, gates, stride, scales + panel * width)
  }
}

/// Sums of integers, in place: floats ← gates + integers · scales
@inlinable @_transparent
func scaleSums<I: InstructionSet>(
  _: I.Type, _ sums: UnsafeMutablePointer<Float>, _ rows: Int, _ gates: UnsafePointer<Float>,
  _ gatesStride: Int, _ scales: UnsafePointer<Float>
) {
  for row in 0..<rows {
    for vector in 0..<panelVectors {
      let column = vector * I.lanes
      let at = sums + row * I.panelWidth + column
      let start = I.load(gates + row * gatesStride + column)
      I.store(at, I.multiplyAdd(I.float(I.bits(I.load(at))), I.load(scales + column), start))
    }
  }
}

/// The gates of at most `tileRows` rows of a panel.
/// - Parameter sums: [row][4 lanes]; nil where they are in the place of the gates.
@inlinable @inline(never)
func lstmGates<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>?, _ outputGates: UnsafeMutablePointer<Float>
) {
  switch GateKinds(run.activation, run.recurrentActivation) {
  case .usual: lstmGates(I.self, run, step, panel, rows, sums, outputGates, .usual)
  case .common: lstmGatesInPlace(I.self, run, step, panel, rows, sums, outputGates)
  case .any: lstmGatesOfAnyKind(I.self, run, step, panel, rows, sums, outputGates)
  }
}

@inlinable @inline(never)
func lstmGatesInPlace<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>?, _ outputGates: UnsafeMutablePointer<Float>
) {
  lstmGates(I.self, run, step, panel, rows, sums, outputGates, .common)
}

@inlinable @inline(never)
func lstmGatesOfAnyKind<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>?, _ outputGates: UnsafeMutablePointer<Float>
) {
  lstmGates(I.self, run, step, panel, rows, sums, outputGates, .any)
}

/// All cells come before all outputs: a row is a long chain of operations, and of two halves the
/// processor has more rows under way.
@inlinable @_transparent
func lstmGates<I: InstructionSet>(
  _: I.Type, _ run: LSTMSteps, _ step: Int, _ panel: Int, _ rows: Range<Int>,
  _ sums: UnsafePointer<Float>?, _ outputGates: UnsafeMutablePointer<Float>, _ kinds: GateKinds
) {
  let stride = run.gatesRowStride ?? I.panelWidth
  let gates = run.gates + panel * run.gatesPanelStride + step * run.rows * stride
  let cells = run.cells + step * run.cellStride + panel * run.rows * I.lanes
  for row in rows {
    let place = gates + row * stride
    let from = sums.map { $0 + (row - rows.lowerBound) * I.panelWidth } ?? UnsafePointer(place)
    let previous = I.load(cells + row * I.lanes)
    let kept = run.keepsGates ? place : nil
    let (cell, o) =
      kinds == .usual
      ? I.lstmCell(from, previous, kept: kept)
      : lstmCell(
        I.self, run.activation, run.recurrentActivation, from, previous, kept: kept,
        isCommon: kinds == .common)
    I.store(cells + run.cellStride + row * I.lanes, cell)
    I.store(outputGates + (row - rows.lowerBound) * I.lanes, o)
  }
  let next = (step + 1) * run.rows * run.stateStride
  for row in rows {
    let (cell, o) = (
      I.load(cells + run.cellStride + row * I.lanes),
      I.load(outputGates + (row - rows.lowerBound) * I.lanes)
    )
    let output = run.output(I.self, cell, o, kinds)
    let place = row * run.stateStride + panel * I.lanes
    I.store(run.states + next + place, output)
    run.storeShort(I.self, step, place, output)
    if let masked = run.maskedStates, let mask = run.mask {
      I.store(masked + next + place, output * I.load(mask + place))
    }
  }
}

extension LSTMSteps {
  /// h′ of c′ and, of the usual kinds, 1 / o; of the others o itself.
  @inlinable @_transparent
  func output<I: InstructionSet>(
    _: I.Type, _ cell: I.Vector, _ o: I.Vector, _ kinds: GateKinds
  ) -> I.Vector {
    switch kinds {
    case .usual: I.lstmOutput(cell, o)
    case .common: o * activatedInPlace(I.self, activation, cell)
    case .any: o * activated(I.self, activation, cell)
    }
  }

  /// Keeps a vector of the state after a step as short numbers, where the product takes those.
  @inlinable @_transparent
  func storeShort<I: InstructionSet>(_: I.Type, _ step: Int, _ place: Int, _ state: I.Vector) {
    guard let shortStates else { return }
    let target = shortStates + (stepsBefore + step + 1) % 2 * rows * stateStride + place
    if format == .bfloat16 {
      I.storeBFloat16(target, state)
      // The last of an odd number of units has padding for a partner: ∞ · 0 may have come to that.
      let left = units - place % stateStride
      if units % 2 == 1, left < I.lanes { target[left] = 0 }
    } else {
      I.storeInt16(target, state, scale: stateScale)
    }
  }
}
