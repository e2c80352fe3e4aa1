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
    try checkReserved(options.reserved)
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
    switch field {
    case .length: .integer(Int(length))
    case .channels: .integer(Int(channels))
    case .filters: .integer(Int(filters))
    case .kernelSize: .integer(Int(kernel_size))
    case .strides: .integer(Int(strides))
    case .padding: .integer(Int(padding))
    case .dilationRate: .integer(Int(dilation_rate))
    case .groups: .integer(Int(groups))
    case .poolSize: .integer(Int(pool_size))
    case .units: .integer(Int(units))
    case .activation: .integer(Int(activation))
    case .recurrentActivation: .integer(Int(recurrent_activation))
    case .useBias: .integer(Int(use_bias))
    case .unitForgetBias: .integer(Int(unit_forget_bias))
    case .returnSequences: .integer(Int(return_sequences))
    case .goBackwards: .integer(Int(go_backwards))
    case .dropout: .real(dropout)
    case .recurrentDropout: .real(recurrent_dropout)
    case .rate: .real(rate)
    case .kernelInitializer: .initializer(try Initializer(kernel_initializer, field))
    case .recurrentInitializer: .initializer(try Initializer(recurrent_initializer, field))
    case .biasInitializer: .initializer(try Initializer(bias_initializer, field))
    }
  }

  private mutating func set(_ field: Field, _ value: Value) {
    switch value {
    case .integer(let number): set(field, number)
    case .real(let number): set(field, number)
    case .initializer(let initializer): set(field, cnnlstm_initializer(initializer))
    }
  }

  /// Configurations hold numbers that fit: they came from here or from a file that was checked.
  private mutating func set(_ field: Field, _ number: Int) {
    let short = Int32(clamping: number)
    switch field {
    case .length: length = Int64(number)
    case .channels: channels = Int64(number)
    case .filters: filters = short
    case .kernelSize: kernel_size = short
    case .strides: strides = short
    case .padding: padding = short
    case .dilationRate: dilation_rate = short
    case .groups: groups = short
    case .poolSize: pool_size = short
    case .units: units = short
    case .activation: activation = short
    case .recurrentActivation: recurrent_activation = short
    case .useBias: use_bias = short
    case .unitForgetBias: unit_forget_bias = short
    case .returnSequences: return_sequences = short
    case .goBackwards: go_backwards = short
    default: break
    }
  }

  private mutating func set(_ field: Field, _ number: Float) {
    switch field {
    case .dropout: dropout = number
    case .recurrentDropout: recurrent_dropout = number
    case .rate: rate = number
    default: break
    }
  }

  private mutating func set(_ field: Field, _ initializer: cnnlstm_initializer) {
    switch field {
    case .kernelInitializer: kernel_initializer = initializer
    case .recurrentInitializer: recurrent_initializer = initializer
    case .biasInitializer: bias_initializer = initializer
    default: break
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
