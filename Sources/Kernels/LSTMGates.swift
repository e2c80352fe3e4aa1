/// One time step of one panel of an LSTM: up to `lanes` units of some samples.
///
/// A row of `gates` holds the four gates of these units beside each other, [i f c̃ o][lanes], as
/// the packed kernels put them there. Rows of cells are [lanes].
public struct LSTMGates {
  public var rows: Int
  /// Units of this panel, 1 … lanes.
  public var units: Int
  public var activation: Elementwise
  public var recurrentActivation: Elementwise
  /// Write the activated gates back, for `lstmGatesBackward`.
  public var keepsGates: Bool
  /// In: sums. Out, if kept: activated gates.
  public var gates: UnsafeMutablePointer<Float>
  public var previousCell: UnsafePointer<Float>
  public var cell: UnsafeMutablePointer<Float>
  public var output: UnsafeMutablePointer<Float>
  public var outputStride: Int

  @inlinable
  public init(
    rows: Int, units: Int, activation: Elementwise, recurrentActivation: Elementwise,
    keepsGates: Bool, gates: UnsafeMutablePointer<Float>, previousCell: UnsafePointer<Float>,
    cell: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    (self.rows, self.units) = (rows, units)
    (self.activation, self.recurrentActivation) = (activation, recurrentActivation)
    (self.keepsGates, self.gates) = (keepsGates, gates)
    (self.previousCell, self.cell) = (previousCell, cell)
    (self.output, self.outputStride) = (output, outputStride)
  }
}

/// i, f, o = σ(sums), c̃ = φ(sum);  c′ = f · c + i · c̃;  h′ = o · φ(c′)
/// Source: Hochreiter and Schmidhuber 1997, Gers et al. 2000 (forget gate), in Keras's order.
@inlinable
public func lstmGates<I: InstructionSet>(_: I.Type, _ step: LSTMGates) {
  for row in 0..<step.rows {
    let gates = step.gates + row * I.panelWidth
    let i = I.activate(step.recurrentActivation, I.load(gates))
    let f = I.activate(step.recurrentActivation, I.load(gates + I.lanes))
    let candidate = I.activate(step.activation, I.load(gates + 2 * I.lanes))
    let o = I.activate(step.recurrentActivation, I.load(gates + 3 * I.lanes))
    let previous = I.load(step.previousCell + row * I.lanes)
    let cell = I.multiplyAdd(f, previous, i * candidate)
    I.store(step.cell + row * I.lanes, cell)
    let output = o * I.activate(step.activation, cell)
    I.store(step.output + row * step.outputStride, output, step.units)
    if step.keepsGates {
      I.store(gates, i)
      I.store(gates + I.lanes, f)
      I.store(gates + 2 * I.lanes, candidate)
      I.store(gates + 3 * I.lanes, o)
    }
  }
}

/// The gradient of a step, in place of its activated gates.
public struct LSTMGatesBackward {
  public var rows: Int
  public var units: Int
  public var activation: Elementwise
  public var recurrentActivation: Elementwise
  /// In: activated gates. Out: the gradient of their sums.
  public var gates: UnsafeMutablePointer<Float>
  public var previousCell: UnsafePointer<Float>
  public var cell: UnsafePointer<Float>
  /// In: dc′ from the step after. Out: dc for the step before.
  public var cellGradient: UnsafeMutablePointer<Float>
  /// dh′ through the step after, and from the layer above, which may have none for this step.
  public var stateGradient: UnsafePointer<Float>
  public var stateGradientStride: Int
  public var outputGradient: UnsafePointer<Float>?
  public var outputGradientStride: Int

  @inlinable
  public init(
    rows: Int, units: Int, activation: Elementwise, recurrentActivation: Elementwise,
    gates: UnsafeMutablePointer<Float>, previousCell: UnsafePointer<Float>,
    cell: UnsafePointer<Float>, cellGradient: UnsafeMutablePointer<Float>,
    stateGradient: UnsafePointer<Float>, stateGradientStride: Int,
    outputGradient: UnsafePointer<Float>?, outputGradientStride: Int
  ) {
    (self.rows, self.units) = (rows, units)
    (self.activation, self.recurrentActivation) = (activation, recurrentActivation)
    (self.gates, self.previousCell, self.cell) = (gates, previousCell, cell)
    self.cellGradient = cellGradient
    (self.stateGradient, self.stateGradientStride) = (stateGradient, stateGradientStride)
    (self.outputGradient, self.outputGradientStride) = (outputGradient, outputGradientStride)
  }
}

/// dc′ += dh′ · o · φ′(c′);  do = dh′ · φ(c′);  di = dc′ · c̃;  dc̃ = dc′ · i;  df = dc′ · c;
/// dc = dc′ · f; each gate's gradient times its own slope.
@inlinable
public func lstmGatesBackward<I: InstructionSet>(_: I.Type, _ step: LSTMGatesBackward) {
  for row in 0..<step.rows {
    let gates = step.gates + row * I.panelWidth
    let (i, f) = (I.load(gates), I.load(gates + I.lanes))
    let (candidate, o) = (I.load(gates + 2 * I.lanes), I.load(gates + 3 * I.lanes))
    var dh = I.load(step.stateGradient + row * step.stateGradientStride, step.units)
    if let above = step.outputGradient {
      dh += I.load(above + row * step.outputGradientStride, step.units)
    }
    let activated = I.activate(step.activation, I.load(step.cell + row * I.lanes))
    let passed = dh * o * I.slope(step.activation, activated)
    let dc = I.load(step.cellGradient + row * I.lanes) + passed
    let previous = I.load(step.previousCell + row * I.lanes)
    I.store(step.cellGradient + row * I.lanes, dc * f)
    I.store(gates, dc * candidate * I.slope(step.recurrentActivation, i))
    I.store(gates + I.lanes, dc * previous * I.slope(step.recurrentActivation, f))
    I.store(gates + 2 * I.lanes, dc * i * I.slope(step.activation, candidate))
    I.store(gates + 3 * I.lanes, dh * activated * I.slope(step.recurrentActivation, o))
  }
}
