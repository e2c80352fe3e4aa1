import Kernels
import XCTest

final class OptimizersTests: XCTestCase {
  private struct State {
    var weights, m, v, largest: [Double]

    init(_ weights: [Double]) {
      self.weights = weights
      m = weights.map { _ in 0 }
      (v, largest) = (m, m)
    }
  }

  private func adam(_ state: inout State, _ step: AdamStep, _ gradient: [Double]) {
    let (beta1, beta2) = (Double(step.beta1), Double(step.beta2))
    for i in gradient.indices {
      let g = gradient[i] * Double(step.clip)
      state.m[i] = beta1 * state.m[i] + (1 - beta1) * g
      state.v[i] = beta2 * state.v[i] + (1 - beta2) * g * g
      state.largest[i] = max(state.largest[i], state.v[i])
      let second = step.largest == nil ? state.v[i] : state.largest[i]
      let moved = Double(step.rate) * state.m[i] + Double(step.gradientRate) * g
      state.weights[i] -= Double(step.decay) * state.weights[i]
      state.weights[i] -= moved / (second.squareRoot() + Double(step.epsilon))
    }
  }

  private func checkAdam(_ step: AdamStep, keepsLargest: Bool = false, seed: UInt32) {
    forEachLength { kernels, count, name in
      let weights = Guarded(numbers(count, seed))
      let m = Guarded(Array(repeating: 0, count: count))
      let v = Guarded(Array(repeating: 0, count: count))
      let largest = Guarded(Array(repeating: 0, count: count))
      var (state, step) = (State(weights.doubles), step)
      if keepsLargest { step.largest = largest.pointer }
      for round in 1...4 {
        let gradient = input(numbers(count, seed &+ UInt32(round)))
        kernels.adam(step, gradient.pointer, m.pointer, v.pointer, weights.pointer, count)
        adam(&state, step, gradient.doubles)
        expect(m, state.m, within: 1e-6, "\(name), step \(round), m")
        expect(v, state.v, within: 1e-6, "\(name), step \(round), v")
        if keepsLargest { expect(largest, state.largest, within: 1e-6, "\(name), step \(round)") }
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

  func testAdamWithDecayAndLargestMoment() {
    var step = AdamStep(rate: 0.25, beta1: 0.5, beta2: 0.25, epsilon: 0.125, clip: 1)
    step.decay = 0.125
    checkAdam(step, keepsLargest: true, seed: 61)
  }

  func testNadam() {
    var step = AdamStep(rate: 0.25, beta1: 0.5, beta2: 0.75, epsilon: 0.25, clip: 0.5)
    step.gradientRate = 0.125
    checkAdam(step, seed: 71)
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
      state.weights[i] -= Double(step.decay) * state.weights[i]
      state.weights[i] += step.nesterov ? momentum * state.m[i] - change : state.m[i]
    }
  }

  private func checkSGD(_ step: SGDStep, seed: UInt32) {
    forEachLength { kernels, count, name in
      let weights = Guarded(numbers(count, seed))
      let m = Guarded(Array(repeating: 0, count: count))
      var state = State(weights.doubles)
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

  func testSGDWithDecay() {
    var step = SGDStep(rate: 0.25, momentum: 0.5, nesterov: true, clip: 1)
    step.decay = 0.25
    checkSGD(step, seed: 81)
  }

  private func rmsprop(_ state: inout State, _ step: RMSpropStep, _ gradient: [Double]) {
    let rho = Double(step.rho)
    for i in gradient.indices {
      let g = gradient[i] * Double(step.clip)
      state.v[i] = rho * state.v[i] + (1 - rho) * g * g
      state.largest[i] = step.means == nil ? 0 : rho * state.largest[i] + (1 - rho) * g
      let variance = state.v[i] - state.largest[i] * state.largest[i]
      state.m[i] *= Double(step.momentum)
      state.m[i] += Double(step.rate) * g / (variance + Double(step.epsilon)).squareRoot()
      state.weights[i] -= Double(step.decay) * state.weights[i]
      state.weights[i] -= state.m[i]
    }
  }

  private func checkRMSprop(isCentered: Bool, momentum: Float, decay: Float, seed: UInt32) {
    forEachLength { kernels, count, name in
      let zeros = [Float](repeating: 0, count: count)
      let (m, v, means) = (Guarded(zeros), Guarded(zeros), Guarded(zeros))
      let weights = Guarded(numbers(count, seed))
      var state = State(weights.doubles)
      let step = RMSpropStep(
        rate: 0.125, rho: 0.75, momentum: momentum, epsilon: 0.25, clip: 0.5, decay: decay,
        means: isCentered ? means.pointer : nil)
      for round in 1...4 {
        let gradient = input(numbers(count, seed &+ UInt32(round)))
        kernels.rmsprop(step, gradient.pointer, m.pointer, v.pointer, weights.pointer, count)
        rmsprop(&state, step, gradient.doubles)
        expect(v, state.v, within: 1e-6, "\(name), step \(round), v")
        expect(means, state.largest, within: 1e-6, "\(name), step \(round), means")
        expect(weights, state.weights, within: 1e-6, "\(name), step \(round), weights")
      }
    }
  }

  func testRMSprop() {
    checkRMSprop(isCentered: false, momentum: 0, decay: 0, seed: 91)
    checkRMSprop(isCentered: false, momentum: 0.5, decay: 0.125, seed: 101)
  }

  func testCenteredRMSprop() { checkRMSprop(isCentered: true, momentum: 0.5, decay: 0, seed: 111) }

  /// A gradient that stays the same has no variance, and rounding gives none below 0.
  func testCenteredRMSpropOfASteadyGradient() {
    forEachLength { kernels, count, name in
      let zeros = [Float](repeating: 0, count: count)
      let (m, v, means) = (Guarded(zeros), Guarded(zeros), Guarded(zeros))
      let (weights, gradient) = (Guarded(zeros), input(zeros.map { _ in 1.7 }))
      let step = RMSpropStep(
        rate: 1e-3, rho: 0.9, momentum: 0, epsilon: 1e-7, clip: 1, decay: 0, means: means.pointer)
      for _ in 0..<300 {
        kernels.rmsprop(step, gradient.pointer, m.pointer, v.pointer, weights.pointer, count)
      }
      XCTAssertTrue(weights.doubles.allSatisfy { $0.isFinite && $0 < 0 }, name)
    }
  }

  func testMoveAverage() {
    forEachLength { kernels, count, name in
      let (x, average) = (input(numbers(count, 121)), Guarded(numbers(count, 131)))
      let wanted = zip(x.doubles, average.doubles).map { 0.25 * $0 + 0.75 * $1 }
      kernels.moveAverage(0.75, x.pointer, average.pointer, count)
      expect(average, wanted, within: 1e-6, name)
      kernels.moveAverage(0, x.pointer, average.pointer, count)
      expect(average, x.doubles, name)
    }
  }

  func testSGDWithNesterovMomentum() {
    checkSGD(SGDStep(rate: 0.25, momentum: 0.5, nesterov: true, clip: 1.5), seed: 51)
  }
}
