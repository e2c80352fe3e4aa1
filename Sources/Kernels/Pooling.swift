/// Pooling of one sample over time: [inputLength, channels] → [outputLength, channels].
public struct Pool {
  public var inputLength: Int
  public var outputLength: Int
  public var channels: Int
  public var size: Int
  public var stride: Int
  /// Steps before the first that the first window covers; they count for nothing.
  public var padding: Int

  @inlinable
  public init(
    inputLength: Int, outputLength: Int, channels: Int, size: Int, stride: Int, padding: Int
  ) {
    (self.inputLength, self.outputLength, self.channels) = (inputLength, outputLength, channels)
    (self.size, self.stride, self.padding) = (size, stride, padding)
  }

  /// The input steps under an output's window.
  @inlinable @inline(__always)
  public func window(_ output: Int) -> Range<Int> {
    let start = output * stride - padding
    return max(0, start)..<min(inputLength, start + size)
  }
}

/// y[t] = max of x over the window of t; NaN is handed on.
@inlinable
public func maxPool<I: InstructionSet>(
  _: I.Type, _ pool: Pool, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
) {
  for t in 0..<pool.outputLength {
    let window = pool.window(t)
    I.forEachVector(pool.channels) { at, lanes in
      var best = I.load(x + window.lowerBound * pool.channels + at, lanes)
      for step in window.dropFirst() {
        let value = I.load(x + step * pool.channels + at, lanes)
        let larger = I.choose(value, best, whereGreater: value, than: best)
        best = I.choose(larger, value, whereEqual: value, to: value)
      }
      I.store(y + t * pool.channels + at, best, lanes)
    }
  }
}

/// dx[first maximum of the window of t] += dy[t]; dx starts as zero.
@inlinable
public func maxPoolBackward<I: InstructionSet>(
  _: I.Type, _ pool: Pool, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
  _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
) {
  for t in 0..<pool.outputLength {
    I.forEachVector(pool.channels) { at, lanes in
      let best = I.load(y + t * pool.channels + at, lanes)
      var left = I.load(dy + t * pool.channels + at, lanes)
      for step in pool.window(t) {
        let position = step * pool.channels + at
        let value = I.load(x + position, lanes)
        let given = I.choose(left, I.splat(0), whereEqual: value, to: best)
        I.store(dx + position, I.load(dx + position, lanes) + given, lanes)
        left = left - given
      }
    }
  }
}

/// dx[the maxima of the only window] = dy, in equal parts
@inlinable
public func globalMaxPoolBackward<I: InstructionSet>(
  _: I.Type, _ pool: Pool, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
  _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
) {
  I.forEachVector(pool.channels) { at, lanes in
    let best = I.load(y + at, lanes)
    var count = I.Vector.zero
    for step in 0..<pool.inputLength {
      let value = I.load(x + step * pool.channels + at, lanes)
      count = count + I.choose(I.splat(1), I.splat(0), whereEqual: value, to: best)
    }
    let part = I.load(dy + at, lanes) / count
    for step in 0..<pool.inputLength {
      let position = step * pool.channels + at
      let value = I.load(x + position, lanes)
      I.store(dx + position, I.choose(part, I.splat(0), whereEqual: value, to: best), lanes)
    }
  }
}

/// y[t] = the mean of x over the window of t, its steps inside the input
@inlinable
public func averagePool<I: InstructionSet>(
  _: I.Type, _ pool: Pool, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
) {
  for t in 0..<pool.outputLength {
    let window = pool.window(t)
    I.forEachVector(pool.channels) { at, lanes in
      var sum = I.Vector.zero
      for step in window { sum = sum + I.load(x + step * pool.channels + at, lanes) }
      I.store(y + t * pool.channels + at, sum / I.splat(Float(window.count)), lanes)
    }
  }
}
