/// A penalty on an array of weights that training adds to the loss: l1 · Σ |w| + l2 · Σ w².
/// Keras: L1, L2, L1L2.
public struct Regularizer: Equatable, Sendable {
  public var l1: Float
  public var l2: Float

  public init(l1: Float = 0, l2: Float = 0) { (self.l1, self.l2) = (l1, l2) }

  var isNone: Bool { l1 == 0 && l2 == 0 }
  var isValid: Bool { l1 >= 0 && l2 >= 0 && l1.isFinite && l2.isFinite }
  /// What it must be and is, where it is not valid.
  var mustBe: (limits: Message, got: Message)? {
    isValid ? nil : ("finite and at least 0", "\(decimal(l1)), \(decimal(l2))")
  }
}

/// The greatest norm an array of weights may have along some of its axes, kept after every step of
/// training. Keras: MaxNorm.
public struct Constraint: Equatable, Sendable {
  /// 0: no constraint.
  public var maxNorm: Float
  /// Bit i: the norm is over axis i. 1 is Keras's default, axis 0.
  public var axes: Int32

  public init(maxNorm: Float = 0, axes: Int32 = 1) { (self.maxNorm, self.axes) = (maxNorm, axes) }

  var isNone: Bool { maxNorm == 0 }
  var isValid: Bool { maxNorm >= 0 && maxNorm.isFinite && axes >= 0 && axes < 8 }
  /// What it must be and is, where it is not valid.
  var mustBe: (limits: Message, got: Message)? {
    isValid
      ? nil : ("a max_norm of at least 0 and axes below 8", "\(decimal(maxNorm)), axes \(axes)")
  }
}

/// How Bidirectional puts its two directions together. The raw value is that of the C interface;
/// none is a layer that goes one way.
public enum MergeMode: Int32, Sendable, CaseIterable, Named {
  case none = 0, concat, sum, mul, ave

  public var name: StaticString {
    switch self {
    case .none: "none"
    case .concat: "concat"
    case .sum: "sum"
    case .mul: "mul"
    case .ave: "ave"
    }
  }
}
