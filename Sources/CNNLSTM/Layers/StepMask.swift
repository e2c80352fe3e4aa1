import Kernels

/// Which time steps count, of some samples: what Masking makes.
struct StepMask {
  private let rows: Int
  let length: Int
  /// [row][time]: 0 where the step does not count.
  let flags: UnsafeMutablePointer<UInt8>
  /// Of each sample, the steps that count: how many, and [row][time] which ones, in order.
  private let counts, times: UnsafeMutablePointer<Int32>

  /// Floats of the memory it lies in.
  /// - Throws: `.limit`
  static func floats(rows: Int, length: Int) throws(Failure) -> Int {
    try checkedProduct(rows, try checkedSum(length, 1, of: "a mask"), 2, of: "a mask")
  }

  /// A mask that lies, or is going to lie, in some memory.
  init(_ memory: UnsafeMutablePointer<Float>, rows: Int, length: Int) {
    (self.rows, self.length) = (rows, length)
    let numbers = UnsafeMutableRawPointer(memory)
    times = numbers.assumingMemoryBound(to: Int32.self)
    counts = times + rows * length
    flags = UnsafeMutableRawPointer(counts + rows).assumingMemoryBound(to: UInt8.self)
  }

  /// To be called when all flags are there.
  func finish() {
    for row in 0..<rows {
      var count = 0
      for time in 0..<length where flags[row * length + time] != 0 {
        times[row * length + count] = Int32(truncatingIfNeeded: time)
        count += 1
      }
      counts[row] = Int32(truncatingIfNeeded: count)
    }
  }

  func count(_ row: Int) -> Int { Int(counts[row]) }

  /// The time of a sample's step that counts, by its number among these.
  func time(_ row: Int, _ number: Int) -> Int { Int(times[row * length + number]) }
}

/// How a recurrent layer walks through masked samples: over the steps that count, one after the
/// other, and then over steps with an input of zero that lead nowhere, so that all samples take as
/// many. The state after a step is the output of that step, and again of the masked ones that
/// follow; before the first, outputs are zero. As in Keras.
struct MaskedWalk {
  let mask: StepMask
  let goesBackwards: Bool
  let returnsSequences: Bool
  let units: Int
  /// Outputs of masked steps are zero instead.
  let zeroesMasked: Bool

  /// The time of a step of the walk; nil for one that leads nowhere.
  func time(_ row: Int, _ step: Int) -> Int? {
    let count = mask.count(row)
    guard step < count else { return nil }
    return mask.time(row, goesBackwards ? count - 1 - step : step)
  }

  /// The place of a time in the order in which the layer gives its outputs.
  private func place(_ row: Int, _ step: Int) -> Int {
    guard let time = time(row, step) else { return mask.length }
    return goesBackwards ? mask.length - 1 - time : time
  }

  /// The rows of the output that are the state after a step.
  private func outputs(_ row: Int, _ step: Int) -> Range<Int> {
    if returnsSequences {
      let place = row * mask.length + place(row, step)
      if zeroesMasked { return place..<(step < mask.count(row) ? place + 1 : place) }
      return place..<row * mask.length + self.place(row, step + 1)
    }
    return step == mask.count(row) - 1 ? row..<row + 1 : row..<row
  }

  /// Rows of the output that are zero: in front of the first step that counts, or all at first.
  private func zeroOutputs(_ row: Int) -> Range<Int> {
    if returnsSequences {
      let first = row * mask.length
      return first..<first + (zeroesMasked ? mask.length : place(row, 0))
    }
    return mask.count(row) == 0 ? row..<row + 1 : row..<row
  }

  /// output ← states[step + 1 − first][row][stride], for some steps
  func copyOutputs(
    _ run: LayerRun, _ steps: Range<Int>, _ states: LayerRun.Floats, stride: Int
  ) {
    for row in 0..<run.rows {
      if steps.lowerBound == 0 {
        let before = zeroOutputs(row)
        (run.output + before.lowerBound * units).update(repeating: 0, count: before.count * units)
      }
      for step in steps {
        let state = states + ((step - steps.lowerBound + 1) * run.rows + row) * stride
        for output in outputs(row, step) {
          (run.output + output * units).copy(from: state, count: units)
        }
      }
    }
  }

  /// gradient[row][stride] += Σ outputGradient of the rows that are the state after a step
  func addOutputGradient(
    _ run: LayerRun, _ step: Int, to gradient: LayerRun.Floats, stride: Int
  ) {
    for row in 0..<run.rows {
      for output in outputs(row, step) {
        run.kernels.add(
          run.outputGradient + output * units, gradient + row * stride, units)
      }
    }
  }
}
