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
        (gates[gate], gates[gate + it.units]) = (z, r)
        if !it.after { reset[place] = r * it.masked.doubles[place] }
        let sum = gates[gate + 2 * it.units] + (it.after ? r * reset[place] : 0)
        let candidate = it.activation(sum)
        gates[gate + 2 * it.units] = candidate
        next[place] = z * it.state.doubles[place] + (1 - z) * candidate
      }
      kernels.gruReset(it.step)
      kernels.gruOutput(it.step)
      expect(it.gates, gates, within: 1e-6, "\(name): gates")
      expect(it.reset, reset, within: 1e-6, "\(name): reset")
      expect(it.next, next, within: 1e-6, "\(name): next")
    }
  }

  /// The derivative of an activation from its output.
  private func slope(_ kind: Elementwise, _ y: Double) -> Double {
    switch kind {
    case .relu: y > 0 ? 1 : 0
    case .tanh: 1 - y * y
    case .sigmoid: y * (1 - y)
    default: 1
    }
  }

  func testBackward() {
    forEachCase { kernels, it, name in
      var (gates, reset, gradient) = (it.gates.doubles, it.reset.doubles, it.gradient.doubles)
      it.forEachUnit { gate, place in
        let (z, r) = (gates[gate], gates[gate + it.units])
        let (candidate, dh) = (gates[gate + 2 * it.units], gradient[place])
        let sum = dh * (1 - z) * self.slope(it.activation, candidate)
        gates[gate] =
          dh * (it.state.doubles[place] - candidate) * self.slope(it.recurrent, z)
        gates[gate + 2 * it.units] = sum
        gradient[place] = dh * z
        if it.after {
          gates[gate + it.units] = sum * reset[place] * self.slope(it.recurrent, r)
          reset[place] = sum * r
        } else {
          let product = gradient[place]
          gates[gate + it.units] =
            product * it.masked.doubles[place] * self.slope(it.recurrent, r)
          gradient[place] = product * r
        }
      }
      kernels.gruOutputBackward(it.step, it.gradient.pointer)
      if !it.after { kernels.gruResetBackward(it.step, it.gradient.pointer) }
      expect(it.gates, gates, within: 1e-5, "\(name): gates")
      expect(it.reset, reset, within: 1e-5, "\(name): reset")
      expect(it.gradient, gradient, within: 1e-5, "\(name): gradient")
    }
  }
}
