import Kernels

/// Gated recurrent unit. Keras: GRU, gates in the order z, r, h̃.
final class GRU: RecurrentCell {
  static var traits: LayerTraits {
    LayerTraits(
      name: "GRU", stem: "gru",
      rules: Recurrence.rules([
        FieldRule(.recurrentActivation, .sigmoid, .activation(softmax: false)),
        FieldRule(.resetAfter, .integer(1), .flag),
      ]),
      make: { (configuration, input) throws(Failure) in
        try Bidirectional.make(configuration, input) { (configuration) throws(Failure) in
          let recurrence = try Recurrence(configuration, input, gates: 3)
          let cell = GRU(recurrence, resetsAfter: configuration.flag(.resetAfter))
          let columns = 3 * recurrence.units
          return CellLayer(
            configuration, recurrence, cell, biasShape: cell.resetsAfter ? [2, columns] : [columns])
        }
      })
  }

  private let recurrence: Recurrence
  /// r multiplies the recurrent sum of h̃, not the state in it.
  let resetsAfter: Bool

  init(_ recurrence: Recurrence, resetsAfter: Bool) {
    (self.recurrence, self.resetsAfter) = (recurrence, resetsAfter)
  }

  private var units: Int { recurrence.units }
  var gateCount: Int { 3 }
  let parts = [0..<2, 2..<3]
  var resets: Bool { true }

  private func work(_ step: CellStep) -> GRUStep {
    GRUStep(
      rows: step.rows, units: units, activation: recurrence.activation,
      recurrentActivation: recurrence.recurrentActivation, resetsAfter: resetsAfter,
      gates: step.gates, reset: step.reset, state: step.state, maskedState: step.maskedState,
      next: step.next)
  }

  func advance(_ step: CellStep) {
    let work = work(step)
    step.addProduct(0, step.maskedState, to: step.gates, stride: 3 * units)
    step.kernels.gru(.reset, work)
    if resetsAfter {
      step.addProduct(
        1, step.maskedState, to: step.reset, stride: units,
        bias: UnsafePointer(step.packed.bias + 3 * units))
    } else {
      step.addProduct(1, UnsafePointer(step.reset), to: step.gates + 2 * units, stride: 3 * units)
    }
    step.kernels.gru(.output, work)
  }

  func retreat(_ step: CellStep, _ gradient: LayerRun.Floats, _ passed: LayerRun.Floats) {
    let work = work(step)
    step.kernels.gruBackward(.output, work, gradient)
    step.passBack(1, to: passed, adds: false)
    if !resetsAfter { step.kernels.gruBackward(.reset, work, passed) }
    step.passBack(0, to: passed, adds: true)
  }

  func operand(_ part: Int, _ step: CellStep) -> (rows: UnsafePointer<Float>, stride: Int) {
    (part == 0 || resetsAfter ? step.maskedState : UnsafePointer(step.reset), units)
  }

  func sumGradient(_ part: Int, _ step: CellStep) -> (rows: UnsafePointer<Float>, stride: Int) {
    if part == 0 { return (UnsafePointer(step.gates), 3 * units) }
    return resetsAfter
      ? (UnsafePointer(step.reset), units) : (UnsafePointer(step.gates + 2 * units), 3 * units)
  }
}
