/// A chain of layers: their configurations, their shapes and where their weights lie. It holds no
/// weights and no memory to compute in.
public struct Network: Sendable {
  public private(set) var configurations: [LayerConfiguration] = []
  private(set) var layers: [any Layer] = []
  public private(set) var layout = ParameterLayout()

  /// A library's limit.
  static var maximumLayerCount: Int { 4_096 }

  public init() {}

  /// What a sample looks like; nil without layers.
  public var inputShape: Shape? { layers.first?.outputShape }
  /// What a prediction looks like.
  public var outputShape: Shape? { layers.last?.outputShape }
  /// The shape each layer gives.
  public var shapes: [Shape] { layers.map { $0.outputShape } }

  /// Appends a layer on the output of the last. A failed call changes nothing.
  /// - Throws: `.argument`, `.shape`, `.limit`
  public mutating func append(_ configuration: LayerConfiguration) throws(Failure) {
    var configuration = configuration
    try configuration.check()
    configuration.name = try uniqueName(configuration)
    guard (configuration.kind == .input) == layers.isEmpty else {
      throw Failure(
        .argument,
        layers.isEmpty
          ? "\(configuration.name): the first layer must be an Input"
          : "\(configuration.name): an Input can only be the first layer")
    }
    guard layers.count < Network.maximumLayerCount else {
      throw Failure(.limit, "a model has at most \(Network.maximumLayerCount) layers")
    }
    configuration.inputs = layers.isEmpty ? [] : [layers.count - 1]
    let layer = try configuration.kind.traits.make(configuration, outputShape ?? Shape(channels: 1))
    try checkLongest(layer.outputShape.length, configuration)
    try layout.append(layer, configuration)
    layers.append(layer)
    configurations.append(configuration)
  }

  private func checkLongest(
    _ length: Int, _ configuration: LayerConfiguration
  ) throws(Failure) {
    guard length <= Shape.longest else {
      throw Failure(
        .limit,
        "\(configuration.name): gives \(length) time steps, the limit is \(Shape.longest)")
    }
  }

  /// The same network with a layer that training changes, or does not.
  /// - Throws: `.argument` if there is no such layer.
  func settingTrainable(layer: Int, _ isTrainable: Bool) throws(Failure) -> Network {
    guard configurations.indices.contains(layer) else {
      throw Failure(.argument, "layer must be below \(configurations.count), got \(layer)")
    }
    var network = Network()
    for (index, configuration) in configurations.enumerated() {
      var configuration = configuration
      if index == layer { configuration[.trainable] = .integer(isTrainable ? 1 : 0) }
      try network.append(configuration)
    }
    return network
  }

  /// The name given, or one made from the kind: lstm, lstm_1, …
  private func uniqueName(_ configuration: LayerConfiguration) throws(Failure) -> String {
    func isTaken(_ name: String) -> Bool { configurations.contains { sameBytes($0.name, name) } }
    if !configuration.name.isEmpty {
      guard !isTaken(configuration.name) else {
        throw Failure(.argument, "\(configuration.name): another layer has this name")
      }
      return configuration.name
    }
    let (kind, stem) = (configuration.kind, configuration.stem.text)
    var number = configurations.count { $0.kind == kind && $0.name.utf8.starts(with: stem.utf8) }
    func name() -> String { number == 0 ? stem : "\(stem)_\(number)" }
    while isTaken(name()) { number += 1 }
    return name()
  }

  /// The shape of the output for inputs of a length.
  /// - Throws: `.state` without layers, `.shape` where the input is too short.
  public func outputShape(inputLength: Int) throws(Failure) -> Shape {
    guard let inputShape, let outputShape else { throw Failure(.state, "the model has no layers") }
    let wanted = inputShape.length == Shape.anyLength ? inputLength : inputShape.length
    guard wanted != Shape.anyLength else { return outputShape }
    guard wanted == inputShape.length || (1...Shape.longest).contains(wanted) else {
      throw Failure(.shape, "length must be 1…\(Shape.longest), got \(wanted)")
    }
    return Shape(length: try outputLength(wanted), channels: outputShape.channels)
  }

  /// Whether a step of training must see its batch as a whole.
  var needsWholeBatch: Bool { layers.contains { $0.needsWholeBatch } }

  /// Behind a step of training: brings weights that no optimizer changes up to date.
  func update(_ values: UnsafeMutablePointer<Float>, from gradient: UnsafePointer<Float>) {
    for (layer, offset) in zip(layers, layout.layerOffsets) {
      layer.update(values + offset, from: gradient + offset)
    }
  }

  /// The layer whose logits a cross-entropy takes, as Keras finds it: it ends in softmax or
  /// sigmoid, and nothing but linear activations comes after it.
  var logits: (layer: Int, activation: Activation)? {
    for index in layers.indices.reversed() {
      switch layers[index].lastActivation {
      case .softmax: return (index, .softmax)
      case .sigmoid: return (index, .sigmoid)
      case .linear where configurations[index].kind == .activation: continue
      default: return nil
      }
    }
    return nil
  }

  /// The length behind each layer for inputs of a length.
  /// - Throws: `.shape`, naming the first layer whose input is too short.
  func lengths(_ inputLength: Int) throws(Failure) -> [Int] {
    var lengths: [Int] = []
    _ = try outputLength(inputLength) { lengths.append($0) }
    return lengths
  }

  /// About the multiply-adds of a sample of a length: each weight, for each time step it meets. At
  /// most 2^60, as there are at most 2^30 of both.
  /// - Throws: as `lengths`
  func multiplyAdds(length: Int) throws(Failure) -> Int {
    var (sum, steps) = (0, length)
    for (index, next) in try lengths(length).enumerated() {
      sum += layers[index].parameters.reduce(0) { $0 + $1.count } * max(1, steps)
      steps = next
    }
    return sum
  }

  /// The length behind the last layer; `each` sees that behind every layer. Takes no memory.
  /// - Throws: as `lengths`
  private func outputLength(
    _ inputLength: Int, each: (Int) -> Void = { _ in }
  ) throws(Failure) -> Int {
    var length = inputLength
    for index in layers.indices {
      let layer = layers[index]
      guard !layer.outputShape.hasTime || length >= layer.leastLength else {
        throw Failure(
          .shape,
          "\(configurations[index].name): needs at least \(layer.leastLength) time steps, "
            + "gets \(length) from an input of \(inputLength)")
      }
      length = layer.outputLength(length)
      try checkLongest(length, configurations[index])
      each(length)
    }
    return length
  }
}
