import Kernels
import XCTest

final class DepthwiseTests: XCTestCase {
  /// Sizes with overlap, gaps, dilation and padding; some taps never lie on the input.
  private func shapes(channels: Int) -> [Depthwise] {
    let sizes = [
      (1, 1, 1, 1, 1, 0), (7, 5, 3, 1, 1, 0), (7, 3, 3, 2, 1, 0), (7, 7, 3, 1, 1, 1),
      (7, 4, 2, 2, 1, 0), (9, 5, 3, 1, 2, 0), (4, 4, 3, 1, 3, 3), (3, 3, 6, 1, 1, 2),
      (8, 4, 3, 2, 2, 1), (7, 3, 2, 3, 1, 0), (5, 2, 1, 4, 1, 0),
    ]
    return sizes.map { inputLength, outputLength, size, stride, dilation, padding in
      Depthwise(
        inputLength: inputLength, outputLength: outputLength, channels: channels, size: size,
        stride: stride, dilation: dilation, padding: padding)
    }
  }

  private func forEachShape(_ body: (KernelTable, Depthwise, String) -> Void) {
    forEachLength { kernels, channels, name in
      for shape in shapes(channels: channels) {
        body(
          kernels, shape,
          "\(name), \(shape.size) / \(shape.stride), \(shape.dilation) of \(shape.inputLength)")
      }
    }
  }

  /// Calls body with the places in y, in x and in the kernel of every product of the sum.
  private func forEachProduct(_ shape: Depthwise, _ body: (_ y: Int, _ x: Int, _ k: Int) -> Void) {
    for t in 0..<shape.outputLength {
      for tap in 0..<shape.size {
        let step = t * shape.stride + tap * shape.dilation - shape.padding
        guard (0..<shape.inputLength).contains(step) else { continue }
        for channel in 0..<shape.channels {
          body(
            t * shape.channels + channel, step * shape.channels + channel,
            tap * shape.channels + channel)
        }
      }
    }
  }

  func testForward() {
    forEachShape { kernels, shape, name in
      let x = input(wholeNumbers(shape.inputLength * shape.channels, 1))
      let kernel = input(wholeNumbers(shape.size * shape.channels, 2))
      let bias = input(wholeNumbers(shape.channels, 3))
      for hasBias in [false, true] {
        let y = Guarded(Array(repeating: 99, count: shape.outputLength * shape.channels))
        var wanted = y.doubles.indices.map {
          hasBias ? bias.doubles[$0 % shape.channels] : 0
        }
        let (inputs, weights) = (x.doubles, kernel.doubles)
        forEachProduct(shape) { y, x, k in wanted[y] += inputs[x] * weights[k] }
        kernels.depthwise(
          shape, x.pointer, kernel.pointer, hasBias ? UnsafePointer(bias.pointer) : nil, y.pointer)
        expect(y, wanted, name)
      }
    }
  }

  func testGradients() {
    forEachShape { kernels, shape, name in
      let x = input(wholeNumbers(shape.inputLength * shape.channels, 4))
      let kernel = input(wholeNumbers(shape.size * shape.channels, 5))
      let dy = input(wholeNumbers(shape.outputLength * shape.channels, 6))
      let dx = Guarded(wholeNumbers(x.count, 7))
      let gradient = Guarded(wholeNumbers(kernel.count, 8))
      var (below, weights) = (dx.doubles, gradient.doubles)
      let (inputs, factors, above) = (x.doubles, kernel.doubles, dy.doubles)
      forEachProduct(shape) { y, x, k in
        below[x] += above[y] * factors[k]
        weights[k] += above[y] * inputs[x]
      }
      kernels.depthwiseBackward(shape, dy.pointer, kernel.pointer, dx.pointer)
      kernels.depthwiseKernelGradient(shape, x.pointer, dy.pointer, gradient.pointer)
      expect(dx, below, name)
      expect(gradient, weights, name)
    }
  }
}
