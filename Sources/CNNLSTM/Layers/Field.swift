/// Everything a layer can be told, by Keras's names. The raw value is the field's number in a file.
public enum Field: UInt16, Sendable, CaseIterable {
  case length = 1, channels, filters, kernelSize, strides, padding, dilationRate, groups, poolSize
  case units, activation, recurrentActivation, useBias, unitForgetBias, returnSequences
  case goBackwards, dropout, recurrentDropout, rate
  case kernelInitializer, recurrentInitializer, biasInitializer
  case depthMultiplier, resetAfter, stateful, mergeMode, timeDistributed, center, scale
  case keepdims, sharedAxes, targetLength, targetChannels, firstDimension, repeats, before
  case after, size, momentum, epsilon, negativeSlope, alpha, maxValue, threshold, stddev
  case maskValue, factor, offset, trainable, depthwiseInitializer, pointwiseInitializer
  case betaInitializer, gammaInitializer, movingMeanInitializer, movingVarianceInitializer
  case alphaInitializer, kernelRegularizer, recurrentRegularizer, biasRegularizer
  case pointwiseRegularizer, kernelConstraint, recurrentConstraint, biasConstraint
  case pointwiseConstraint

  public var name: StaticString {
    switch self {
    case .length: "length"
    case .channels: "channels"
    case .filters: "filters"
    case .kernelSize: "kernel_size"
    case .strides: "strides"
    case .padding: "padding"
    case .dilationRate: "dilation_rate"
    case .groups: "groups"
    case .poolSize: "pool_size"
    case .units: "units"
    case .activation: "activation"
    case .recurrentActivation: "recurrent_activation"
    case .useBias: "use_bias"
    case .unitForgetBias: "unit_forget_bias"
    case .returnSequences: "return_sequences"
    case .goBackwards: "go_backwards"
    case .dropout: "dropout"
    case .recurrentDropout: "recurrent_dropout"
    case .rate: "rate"
    case .kernelInitializer: "kernel_initializer"
    case .recurrentInitializer: "recurrent_initializer"
    case .biasInitializer: "bias_initializer"
    case .depthMultiplier: "depth_multiplier"
    case .resetAfter: "reset_after"
    case .stateful: "stateful"
    case .mergeMode: "merge_mode"
    case .timeDistributed: "time_distributed"
    case .center: "center"
    case .scale: "scale"
    case .keepdims: "keepdims"
    case .sharedAxes: "shared_axes"
    case .targetLength: "target_length"
    case .targetChannels: "target_channels"
    case .firstDimension: "first_dimension"
    case .repeats: "repeats"
    case .before: "before"
    case .after: "after"
    case .size: "size"
    case .momentum: "momentum"
    case .epsilon: "epsilon"
    case .negativeSlope: "negative_slope"
    case .alpha: "alpha"
    case .maxValue: "max_value"
    case .threshold: "threshold"
    case .stddev: "stddev"
    case .maskValue: "mask_value"
    case .factor: "factor"
    case .offset: "offset"
    case .trainable: "trainable"
    case .depthwiseInitializer: "depthwise_initializer"
    case .pointwiseInitializer: "pointwise_initializer"
    case .betaInitializer: "beta_initializer"
    case .gammaInitializer: "gamma_initializer"
    case .movingMeanInitializer: "moving_mean_initializer"
    case .movingVarianceInitializer: "moving_variance_initializer"
    case .alphaInitializer: "alpha_initializer"
    case .kernelRegularizer: "kernel_regularizer"
    case .recurrentRegularizer: "recurrent_regularizer"
    case .biasRegularizer: "bias_regularizer"
    case .pointwiseRegularizer: "pointwise_regularizer"
    case .kernelConstraint: "kernel_constraint"
    case .recurrentConstraint: "recurrent_constraint"
    case .biasConstraint: "bias_constraint"
    case .pointwiseConstraint: "pointwise_constraint"
    }
  }
}

/// What a field holds.
public enum Value: Equatable, Sendable {
  case integer(Int)
  case real(Float)
  case initializer(Initializer)
  case regularizer(Regularizer)
  case constraint(Constraint)
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Float) { self = .real(value) }
  public init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }

  public static func activation(_ activation: Activation) -> Value {
    .integer(Int(activation.rawValue))
  }
  public static func padding(_ padding: Padding) -> Value { .integer(Int(padding.rawValue)) }

  public static var linear: Value { .activation(.linear) }
  public static var relu: Value { .activation(.relu) }
  public static var tanh: Value { .activation(.tanh) }
  public static var sigmoid: Value { .activation(.sigmoid) }
  public static var softmax: Value { .activation(.softmax) }
  public static var valid: Value { .padding(.valid) }
  public static var same: Value { .padding(.same) }
  public static var causal: Value { .padding(.causal) }
}

/// What a field of one kind of layer may hold.
enum Domain {
  case range(Int, Int)
  case flag
  /// 0 ≤ rate < 1
  case rate
  case activation(softmax: Bool)
  case padding(causal: Bool)
  case merge
  /// A finite number of at least `least`.
  case number(least: Float)
  /// At least 0; infinity for none.
  case bound
  case initializer, regularizer, constraint

  static var size: Domain { .range(1, 65_536) }
  static var anyNumber: Domain { .number(least: -.greatestFiniteMagnitude) }
}

/// A field of one kind of layer: its default and what else it may hold.
struct FieldRule {
  let field: Field
  let initial: Value
  let domain: Domain
  /// A file leaves the field out where it is `initial`; the first fields of format 1.0 are always
  /// there.
  var isOptional: Bool { FieldRule.isOptional(field) }

  static func isOptional(_ field: Field) -> Bool {
    field.rawValue >= Field.depthMultiplier.rawValue
  }

  init(_ field: Field, _ initial: Value, _ domain: Domain) {
    (self.field, self.initial, self.domain) = (field, initial, domain)
  }

  /// What may be asked of an array of weights in training.
  static func penalties(_ regularizer: Field, _ constraint: Field) -> [FieldRule] {
    [
      FieldRule(regularizer, .regularizer(Regularizer()), .regularizer),
      FieldRule(constraint, .constraint(Constraint()), .constraint),
    ]
  }

  /// - Throws: `.argument`, naming layer, field and value.
  func check(_ value: Value, layer: String) throws(Failure) {
    func refuse(_ must: Message, _ got: Message) -> Failure {
      Failure(.argument, "\(layer): \(field.name) must be \(must), got \(got)")
    }
    switch (domain, value) {
    case (.range(let least, let greatest), .integer(let number)):
      if number < least || number > greatest { throw refuse("\(least)…\(greatest)", "\(number)") }
    case (.flag, .integer(let number)):
      if number != 0 && number != 1 { throw refuse("0 or 1", "\(number)") }
    case (.rate, .real(let number)):
      if !(number >= 0 && number < 1) {
        throw refuse("at least 0 and below 1", "\(decimal(number))")
      }
    case (.activation(let softmax), .integer(let number)):
      let code = Int32(exactly: number).flatMap(Activation.init(rawValue:))
      if code == nil || (code == .softmax && !softmax) {
        throw refuse(
          Activation.names(softmax: softmax), code.map { "\($0.name)" } ?? "\(number)")
      }
    case (.padding(let causal), .integer(let number)):
      let code = Int32(exactly: number).flatMap(Padding.init(rawValue:))
      if code == nil || (code == .causal && !causal) {
        throw refuse(
          causal ? "valid, same or causal" : "valid or same",
          code.map { "\($0.name)" } ?? "\(number)")
      }
    case (.merge, .integer(let number)):
      if Int32(exactly: number).flatMap(MergeMode.init(rawValue:)) == nil {
        throw refuse("none, concat, sum, mul or ave", "\(number)")
      }
    case (.number(let least), .real(let number)):
      if !(number >= least && number.isFinite) {
        throw refuse(
          least == -.greatestFiniteMagnitude ? "finite" : "finite and at least \(decimal(least))",
          "\(decimal(number))")
      }
    case (.bound, .real(let number)):
      if !(number >= 0) { throw refuse("at least 0", "\(decimal(number))") }
    case (.initializer, .initializer(let initializer)):
      try initializer.check(layer: layer, field: field)
    case (.regularizer, .regularizer(let regularizer)):
      if let must = regularizer.mustBe { throw refuse(must.limits, must.got) }
    case (.constraint, .constraint(let constraint)):
      if let must = constraint.mustBe { throw refuse(must.limits, must.got) }
    default:
      throw refuse("a value of another type", "one that does not fit")
    }
  }
}

/// How Conv1D and MaxPooling1D treat the ends of a sequence.
public enum Padding: Int32, Sendable, CaseIterable, Named {
  case valid = 0, same, causal

  public var name: StaticString {
    switch self {
    case .valid: "valid"
    case .same: "same"
    case .causal: "causal"
    }
  }
}
