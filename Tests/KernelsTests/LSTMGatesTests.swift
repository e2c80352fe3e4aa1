import Kernels
import XCTest

final class LSTMGatesTests: XCTestCase {
  // Errors of the gate functions, as measured: at most 2e-7.

  func testSigmoidOfGates() {
    let inputs = Inputs.all
    let wanted = inputs.map { Elementwise.sigmoid(Double($0)) }
    forEachSet { kernels, set in
      let gates = activated(kernels, inputs)
      for gate in [0, 1, 3] {
        let error = worst(gates[gate], wanted) { (Double($0) - $1).magnitude }
        XCTAssertLessThanOrEqual(error, 1e-7, "\(set), gate \(gate)")
      }
    }
  }

  func testTanhOfGates() {
    let inputs = Inputs.all
    let wanted = inputs.map { Elementwise.tanh(Double($0)) }
    forEachSet { kernels, set in
      let got = activated(kernels, inputs)[2]
      let error = worst(got, wanted) { (Double($0) - $1).magnitude }
      XCTAssertLessThanOrEqual(error, 1.5e-7, set)
    }
  }

  /// Next to zero the error is relative: at most 4 ulp, measured 3.55.
  func testTanhOfGatesNextToZero() {
    let inputs = Inputs.all.filter { $0.magnitude < 1 }
    let wanted = inputs.map { Elementwise.tanh(Double($0)) }
    forEachSet { kernels, set in
      let error = worst(activated(kernels, inputs)[2], wanted, units)
      XCTAssertLessThanOrEqual(error, 3.6, set)
    }
  }

  /// NaN, which is not above or below anything, is worst.
  private func worst(
    _ got: [Float], _ wanted: [Double], _ error: (Float, Double) -> Double
  ) -> Double {
    XCTAssertEqual(got.count, wanted.count)
    let errors = zip(got, wanted).map(error)
    return errors.contains { $0.isNaN } ? .nan : errors.max() ?? .nan
  }

  /// What the kernel makes of each input in the place of each gate.
  private func activated(_ kernels: KernelTable, _ inputs: [Float]) -> [[Float]] {
    let lanes = kernels.lanes
    let rows = (inputs.count + lanes - 1) / lanes
    let padded = inputs + Array(repeating: 0, count: rows * lanes - inputs.count)
    let gates = Guarded(
      (0..<rows * 4).flatMap { padded[$0 / 4 * lanes..<($0 / 4 + 1) * lanes] })
    let (states, cells) = (
      Guarded(Array(repeating: 0, count: 2 * rows * lanes)),
      Guarded(Array(repeating: 0, count: rows * lanes))
    )
    let recurrent = input(Array(repeating: 0, count: lanes * kernels.panelWidth))
    var run = LSTMSteps(
      rows: rows, units: lanes, steps: 1, activation: .tanh, recurrentActivation: .sigmoid,
      recurrent: recurrent.pointer, gates: gates.pointer, gatesPanelStride: 0,
      states: states.pointer, stateStride: lanes, cells: cells.pointer, cellStride: 0)
    (run.startsAtZero, run.keepsGates) = (true, true)
    kernels.lstmForward(run)
    let results = gates.floats
    return (0..<4).map { gate in
      inputs.indices.map { results[($0 / lanes * 4 + gate) * lanes + $0 % lanes] }
    }
  }

  private struct Activations {
    let activation: Elementwise
    let recurrent: Elementwise

    func step(_ sums: [Double], _ previous: Double) -> LSTMUnitStep {
      LSTMUnitStep(activation, recurrent, sums, previous)
    }
  }

  /// The memory of a step of some rows of one panel, and the sums it began with.
  private struct Panel {
    let lanes, rows, units: Int
    let sums: [Double]
    let gates, previousCell, cell: Guarded

    init(_ kernels: KernelTable, _ cell: Activations, units: Int) {
      (lanes, rows, self.units) = (kernels.lanes, units % 4, units)
      let (lanes, rows) = (lanes, rows)
      let sums = numbers(rows * 4 * lanes, 1).map { Double($0) }
      previousCell = input(numbers(rows * lanes, 2))
      var (gates, cells) = (sums, [Double](repeating: 0, count: rows * lanes))
      for (at, previous) in previousCell.doubles.enumerated() {
        let places = Panel.gates(at, lanes)
        let step = cell.step(places.map { sums[$0] }, previous)
        for (place, gate) in zip(places, step.kept) { gates[place] = gate }
        cells[at] = step.cell
      }
      self.sums = sums
      self.gates = Guarded(gates.map { Float($0) })
      self.cell = input(cells.map { Float($0) })
    }

    /// The four gates of a cell.
    static func gates(_ cell: Int, _ lanes: Int) -> [Int] {
      (0..<4).map { (cell / lanes * 4 + $0) * lanes + cell % lanes }
    }

    func forEach(
      _ body: (_ row: Int, _ lane: Int, _ cell: Int, _ gates: [Int]) -> Void
    ) {
      for cell in 0..<rows * lanes {
        body(cell / lanes, cell % lanes, cell, Panel.gates(cell, lanes))
      }
    }
  }

  private func forEachPanel(_ body: (KernelTable, Activations, Int, String) -> Void) {
    forEachSet { kernels, set in
      for (activation, recurrent) in Elementwise.pairs {
        for units in 1...kernels.lanes {
          body(
            kernels, Activations(activation: activation, recurrent: recurrent), units,
            "\(set), \(activation), \(recurrent), \(units) units")
        }
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
    _ cell: Activations, _ sums: [Double], _ previous: Double, dh: Double, dc: Double
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
    _ kernels: KernelTable, _ panel: Panel, _ cell: Activations, _ gradients: Gradients,
    hasOutput: Bool
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
    _ kernels: KernelTable, _ cell: Activations, units: Int, hasOutput: Bool, _ name: String
  ) {
    let panel = Panel(kernels, cell, units: units)
    let gradients = Gradients(panel)
    let (sums, previous) = (panel.sums, panel.previousCell.doubles)
    let (state, above) = (gradients.state.doubles, gradients.output.doubles)
    var (gates, cells) = (sums, gradients.cell.doubles)
    panel.forEach { row, lane, at, places in
      let unit = row * gradients.stride + lane
      let dh = lane < units ? state[unit] + (hasOutput ? above[unit] : 0) : 0
      let slopes = slopes(cell, places.map { sums[$0] }, previous[at], dh: dh, dc: cells[at])
      for (place, slope) in zip(places, slopes.sums) { gates[place] = slope }
      cells[at] = slopes.previous
    }
    backward(kernels, panel, cell, gradients, hasOutput: hasOutput)
    expect(panel.gates, gates, within: 5e-6, "\(name), gates")
    expect(gradients.cell, cells, within: 5e-6, "\(name), cell")
  }

  func testBackward() {
    forEachPanel { kernels, cell, units, name in
      checkBackward(kernels, cell, units: units, hasOutput: true, name)
      checkBackward(kernels, cell, units: units, hasOutput: false, "\(name), no output")
    }
  }
}

private enum Inputs {
  /// −90 … 90 densely, floats of every size around zero, and what is beyond.
  static let all: [Float] = {
    let dense = stride(from: Float(-90), through: 90, by: 0x1p-12)
    let sizes = stride(from: UInt32(0), to: Float(90).bitPattern, by: 4_099).flatMap {
      [Float(bitPattern: $0), -Float(bitPattern: $0)]
    }
    let beyond: [Float] = [100, 1e4, 1e30, .greatestFiniteMagnitude, .infinity]
    return dense + sizes + beyond + beyond.map { -$0 }
  }()
}
