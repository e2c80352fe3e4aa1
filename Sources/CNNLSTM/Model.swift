import Kernels

/// A network with its weights, the names of its classes and free-form metadata: what a file holds.
///
/// Layers are added, then `build` gives the weights their start. Weights are replaced as a whole,
/// so any number of threads may predict, train and read at once; adding layers, labels and metadata
/// is for one thread at a time.
public final class Model: @unchecked Sendable {
  public private(set) var network = Network()
  /// How the model keeps its kernels; a new model is float32, `converted` gives others.
  public let weightType: WeightType
  /// Names of the classes, one an output channel, or none.
  public private(set) var labels: [String] = []
  /// Pairs in order of key, by bytes.
  public private(set) var metadata: [(key: String, value: String)] = []

  private let mutex = Mutex()
  private var current: Weights?
  private var version = 0

  public init() { weightType = .float32 }

  /// A model as a file describes it.
  init(
    _ network: Network, _ weights: Weights, labels: [String],
    metadata: [(key: String, value: String)]
  ) {
    (self.network, self.labels, self.metadata) = (network, labels, metadata)
    (weightType, current) = (weights.weightType, weights)
  }

  /// Appends a layer. A failed call changes nothing.
  /// - Throws: `.state` once built, `.argument`, `.shape`, `.limit`
  public func add(_ configuration: LayerConfiguration) throws(Failure) {
    guard !isBuilt else { throw Failure(.state, "the model is built: no layer can be added") }
    try network.append(configuration)
  }

  /// Whether trainers that are made from now on change a layer's weights.
  /// - Throws: `.argument` if there is no such layer.
  public func setTrainable(layer: Int, _ isTrainable: Bool) throws(Failure) {
    network = try network.settingTrainable(layer: layer, isTrainable)
  }

  /// Makes the weights. The same seed gives the same ones on every machine.
  /// - Throws: `.state` without layers or once built, `.outOfMemory`, `.limit`
  public func build(seed: UInt64 = 0) throws(Failure) {
    guard !isBuilt else { throw Failure(.state, "the model is built already") }
    guard !network.layers.isEmpty else { throw Failure(.state, "the model has no layers") }
    let values = try FloatBuffer(count: network.layout.count)
    try network.layout.initialize(values.pointer, seed: seed)
    try replace(values)
  }

  public var isBuilt: Bool { snapshot().weights != nil }

  // MARK: Weights

  /// The weights of this moment and the number of times they were replaced.
  func snapshot() -> (weights: Weights?, version: Int) {
    mutex.withLock { (current, version) }
  }

  /// - Throws: `.state` if not built.
  func builtWeights() throws(Failure) -> Weights {
    guard let weights = snapshot().weights else {
      throw Failure(.state, "the model is not built: it has no weights yet")
    }
    return weights
  }

  /// Takes over new weights. Returns the version they are.
  /// - Throws: `.outOfMemory`
  @discardableResult
  func replace(_ values: FloatBuffer) throws(Failure) -> Int {
    let weights = try Weights(network, values, Processor.chosen, weightType)
    return mutex.withLock {
      current = weights
      version += 1
      return version
    }
  }

  /// Copies all weights, in the order of `network.layout`.
  /// - Throws: `.state`, `.shape` if count is not `layout.count`.
  public func copyWeights(
    to target: UnsafeMutablePointer<Float>, count: Int
  ) throws(Failure) {
    let weights = try builtWeights()
    try checkCount(count)
    target.copy(from: weights.values.pointer, count: count)
  }

  /// Replaces all weights, or none, by the nearest that the model's type can hold.
  /// - Throws: `.state`, `.shape`, `.data` for NaN or infinity, `.outOfMemory`
  public func setWeights(_ source: UnsafePointer<Float>, count: Int) throws(Failure) {
    _ = try builtWeights()
    try checkCount(count)
    if let bad = firstNonFinite(source, count) {
      throw Failure(.data, "weights must be finite, number \(bad) is \(decimal(source[bad]))")
    }
    let values = try FloatBuffer(count: count)
    values.pointer.copy(from: source, count: count)
    try network.layout.round(values.pointer, to: weightType)
    try replace(values)
  }

  private func checkCount(_ count: Int) throws(Failure) {
    guard count == network.layout.count else {
      throw Failure(.shape, "the model has \(network.layout.count) parameters, got \(count)")
    }
  }

  /// Sets mean and variance of a Normalization layer from what that layer sees.
  /// - Parameters:
  ///   - layer: its index
  ///   - inputs: [sampleCount, length, channels], `inputCount` floats
  ///   - length: ignored where the layer has no time axis
  /// - Throws: `.argument`, `.shape`, `.state`, `.data`, `.outOfMemory`
  public func adapt(
    layer: Int, inputs: UnsafePointer<Float>, inputCount: Int, sampleCount: Int, length: Int
  ) throws(Failure) {
    guard network.layers.indices.contains(layer),
      network.configurations[layer].kind == .normalization
    else {
      throw Failure(.argument, "layer \(layer) is not a Normalization")
    }
    let shape = network.shapes[layer]
    let steps = shape.hasTime ? length : 1
    guard sampleCount >= 1, steps >= 1, steps < 1 << 40 else {
      throw Failure(
        .shape, "adapt needs at least 1 sample of 1 step, got \(sampleCount) of \(steps)")
    }
    try checkCounts("inputs", inputCount, samples: sampleCount, each: steps * shape.channels)
    if let bad = firstNonFinite(inputs, inputCount) {
      throw Failure(.data, "inputs must be finite, number \(bad) is \(decimal(inputs[bad]))")
    }
    let values = try builtWeights().values.copy()
    let mean = values.pointer + network.layout.layerOffsets[layer]
    Normalization.statistics(
      inputs, rows: sampleCount * steps, channels: shape.channels, mean: mean,
      variance: mean + shape.channels)
    if let bad = firstNonFinite(mean + shape.channels, shape.channels) {
      throw Failure(.data, "the variance of channel \(bad) is beyond float32")
    }
    try replace(values)
  }

  // MARK: Labels and metadata

  public static var longestLabel: Int { TextLimits.label }
  public static var longestKey: Int { TextLimits.key }
  public static var longestValue: Int { TextLimits.value }

  /// - Throws: `.state`, `.shape` if there are not as many as output channels, `.argument`
  public func setLabels(_ labels: [String]) throws(Failure) {
    try checkLabelCount(labels.count)
    for (index, label) in labels.enumerated() where label.utf8.count > Model.longestLabel {
      throw Failure(
        .argument,
        "label \(index) must have at most \(Model.longestLabel) bytes, got \(label.utf8.count)")
    }
    self.labels = labels
  }

  /// - Throws: `.state`, `.shape`
  public func checkLabelCount(_ count: Int) throws(Failure) {
    _ = try builtWeights()
    let channels = network.outputShape?.channels ?? 0
    guard count == 0 || count == channels else {
      throw Failure(.shape, "the output has \(channels) channels, got \(count) labels")
    }
  }

  /// Sets, replaces or, with nil, removes a pair.
  /// - Throws: `.argument`, `.limit`
  public func setMetadata(_ key: String, _ value: String?) throws(Failure) {
    guard !key.isEmpty, key.utf8.count <= Model.longestKey else {
      throw Failure(
        .argument, "a metadata key must have 1…\(Model.longestKey) bytes, got \(key.utf8.count)")
    }
    var pairs = metadata.filter { !sameBytes($0.key, key) }
    if let value {
      guard value.utf8.count <= Model.longestValue else {
        throw Failure(
          .argument,
          "metadata must have at most \(Model.longestValue) bytes, got \(value.utf8.count)")
      }
      guard pairs.count < TextLimits.pairs else {
        throw Failure(.limit, "a model has at most \(TextLimits.pairs) metadata pairs")
      }
      let place = pairs.firstIndex { key.utf8.lexicographicallyPrecedes($0.key.utf8) }
      pairs.insert((key, value), at: place ?? pairs.count)
    }
    metadata = pairs
  }
}
