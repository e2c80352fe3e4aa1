/// A step of a GRU for some samples: z, r = σ(sums);  h̃ = φ(sum);  h′ = z · h + (1 − z) · h̃.
/// Source: Cho et al. 2014, in Keras's order of gates; `resetsAfter` is the variant in which r
/// multiplies the recurrent sum of h̃, else it multiplies the state that the sum is of.
public struct GRUStep {
  public var rows: Int
  public var units: Int
  public var activation: Elementwise
  public var recurrentActivation: Elementwise
  public var resetsAfter: Bool
  /// [row][z r h̃][units]. In: sums; with `resetsAfter` that of h̃ lacks r · `reset`. Out: activated gates; of the
  /// backward kernels the gradients of the sums.
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

/// z, r ← σ(sums), and where r comes before the product, reset ← r · h
@inlinable
public func gruReset<I: InstructionSet>(_: I.Type, _ step: GRUStep) {
  step.forEachVector(I.self) { gates, place, count in
    let z = I.activate(step.recurrentActivation, I.load(gates, count))
    let r = I.activate(step.recurrentActivation, I.load(gates + step.units, count))
    I.store(gates, z, count)
    I.store(gates + step.units, r, count)
    if !step.resetsAfter {
      I.store(step.reset + place, r * I.load(step.maskedState + place, count), count)
    }
  }
}

/// h̃ and h′
@inlinable
public func gruOutput<I: InstructionSet>(_: I.Type, _ step: GRUStep) {
  step.forEachVector(I.self) { gates, place, count in
    var sum = I.load(gates + 2 * step.units, count)
    if step.resetsAfter {
      let r = I.load(gates + step.units, count)
      sum = I.multiplyAdd(r, I.load(step.reset + place, count), sum)
    }
    let candidate = I.activate(step.activation, sum)
    I.store(gates + 2 * step.units, candidate, count)
    let difference = I.load(step.state + place, count) - candidate
    I.store(
      step.next + place, I.multiplyAdd(I.load(gates, count), difference, candidate), count)
  }
}

/// Of dh′: the gradients of the sums of z and h̃, in place of the gates; with `resetsAfter` also of
/// that of r, and of the recurrent sum of h̃.
/// - Parameter gradient: [row][units]; in: dh′. Out: its part that goes straight to h.
@inlinable
public func gruOutputBackward<I: InstructionSet>(
  _: I.Type, _ step: GRUStep, _ gradient: UnsafeMutablePointer<Float>
) {
  step.forEachVector(I.self) { gates, place, count in
    let dh = I.load(gradient + place, count)
    let z = I.load(gates, count)
    let candidate = I.load(gates + 2 * step.units, count)
    let dz = dh * (I.load(step.state + place, count) - candidate)
    let sum = dh * (I.splat(1) - z) * I.slope(step.activation, candidate)
    I.store(gradient + place, dh * z, count)
    I.store(gates, dz * I.slope(step.recurrentActivation, z), count)
    I.store(gates + 2 * step.units, sum, count)
    if step.resetsAfter {
      let r = I.load(gates + step.units, count)
      let dr = sum * I.load(step.reset + place, count)
      I.store(gates + step.units, dr * I.slope(step.recurrentActivation, r), count)
      I.store(step.reset + place, sum * r, count)
    }
  }
}

/// Without `resetsAfter`, the gradient of the sum of r, in place of r.
/// - Parameter gradient: [row][units]; in: that of r · h. Out: that of h.
@inlinable
public func gruResetBackward<I: InstructionSet>(
  _: I.Type, _ step: GRUStep, _ gradient: UnsafeMutablePointer<Float>
) {
  step.forEachVector(I.self) { gates, place, count in
    let product = I.load(gradient + place, count)
    let r = I.load(gates + step.units, count)
    let dr = product * I.load(step.maskedState + place, count)
    I.store(gates + step.units, dr * I.slope(step.recurrentActivation, r), count)
    I.store(gradient + place, product * r, count)
  }
}
