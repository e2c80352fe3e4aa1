/// A window that slides over time, and the padding it sees: the arithmetic of Conv1D and pooling.
struct Window: Sendable {
  let size: Int
  let stride: Int
  let dilation: Int
  let padding: Padding

  /// Time steps from the first to the last that a window sees, both counted.
  var span: Int { (size - 1) * dilation + 1 }

  var leastLength: Int { padding == .valid ? span : 1 }

  /// Below 1 where the input is too short.
  func outputLength(_ inputLength: Int) -> Int {
    padding == .valid
      ? (inputLength < span ? 0 : (inputLength - span) / stride + 1)
      : (inputLength + stride - 1) / stride
  }

  /// Padding on both sides: as much as the last window needs. TensorFlow's rule for `same`.
  private func paddingOnBothSides(_ inputLength: Int) -> Int {
    max(0, (outputLength(inputLength) - 1) * stride + span - inputLength)
  }

  /// `same` puts the odd step behind.
  func paddingBefore(_ inputLength: Int) -> Int {
    switch padding {
    case .valid: 0
    case .same: paddingOnBothSides(inputLength) / 2
    case .causal: span - 1
    }
  }

  /// The length with what `paddedLength` adds on both sides; the input's own without padding.
  func paddedLength(_ inputLength: Int) -> Int {
    switch padding {
    case .valid: inputLength
    case .same: inputLength + paddingOnBothSides(inputLength)
    case .causal: inputLength + span - 1
    }
  }

  /// - Throws: `.shape` without a time axis, or if a fixed length is too short.
  func outputShape(_ input: Shape, channels: Int, _ layer: String) throws(Failure) -> Shape {
    try input.requireTime(layer)
    guard input.length != Shape.anyLength else {
      return Shape(length: Shape.anyLength, channels: channels)
    }
    guard input.length >= leastLength else {
      throw Failure(
        .shape, "\(layer): needs at least \(leastLength) time steps, gets \(input.length)")
    }
    return Shape(length: outputLength(input.length), channels: channels)
  }
}
