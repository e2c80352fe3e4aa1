/// How an array of weights starts: Keras's initializers.
public struct Initializer: Equatable, Sendable {
  public enum Kind: Int32, Sendable, CaseIterable, Named {
    case zeros = 0, ones, constant, glorotUniform, heNormal, orthogonal, randomNormal
    case randomUniform, truncatedNormal, glorotNormal, heUniform, lecunUniform, lecunNormal
    case identity, varianceScaling

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
      case .truncatedNormal: "truncated_normal"
      case .glorotNormal: "glorot_normal"
      case .heUniform: "he_uniform"
      case .lecunUniform: "lecun_uniform"
      case .lecunNormal: "lecun_normal"
      case .identity: "identity"
      case .varianceScaling: "variance_scaling"
      }
    }
  }

  public var kind: Kind
  /// constant: value; orthogonal, identity: gain; random_normal, truncated_normal: mean;
  /// random_uniform: least; variance_scaling: scale.
  public var a: Float
  /// random_normal, truncated_normal: standard deviation; random_uniform: greatest;
  /// variance_scaling: the number of a `VarianceScaling`.
  public var b: Float
  /// −1: drawn from the model's seed.
  public var seed: Int64

  public init(_ kind: Kind, a: Float? = nil, b: Float? = nil, seed: Int64 = -1) {
    let (defaultA, defaultB): (Float, Float) =
      switch kind {
      case .orthogonal, .identity, .varianceScaling: (1, 0)
      case .randomNormal, .truncatedNormal: (0, 0.05)
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
    let isNormal = kind == .randomNormal || kind == .truncatedNormal
    guard (b - a).isFinite, !isNormal || (a.magnitude + 16 * b).isFinite else {
      throw Failure(
        .argument,
        "\(layer): \(field.name) must draw numbers that are finite, got \(decimal(a)), "
          + "\(decimal(b))")
    }
    if isNormal, b < 0 {
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
    if kind == .varianceScaling, !(a > 0 && (3 * a).isFinite) || VarianceScaling(self) == nil {
      throw Failure(
        .argument,
        "\(layer): \(field.name) must have a scale within 0…1e38 and a mode of 0…8, got "
          + "\(decimal(a)), \(decimal(b))")
    }
    if seed < -1 {
      throw Failure(
        .argument, "\(layer): \(field.name) must have a seed of at least -1, got \(seed)")
    }
  }
}

/// Weights of a mean of 0 and a variance of scale / n, where n counts inputs or outputs of a unit.
/// Keras: VarianceScaling, and those that are one by another name.
struct VarianceScaling {
  enum Mode: Int { case fanIn = 0, fanOut, fanAverage }
  enum Distribution: Int { case truncatedNormal = 0, untruncatedNormal, uniform }

  let scale: Float
  let mode: Mode
  let distribution: Distribution

  /// nil for an initializer that is none, or for numbers that name none: b is 3 · distribution +
  /// mode.
  init?(_ initializer: Initializer) {
    let one: (Float, Mode, Distribution)? =
      switch initializer.kind {
      case .glorotUniform: (1, .fanAverage, .uniform)
      case .glorotNormal: (1, .fanAverage, .truncatedNormal)
      case .heUniform: (2, .fanIn, .uniform)
      case .heNormal: (2, .fanIn, .truncatedNormal)
      case .lecunUniform: (1, .fanIn, .uniform)
      case .lecunNormal: (1, .fanIn, .truncatedNormal)
      case .varianceScaling: VarianceScaling.decoded(initializer.a, initializer.b)
      default: nil
      }
    guard let one else { return nil }
    (scale, mode, distribution) = one
  }

  private static func decoded(_ a: Float, _ b: Float) -> (Float, Mode, Distribution)? {
    guard let code = Int(exactly: b), code >= 0, let mode = Mode(rawValue: code % 3),
      let distribution = Distribution(rawValue: code / 3)
    else { return nil }
    return (a, mode, distribution)
  }
}
