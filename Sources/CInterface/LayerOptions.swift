import CHeader
import CNNLSTM

@implementation @_cdecl("cnnlstm_layer_options_init")
public func cnnlstm_layer_options_init(
  _ options: UnsafeMutablePointer<cnnlstm_layer_options>!, _ struct_size: Int, _ kind: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    let initial = cnnlstm_layer_options(LayerConfiguration(try layerKind(kind)))
    try initialize(options, struct_size, initial, "options")
  }
}

private func layerKind(_ code: Int32) throws(Failure) -> LayerKind {
  guard let kind = LayerKind(rawValue: code) else {
    throw Failure(.argument, "kind must be one of CNNLSTM_LAYER_, got \(code)")
  }
  return kind
}

extension LayerConfiguration {
  /// The layer that an option structure describes; its values are not checked yet.
  init(_ pointer: UnsafePointer<cnnlstm_layer_options>?) throws(Failure) {
    let given = try required(pointer, "options")
    let head = try CInterface.options(given, default: cnnlstm_layer_options(), "options")
    self.init(try layerKind(head.kind))
    let initial = cnnlstm_layer_options(self)
    let options = try CInterface.options(given, default: initial, "options")
    try checkReserved(options.reserved | options.reserved_2)
    name = try options.nameText
    for field in Field.allCases {
      let value = try options.value(of: field)
      if self[field] != nil {
        self[field] = value
      } else if value != (try initial.value(of: field)) {
        throw Failure(
          .argument, "\(name.isEmpty ? "\(kind.name)" : name): \(kind.name) has no \(field.name)")
      }
    }
  }
}

extension cnnlstm_layer_options {
  /// The structure that describes a layer. Fields the layer does not have are zero.
  init(_ configuration: LayerConfiguration) {
    self.init()
    struct_size = UInt32(MemoryLayout<cnnlstm_layer_options>.size)
    kind = configuration.kind.rawValue
    var text = configuration.name
    withUnsafeMutableBytes(of: &name) { target in
      text.withUTF8 { target.copyBytes(from: $0.prefix(target.count - 1)) }
    }
    for field in configuration.fields {
      if let value = configuration[field] { set(field, value) }
    }
  }

  /// - Throws: `.argument`
  var nameText: String {
    get throws(Failure) {
      let bytes = withUnsafeBytes(of: name) { Array($0) }
      guard let end = bytes.firstIndex(of: 0) else {
        throw Failure(.argument, "name must end with a NUL within \(bytes.count) bytes")
      }
      guard let text = String(validating: bytes[..<end], as: UTF8.self) else {
        throw Failure(.argument, "name must be UTF-8")
      }
      return text
    }
  }

  /// - Throws: `.argument` for an initializer that does not exist.
  func value(of field: Field) throws(Failure) -> Value {
    var (copy, exchange) = (self, Exchange(field))
    try copy.visit(field, &exchange)
    return exchange.value
  }

  /// Values of configurations fit: they came from here or from a file that was checked.
  private mutating func set(_ field: Field, _ value: Value) {
    var exchange = Exchange(field, value)
    try? visit(field, &exchange)
  }

  /// The one list of fields and members, in three parts.
  private mutating func visit(_ field: Field, _ exchange: inout Exchange) throws(Failure) {
    switch field {
    case .length: try exchange.with(&length)
    case .channels: try exchange.with(&channels)
    case .filters: try exchange.with(&filters)
    case .kernelSize: try exchange.with(&kernel_size)
    case .strides: try exchange.with(&strides)
    case .padding: try exchange.with(&padding)
    case .dilationRate: try exchange.with(&dilation_rate)
    case .groups: try exchange.with(&groups)
    case .poolSize: try exchange.with(&pool_size)
    case .units: try exchange.with(&units)
    case .activation: try exchange.with(&activation)
    case .recurrentActivation: try exchange.with(&recurrent_activation)
    case .useBias: try exchange.with(&use_bias)
    case .unitForgetBias: try exchange.with(&unit_forget_bias)
    case .returnSequences: try exchange.with(&return_sequences)
    case .goBackwards: try exchange.with(&go_backwards)
    case .dropout: try exchange.with(&dropout)
    case .recurrentDropout: try exchange.with(&recurrent_dropout)
    case .rate: try exchange.with(&rate)
    default: try visitOption(field, &exchange)
    }
  }

  private mutating func visitOption(
    _ field: Field, _ exchange: inout Exchange
  ) throws(Failure) {
    switch field {
    case .depthMultiplier: try exchange.with(&depth_multiplier)
    case .resetAfter: try exchange.with(&reset_after)
    case .stateful: try exchange.with(&stateful)
    case .mergeMode: try exchange.with(&merge_mode)
    case .timeDistributed: try exchange.with(&time_distributed)
    case .center: try exchange.with(&center)
    case .scale: try exchange.with(&scale)
    case .keepdims: try exchange.with(&keepdims)
    case .sharedAxes: try exchange.with(&shared_axes)
    case .targetLength: try exchange.with(&target_length)
    case .targetChannels: try exchange.with(&target_channels)
    case .firstDimension: try exchange.with(&first_dimension)
    case .repeats: try exchange.with(&repeats)
    case .before: try exchange.with(&before)
    case .after: try exchange.with(&after)
    case .size: try exchange.with(&size)
    case .momentum: try exchange.with(&momentum)
    case .epsilon: try exchange.with(&epsilon)
    case .negativeSlope: try exchange.with(&negative_slope)
    case .alpha: try exchange.with(&alpha)
    case .maxValue: try exchange.with(&max_value)
    case .threshold: try exchange.with(&threshold)
    case .stddev: try exchange.with(&stddev)
    case .maskValue: try exchange.with(&mask_value)
    case .factor: try exchange.with(&factor)
    case .offset: try exchange.with(&offset)
    case .trainable: try exchange.with(&trainable)
    default: try visitWeights(field, &exchange)
    }
  }

  private mutating func visitWeights(
    _ field: Field, _ exchange: inout Exchange
  ) throws(Failure) {
    switch field {
    case .kernelInitializer: try exchange.with(&kernel_initializer)
    case .recurrentInitializer: try exchange.with(&recurrent_initializer)
    case .biasInitializer: try exchange.with(&bias_initializer)
    case .depthwiseInitializer: try exchange.with(&depthwise_initializer)
    case .pointwiseInitializer: try exchange.with(&pointwise_initializer)
    case .betaInitializer: try exchange.with(&beta_initializer)
    case .gammaInitializer: try exchange.with(&gamma_initializer)
    case .movingMeanInitializer: try exchange.with(&moving_mean_initializer)
    case .movingVarianceInitializer: try exchange.with(&moving_variance_initializer)
    case .alphaInitializer: try exchange.with(&alpha_initializer)
    case .kernelRegularizer: try exchange.with(&kernel_regularizer)
    case .recurrentRegularizer: try exchange.with(&recurrent_regularizer)
    case .biasRegularizer: try exchange.with(&bias_regularizer)
    case .pointwiseRegularizer: try exchange.with(&pointwise_regularizer)
    case .kernelConstraint: try exchange.with(&kernel_constraint)
    case .recurrentConstraint: try exchange.with(&recurrent_constraint)
    case .biasConstraint: try exchange.with(&bias_constraint)
    case .pointwiseConstraint: try exchange.with(&pointwise_constraint)
    default: break
    }
  }
}

/// A value on its way between a field and a member of the structure.
private struct Exchange {
  let field: Field
  var value = Value.integer(0)
  private let writes: Bool

  /// The member goes into `value`.
  init(_ field: Field) { (self.field, writes) = (field, false) }

  /// `value` goes into the member.
  init(_ field: Field, _ value: Value) { (self.field, self.value, writes) = (field, value, true) }

  mutating func with<Number: FixedWidthInteger>(_ member: inout Number) throws(Failure) {
    if !writes {
      value = .integer(Int(member))
    } else if case .integer(let number) = value {
      member = Number(clamping: number)
    }
  }

  mutating func with(_ member: inout Float) throws(Failure) {
    if !writes {
      value = .real(member)
    } else if case .real(let number) = value {
      member = number
    }
  }

  mutating func with(_ member: inout cnnlstm_initializer) throws(Failure) {
    if !writes {
      value = .initializer(try Initializer(member, field))
    } else if case .initializer(let initializer) = value {
      member = cnnlstm_initializer(initializer)
    }
  }

  mutating func with(_ member: inout cnnlstm_regularizer) throws(Failure) {
    if !writes {
      value = .regularizer(Regularizer(l1: member.l1, l2: member.l2))
    } else if case .regularizer(let regularizer) = value {
      (member.l1, member.l2) = (regularizer.l1, regularizer.l2)
    }
  }

  mutating func with(_ member: inout cnnlstm_constraint) throws(Failure) {
    if !writes {
      value = .constraint(Constraint(maxNorm: member.max_norm, axes: member.axes))
    } else if case .constraint(let constraint) = value {
      (member.max_norm, member.axes) = (constraint.maxNorm, constraint.axes)
    }
  }
}

extension Initializer {
  fileprivate init(_ c: cnnlstm_initializer, _ field: Field) throws(Failure) {
    try checkReserved(c.reserved)
    guard let kind = Kind(rawValue: c.kind) else {
      throw Failure(
        .argument, "\(field.name) must be one of CNNLSTM_INITIALIZER_, got \(c.kind)")
    }
    self.init(kind, a: c.a, b: c.b, seed: c.seed)
  }
}

extension cnnlstm_initializer {
  fileprivate init(_ initializer: Initializer) {
    self.init()
    kind = initializer.kind.rawValue
    (a, b, seed) = (initializer.a, initializer.b, initializer.seed)
  }
}
