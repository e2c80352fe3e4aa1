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
  func fours(_ count: Int) -> Int { (count + 3) / 4 }

  /// Whether inputs are rounded to bytes. With fewer channels than this their product takes little
  /// time; with more, a sum could overflow.
  func takesBytes(_ type: WeightType) -> Bool {
    format(type) == .int8 && (64..<1 << 16).contains(channels)
  }

  /// Whether they also are bytes, and not floats as on processors without products of bytes.
  func multipliesBytes(_ type: WeightType, _ kernels: KernelTable) -> Bool {
    takesBytes(type) && kernels.bytes != nil
  }

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
    packGroups(of: 2, run, run.parameters, rows: channels, into: packed.kernel, short)
    packGroups(of: 2, run, run.parameters + kernelCount, rows: units, into: packed.recurrent, short)
  }

  func packInt8(_ run: LayerRun, _ packed: Packed) {
    let columns = panels(run.kernels) * run.kernels.panelWidth
    packSteps(
      of: 2, run, run.parameters + kernelCount, rows: units, into: packed.recurrent, packed.scales)
    for i in 0..<columns { packed.scales[i] /= stateScale }
    guard multipliesBytes(run.weightType, run.kernels) else {
      return packGates(run, run.parameters, rows: channels, into: packed.kernel)
    }
    packSteps(
      of: 4, run, run.parameters, rows: channels, into: packed.kernel, packed.kernelScales)
    let width = run.kernels.panelWidth
    let steps = UnsafeMutableRawPointer(packed.kernel).assumingMemoryBound(to: SIMD4<Int8>.self)
    for column in 0..<columns {
      var sum = SIMD4<Int32>.zero
      for four in 0..<fours(channels) {
        let row = column / width * fours(channels) + four
        sum &+= SIMD4(truncatingIfNeeded: steps[row * width + column % width])
      }
      packed.kernelOffsets[column] = Float(
        bitPattern: UInt32(bitPattern: -128 * sum.wrappedSum()))
    }
  }

  /// [rows, 4 units] → steps of Int8 as `packGroups` has them, and scales [panel][4 lanes].
  private func packSteps(
    of group: Int, _ run: LayerRun, _ source: UnsafePointer<Float>, rows: Int,
    into target: UnsafeMutablePointer<Float>, _ scales: UnsafeMutablePointer<Float>
  ) {
    func scale(_ column: Int) -> Float {
      var largest: Float = 0
      for row in 0..<rows { largest = max(largest, source[row * 4 * units + column].magnitude) }
      return Quantization.scale(largest: largest)
    }
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      let target = scales + panel * run.kernels.panelWidth + gate * run.kernels.lanes
      for unit in 0..<count { target[unit] = scale(gate * units + firstUnit + unit) }
    }
    packGroups(of: group, run, source, rows: rows, into: target) { weight, place in
      Int8(Quantization.step(weight, scale: scales[place]))
    }
  }

  /// [rows, 4 units] → [panel][group of rows][4 lanes][row in group], in memory that was zero.
  /// - Parameter short: a weight and its place in [panel][4 lanes], as a short number.
  private func packGroups<Short>(
    of group: Int, _ run: LayerRun, _ source: UnsafePointer<Float>, rows: Int,
    into target: UnsafeMutablePointer<Float>, _ short: (Float, Int) -> Short
  ) {
    let (width, lanes) = (run.kernels.panelWidth, run.kernels.lanes)
    let target = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Short.self)
    forEachGate(run.kernels) { panel, gate, firstUnit, count in
      for row in 0..<rows {
        let weights = source + row * 4 * units + gate * units + firstUnit
        let place = (panel * ((rows + group - 1) / group) + row / group) * width + gate * lanes
        for unit in 0..<count {
          target[group * (place + unit) + row % group] = short(
            weights[unit], panel * width + gate * lanes + unit)
        }
      }
    }
  }

  /// Rounds inputs to what the bytes of `quantizeRows` stand for.
  func roundToBytes(_ inputs: UnsafeMutablePointer<Float>, rows: Int) {
    for row in 0..<rows {
      let inputs = UnsafeMutableBufferPointer(start: inputs + row * channels, count: channels)
      var (least, most): (Float, Float) = (0, 0)
      for x in inputs { (least, most) = (x < least ? x : least, x > most ? x : most) }
      let largest = min(max(most, -least), .greatestFiniteMagnitude)
      let steps: Float = least < 0 ? 127 : 255
      let inverse = largest < 0x1p-100 ? 0 : steps / largest
      // Of this size, floats are whole numbers.
      let whole: Float = 0x1.8p23
      for i in 0..<channels {
        let step = max(min(inputs[i] * inverse, steps), -steps)
        inputs[i] = (step + whole - whole) * (largest / steps)
      }
    }
  }

  /// gates ← inputs · kernel + bias, for all steps at once, with the inputs as bytes.
  func byteProjection(
    _ run: LayerRun, _ packed: Packed, _ sequence: Sequence, _ steps: Int
  ) -> Projection {
    let rows = steps * run.rows
    guard let bytes = run.kernels.bytes, let short = sequence.shortInputs else { return .none }
    // The bytes of a row and its header take no more than its 16-bit integers would.
    let inputs = UnsafeMutableRawPointer(short).assumingMemoryBound(to: Float.self)
    let stride = shortWidth(channels, run.kernels) / 4 + ByteRows.header
    bytes.quantize(
      ByteRows(
        rows: rows, width: channels, source: sequence.inputs, target: inputs, targetStride: stride))
    return .bytes(
      ByteProduct(
        rows: rows, panels: sequence.panels, depth: fours(channels), a: inputs,
        aRowStride: stride, b: packed.kernel, scales: packed.kernelScales,
        offsets: packed.kernelOffsets, bias: packed.bias, c: sequence.gates,
        cRowStride: sequence.gatesRowStride, cPanelStride: sequence.gatesPanelStride))
  }
}
