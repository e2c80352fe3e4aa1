/// How a model keeps its kernels: the trainable weights of two or more axes. Biases and what a
/// Normalization has learned stay float32. The raw value is the number in the C interface and the
/// encoding in files; 2 is kept for IEEE half precision.
///
/// In memory weights are float32 whatever their type, but then they are numbers that the type can
/// hold, so that every layer computes a right result without knowing it.
public enum WeightType: Int32, Named, Sendable {
  case float32 = 1
  case bfloat16 = 3
  case int8 = 4

  public var name: StaticString {
    switch self {
    case .float32: "float32"
    case .bfloat16: "bfloat16"
    case .int8: "int8"
    }
  }
}

/// The upper half of a float32: 8 significant bits, the same exponents, denormals too.
enum BFloat16 {
  /// The nearest one's bits, ties to even. A finite number stays finite: beyond the largest finite
  /// one, that is the nearest.
  static func bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    return UInt16(truncatingIfNeeded: rounded & 0x7FFF == 0x7F80 ? rounded - 1 : rounded)
  }

  static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// Weights of one output channel (the last axis of a kernel) as step · scale, with whole steps of
/// −127…127.
///
/// A scale has at most 16 significant bits, a step has 7: their product is exact in float32, and
/// the largest magnitude of a channel, divided by 127, is its scale again. So neither steps nor
/// scales have to be kept beside the weights.
enum Quantization {
  static var mostSteps: Float { 127 }
  /// Channels that would have a smaller scale become zero, as their products would.
  static var leastScale: Float { 0x1p-100 }
  /// 127 times this is finite.
  static var greatestScale: Float { 0x1p121 }

  /// The scale of a channel with this largest magnitude: a 127th, rounded up to 16 bits; 0 where
  /// all weights become zero.
  static func scale(largest: Float) -> Float {
    let exact = largest / mostSteps
    let scale = Float(bitPattern: (exact.bitPattern &+ 0xFF) & ~0xFF)
    return scale < leastScale ? 0 : min(scale, greatestScale)
  }

  /// Whether `scale(largest:)` can have given this number.
  static func isScale(_ number: Float) -> Bool {
    number.bitPattern == 0
      || number >= leastScale && number <= greatestScale && number.bitPattern & 0xFF == 0
  }

  /// The nearest step, ties to even.
  static func step(_ weight: Float, scale: Float) -> Float {
    guard scale > 0 else { return 0 }
    // Of this size, floats are whole numbers.
    let whole: Float = 0x1.8p23
    return max(-mostSteps, min(weight / scale + whole - whole, mostSteps))
  }
}
