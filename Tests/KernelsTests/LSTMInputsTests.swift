import Kernels
import XCTest

/// The sums of a step begin with bias + inputs · kernel, which is computed before the steps or
/// along with them. Gates are in panels of rows or in rows of panels.
final class LSTMInputsTests: XCTestCase {
  private struct Way {
    let isAlong: Bool
    let hasRows: Bool
  }

  /// What steps take along, random bits in its pairs of short numbers too.
  private struct Inputs {
    let depth: Int
    let stride: Int
    let inputs, kernel, bias: Guarded

    init(_ run: LSTMCase, depth: Int) {
      (self.depth, stride) = (depth, depth + 2)
      let width = run.kernels.panelWidth
      func values(_ count: Int, _ seed: UInt32) -> [Float] {
        guard run.format == .bfloat16 else { return numbers(count, seed) }
        return pairs(numbers(2 * count, seed).map { UInt16($0.bitPattern >> 16) })
      }
      inputs = input(values(run.steps * run.rows * stride, 1))
      kernel = input(values(run.panels * depth * width, 2))
      bias = input(numbers(run.panels * width, 3))
    }

    /// Before the steps.
    func multiply(
      _ run: LSTMCase, into gates: Guarded, rowStride: Int, panelStride: Int
    ) {
      let width = run.kernels.panelWidth
      var product = MatrixProduct(
        rows: run.steps * run.rows, columns: run.panels * width, depth: depth, a: inputs.pointer,
        aRowStride: stride, b: kernel.pointer, bPanelStride: depth * width, c: gates.pointer,
        cRowStride: rowStride, cPanelStride: panelStride)
      (product.start, product.bias) = (.bias, UnsafePointer(bias.pointer))
      if run.format == .bfloat16 {
        run.kernels.multiplyBFloat16(product)
      } else {
        run.kernels.multiply(product)
      }
    }

    /// Along with them.
    func add(to steps: inout LSTMSteps) {
      (steps.inputs, steps.kernel) = (UnsafePointer(inputs.pointer), UnsafePointer(kernel.pointer))
      (steps.inputStride, steps.inputDepth) = (stride, depth)
      steps.bias = UnsafePointer(bias.pointer)
    }
  }

  /// The bits of states, cells and, in the order of panels, gates behind all steps.
  private func results(
    _ run: LSTMCase, _ inputs: Inputs, _ way: Way, _ name: String
  ) -> [[UInt32]] {
    let memory = LSTMMemory(run)
    let (width, rows) = (run.kernels.panelWidth, run.steps * run.rows)
    let (panelStride, rowStride) = way.hasRows ? (width, run.panels * width) : (rows * width, width)
    let gates = Guarded([Float](repeating: .nan, count: run.panels * rows * width))
    if !way.isAlong {
      inputs.multiply(run, into: gates, rowStride: rowStride, panelStride: panelStride)
    }
    memory.forward(run) {
      ($0.gates, $0.gatesPanelStride) = (gates.pointer, panelStride)
      $0.gatesRowStride = way.hasRows ? rowStride : nil
      if way.isAlong { inputs.add(to: &$0) }
    }
    for each in [gates, memory.states, memory.cells, memory.shortStates] {
      XCTAssertTrue(each.isIntact, name)
    }
    var kept: [Float] = []
    for panel in 0..<run.panels {
      for row in 0..<rows {
        let at = gates.pointer + panel * panelStride + row * rowStride
        kept += UnsafeBufferPointer(start: at, count: width)
      }
    }
    let floats = [memory.states.floats, memory.cells.floats, run.keepsGates ? kept : []]
    return floats.map { $0.map { $0.bitPattern } }
  }

  private func check(_ run: LSTMCase, depth: Int, _ name: String) {
    let inputs = Inputs(run, depth: depth)
    let wanted = results(run, inputs, Way(isAlong: false, hasRows: false), name)
    XCTAssertFalse(wanted.joined().contains { Float(bitPattern: $0).isNaN }, name)
    for isAlong in run.format == .int8 ? [false] : [false, true] {
      for hasRows in [false, true] {
        let way = Way(isAlong: isAlong, hasRows: hasRows)
        XCTAssertEqual(results(run, inputs, way, name), wanted, "\(name), \(way)")
      }
    }
  }

  func testWaysToTheSameBits() {
    forEachSet { kernels, set in
      for format in [RecurrentFormat.float32, .bfloat16, .int8] {
        for units in [1, kernels.lanes, 2 * kernels.lanes + 3] {
          for rows in 1...13 {
            var run = LSTMCase(kernels, samples: 0..<rows, units: units, steps: 3)
            (run.format, run.stepsBefore) = (format, rows % 2)
            (run.startsAtZero, run.keepsGates) = (rows % 3 == 0, rows % 4 == 1)
            let name = "\(set), \(format), \(units) units, \(rows) rows"
            for depth in [0, 1, 7] { check(run, depth: depth, "\(name), depth \(depth)") }
          }
        }
      }
    }
  }

  /// The product before the steps is computed in parts, that along with them is not.
  func testManyChannels() {
    forEachSet { kernels, set in
      let run = LSTMCase(kernels, samples: 0..<7, units: 3, steps: 2)
      check(run, depth: depthLimit + 3, set)
    }
  }
}
