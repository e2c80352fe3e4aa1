// The section that says what layers a model has: see FORMAT.md.

/// How a field's value is written. A number is never reused.
private enum ValueType: UInt16 {
  case integer = 1, real, initializer, regularizer, constraint

  init(_ value: Value) {
    switch value {
    case .integer: self = .integer
    case .real: self = .real
    case .initializer: self = .initializer
    case .regularizer: self = .regularizer
    case .constraint: self = .constraint
    }
  }

  /// Bytes.
  var size: UInt32 {
    switch self {
    case .integer: 8
    case .real: 4
    case .initializer: 24
    case .regularizer, .constraint: 8
    }
  }
}

// MARK: Writing

extension Network {
  /// - Throws: `.outOfMemory`
  func writeArchitecture(_ writer: inout ByteWriter) throws(Failure) {
    try writer.integer(UInt32(truncatingIfNeeded: configurations.count))
    for configuration in configurations {
      let start = writer.count
      try writer.integer(UInt32(0))
      try configuration.write(&writer)
      writer.replace(at: start, with: UInt32(truncatingIfNeeded: writer.count - start - 4))
    }
  }
}

extension Network {
  /// The least minor version of the format that has all that the layers use.
  var minorVersion: UInt16 { configurations.contains { $0.isOfVersion2 } ? 2 : 0 }
}

extension LayerConfiguration {
  /// Whether the first versions lack the layer, one of its fields, activations or initializers.
  fileprivate var isOfVersion2: Bool {
    if kind.rawValue > LayerKind.normalization.rawValue { return true }
    return writtenFields.contains { field in
      switch self[field] {
      case .integer(let number):
        FieldRule.isOptional(field)
          || (field == .activation || field == .recurrentActivation)
            && number > Int(Activation.softmax.rawValue)
      case .initializer(let initializer):
        initializer.kind.rawValue > Initializer.Kind.randomUniform.rawValue
      default: FieldRule.isOptional(field)
      }
    }
  }

  fileprivate func write(_ writer: inout ByteWriter) throws(Failure) {
    // In order of number, which is the order of allCases.
    let fields = writtenFields
    try writer.integer(kind.rawValue)
    try writer.integer(UInt16(truncatingIfNeeded: name.utf8.count))
    try writer.integer(UInt16(truncatingIfNeeded: inputs.count))
    try writer.integer(UInt16(truncatingIfNeeded: fields.count))
    try writer.integer(UInt16(0))
    try writer.text(name)
    for input in inputs { try writer.integer(UInt32(truncatingIfNeeded: input)) }
    for field in fields {
      guard let value = self[field] else { continue }
      let type = ValueType(value)
      try writer.integer(field.rawValue)
      try writer.integer(type.rawValue)
      try writer.integer(type.size)
      try value.write(&writer)
    }
  }
}

extension Value {
  fileprivate func write(_ writer: inout ByteWriter) throws(Failure) {
    switch self {
    case .integer(let number):
      try writer.integer(Int64(number))
    case .real(let number):
      try writer.float(number)
    case .initializer(let initializer):
      try writer.integer(initializer.kind.rawValue)
      try writer.float(initializer.a)
      try writer.float(initializer.b)
      try writer.integer(UInt32(0))
      try writer.integer(initializer.seed)
    case .regularizer(let regularizer):
      try writer.float(regularizer.l1)
      try writer.float(regularizer.l2)
    case .constraint(let constraint):
      try writer.float(constraint.maxNorm)
      try writer.integer(constraint.axes)
    }
  }
}

// MARK: Reading

extension Network {
  /// The network that a section describes, all sizes checked and no memory taken for weights.
  /// - Throws: `.fileCorrupt`, `.fileVersion`, `.limit`
  init(_ reader: inout ByteReader, _ options: LoadOptions) throws(Failure) {
    self.init()
    let count = try reader.integer("number of layers", as: UInt32.self)
    let mostLayers = min(options.maxLayers, Network.maximumLayerCount)
    guard count <= UInt32(clamping: mostLayers) else {
      throw Failure(.limit, "the file has \(count) layers, the limit is \(mostLayers)")
    }
    guard count >= 1 else { throw reader.corrupt("there are no layers") }
    for index in 0..<Int(count) {
      let size = try reader.integer("size of a layer", as: UInt32.self)
      let name = "architecture section, layer \(index)"
      var record = ByteReader(try reader.take(Int(size), "layer"), name)
      let configuration = try LayerConfiguration(&record, index)
      try record.end()
      do {
        try append(configuration)
      } catch {
        throw error.kind == .limit ? error : record.corrupt("\(error.text)")
      }
      guard layout.count <= options.maxParameters else {
        throw Failure(
          .limit,
          "the file has \(layout.count) or more parameters, the limit is \(options.maxParameters)")
      }
    }
    try reader.end()
  }
}

extension LayerConfiguration {
  fileprivate init(_ reader: inout ByteReader, _ index: Int) throws(Failure) {
    let code = try reader.integer("kind", as: Int32.self)
    let nameSize = try reader.size(
      "size of the name", as: UInt16.self, in: 1...LayerConfiguration.longestName)
    let inputCount = Int(try reader.integer("number of inputs", as: UInt16.self))
    let fieldCount = Int(try reader.integer("number of fields", as: UInt16.self))
    guard let kind = LayerKind(rawValue: code) else {
      throw Failure(.fileVersion, "layer \(index) is of kind \(code): not known to this version")
    }
    try reader.zero("reserved number", as: UInt16.self)
    self.init(kind, name: try reader.text(nameSize, "name"))
    try LayerConfiguration.checkInputs(&reader, inputCount, kind, index)
    var needed = kind.rules.count { !$0.isOptional }
    guard fieldCount >= needed else {
      throw reader.corrupt("\(kind.name) needs \(needed) fields, has \(fieldCount)")
    }
    var previous: UInt16 = 0
    for _ in 0..<fieldCount {
      let number = try reader.integer("number of a field", as: UInt16.self)
      guard number > previous else {
        throw reader.corrupt("field \(number) stands behind field \(previous)")
      }
      previous = number
      guard let field = Field(rawValue: number), let initial = self[field] else {
        throw Failure(
          .fileVersion,
          "layer \(index), \(kind.name), has a field \(number): not known to this version")
      }
      self[field] = try Value(&reader, like: initial, "\(kind.name), field \(number)")
      if !FieldRule.isOptional(field) { needed -= 1 }
    }
    guard needed == 0 else { throw reader.corrupt("\(kind.name) lacks \(needed) fields") }
  }

  /// A chain: every layer but the Input takes the output of the one before it.
  private static func checkInputs(
    _ reader: inout ByteReader, _ count: Int, _ kind: LayerKind, _ index: Int
  ) throws(Failure) {
    var isChain = count == (kind == .input ? 0 : 1)
    for _ in 0..<count {
      let input = try reader.integer("input", as: UInt32.self)
      guard input < UInt32(truncatingIfNeeded: index) else {
        throw reader.corrupt("the input must be a layer before it, got \(input)")
      }
      isChain = isChain && Int(input) == index - 1
    }
    guard isChain else {
      throw Failure(
        .fileVersion, "layer \(index) does not follow the one before it: not known to this version")
    }
  }
}

extension Value {
  /// A value of the same type as another.
  fileprivate init(_ reader: inout ByteReader, like other: Value, _ name: String) throws(Failure) {
    let wanted = ValueType(other)
    let code = try reader.integer("type of a field", as: UInt16.self)
    let size = try reader.integer("size of a field", as: UInt32.self)
    guard code == wanted.rawValue, size == wanted.size else {
      throw reader.corrupt(
        "\(name) must be of type \(wanted.rawValue) and \(wanted.size) bytes, got \(code), \(size)")
    }
    switch wanted {
    case .integer: self = .integer(Int(try reader.integer("integer", as: Int64.self)))
    case .real: self = .real(try reader.float("real number"))
    case .initializer: self = .initializer(try Initializer(&reader, name))
    case .regularizer:
      self = .regularizer(
        Regularizer(l1: try reader.float("regularizer"), l2: try reader.float("regularizer")))
    case .constraint:
      let maxNorm = try reader.float("constraint")
      self = .constraint(Constraint(maxNorm: maxNorm, axes: try reader.integer("constraint")))
    }
  }
}

extension Initializer {
  fileprivate init(_ reader: inout ByteReader, _ name: String) throws(Failure) {
    let code = try reader.integer("initializer", as: Int32.self)
    guard let kind = Kind(rawValue: code) else {
      throw Failure(.fileVersion, "\(name) is the initializer \(code): not known to this version")
    }
    let (a, b) = (try reader.float("initializer"), try reader.float("initializer"))
    try reader.zero("reserved number", as: UInt32.self)
    self.init(kind, a: a, b: b, seed: try reader.integer("seed"))
  }
}
