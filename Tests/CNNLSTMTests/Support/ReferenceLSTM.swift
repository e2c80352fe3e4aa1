@testable import CNNLSTM

/// Keras's LSTM, one unit of one sample after the other:
/// i, f, o = σ(x · W + h · U + b), c̃ = φ(…);  c ← f · c + i · c̃;  h ← o · φ(c)
struct ReferenceLSTM {
  private let x: ReferenceSamples
  private let units: Int
  private let kernel, recurrent, bias: [Double]
  private let activation, recurrentActivation: Activation
  private let returnsSequences, goesBackwards: Bool
  private let inputMask, stateMask: [Double]

  init(_ layer: ReferenceLayer, _ x: ReferenceSamples) {
    let configuration = layer.configuration
    (self.x, units) = (x, configuration.integer(.units))
    (kernel, recurrent) = (layer.arrays[0], layer.arrays[1])
    bias = layer.arrays.count > 2 ? layer.arrays[2] : Array(repeating: 0, count: 4 * units)
    activation = configuration.activation(.activation)
    recurrentActivation = configuration.activation(.recurrentActivation)
    returnsSequences = configuration.flag(.returnSequences)
    goesBackwards = configuration.flag(.goBackwards)
    inputMask = layer.inputMask ?? Array(repeating: 1, count: x.rows * x.channels)
    stateMask = layer.stateMask ?? Array(repeating: 1, count: x.rows * units)
  }

  /// Outputs in the order of computation.
  func forward() -> ReferenceSamples {
    let length = returnsSequences ? x.length : Shape.noTime
    var result = ReferenceSamples(rows: x.rows, length: length, channels: units)
    for row in 0..<x.rows {
      var state = [Double](repeating: 0, count: units)
      var cell = state
      for step in 0..<x.length {
        let time = goesBackwards ? x.length - 1 - step : step
        advance(row, time, &state, &cell)
        for unit in 0..<units { result[row, returnsSequences ? step : 0, unit] = state[unit] }
      }
    }
    return result
  }

  private func advance(_ row: Int, _ time: Int, _ state: inout [Double], _ cell: inout [Double]) {
    let masked = state.indices.map { state[$0] * stateMask[row * units + $0] }
    for unit in 0..<units {
      let i = recurrentActivation.reference(sum(row, time, masked, gate: 0, unit))
      let f = recurrentActivation.reference(sum(row, time, masked, gate: 1, unit))
      let candidate = activation.reference(sum(row, time, masked, gate: 2, unit))
      let o = recurrentActivation.reference(sum(row, time, masked, gate: 3, unit))
      cell[unit] = f * cell[unit] + i * candidate
      state[unit] = o * activation.reference(cell[unit])
    }
  }

  private func sum(_ row: Int, _ time: Int, _ state: [Double], gate: Int, _ unit: Int) -> Double {
    let column = gate * units + unit
    var sum = bias[column]
    for channel in 0..<x.channels {
      sum +=
        x[row, time, channel] * inputMask[row * x.channels + channel]
        * kernel[channel * 4 * units + column]
    }
    for other in 0..<units { sum += state[other] * recurrent[other * 4 * units + column] }
    return sum
  }
}
