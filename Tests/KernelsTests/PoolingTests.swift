import Kernels
import XCTest

final class PoolingTests: XCTestCase {
  /// Sizes with and without overlap, gaps and padding; the last windows may be cut off.
  private func pools(channels: Int) -> [Pool] {
    let sizes = [
      (1, 1, 1, 1, 0), (2, 1, 2, 2, 0), (7, 3, 2, 2, 0), (7, 4, 2, 2, 0), (9, 7, 3, 1, 0),
      (9, 4, 3, 2, 0), (5, 2, 1, 4, 0), (7, 7, 3, 1, 1), (5, 5, 4, 1, 1), (3, 2, 9, 2, 4),
    ]
    return sizes.map { inputLength, outputLength, size, stride, padding in
      Pool(
        inputLength: inputLength, outputLength: outputLength, channels: channels, size: size,
        stride: stride, padding: padding)
    }
  }

  private func forEachPool(_ body: (KernelTable, Pool, String) -> Void) {
    forEachLength { kernels, channels, name in
      for pool in pools(channels: channels) {
        body(kernels, pool, "\(name), \(pool.size) / \(pool.stride) of \(pool.inputLength)")
      }
    }
  }

  /// Places in x under the window of an output.
  private func window(_ pool: Pool, _ output: Int) -> [Int] {
    let (t, channel) = (output / pool.channels, output % pool.channels)
    let steps = (0..<pool.size).map { t * pool.stride - pool.padding + $0 }
    return steps.filter { (0..<pool.inputLength).contains($0) }
      .map { $0 * pool.channels + channel }
  }

  private func run(_ kernels: KernelTable, _ pool: Pool, _ x: Guarded) -> Guarded {
    let y = Guarded(Array(repeating: 99, count: pool.outputLength * pool.channels))
    kernels.maxPool(pool, x.pointer, y.pointer)
    return y
  }

  func testMaxPool() {
    forEachPool { kernels, pool, name in
      let x = input(numbers(pool.inputLength * pool.channels, 1))
      let y = run(kernels, pool, x)
      let values = x.doubles
      let wanted = (0..<y.count).map { window(pool, $0).map { values[$0] }.max() ?? .nan }
      expect(y, wanted, name)
    }
  }

  func testMaxPoolOfNegativeInfinity() {
    forEachPool { kernels, pool, name in
      let count = pool.inputLength * pool.channels
      let y = run(kernels, pool, input(Array(repeating: -.infinity, count: count)))
      expect(y, Array(repeating: -.infinity, count: y.count), name)
    }
  }

  func testMaxPoolHandsOnNaN() {
    forEachPool { kernels, pool, name in
      var values = numbers(pool.inputLength * pool.channels, 2)
      for place in stride(from: 0, to: values.count, by: 3) { values[place] = .nan }
      let x = input(values)
      let wanted = (0..<pool.outputLength * pool.channels).map { output in
        let seen = window(pool, output).map { Double(values[$0]) }
        return seen.contains { $0.isNaN } ? .nan : seen.max() ?? .nan
      }
      expect(run(kernels, pool, x), wanted, name)
    }
  }

  /// Whole numbers have ties: the first maximum takes all.
  func testMaxPoolBackward() {
    forEachPool { kernels, pool, name in
      let x = input(wholeNumbers(pool.inputLength * pool.channels, 3))
      let y = run(kernels, pool, x)
      let dy = input(wholeNumbers(y.count, 4))
      let dx = Guarded(Array(repeating: 0, count: x.count))
      var wanted = dx.doubles
      let (values, best, gradient) = (x.floats, y.floats, dy.doubles)
      for output in 0..<y.count {
        let first = window(pool, output).first { values[$0] == best[output] }
        wanted[first ?? 0] += gradient[output]
      }
      kernels.maxPoolBackward(pool, x.pointer, y.pointer, dy.pointer, dx.pointer)
      expect(dx, wanted, name)
    }
  }

  func testAveragePool() {
    forEachPool { kernels, pool, name in
      let x = input(numbers(pool.inputLength * pool.channels, 5))
      let y = Guarded(Array(repeating: 99, count: pool.outputLength * pool.channels))
      kernels.averagePool(pool, x.pointer, y.pointer)
      let values = x.doubles
      let wanted = (0..<y.count).map { output in
        let seen = window(pool, output).map { values[$0] }
        return seen.reduce(0, +) / Double(seen.count)
      }
      expect(y, wanted, within: 1e-6, name)
    }
  }

  /// Whole numbers have ties: all maxima have equal parts.
  func testGlobalMaxPoolBackward() {
    forEachLength { kernels, channels, name in
      for length in [1, 6] {
        let pool = Pool(
          inputLength: length, outputLength: 1, channels: channels, size: length, stride: 1,
          padding: 0)
        let x = input(wholeNumbers(length * channels, 6).map { ($0 / 4).rounded() })
        let (y, dy) = (run(kernels, pool, x), input(numbers(channels, 7)))
        let dx = Guarded(Array(repeating: 99, count: x.count))
        kernels.globalMaxPoolBackward(pool, x.pointer, y.pointer, dy.pointer, dx.pointer)
        let (values, best, gradient) = (x.floats, y.floats, dy.doubles)
        let wanted = values.indices.map { at -> Double in
          let all = window(pool, at % channels)
          let count = all.count { values[$0] == best[at % channels] }
          return values[at] == best[at % channels] ? gradient[at % channels] / Double(count) : 0
        }
        expect(dx, wanted, within: 1e-6, "\(name), \(length) steps")
      }
    }
  }
}
