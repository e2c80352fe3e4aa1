import Kernels

/// h′ = φ(x · kernel + h · recurrent kernel + bias). Keras: SimpleRNN. Source: Elman 1990.
final class SimpleRNN: RecurrentCell {
  static var traits: LayerTraits {
    LayerTraits(
      name: "SimpleRNN", stem: "simple_rnn", rules: Recurrence.rules([]),
      make: { (configuration, input) throws(Failure) in
        try Bidirectional.make(configuration, input) { (configuration) throws(Failure) in
          let recurrence = try Recurrence(configuration, input, gates: 1)
          return CellLayer(
            configuration, recurrence, SimpleRNN(recurrence), biasShape: [recurrence.units])
        }
      })
  }

  private let recurrence: Recurrence

  init(_ recurrence: Recurrence) { self.recurrence = recurrence }

  private var units: Int { recurrence.units }
  var gateCount: Int { 1 }
  let parts = [0..<1]
  var resets: Bool { false }

  func advance(_ step: CellStep) {
    step.addProduct(0, step.maskedState, to: step.gates, stride: units)
    step.next.copy(from: step.gates, count: step.rows * units)
    step.kernels.activate(recurrence.activation, step.next, step.rows * units)
  }

  func retreat(_ step: CellStep, _ gradient: LayerRun.Floats, _ passed: LayerRun.Floats) {
    let count = step.rows * units
    step.kernels.activateBackward(
      recurrence.activation, UnsafePointer(step.gates), UnsafePointer(step.next), gradient, count)
    step.gates.copy(from: gradient, count: count)
    gradient.update(repeating: 0, count: count)
    step.passBack(0, to: passed, adds: false)
  }

  func operand(_ part: Int, _ step: CellStep) -> (rows: UnsafePointer<Float>, stride: Int) {
    (step.maskedState, units)
  }

  func sumGradient(_ part: Int, _ step: CellStep) -> (rows: UnsafePointer<Float>, stride: Int) {
    (UnsafePointer(step.gates), units)
  }
}
