import Kernels
import XCTest

final class GRUGatesTests: XCTestCase {
  /// A step on numbers that look random, and what it is in Double.
  private struct Case {
    let rows = 3
    let units: Int
    let after: Bool
    let (activation, recurrent): (Elementwise, Elementwise)
    let gates, reset, state, masked, next, gradient: Guarded

    init(_ units: Int, after: Bool, _ activation: Elementwise, _ recurrent: Elementwise) {
      (self.units, self.after) = (units, after)
      (self.activation, self.recurrent) = (activation, recurrent)
      gates = Guarded(numbers(9 * units, 1))
      let blank = [Float](repeating: 0, count: 3 * units)
      reset = Guarded(after ? numbers(3 * units, 2) : blank)
      (state, masked) = (input(numbers(3 * units, 3)), input(numbers(3 * units, 4)))
      (next, gradient) = (Guarded(blank), Guarded(numbers(3 * units, 5)))
    }

    var step: GRUStep {
      GRUStep(
        rows: rows, units: units, activation: activation, recurrentActivation: recurrent,
        resetsAfter: after, gates: gates.pointer, reset: reset.pointer, state: state.pointer,
        maskedState: masked.pointer, next: next.pointer)
    }

    /// Calls body with the place of each unit in gates and in states.
    func forEachUnit(_ body: (_ gate: Int, _ place: Int) -> Void) {
      for row in 0..<rows {
        for unit in 0..<units { body(row * 3 * units + unit, row * units + unit) }
      }
    }
  }

  private func forEachCase(_ body: (KernelTable, Case, String) -> Void) {
    forEachSet { kernels, set in
      for units in [1, kernels.lanes - 1, kernels.lanes, 2 * kernels.lanes + 3] {
        for after in [false, true] {
          for (activation, recurrent) in [
            (Elementwise.tanh, Elementwise.sigmoid), (.relu, .tanh), (.sigmoid, .linear),
            (.gelu, .silu), (.elu, .hardSigmoid), (.tanh, .silu), (.gelu, .sigmoid),
          ] {
            let name = "\(set), \(units) units, \(after), \(activation), \(recurrent)"
            body(kernels, Case(units, after: after, activation, recurrent), name)
          }
        }
      }
    }
  }

  func testForward() {
    forEachCase { kernels, it, name in
      var (gates, reset) = (it.gates.doubles, it.reset.doubles)
      var next = it.next.doubles
      it.forEachUnit { gate, place in
        let (z, r) = (it.recurrent(gates[gate]), it.recurrent(gates[gate + it.units]))
        if !it.recurrent.needsInput { (gates[gate], gates[gate + it.units]) = (z, r) }
        if !it.after { reset[place] = r * it.masked.doubles[place] }
        let sum = gates[gate + 2 * it.units] + (it.after ? r * reset[place] : 0)
        let candidate = it.activation(sum)
        gates[gate + 2 * it.units] = it.activation.needsInput ? sum : candidate
        next[place] = z * it.state.doubles[place] + (1 - z) * candidate
      }
      kernels.gru(.reset, it.step)
      kernels.gru(.output, it.step)
      expect(it.gates, gates, within: 1e-6, "\(name): gates")
      expect(it.reset, reset, within: 1e-6, "\(name): reset")
      expect(it.next, next, within: 1e-6, "\(name): next")
    }
  }

  /// Value and derivative of an activation from what training keeps.
  private func recovered(_ kind: Elementwise, _ y: Double) -> (value: Double, slope: Double) {
    switch kind {
    case .relu: (y, y > 0 ? 1 : 0)
    case .tanh: (y, 1 - y * y)
    case .sigmoid: (y, y * (1 - y))
    case .elu: (y, y > 0 ? 1 : y + 1)
    case .hardSigmoid: (y, y > 0 && y < 1 ? 1 / 6 : 0)
    case .gelu, .silu: (kind(y), kind.slope(y))
    default: (y, 1)
    }
  }

  func testBackward() {
    forEachCase { kernels, it, name in
      var (gates, reset, gradient) = (it.gates.doubles, it.reset.doubles, it.gradient.doubles)
      it.forEachUnit { gate, place in
        let z = self.recovered(it.recurrent, gates[gate])
        let r = self.recovered(it.recurrent, gates[gate + it.units])
        let candidate = self.recovered(it.activation, gates[gate + 2 * it.units])
        let dh = gradient[place]
        let sum = dh * (1 - z.value) * candidate.slope
        gates[gate] = dh * (it.state.doubles[place] - candidate.value) * z.slope
        gates[gate + 2 * it.units] = sum
        gradient[place] = dh * z.value
        if it.after {
          gates[gate + it.units] = sum * reset[place] * r.slope
          reset[place] = sum * r.value
        } else {
          let product = gradient[place]
          gates[gate + it.units] = product * it.masked.doubles[place] * r.slope
          gradient[place] = product * r.value
        }
      }
      kernels.gruBackward(.output, it.step, it.gradient.pointer)
      if !it.after { kernels.gruBackward(.reset, it.step, it.gradient.pointer) }
      expect(it.gates, gates, within: 1e-5, "\(name): gates")
      expect(it.reset, reset, within: 1e-5, "\(name): reset")
      expect(it.gradient, gradient, within: 1e-5, "\(name): gradient")
    }
  }
}
