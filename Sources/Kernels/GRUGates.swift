/// A step of a GRU for some samples: z, r = σ(sums);  h̃ = φ(sum);  h′ = z · h + (1 − z) · h̃.
/// Source: Cho et al. 2014, in Keras's order of gates; `resetsAfter` is the variant in which r
/// multiplies the recurrent sum of h̃, else it multiplies the state that the sum is of.
public struct GRUStep {
  public var rows: Int
  public var units: Int
  public var activation: Elementwise
  public var recurrentActivation: Elementwise
  public var resetsAfter: Bool
  /// [row][z r h̃][units]. In: sums; with `resetsAfter` that of h̃ lacks r · `reset`. Out: gates,
  /// or their sums where the activation needs those; of the backward kernels the sums' gradients.
  public var gates: UnsafeMutablePointer<Float>
  /// [row][units]. With `resetsAfter` the recurrent sum of h̃, whose gradient comes back; else
  /// r · `maskedState`, from `gruReset`.
  public var reset: UnsafeMutablePointer<Float>
  /// All [row][units]: h, h as the products take it, and h′.
  public var state: UnsafePointer<Float>
  public var maskedState: UnsafePointer<Float>
  public var next: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    rows: Int, units: Int, activation: Elementwise, recurrentActivation: Elementwise,
    resetsAfter: Bool, gates: UnsafeMutablePointer<Float>, reset: UnsafeMutablePointer<Float>,
    state: UnsafePointer<Float>, maskedState: UnsafePointer<Float>,
    next: UnsafeMutablePointer<Float>
  ) {
    (self.rows, self.units, self.resetsAfter) = (rows, units, resetsAfter)
    (self.activation, self.recurrentActivation) = (activation, recurrentActivation)
    (self.gates, self.reset) = (gates, reset)
    (self.state, self.maskedState, self.next) = (state, maskedState, next)
  }

  /// Calls body with the place of each vector of units in `gates` and in arrays of states, and
  /// its length.
  @inlinable @_transparent
  func forEachVector<I: InstructionSet>(
    _: I.Type, _ body: (_ gates: UnsafeMutablePointer<Float>, _ place: Int, _ count: Int) -> Void
  ) {
    for row in 0..<rows {
      I.forEachVector(units) { at, count in
        body(gates + row * 3 * units + at, row * units + at, count)
      }
    }
  }
}

extension GRUStep {
  @inlinable @_transparent
  var hasUsualActivations: Bool { activation == .tanh && recurrentActivation == .sigmoid }
}

/// What comes before the recurrent product of h̃, and what behind it.
public enum GRUHalf: UInt8 { case reset, output }

@inlinable
public func gru<I: InstructionSet>(_: I.Type, _ half: GRUHalf, _ step: GRUStep) {
  if half == .reset { gruReset(I.self, step) } else { gruOutput(I.self, step) }
}

@inlinable
public func gruBackward<I: InstructionSet>(
  _: I.Type, _ half: GRUHalf, _ step: GRUStep, _ gradient: UnsafeMutablePointer<Float>
) {
  if half == .reset {
    gruResetBackward(I.self, step, gradient)
  } else {
    gruOutputBackward(I.self, step, gradient)
  }
}

/// z, r ← σ(sums), and where r comes before the product, reset ← r · h
@inlinable
func gruReset<I: InstructionSet>(_: I.Type, _ step: GRUStep) {
  if step.hasUsualActivations {
    gruReset(I.self, step) { I.activate(.sigmoid, $0) }
  } else {
    gruReset(I.self, step) { activated(I.self, step.recurrentActivation, $0) }
  }
}

@inlinable @_transparent
func gruReset<I: InstructionSet>(
  _: I.Type, _ step: GRUStep, _ activate: (I.Vector) -> I.Vector
) {
  let keepsSums = step.recurrentActivation.needsInput
  step.forEachVector(I.self) { gates, place, count in
    let r = activate(I.load(gates + step.units, count))
    if !keepsSums {
      I.store(gates, activate(I.load(gates, count)), count)
      I.store(gates + step.units, r, count)
    }
    if !step.resetsAfter {
      I.store(step.reset + place, r * I.load(step.maskedState + place, count), count)
    }
  }
}

/// h̃ and h′
@inlinable
func gruOutput<I: InstructionSet>(_: I.Type, _ step: GRUStep) {
  if step.hasUsualActivations {
    gruOutput(I.self, step, gate: { $0 }, candidate: { I.activate(.tanh, $0) })
  } else {
    gruOutput(
      I.self, step, gate: { recovered(I.self, step.recurrentActivation, $0).value },
      candidate: { activated(I.self, step.activation, $0) })
  }
}

/// - Parameters: the values of gates from what `gruReset` left, of candidates from their sums.
@inlinable @_transparent
func gruOutput<I: InstructionSet>(
  _: I.Type, _ step: GRUStep, gate: (I.Vector) -> I.Vector, candidate: (I.Vector) -> I.Vector
) {
  let keepsSums = step.activation.needsInput
  step.forEachVector(I.self) { gates, place, count in
    var sum = I.load(gates + 2 * step.units, count)
    if step.resetsAfter {
      let r = gate(I.load(gates + step.units, count))
      sum = I.multiplyAdd(r, I.load(step.reset + place, count), sum)
    }
    let value = candidate(sum)
    I.store(gates + 2 * step.units, keepsSums ? sum : value, count)
    let difference = I.load(step.state + place, count) - value
    I.store(step.next + place, I.multiplyAdd(gate(I.load(gates, count)), difference, value), count)
  }
}

/// Of dh′: the gradients of the sums of z and h̃, in place of the gates; with `resetsAfter` also of
/// that of r, and of the recurrent sum of h̃.
/// - Parameter gradient: [row][units]; in: dh′. Out: its part that goes straight to h.
@inlinable
func gruOutputBackward<I: InstructionSet>(
  _: I.Type, _ step: GRUStep, _ gradient: UnsafeMutablePointer<Float>
) {
  step.forEachVector(I.self) { gates, place, count in
    let dh = I.load(gradient + place, count)
    let z = recovered(I.self, step.recurrentActivation, I.load(gates, count))
    let candidate = recovered(I.self, step.activation, I.load(gates + 2 * step.units, count))
    let dz = dh * (I.load(step.state + place, count) - candidate.value)
    let sum = dh * (I.splat(1) - z.value) * candidate.slope
    I.store(gradient + place, dh * z.value, count)
    I.store(gates, dz * z.slope, count)
    I.store(gates + 2 * step.units, sum, count)
    if step.resetsAfter {
      let r = recovered(I.self, step.recurrentActivation, I.load(gates + step.units, count))
      let dr = sum * I.load(step.reset + place, count)
      I.store(gates + step.units, dr * r.slope, count)
      I.store(step.reset + place, sum * r.value, count)
    }
  }
}

/// Without `resetsAfter`, the gradient of the sum of r, in place of r.
/// - Parameter gradient: [row][units]; in: that of r · h. Out: that of h.
@inlinable
func gruResetBackward<I: InstructionSet>(
  _: I.Type, _ step: GRUStep, _ gradient: UnsafeMutablePointer<Float>
) {
  step.forEachVector(I.self) { gates, place, count in
    let product = I.load(gradient + place, count)
    let r = recovered(I.self, step.recurrentActivation, I.load(gates + step.units, count))
    let dr = product * I.load(step.maskedState + place, count)
    I.store(gates + step.units, dr * r.slope, count)
    I.store(gradient + place, product * r.value, count)
  }
}
