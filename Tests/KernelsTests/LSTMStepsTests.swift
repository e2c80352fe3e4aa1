import Kernels
import XCTest

final class LSTMStepsTests: XCTestCase {
  private func check(_ run: LSTMCase, _ name: String) { check(run, LSTMMemory(run), name) }

  private func check(_ run: LSTMCase, _ memory: LSTMMemory, _ name: String) {
    let wanted = LSTMReference(run, memory)
    memory.forward(run)
    expect(memory.gates, wanted.gates, within: run.keepsGates ? 5e-7 : 0, "\(name), gates")
    expect(memory.cells, wanted.cells, within: 1e-6, "\(name), cells")
    expect(memory.states, wanted.states, within: 1e-6, "\(name), states")
    expect(memory.maskedStates, wanted.maskedStates, within: 1e-6, "\(name), masked states")
  }

  func testSizes() {
    forEachSet { kernels, set in
      let lanes = kernels.lanes
      for units in [1, 2, 3, lanes - 1, lanes, lanes + 1, 2 * lanes - 1, 2 * lanes, 2 * lanes + 3] {
        for rows in 1...13 {
          var run = LSTMCase(
            kernels, samples: 0..<rows, units: units, steps: 1 + (rows + units) % 4)
          run.stepsBefore = rows / 2
          check(run, "\(set), \(rows) rows, \(units) units")
          (run.keepsGates, run.keepsCells, run.isMasked) = (true, true, true)
          check(run, "\(set), \(rows) rows, \(units) units, kept")
        }
      }
    }
  }

  func testStepCounts() {
    forEachSet { kernels, set in
      for steps in 0...4 {
        for stepsBefore in 0...1 {
          var run = LSTMCase(kernels, samples: 0..<2, units: kernels.lanes + 1, steps: steps)
          run.stepsBefore = stepsBefore
          check(run, "\(set), \(steps) steps after \(stepsBefore)")
        }
      }
    }
  }

  /// Every set with every mixture of options.
  private func forEachOption(_ body: (LSTMCase, String) -> Void) {
    forEachSet { kernels, set in
      for bits in 0..<256 {
        let rows = bits & 128 != 0 ? 1 : 7
        var run = LSTMCase(kernels, samples: 0..<rows, units: kernels.lanes + 3, steps: 3)
        run.stepsBefore = bits & 1
        run.startsAtZero = bits & 2 != 0
        run.keepsGates = bits & 4 != 0
        run.keepsCells = bits & 8 != 0
        run.isMasked = bits & 16 != 0
        run.readsInputs = bits & 32 != 0
        run.hasPanelsInRows = bits & 64 != 0
        body(run, "\(set), options \(String(bits, radix: 2))")
      }
    }
  }

  private func forEachShortFormat(_ body: (LSTMCase, String) -> Void) {
    forEachSet { kernels, set in
      for format in [RecurrentFormat.bfloat16, .int8] {
        for units in [1, 2, kernels.lanes - 1, kernels.lanes, kernels.lanes + 1, 45] {
          for rows in 1...13 {
            var run = LSTMCase(kernels, samples: 0..<rows, units: units, steps: 1)
            (run.format, run.stepsBefore) = (format, rows % 3)
            run.readsInputs = format == .bfloat16 && rows % 2 == 0
            run.hasPanelsInRows = units % 2 == 0
            body(run, "\(set), \(format), \(rows) rows, \(units) units")
          }
        }
      }
    }
  }

  func testShortNumbers() {
    forEachShortFormat { run, name in
      for isUsual in [false, true] {
        var run = run
        if !isUsual { (run.activation, run.recurrentActivation) = (.sigmoid, .tanh) }
        let memory = LSTMMemory(run)
        check(run, memory, name)
        XCTAssertTrue(memory.shortStates.isIntact, name)
        checkShortStates(run, memory, name)
      }
    }
  }

  /// The next step finds the states of this one, rounded.
  private func checkShortStates(_ run: LSTMCase, _ memory: LSTMMemory, _ name: String) {
    let (shorts, floats) = (memory.shortStates.shorts, memory.states.floats)
    run.forEachUnit { row, unit in
      let short = shorts[run.shortState(1, row, unit)]
      let state = floats[run.state(1, row, unit)]
      if run.format == .bfloat16 {
        // The partner of the last of an odd number of units counts for nothing.
        let isPartner = unit == run.units && unit % 2 == 1
        XCTAssertEqual(short, isPartner ? 0 : nearestBFloat16(state), name)
      } else {
        let scaled = Double(state) * Double(run.stateScale)
        XCTAssertEqual(Double(Int16(bitPattern: short)), scaled, accuracy: 0.51, name)
      }
    }
  }

  func testStepsOfShortNumbersOneByOne() {
    forEachShortFormat { run, name in
      var run = run
      run.steps = 3
      let memory = LSTMMemory(run)
      for step in 0..<3 { memory.forward(run, step..<step + 1) }
      XCTAssertEqual(states(run, memory), states(run), name)
      var all = run
      all.samples = 0..<13
      XCTAssertEqual(states(run), Array(states(all)[run.samples]), name)
    }
  }

  private func forEachPair(_ body: (Elementwise, Elementwise) -> Void) {
    for (activation, recurrent) in Elementwise.pairs { body(activation, recurrent) }
  }

  func testOptions() {
    forEachOption { run, name in
      forEachPair { activation, recurrent in
        var run = run
        (run.activation, run.recurrentActivation) = (activation, recurrent)
        check(run, "\(name), \(activation), \(recurrent)")
      }
    }
  }

  /// What the steps leave of a row is the same, to the last bit, whatever rows are beside it and
  /// whether they keep what training needs.
  func testRowsDoNotDependOnOthers() {
    forEachSet { kernels, set in
      forEachPair { activation, recurrent in
        var all = LSTMCase(kernels, samples: 0..<13, units: kernels.lanes + 2, steps: 3)
        (all.activation, all.recurrentActivation) = (activation, recurrent)
        let wanted = states(all)
        for rows in 1...13 {
          for first in Set([0, (13 - rows) / 2, 13 - rows]) {
            var some = all
            some.samples = first..<first + rows
            some.keepsGates = rows % 2 == 0
            some.keepsCells = rows % 3 == 0
            let name = "\(set), \(activation), \(recurrent), \(rows) rows"
            XCTAssertEqual(states(some), Array(wanted[some.samples]), name)
          }
        }
      }
    }
  }

  /// The bits of the states behind every step, of each row.
  private func states(_ run: LSTMCase) -> [[UInt32]] {
    let memory = LSTMMemory(run)
    memory.forward(run)
    return states(run, memory)
  }

  private func states(_ run: LSTMCase, _ memory: LSTMMemory) -> [[UInt32]] {
    let states = memory.states.floats
    return (0..<run.rows).map { row in
      (1...run.steps).flatMap { step in
        (0..<run.units).map { states[run.state(step, row, $0)].bitPattern }
      }
    }
  }

  func testTrainingHasTheSameStates() {
    forEachOption { run, name in
      var plain = run
      (plain.keepsGates, plain.keepsCells) = (false, false)
      XCTAssertEqual(states(run), states(plain), name)
    }
  }

  /// Steps taken at once are the same, to the last bit, as steps taken one by one.
  func testStepsOneByOne() {
    forEachOption { run, name in
      let memory = LSTMMemory(run)
      for step in 0..<run.steps { memory.forward(run, step..<step + 1) }
      XCTAssertEqual(states(run, memory), states(run), name)
    }
  }

  /// Threads that share the steps, each with panels of its own, leave what one thread does.
  func testThreadsShareSteps() {
    forEachOption { run, name in
      var run = run
      run.units = 5 * run.kernels.lanes - 1
      let wanted = states(run)
      for members in 1...3 {
        let memory = LSTMMemory(run)
        forwardShared(run, memory, members)
        XCTAssertEqual(states(run, memory), wanted, "\(name), \(members) threads")
        XCTAssertTrue(memory.states.isIntact && memory.gates.isIntact && memory.cells.isIntact)
      }
    }
  }

  private func forwardShared(_ run: LSTMCase, _ memory: LSTMMemory, _ members: Int) {
    let arrived = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
    defer { arrived.deallocate() }
    arrived.initialize(repeating: 0, count: 2)
    nonisolated(unsafe) let (memory, counter) = (memory, arrived)
    let all = DispatchGroup()
    for member in 0..<members {
      all.enter()
      Thread {
        memory.forward(run) {
          let panels = run.panels
          $0.panels = member * panels / members..<(member + 1) * panels / members
          ($0.members, $0.arrived) = (members, counter)
        }
        all.leave()
      }.start()
    }
    all.wait()
  }

  /// NaN in a sum reaches its cell and its output, and from there the whole row.
  func testNaN() {
    forEachSet { kernels, set in
      forEachPair { activation, recurrent in
        for gate in 0..<4 {
          for keepsGates in [false, true] {
            var run = LSTMCase(kernels, samples: 0..<5, units: kernels.lanes + 1, steps: 3)
            (run.activation, run.recurrentActivation) = (activation, recurrent)
            run.keepsGates = keepsGates
            let memory = LSTMMemory(run)
            memory.gates.pointer[run.gate(gate, 1, 3, gate)] = .nan
            check(run, memory, "\(set), \(activation), \(recurrent), NaN in gate \(gate)")
            let states = memory.states.floats
            XCTAssertTrue(states[run.state(2, 3, gate)].isNaN, set)
            XCTAssertTrue((0..<run.units).allSatisfy { states[run.state(3, 3, $0)].isNaN }, set)
          }
        }
      }
    }
  }

  /// Huge sums give the limits of the activations.
  func testHugeSums() {
    let sums: [Float] = [0, 1, -87, 88, 1e4, -1e4, .infinity, -.infinity]
    forEachSet { kernels, set in
      for activation in [Elementwise.tanh, .sigmoid] {
        for recurrent in [Elementwise.tanh, .sigmoid] {
          for keepsGates in [false, true] {
            // Each row has one mixture of sums for all units.
            var run = LSTMCase(
              kernels, samples: 0..<sums.count * sums.count, units: sums.count * sums.count,
              steps: 1)
            (run.activation, run.recurrentActivation) = (activation, recurrent)
            run.keepsGates = keepsGates
            let memory = LSTMMemory(run)
            run.forEachUnit { row, unit in
              let mixture = [row / 8, row % 8, unit / 8 % 8, unit % 8]
              for gate in 0..<4 {
                memory.gates.pointer[run.gate(gate, 0, row, unit)] = sums[mixture[gate]]
              }
            }
            check(run, memory, "\(set), \(activation), \(recurrent)")
          }
        }
      }
    }
  }
}
