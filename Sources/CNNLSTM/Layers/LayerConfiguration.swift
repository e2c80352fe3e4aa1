/// What a layer is told: its kind, its name, where its input comes from, and its fields.
public struct LayerConfiguration: Sendable {
  public let kind: LayerKind
  /// Empty until the layer is in a network.
  public var name: String
  /// Indices of the layers whose outputs it takes; the one before it in a chain, none for an Input.
  public var inputs: [Int]
  /// In the order of the kind's rules.
  private(set) var values: [Value]
  /// A field that was given and that this kind does not have.
  private var stranger: Field?

  /// Bytes of UTF-8 that a name may have.
  static var longestName: Int { 63 }

  /// The layer with Keras's defaults.
  public init(_ kind: LayerKind, name: String = "") {
    self.kind = kind
    self.name = name
    inputs = []
    values = kind.rules.map { $0.initial }
  }

  /// The layer with some fields set; a field it does not have is refused when it is added.
  public init(_ kind: LayerKind, name: String = "", _ fields: KeyValuePairs<Field, Value>) {
    self.init(kind, name: name)
    for (field, value) in fields {
      if position(field) == nil { stranger = field }
      self[field] = value
    }
  }

  /// The fields this kind has.
  public var fields: [Field] { kind.rules.map { $0.field } }

  /// The fields that a file must have, in order of number.
  var writtenFields: [Field] {
    zip(kind.rules, values).filter { !$0.isOptional || $1 != $0.initial }.map { $0.0.field }
      .sorted { $0.rawValue < $1.rawValue }
  }

  /// The value of a field; nil where the kind does not have it.
  public subscript(field: Field) -> Value? {
    get { position(field).map { values[$0] } }
    set { if let at = position(field), let newValue { values[at] = newValue } }
  }

  private func position(_ field: Field) -> Int? {
    kind.rules.firstIndex { $0.field == field }
  }

  /// - Throws: `.argument` for a value outside its range.
  func check() throws(Failure) {
    guard name.utf8.count <= LayerConfiguration.longestName, !name.utf8.contains(0) else {
      throw Failure(
        .argument,
        "\(name): a name must have at most \(LayerConfiguration.longestName) bytes, "
          + "none of them zero, got \(name.utf8.count)")
    }
    let label = name.isEmpty ? "\(kind.name)" : name
    if let stranger { throw Failure(.argument, "\(label): \(kind.name) has no \(stranger.name)") }
    for (rule, value) in zip(kind.rules, values) { try rule.check(value, layer: label) }
  }

  /// The start of an automatic name: Keras names what wraps a layer.
  var stem: StaticString {
    if integer(.mergeMode) != 0 { return "bidirectional" }
    return flag(.timeDistributed) ? "time_distributed" : kind.traits.stem
  }

  // Fields of a checked configuration that its kind has; absent ones read as their zero.

  func integer(_ field: Field) -> Int {
    if case .integer(let number)? = self[field] { number } else { 0 }
  }

  func flag(_ field: Field) -> Bool { integer(field) != 0 }

  func real(_ field: Field) -> Float {
    if case .real(let number)? = self[field] { number } else { 0 }
  }

  func initializer(_ field: Field) -> Initializer {
    if case .initializer(let value)? = self[field] { value } else { Initializer(.zeros) }
  }

  func regularizer(_ field: Field) -> Regularizer {
    if case .regularizer(let value)? = self[field] { value } else { Regularizer() }
  }

  func constraint(_ field: Field) -> Constraint {
    if case .constraint(let value)? = self[field] { value } else { Constraint() }
  }

  /// What training asks of the array of weights of a name.
  func penalties(ofWeights name: StaticString) -> (Regularizer, Constraint) {
    func of(_ first: Field, _ second: Field) -> (Regularizer, Constraint) {
      (regularizer(first), constraint(second))
    }
    if name.ends(with: "recurrent_kernel") {
      return of(.recurrentRegularizer, .recurrentConstraint)
    }
    if name.ends(with: "pointwise_kernel") {
      return of(.pointwiseRegularizer, .pointwiseConstraint)
    }
    if name.ends(with: "kernel") { return of(.kernelRegularizer, .kernelConstraint) }
    return name.ends(with: "bias")
      ? of(.biasRegularizer, .biasConstraint) : (Regularizer(), Constraint())
  }

  func activation(_ field: Field) -> Activation {
    Int32(exactly: integer(field)).flatMap(Activation.init(rawValue:)) ?? .linear
  }

  var padding: Padding {
    Int32(exactly: integer(.padding)).flatMap(Padding.init(rawValue:)) ?? .valid
  }
}
