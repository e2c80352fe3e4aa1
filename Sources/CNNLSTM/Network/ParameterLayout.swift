/// Where each array of weights lies in one flat buffer. Weights, gradients and moments all use it.
public struct ParameterLayout: Sendable {
  /// An array of weights.
  public struct Entry: Sendable {
    /// Index of its layer.
    public let layer: Int
    public let name: StaticString
    /// As in Keras; empty for a single number.
    public let shape: [Int]
    /// In floats from the start of the buffer.
    public let offset: Int
    public let count: Int
    /// What training changes in a layer that is trainable.
    let isLearned: Bool
    public let isTrainable: Bool
    public let regularizer: Regularizer
    public let constraint: Constraint
    let initializer: Initializer
    let ones: Range<Int>
    let channelAxes: Int
  }

  /// A library's limit on the floats of a model: 4 GiB of weights.
  static var maximum: Int { 1 << 30 }

  public private(set) var entries: [Entry] = []
  /// Floats in all entries.
  public private(set) var count = 0
  /// Where each layer's first array lies.
  private(set) var layerOffsets: [Int] = []

  /// - Throws: `.limit`, `.argument`
  mutating func append(_ layer: any Layer, _ configuration: LayerConfiguration) throws(Failure) {
    var (next, entries) = (count, entries)
    for parameter in layer.parameters {
      let size = parameter.count
      guard size <= ParameterLayout.maximum - next else {
        throw Failure(
          .limit,
          "\(configuration.name): the model would have more than \(ParameterLayout.maximum) "
            + "parameters")
      }
      let axes = parameter.shape.count
      guard parameter.initializer.kind != .identity || axes == 2 else {
        throw Failure(
          .argument,
          "\(configuration.name): identity starts a matrix, but \(parameter.name) has "
            + "\(axes) axes")
      }
      let (regularizer, constraint) = configuration.penalties(ofWeights: parameter.name)
      guard constraint.maxNorm == 0 || constraint.axes >> Int32(axes) == 0 else {
        throw Failure(
          .argument,
          "\(configuration.name): the axes of a max_norm, bits \(constraint.axes), must be below "
            + "the \(axes) axes of \(parameter.name)")
      }
      entries.append(
        Entry(
          layer: layerOffsets.count, name: parameter.name, shape: parameter.shape, offset: next,
          count: size, isLearned: parameter.isTrainable,
          isTrainable: parameter.isTrainable && configuration.flag(.trainable),
          regularizer: regularizer, constraint: constraint,
          initializer: parameter.initializer, ones: parameter.ones,
          channelAxes: parameter.channelAxes))
      next += size
    }
    layerOffsets.append(count)
    (count, self.entries) = (next, entries)
  }

  /// The entries of a layer.
  public func entries(ofLayer layer: Int) -> [Entry] { entries.filter { $0.layer == layer } }
}
