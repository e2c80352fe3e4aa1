import Kernels
import XCTest

final class OptimizersTests: XCTestCase {
  private struct State {
    var weights, m, v: [Double]
  }

  private func adam(_ state: inout State, _ step: AdamStep, _ gradient: [Double]) {
    let (beta1, beta2) = (Double(step.beta1), Double(step.beta2))
    for i in gradient.indices {
      let g = gradient[i] * Double(step.clip)
      state.m[i] = beta1 * state.m[i] + (1 - beta1) * g
      state.v[i] = beta2 * state.v[i] + (1 - beta2) * g * g
      let change = state.m[i] / (state.v[i].squareRoot() + Double(step.epsilon))
      state.weights[i] -= Double(step.rate) * change
    }
  }

  private func checkAdam(_ step: AdamStep, seed: UInt32) {
    forEachLength { kernels, count, name in
      let weights = Guarded(numbers(count, seed))
      let m = Guarded(Array(repeating: 0, count: count))
      let v = Guarded(Array(repeating: 0, count: count))
      var state = State(weights: weights.doubles, m: m.doubles, v: v.doubles)
      for round in 1...4 {
        let gradient = input(numbers(count, seed &+ UInt32(round)))
        kernels.adam(step, gradient.pointer, m.pointer, v.pointer, weights.pointer, count)
        adam(&state, step, gradient.doubles)
        expect(m, state.m, within: 1e-6, "\(name), step \(round), m")
        expect(v, state.v, within: 1e-6, "\(name), step \(round), v")
        expect(weights, state.weights, within: 1e-6, "\(name), step \(round), weights")
      }
    }
  }

  func testAdam() {
    checkAdam(AdamStep(rate: 0.125, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, clip: 1), seed: 1)
  }

  func testAdamWithOtherNumbers() {
    checkAdam(AdamStep(rate: 0.5, beta1: 0.5, beta2: 0.75, epsilon: 0.25, clip: 0.375), seed: 11)
  }

  func testAdamRestsWithoutGradient() {
    forEachLength { kernels, count, name in
      let zeros = [Float](repeating: 0, count: count)
      let (gradient, m, v) = (input(zeros), Guarded(zeros), Guarded(zeros))
      let weights = Guarded(numbers(count, 21))
      let before = weights.doubles
      let step = AdamStep(rate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, clip: 1)
      kernels.adam(step, gradient.pointer, m.pointer, v.pointer, weights.pointer, count)
      expect(weights, before, name)
    }
  }

  private func sgd(_ state: inout State, _ step: SGDStep, _ gradient: [Double]) {
    let momentum = Double(step.momentum)
    for i in gradient.indices {
      let change = Double(step.rate) * gradient[i] * Double(step.clip)
      state.m[i] = momentum * state.m[i] - change
      state.weights[i] += step.nesterov ? momentum * state.m[i] - change : state.m[i]
    }
  }

  private func checkSGD(_ step: SGDStep, seed: UInt32) {
    forEachLength { kernels, count, name in
      let weights = Guarded(numbers(count, seed))
      let m = Guarded(Array(repeating: 0, count: count))
      var state = State(weights: weights.doubles, m: m.doubles, v: [])
      for round in 1...4 {
        let gradient = input(numbers(count, seed &+ UInt32(round)))
        kernels.sgd(step, gradient.pointer, m.pointer, weights.pointer, count)
        sgd(&state, step, gradient.doubles)
        expect(m, state.m, within: 1e-6, "\(name), step \(round), m")
        expect(weights, state.weights, within: 1e-6, "\(name), step \(round), weights")
      }
    }
  }

  func testSGD() {
    checkSGD(SGDStep(rate: 0.125, momentum: 0, nesterov: false, clip: 1), seed: 31)
  }

  func testSGDWithMomentum() {
    checkSGD(SGDStep(rate: 0.5, momentum: 0.75, nesterov: false, clip: 0.5), seed: 41)
  }

  func testSGDWithNesterovMomentum() {
    checkSGD(SGDStep(rate: 0.25, momentum: 0.5, nesterov: true, clip: 1.5), seed: 51)
  }
}
