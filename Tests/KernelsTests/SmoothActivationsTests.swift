import Kernels
import XCTest

/// Corner cases of the smooth activations; ExponentialTests has their accuracy.
final class SmoothActivationsTests: XCTestCase {
  private func expect(_ kind: Elementwise, of inputs: [Float], are wanted: [Double]) {
    forEachSet { kernels, set in
      let x = Guarded(inputs)
      kernels.activate(kind, x.pointer, x.count)
      KernelsTests.expect(x, wanted, "\(set), \(kind)")
    }
  }

  func testLimits() {
    let infinities: [Float] = [.infinity, -.infinity, .nan]
    expect(.gelu, of: infinities, are: [.infinity, 0, .nan])
    expect(.silu, of: infinities, are: [.infinity, 0, .nan])
    expect(.softplus, of: infinities, are: [.infinity, 0, .nan])
    expect(.softsign, of: infinities, are: [1, -1, .nan])
    expect(.elu, of: infinities, are: [.infinity, -1, .nan])
    expect(.hardSigmoid, of: infinities, are: [1, 0, .nan])
    expect(.relu6, of: infinities, are: [6, 0, .nan])
  }

  func testCorners() {
    expect(.relu6, of: [-1, 0, 5.5, 6, 7], are: [0, 0, 5.5, 6, 6])
    expect(.hardSigmoid, of: [-4, -3, 0, 3, 4], are: [0, 0, 0.5, 1, 1])
    expect(.leakyRelu, of: [-5, 0, 5], are: [-1, 0, 5])
    expect(.softsign, of: [-3, 0, 1], are: [-0.75, 0, 0.5])
    expect(.gelu, of: [0, -20, 20], are: [0, 0, 20])
    expect(.silu, of: [0, -200, 200], are: [0, 0, 200])
  }
}
