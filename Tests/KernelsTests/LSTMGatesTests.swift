import Kernels
import XCTest

final class LSTMGatesTests: XCTestCase {
  /// The activations of a step in Double.
  private struct Cell {
    let activation: Elementwise
    let recurrent: Elementwise

    /// The activated gates, the new cell and the output, from the sums [i f c̃ o].
    func step(_ sums: [Double], _ previous: Double) -> (
      gates: [Double], cell: Double, output: Double
    ) {
      let gates = [
        recurrent(sums[0]), recurrent(sums[1]), activation(sums[2]), recurrent(sums[3]),
      ]
      let cell = gates[1] * previous + gates[0] * gates[2]
      return (gates, cell, gates[3] * activation(cell))
    }
  }

  /// The memory of a step of some rows of one panel.
  private struct Panel {
    let lanes, rows, units: Int
    let outputStride: Int
    let gates, previousCell, cell, output: Guarded

    init(_ kernels: KernelTable, rows: Int, units: Int) {
      (lanes, self.rows, self.units) = (kernels.lanes, rows, units)
      outputStride = units + 5
      gates = Guarded(numbers(rows * 4 * lanes, 1))
      previousCell = input(numbers(rows * lanes, 2))
      cell = Guarded(numbers(rows * lanes, 3))
      output = Guarded(numbers(rows * outputStride, 4))
    }

    /// The four gates of a row and a lane.
    func gates(_ row: Int, _ lane: Int) -> [Int] {
      (0..<4).map { (row * 4 + $0) * lanes + lane }
    }

    func forEach(_ body: (_ row: Int, _ lane: Int, _ isUnit: Bool) -> Void) {
      for row in 0..<rows { for lane in 0..<lanes { body(row, lane, lane < units) } }
    }
  }

  private func forEachPanel(_ body: (KernelTable, Panel, Cell, String) -> Void) {
    forEachSet { kernels, set in
      for activation in Elementwise.all {
        for recurrent in Elementwise.all {
          for units in 1...kernels.lanes {
            let panel = Panel(kernels, rows: units % 4, units: units)
            body(
              kernels, panel, Cell(activation: activation, recurrent: recurrent),
              "\(set), \(activation), \(recurrent), \(units) units")
          }
        }
      }
    }
  }

  private func forward(_ kernels: KernelTable, _ panel: Panel, _ cell: Cell, keepsGates: Bool) {
    kernels.lstmGates(
      LSTMGates(
        rows: panel.rows, units: panel.units, activation: cell.activation,
        recurrentActivation: cell.recurrent, keepsGates: keepsGates, gates: panel.gates.pointer,
        previousCell: panel.previousCell.pointer, cell: panel.cell.pointer,
        output: panel.output.pointer, outputStride: panel.outputStride))
  }

  func testForward() {
    forEachPanel { kernels, panel, cell, name in
      for keepsGates in [false, true] {
        let panel = Panel(kernels, rows: panel.rows, units: panel.units)
        let sums = panel.gates.doubles
        let previous = panel.previousCell.doubles
        var (gates, cells, outputs) = (sums, panel.cell.doubles, panel.output.doubles)
        panel.forEach { row, lane, isUnit in
          let places = panel.gates(row, lane)
          let step = cell.step(places.map { sums[$0] }, previous[row * panel.lanes + lane])
          if keepsGates { for (place, gate) in zip(places, step.gates) { gates[place] = gate } }
          cells[row * panel.lanes + lane] = step.cell
          if isUnit { outputs[row * panel.outputStride + lane] = step.output }
        }
        forward(kernels, panel, cell, keepsGates: keepsGates)
        expect(panel.gates, gates, within: keepsGates ? 1e-6 : 0, "\(name), gates")
        expect(panel.cell, cells, within: 2e-6, "\(name), cell")
        expect(panel.output, outputs, within: 2e-6, "\(name), output")
      }
    }
  }

  /// The gradients that reach a step: of its output, by two ways, and of its cell.
  private struct Gradients {
    let stride: Int
    let state, output, cell: Guarded

    init(_ panel: Panel) {
      stride = panel.units + 3
      state = input(numbers(panel.rows * stride, 5))
      output = input(numbers(panel.rows * stride, 6))
      // Nothing ever reaches the cells behind the last unit.
      cell = Guarded(
        numbers(panel.rows * panel.lanes, 7).enumerated().map {
          $0 % panel.lanes < panel.units ? $1 : 0
        })
    }
  }

  /// Gradients of the sums and of the previous cell by central differences.
  private func slopes(
    _ cell: Cell, _ sums: [Double], _ previous: Double, dh: Double, dc: Double
  ) -> (sums: [Double], previous: Double) {
    func loss(_ sums: [Double], _ previous: Double) -> Double {
      let step = cell.step(sums, previous)
      return dh * step.output + dc * step.cell
    }
    func moved(_ gate: Int, _ by: Double) -> [Double] {
      var moved = sums
      moved[gate] += by
      return moved
    }
    let h = 1e-6
    return (
      (0..<4).map { (loss(moved($0, h), previous) - loss(moved($0, -h), previous)) / (2 * h) },
      (loss(sums, previous + h) - loss(sums, previous - h)) / (2 * h)
    )
  }

  private func backward(
    _ kernels: KernelTable, _ panel: Panel, _ cell: Cell, _ gradients: Gradients, hasOutput: Bool
  ) {
    kernels.lstmGatesBackward(
      LSTMGatesBackward(
        rows: panel.rows, units: panel.units, activation: cell.activation,
        recurrentActivation: cell.recurrent, gates: panel.gates.pointer,
        previousCell: panel.previousCell.pointer, cell: panel.cell.pointer,
        cellGradient: gradients.cell.pointer, stateGradient: gradients.state.pointer,
        stateGradientStride: gradients.stride,
        outputGradient: hasOutput ? UnsafePointer(gradients.output.pointer) : nil,
        outputGradientStride: gradients.stride))
  }

  private func checkBackward(
    _ kernels: KernelTable, _ panel: Panel, _ cell: Cell, hasOutput: Bool, _ name: String
  ) {
    let panel = Panel(kernels, rows: panel.rows, units: panel.units)
    let (sums, previous) = (panel.gates.doubles, panel.previousCell.doubles)
    forward(kernels, panel, cell, keepsGates: true)
    let gradients = Gradients(panel)
    let (state, above) = (gradients.state.doubles, gradients.output.doubles)
    var (gates, cells) = (sums, gradients.cell.doubles)
    panel.forEach { row, lane, isUnit in
      let (at, places) = (row * panel.lanes + lane, panel.gates(row, lane))
      let unit = row * gradients.stride + lane
      let dh = isUnit ? state[unit] + (hasOutput ? above[unit] : 0) : 0
      let slopes = slopes(cell, places.map { sums[$0] }, previous[at], dh: dh, dc: cells[at])
      for (place, slope) in zip(places, slopes.sums) { gates[place] = slope }
      cells[at] = slopes.previous
    }
    backward(kernels, panel, cell, gradients, hasOutput: hasOutput)
    expect(panel.gates, gates, within: 5e-6, "\(name), gates")
    expect(gradients.cell, cells, within: 5e-6, "\(name), cell")
  }

  func testBackward() {
    forEachPanel { kernels, panel, cell, name in
      checkBackward(kernels, panel, cell, hasOutput: true, name)
      checkBackward(kernels, panel, cell, hasOutput: false, "\(name), no output")
    }
  }
}
