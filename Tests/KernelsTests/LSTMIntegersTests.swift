import Kernels
import XCTest

/// Steps of int8 weights and 16-bit states where all are as large as they can be.
final class LSTMIntegersTests: XCTestCase {
  /// The integers of one panel: states [row][stride], weights [pair][4 lanes][2].
  private struct Panel {
    let units, rows, width, stride, stateScale: Int
    let states: [Int16]
    let weights: [Int8]

    /// The first row and the first column are positive, the second ones negative, all others mixed.
    init(_ kernels: KernelTable, units: Int, rows: Int) {
      (self.units, self.rows, width) = (units, rows, kernels.panelWidth)
      stride = (units + kernels.lanes - 1) / kernels.lanes * kernels.lanes
      stateScale = min(Int(Int16.max), Int(Int32.max) / (127 * units))
      func signs(_ count: Int, _ seed: UInt32, _ line: (Int) -> Int) -> [Int] {
        numbers(count, seed).enumerated().map { at, number in
          switch line(at) {
          case 0: 1
          case 1: -1
          default: number < 0 ? -1 : 1
          }
        }
      }
      let (width, stride, scale) = (width, stride, stateScale)
      states = signs(2 * rows * stride, 1) { $0 / stride % rows }.enumerated().map {
        $0 % stride < units ? Int16($1 * scale) : 0
      }
      weights = signs((units + 1) / 2 * 2 * width, 2) { $0 / 2 % width }.enumerated().map {
        $0 / 2 / width * 2 + $0 % 2 < units ? Int8($1 * 127) : 0
      }
    }

    func sum(_ row: Int, _ column: Int) -> Int {
      (0..<units).reduce(0) {
        $0 + Int(states[row * stride + $1]) * Int(weights[($1 / 2 * width + column) * 2 + $1 % 2])
      }
    }
  }

  /// The sums of a step, by way of linear gates.
  private func sums(_ kernels: KernelTable, _ panel: Panel) -> Guarded {
    let count = panel.rows * panel.width
    let gates = Guarded([Float](repeating: 0, count: count))
    let states = Guarded([Float](repeating: 0, count: 2 * panel.rows * panel.stride))
    let cells = Guarded([Float](repeating: 0, count: panel.rows * kernels.lanes))
    let scales = input([Float](repeating: 0x1p-31, count: panel.width))
    var (short, weights) = (panel.states, panel.weights)
    short.withUnsafeMutableBufferPointer { short in
      weights.withUnsafeMutableBytes { weights in
        guard let start = weights.baseAddress else { return }
        var run = LSTMSteps(
          rows: panel.rows, units: panel.units, steps: 1, activation: .linear,
          recurrentActivation: .linear, recurrent: start.assumingMemoryBound(to: Float.self),
          gates: gates.pointer, gatesPanelStride: count, states: states.pointer,
          stateStride: panel.stride, cells: cells.pointer, cellStride: 0)
        (run.format, run.shortStates, run.keepsGates) = (.int8, short.baseAddress, true)
        (run.scales, run.panels) = (UnsafePointer(scales.pointer), 0..<1)
        kernels.lstmForward(run)
      }
    }
    return gates
  }

  /// No sum overflows, and all are exact until they become floats.
  func testLargestSums() {
    forEachSet { kernels, set in
      for units in [1, 2, 3, 33, 515, 516, 517, 1_100, 5_000] {
        for rows in [1, 2, 6, 7] {
          let panel = Panel(kernels, units: units, rows: rows)
          let wanted = (0..<rows).flatMap { row in
            (0..<panel.width).map { Double(Float(panel.sum(row, $0))) * 0x1p-31 }
          }
          XCTAssertEqual(wanted[0], Double(Float(panel.stateScale * 127 * units)) * 0x1p-31)
          expect(sums(kernels, panel), wanted, "\(set), \(units) units, \(rows) rows")
        }
      }
    }
  }
}
