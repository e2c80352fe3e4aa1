/// How an array of weights starts: Keras's initializers.
public struct Initializer: Equatable, Sendable {
  public enum Kind: Int32, Sendable, CaseIterable, Named {
    case zeros = 0, ones, constant, glorotUniform, heNormal, orthogonal, randomNormal
    case randomUniform

    public var name: StaticString {
      switch self {
      case .zeros: "zeros"
      case .ones: "ones"
      case .constant: "constant"
      case .glorotUniform: "glorot_uniform"
      case .heNormal: "he_normal"
      case .orthogonal: "orthogonal"
      case .randomNormal: "random_normal"
      case .randomUniform: "random_uniform"
      }
    }
  }

  public var kind: Kind
  /// constant: value; orthogonal: gain; random_normal: mean; random_uniform: least.
  public var a: Float
  /// random_normal: standard deviation; random_uniform: greatest.
  public var b: Float
  /// −1: drawn from the model's seed.
  public var seed: Int64

  public init(_ kind: Kind, a: Float? = nil, b: Float? = nil, seed: Int64 = -1) {
    let (defaultA, defaultB): (Float, Float) =
      switch kind {
      case .orthogonal: (1, 0)
      case .randomNormal: (0, 0.05)
      case .randomUniform: (-0.05, 0.05)
      default: (0, 0)
      }
    (self.kind, self.a, self.b, self.seed) = (kind, a ?? defaultA, b ?? defaultB, seed)
  }

  /// - Throws: `.argument`
  func check(layer: String, field: Field) throws(Failure) {
    guard a.isFinite, b.isFinite else {
      throw Failure(
        .argument,
        "\(layer): \(field.name) must have finite numbers, got \(decimal(a)), \(decimal(b))")
    }
    // Nothing is drawn beyond 16 deviations.
    guard (b - a).isFinite, kind != .randomNormal || (a.magnitude + 16 * b).isFinite else {
      throw Failure(
        .argument,
        "\(layer): \(field.name) must draw numbers that are finite, got \(decimal(a)), "
          + "\(decimal(b))")
    }
    if kind == .randomNormal, b < 0 {
      throw Failure(
        .argument, "\(layer): \(field.name) must have a deviation of at least 0, got \(decimal(b))")
    }
    if kind == .randomUniform, a > b {
      throw Failure(
        .argument,
        "\(layer): \(field.name) must have its least below its greatest, got \(decimal(a)), "
          + "\(decimal(b))"
      )
    }
    if seed < -1 {
      throw Failure(
        .argument, "\(layer): \(field.name) must have a seed of at least -1, got \(seed)")
    }
  }
}
