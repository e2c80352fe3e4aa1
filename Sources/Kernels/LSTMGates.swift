extension InstructionSet {
  /// exp(a · x) − 1 as scale + scale · tail − 1, for the gates: a · x is held within −87 … 21,
  /// where the product of three such numbers is finite and sigmoid and tanh are within 1e-9 of
  /// their limits. NaN stays, in the tail. `factor` is a · log2 e. Errors of the gate functions,
  /// measured densely: sigmoid 8.9e-8; tanh 1.47e-7, and next to zero at most 3.55 ulp.
  @inlinable @_transparent
  static func gateExponential(_ x: Vector, _ factor: Float) -> (scale: Vector, tail: Vector) {
    let x = heldForGates(x, factor)
    let magic = splat(12_582_912)
    let shifted = multiplyAdd(x, splat(factor), magic)
    let r = multiplyAdd(x, splat(factor), magic - shifted)
    let scale = fromBits(shiftLeft(bits(shifted) &+ Integers(repeating: 127), 23))
    // (2^r − 1) / r for |r| ≤ ½, a minimax polynomial within 2e-9; higher terms in few steps one
    // after the other (Estrin's scheme), the last with a rounding of its own.
    let lower = multiplyAdd(splat(5.550_332_4e-2), r, splat(2.402_264_8e-1))
    let upper = multiplyAdd(splat(1.339_887_5e-3), r, splat(9.618_437e-3))
    let square = r * r
    let higher = multiplyAdd(multiplyAdd(square, splat(1.535_336_2e-4), upper), square, lower)
    let p = multiplyAdd(higher, r, splat(6.931_472e-1))
    return (scale, p * r)
  }

  /// x with a · x in the range of `gateExponential`; NaN stays.
  @inlinable @_transparent
  public static func heldForGates(_ x: Vector, _ factor: Float) -> Vector {
    minimum(splat(-126 / factor), maximum(splat(30 / factor), x))
  }

  /// 1 + exp(−x), whose reciprocal is σ(x).
  @inlinable @_transparent
  public static func sigmoidDenominator(_ x: Vector) -> Vector {
    let (scale, tail) = gateExponential(x, -1.442_695_04)
    return multiplyAdd(scale, tail, scale) + splat(1)
  }

  /// 1 − exp(−2x), which over 2 less itself is tanh(x), also where x is next to zero.
  @inlinable @_transparent
  static func tanhNumerator(_ x: Vector) -> Vector {
    let (scale, tail) = gateExponential(x, -2.885_390_08)
    return splat(0) - multiplyAdd(scale, tail, scale - splat(1))
  }

  /// One step of `lanes` units:
  /// i, f, o = σ(sums), c̃ = φ(sum);  c′ = f · c + i · c̃;  h′ = o · φ(c′)
  /// Source: Hochreiter and Schmidhuber 1997, Gers et al. 2000 (forget gate), in Keras's order.
  /// In two halves: here c′ and 1 / o, in `lstmOutput` h′.
  /// - Parameters:
  ///   - sums: [i f c̃ o][lanes]
  ///   - kept: where the activated gates go, in the same order; may be `sums`.
  @inlinable @_transparent
  static func lstmCell(
    _ sums: UnsafePointer<Float>, _ previous: Vector, kept: UnsafeMutablePointer<Float>?
  ) -> (cell: Vector, o: Vector) {
    // Everything over one denominator: two divisions instead of five.
    let i = sigmoidDenominator(load(sums))
    let f = sigmoidDenominator(load(sums + lanes))
    let candidate = tanhNumerator(load(sums + 2 * lanes))
    let o = sigmoidDenominator(load(sums + 3 * lanes))
    let candidateDenominator = splat(2) - candidate
    let both = i * candidateDenominator
    if let kept {
      store(kept, splat(1) / i)
      store(kept + lanes, splat(1) / f)
      store(kept + 2 * lanes, candidate / candidateDenominator)
      store(kept + 3 * lanes, splat(1) / o)
    }
    return (multiplyAdd(previous, both, candidate * f) / (both * f), o)
  }

  /// h′ of c′ and 1 / o
  @inlinable @_transparent
  static func lstmOutput(_ cell: Vector, _ o: Vector) -> Vector {
    let output = tanhNumerator(cell)
    return output / (o * (splat(2) - output))
  }
}

/// `lstmCell` with any activations; o is o itself. What is kept is what `recovered` takes.
@inlinable @_transparent
func lstmCell<I: InstructionSet>(
  _: I.Type, _ activation: Elementwise, _ recurrentActivation: Elementwise,
  _ sums: UnsafePointer<Float>, _ previous: I.Vector, kept: UnsafeMutablePointer<Float>?
) -> (cell: I.Vector, o: I.Vector) {
  func gate(_ number: Int, _ kind: Elementwise) -> I.Vector {
    let sum = I.load(sums + number * I.lanes)
    let value = activated(I.self, kind, sum)
    if let kept { I.store(kept + number * I.lanes, kind.needsInput ? sum : value) }
    return value
  }
  let (i, f) = (gate(0, recurrentActivation), gate(1, recurrentActivation))
  let (candidate, o) = (gate(2, activation), gate(3, recurrentActivation))
  return (I.multiplyAdd(f, previous, i * candidate), o)
}

/// The gradient of a step, in place of its activated gates.
public struct LSTMGatesBackward {
  public var rows: Int
  public var units: Int
  public var activation: Elementwise
  public var recurrentActivation: Elementwise
  /// In: activated gates, or their sums where the activation needs those. Out: the gradient of
  /// their sums.
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
  guard step.activation == .tanh, step.recurrentActivation == .sigmoid else {
    return lstmGatesBackwardOfAnyKind(I.self, step)
  }
  lstmGatesBackward(
    I.self, step, gate: { ($0, I.derivative(.sigmoid, $0, $0)) },
    candidate: { ($0, I.derivative(.tanh, $0, $0)) },
    cell: {
      let value = I.activate(.tanh, $0)
      return (value, I.derivative(.tanh, value, value))
    })
}

@inlinable @inline(never)
func lstmGatesBackwardOfAnyKind<I: InstructionSet>(_: I.Type, _ step: LSTMGatesBackward) {
  lstmGatesBackward(
    I.self, step, gate: { recovered(I.self, step.recurrentActivation, $0) },
    candidate: { recovered(I.self, step.activation, $0) },
    cell: {
      let value = activated(I.self, step.activation, $0)
      return (value, slope(I.self, step.activation, $0, value))
    })
}

/// - Parameters: values and slopes, of gates and candidates from what was kept of them, of cells
///   from their input.
@inlinable @_transparent
func lstmGatesBackward<I: InstructionSet>(
  _: I.Type, _ step: LSTMGatesBackward, gate: (I.Vector) -> (I.Vector, I.Vector),
  candidate: (I.Vector) -> (I.Vector, I.Vector), cell: (I.Vector) -> (I.Vector, I.Vector)
) {
  for row in 0..<step.rows {
    let gates = step.gates + row * I.panelWidth
    let (i, iSlope) = gate(I.load(gates))
    let (f, fSlope) = gate(I.load(gates + I.lanes))
    let (candidate, candidateSlope) = candidate(I.load(gates + 2 * I.lanes))
    let (o, oSlope) = gate(I.load(gates + 3 * I.lanes))
    var dh = I.load(step.stateGradient + row * step.stateGradientStride, step.units)
    if let above = step.outputGradient {
      dh = dh + I.load(above + row * step.outputGradientStride, step.units)
    }
    let (output, outputSlope) = cell(I.load(step.cell + row * I.lanes))
    let dc = I.load(step.cellGradient + row * I.lanes) + dh * o * outputSlope
    let previous = I.load(step.previousCell + row * I.lanes)
    I.store(step.cellGradient + row * I.lanes, dc * f)
    I.store(gates, dc * candidate * iSlope)
    I.store(gates + I.lanes, dc * previous * fSlope)
    I.store(gates + 2 * I.lanes, dc * i * candidateSlope)
    I.store(gates + 3 * I.lanes, dh * output * oSlope)
  }
}
