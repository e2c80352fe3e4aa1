// Weights as numbers that a type can hold.

extension ParameterLayout.Entry {
  /// Whether the type of a model's weights is that of this array; all others are float32.
  var isKernel: Bool { isLearned && name.ends(with: "kernel") }

  /// The type of this array in a model of a type.
  func weightType(in model: WeightType) -> WeightType { isKernel ? model : .float32 }

  /// Output channels: the last axis, or the last two of a depthwise kernel.
  var channels: Int { shape.suffix(channelAxes).reduce(1, *) }

  /// The scale of each output channel of a kernel.
  /// - Throws: `.outOfMemory`
  func scales(_ kernel: UnsafePointer<Float>) throws(Failure) -> FloatBuffer {
    let scales = try FloatBuffer(count: channels)
    for row in 0..<count / channels {
      for channel in 0..<channels {
        let magnitude = kernel[row * channels + channel].magnitude
        if magnitude > scales.pointer[channel] { scales.pointer[channel] = magnitude }
      }
    }
    for channel in 0..<channels {
      scales.pointer[channel] = Quantization.scale(largest: scales.pointer[channel])
    }
    return scales
  }
}

extension ParameterLayout {
  var hasKernels: Bool { entries.contains { $0.isKernel } }

  /// Rounds finite weights, each to the nearest number that a model of a type can hold. What has
  /// been rounded stays as it is.
  /// - Throws: `.outOfMemory`
  func round(_ values: UnsafeMutablePointer<Float>, to type: WeightType) throws(Failure) {
    for entry in entries {
      let array = values + entry.offset
      switch entry.weightType(in: type) {
      case .float32: continue
      case .bfloat16:
        for i in 0..<entry.count { array[i] = BFloat16.value(BFloat16.bits(array[i])) }
      case .int8:
        let (scales, channels) = (try entry.scales(array), entry.channels)
        for row in 0..<entry.count / channels {
          for channel in 0..<channels {
            let (i, scale) = (row * channels + channel, scales.pointer[channel])
            array[i] = Quantization.step(array[i], scale: scale) * scale
          }
        }
      }
    }
  }
}
