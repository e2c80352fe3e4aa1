/// How a model keeps its kernels: the trainable weights of two or more axes. Biases and what a
/// Normalization has learned stay float32. The raw value is the number in the C interface and in
/// files; 2 is kept for IEEE half precision.
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
