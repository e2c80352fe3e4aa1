/// A convolution over time of each channel on its own, of one sample: [inputLength, channels] →
/// [outputLength, channels], with a kernel [size, channels].
public struct Depthwise {
  public var inputLength: Int
  public var outputLength: Int
  public var channels: Int
  public var size: Int
  public var stride: Int
  public var dilation: Int
  /// Steps before the first that the first window covers; they count as zero.
  public var padding: Int

  @inlinable
  public init(
    inputLength: Int, outputLength: Int, channels: Int, size: Int, stride: Int, dilation: Int,
    padding: Int
  ) {
    (self.inputLength, self.outputLength, self.channels) = (inputLength, outputLength, channels)
    (self.size, self.stride, self.dilation, self.padding) = (size, stride, dilation, padding)
  }

  /// The input step under the first tap of an output's window; it may lie outside.
  @inlinable @inline(__always)
  func start(_ output: Int) -> Int { output * stride - padding }

  /// Whether all taps of an output's window lie on input steps.
  @inlinable @inline(__always)
  func isInside(_ output: Int) -> Bool {
    start(output) >= 0 && start(output) + (size - 1) * dilation < inputLength
  }

  /// The taps of an output's window that lie on input steps.
  @inlinable @inline(__always)
  func taps(_ output: Int) -> Range<Int> {
    let start = start(output)
    // Most windows do, and divisions take long.
    if isInside(output) { return 0..<size }
    let first = start >= 0 ? 0 : min(size, (dilation - 1 - start) / dilation)
    let last = start >= inputLength ? 0 : min(size, (inputLength - 1 - start) / dilation + 1)
    return first..<max(first, last)
  }

  /// The outputs whose window has a tap on an input step.
  @inlinable @inline(__always)
  func outputs(_ tap: Int) -> Range<Int> {
    let offset = tap * dilation - padding
    let first = offset >= 0 ? 0 : min(outputLength, (stride - 1 - offset) / stride)
    let last =
      offset >= inputLength ? 0 : min(outputLength, (inputLength - 1 - offset) / stride + 1)
    return first..<max(first, last)
  }
}

/// y[t] = bias + Σ x[t · stride + k · dilation − padding] · kernel[k], channel by channel
@inlinable
public func depthwise<I: InstructionSet>(
  _: I.Type, _ shape: Depthwise, _ x: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>,
  _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>
) {
  var t = 0
  while t < shape.outputLength {
    let last = t + 3
    if last < shape.outputLength, shape.isInside(t), shape.isInside(last) {
      depthwise(I.self, shape, t, outputs: 4, 0..<shape.size, x, kernel, bias, y)
      t += 4
    } else {
      depthwise(I.self, shape, t, outputs: 1, shape.taps(t), x, kernel, bias, y)
      t += 1
    }
  }
}

/// Likewise for the 1…4 outputs from t on, which have the same taps.
@inlinable @inline(__always)
func depthwise<I: InstructionSet>(
  _: I.Type, _ shape: Depthwise, _ t: Int, outputs: Int, _ taps: Range<Int>,
  _ x: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
  _ y: UnsafeMutablePointer<Float>
) {
  let (x, y) = (x + shape.start(t) * shape.channels, y + t * shape.channels)
  I.forEachVector(shape.channels) { at, lanes in
    var start = I.Vector.zero
    if let bias { start = I.load(bias + at, lanes) }
    var sums = InlineArray<4, I.Vector>(repeating: start)
    for tap in taps {
      let weights = I.load(kernel + tap * shape.channels + at, lanes)
      for i in 0..<outputs {
        let step = i * shape.stride + tap * shape.dilation
        sums[unchecked: i] = I.multiplyAdd(
          I.load(x + step * shape.channels + at, lanes), weights, sums[unchecked: i])
      }
    }
    for i in 0..<outputs { I.store(y + i * shape.channels + at, sums[unchecked: i], lanes) }
  }
}

/// dx[t · stride + k · dilation − padding] += dy[t] · kernel[k]
@inlinable
public func depthwiseBackward<I: InstructionSet>(
  _: I.Type, _ shape: Depthwise, _ dy: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>,
  _ dx: UnsafeMutablePointer<Float>
) {
  for t in 0..<shape.outputLength {
    let start = shape.start(t)
    for tap in shape.taps(t) {
      let (dx, kernel) = (
        dx + (start + tap * shape.dilation) * shape.channels, kernel + tap * shape.channels
      )
      I.forEachVector(shape.channels) { at, lanes in
        let sum = I.multiplyAdd(
          I.load(dy + t * shape.channels + at, lanes), I.load(kernel + at, lanes),
          I.load(dx + at, lanes))
        I.store(dx + at, sum, lanes)
      }
    }
  }
}

/// dkernel[k] += Σ x[t · stride + k · dilation − padding] · dy[t]
@inlinable
public func depthwiseKernelGradient<I: InstructionSet>(
  _: I.Type, _ shape: Depthwise, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
  _ gradient: UnsafeMutablePointer<Float>
) {
  for tap in 0..<shape.size {
    let gradient = gradient + tap * shape.channels
    let offset = tap * shape.dilation - shape.padding
    I.forEachVector(shape.channels) { at, lanes in
      var sum = I.load(gradient + at, lanes)
      for t in shape.outputs(tap) {
        sum = I.multiplyAdd(
          I.load(x + (t * shape.stride + offset) * shape.channels + at, lanes),
          I.load(dy + t * shape.channels + at, lanes), sum)
      }
      I.store(gradient + at, sum, lanes)
    }
  }
}
