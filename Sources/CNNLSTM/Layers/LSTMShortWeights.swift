import Kernels

// How LSTM computes with the weights of a bfloat16 or int8 model.
extension LSTM {
  /// The recurrent product of a model with weights of a type. 16-bit integers can stand for states
  /// in −1…1 alone; where activations give others, int8 weights are used as the floats they are.
  func format(_ type: WeightType) -> RecurrentFormat {
    func isBounded(_ activation: Elementwise) -> Bool {
      activation == .tanh || activation == .sigmoid
    }
    // A state that is kept between runs is a float.
    if recurrence.isStateful { return .float32 }
    switch type {
    case .float32: return .float32
    case .bfloat16: return .bfloat16
    case .int8: return isBounded(activation) && isBounded(recurrentActivation) ? .int8 : .float32
    }
  }

  func pairs(_ count: Int) -> Int { (count + 1) / 2 }

  /// Short numbers in a row of inputs: `count` and those that fill the last vector.
  func shortWidth(_ count: Int, _ kernels: KernelTable) -> Int {
    (count + kernels.lanes - 1) / kernels.lanes * kernels.lanes
  }

  /// What a state of 1 is as an integer: as much as 16 bits hold and no sum of products overflows.
  var stateScale: Float {
    Float(min(Int(Int16.max), Int(Int32.max) / (127 * units)))
  }

  func packBFloat16(_ run: LayerRun, _ packed: Packed) {
    func short(_ weight: Float, _ column: Int) -> UInt16 { BFloat16.bits(weight) }
    packPairs(run, run.parameters, rows: channels, into: packed.kernel, short)
    packPairs(run, run.parameters + kernelCount, rows: units, into: packed.recurrent, short)
  }

  func packInt8(_ run: LayerRun, _ packed: Packed) {
    let recurrent = run.parameters + kernelCount
    func scale(_ column: Int) -> Float {
      var largest: Float = 0
      for row in 0..<units {
        largest = max(largest, recurrent[row * 4 * units + column].magnitude)
      }
      return Quantization.scale(largest: largest)
    }
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      let target = packed.scales + panel * run.kernels.panelWidth + gate * run.kernels.lanes
      for unit in 0..<count { target[unit] = scale(gate * units + firstUnit + unit) }
    }
    packPairs(run, recurrent, rows: units, into: packed.recurrent) { weight, place in
      Int8(Quantization.step(weight, scale: packed.scales[place]))
    }
    for i in 0..<panels(run.kernels) * run.kernels.panelWidth { packed.scales[i] /= stateScale }
  }

  /// [rows, 4 units] → [panel][pair of rows][4 lanes][2], in memory that was zero.
  /// - Parameter short: a weight and its place in [panel][4 lanes], as a short number.
  private func packPairs<Short>(
    _ run: LayerRun, _ source: UnsafePointer<Float>, rows: Int,
    into target: UnsafeMutablePointer<Float>, _ short: (Float, Int) -> Short
  ) {
    let (width, lanes) = (run.kernels.panelWidth, run.kernels.lanes)
    let target = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Short.self)
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      for row in 0..<rows {
        let weights = source + row * 4 * units + gate * units + firstUnit
        let place = (panel * pairs(rows) + row / 2) * width + gate * lanes
        for unit in 0..<count {
          target[2 * (place + unit) + row % 2] = short(
            weights[unit], panel * width + gate * lanes + unit)
        }
      }
    }
  }
}
