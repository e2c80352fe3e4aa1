import Kernels

/// The kinds of layers. The raw value is the kind's number in the C interface and in files.
public enum LayerKind: Int32, Sendable, CaseIterable, Named {
  case input = 1, conv1D, maxPooling1D, lstm, dense, dropout, activation, flatten, normalization
  case depthwiseConv1D = 10, separableConv1D, averagePooling1D, globalMaxPooling1D
  case globalAveragePooling1D, gru, simpleRNN
  case batchNormalization = 17, layerNormalization
  case spatialDropout1D, gaussianNoise, leakyReLU, prelu, elu, softmax, relu
  case reshape = 26, permute, repeatVector, zeroPadding1D, cropping1D, upSampling1D
  case masking = 32
  case rescaling = 33

  /// The one switch over layers.
  var traits: LayerTraits {
    switch self {
    case .input: InputLayer.traits
    case .conv1D: Conv1D.traits
    case .maxPooling1D: MaxPooling1D.traits
    case .lstm: LSTM.traits
    case .dense: Dense.traits
    case .dropout: Dropout.traits
    case .activation: ActivationLayer.traits
    case .flatten: Flatten.traits
    case .normalization: Normalization.traits
    case .gru: GRU.traits
    case .simpleRNN: SimpleRNN.traits
    case .depthwiseConv1D: DepthwiseConv1D.traits
    case .separableConv1D: SeparableConv1D.traits
    case .averagePooling1D: AveragePooling1D.traits
    case .globalMaxPooling1D: GlobalMaxPooling1D.traits
    case .globalAveragePooling1D: GlobalAveragePooling1D.traits
    case .batchNormalization: BatchNormalization.traits
    case .layerNormalization: LayerNormalization.traits
    case .spatialDropout1D: SpatialDropout1D.traits
    case .gaussianNoise: GaussianNoise.traits
    case .leakyReLU: RectifierLayer.leakyReLU
    case .prelu: PReLU.traits
    case .elu: RectifierLayer.elu
    case .softmax: ActivationLayer.softmax
    case .relu: RectifierLayer.relu
    case .rescaling: Rescaling.traits
    case .reshape: Reshape.traits
    case .permute: Permute.traits
    case .repeatVector: RepeatVector.traits
    case .zeroPadding1D: ZeroPadding1D.traits
    case .cropping1D: Cropping1D.traits
    case .upSampling1D: UpSampling1D.traits
    case .masking: Masking.traits
    }
  }

  public var name: StaticString { traits.name }
  /// Those of the traits, and what every layer of that kind of weights has.
  var rules: [FieldRule] {
    let own = traits.rules
    func has(_ field: Field) -> Bool { own.contains { $0.field == field } }
    var rules = own + [FieldRule(.trainable, .integer(1), .flag)]
    if has(.kernelInitializer) || has(.depthwiseInitializer) {
      rules += FieldRule.penalties(.kernelRegularizer, .kernelConstraint)
    }
    if has(.recurrentInitializer) {
      rules += FieldRule.penalties(.recurrentRegularizer, .recurrentConstraint)
    }
    if has(.pointwiseInitializer) {
      rules += FieldRule.penalties(.pointwiseRegularizer, .pointwiseConstraint)
    }
    if has(.biasInitializer) { rules += FieldRule.penalties(.biasRegularizer, .biasConstraint) }
    return rules
  }
}

/// What a kind of layer says of itself.
struct LayerTraits {
  /// The class in Keras.
  let name: StaticString
  /// The start of an automatic name.
  let stem: StaticString
  let rules: [FieldRule]
  /// The layer for a checked configuration on an input of a shape. Throws `.shape`.
  let make: (LayerConfiguration, Shape) throws(Failure) -> any Layer
}

/// A layer: shapes and arithmetic. It holds no weights and no memory; these belong to a model, and
/// to the session or trainer that runs it.
protocol Layer: AnyObject, Sendable {
  /// Without the batch; the length may be `Shape.anyLength`.
  var outputShape: Shape { get }
  /// Arrays of weights, in Keras's order.
  var parameters: [Parameter] { get }
  /// What the layer puts its sums through last; nil if a loss cannot take the sums instead.
  var lastActivation: Activation? { get }
  /// Whether the output is the input, byte for byte, outside training.
  var isIdentity: Bool { get }
  /// Whether a step of training must see its batch as a whole.
  var needsWholeBatch: Bool { get }
  /// Time steps out for time steps in; below 1 where the input is too short.
  func outputLength(_ inputLength: Int) -> Int
  /// The least number of time steps that gives an output.
  var leastLength: Int { get }
  /// Whether an input of a fixed length may not be shorter.
  var fixesLength: Bool { get }
  /// What becomes of a mask in front of the layer.
  var maskUse: MaskUse { get }
  /// Floats of a sample that stay from one run to the next; 0 but for a stateful layer.
  var stateWidth: Int { get }
  /// Throws `.limit` where sizes leave all bounds.
  func memory(_ size: RunSize) throws(Failure) -> LayerMemory
  /// Puts weights into the order that `forward` (and in training `backward`) reads.
  func pack(_ run: LayerRun)
  /// output ← f(input)
  func forward(_ run: LayerRun)
  /// inputGradient ← Jᵀ outputGradient, and parameterGradient += the same for the weights.
  /// outputGradient may be overwritten.
  func backward(_ run: LayerRun)
  /// Behind a step of training: brings weights that no optimizer changes up to date with what
  /// `backward` left in the place of their gradient.
  func update(_ parameters: UnsafeMutablePointer<Float>, from gradient: UnsafePointer<Float>)
}

extension Layer {
  var parameters: [Parameter] { [] }
  var lastActivation: Activation? { nil }
  var isIdentity: Bool { false }
  var needsWholeBatch: Bool { false }
  var leastLength: Int { 1 }
  var fixesLength: Bool { false }
  var maskUse: MaskUse { .drops }
  func outputLength(_ inputLength: Int) -> Int { inputLength }
  var stateWidth: Int { 0 }
  func memory(_ size: RunSize) throws(Failure) -> LayerMemory { LayerMemory() }
  func pack(_ run: LayerRun) {}
  func update(_ parameters: UnsafeMutablePointer<Float>, from gradient: UnsafePointer<Float>) {}
}

/// An array of weights: its name, its shape in Keras and how it starts.
struct Parameter: Sendable {
  let name: StaticString
  let shape: [Int]
  let initializer: Initializer
  var isTrainable = true
  /// Elements that start as one, whatever the initializer says: the bias of LSTM's forget gate.
  var ones = 0..<0
  /// The last axes that count output channels.
  var channelAxes = 1

  /// The product of the shape, which layers have checked.
  var count: Int { shape.reduce(1, *) }

  func renamed(_ name: StaticString) -> Parameter {
    Parameter(
      name: name, shape: shape, initializer: initializer, isTrainable: isTrainable, ones: ones,
      channelAxes: channelAxes)
  }
}

/// What a run is going to be, for planning its memory.
struct RunSize {
  /// Samples.
  let rows: Int
  let inputLength: Int
  let outputLength: Int
  let isTraining: Bool
  let kernels: KernelTable
  /// That of the weights packed for the run; float32 in training.
  var weightType = WeightType.float32
  /// Whether a mask comes with the input.
  var isMasked = false
}

/// Floats a layer asks for besides its output.
struct LayerMemory {
  /// Kept from forward to backward.
  var saved = 0
  /// Needed within a call.
  var scratch = 0
  /// Packed weights.
  var packed = 0
}

/// The memory one call of a layer works on. Which pointers hold something depends on the call.
struct LayerRun {
  typealias Floats = UnsafeMutablePointer<Float>

  let processor: Processor
  /// Threads that are idle meanwhile.
  var team: StepTeam?
  /// Keep what `backward` needs.
  var isTraining = false
  /// As `RunSize` had it.
  var weightType = WeightType.float32
  /// A step of training: dropout is at work, and so are statistics of batches. False when training
  /// evaluates.
  var dropsOut = false
  var rows = 0
  var inputLength = 0
  var outputLength = 0
  /// Of the input, which time steps count; nil where all do. A layer that makes masks writes it.
  var mask: StepMask?
  /// The layer's own arrays, one after the other.
  var parameters: UnsafePointer<Float>
  /// What the plan has for the layer, at least what this run needs.
  var memory = LayerMemory()
  /// Of a stateful layer, [row][stateStride]: in, the state that the run before left; out, that
  /// after this run. nil starts at zero and keeps nothing.
  var state: Floats?
  var stateStride = 0
  var packed: Floats
  var saved: Floats
  var scratch: Floats
  var input: UnsafePointer<Float>
  var output: Floats
  var random = RandomSource(seed: 0)
  var outputGradient: Floats
  /// nil where nobody needs it.
  var inputGradient: Floats?
  var parameterGradient: Floats
  /// Output, and so outputGradient, are those of the sums before the layer's activation: the
  /// logits.
  var skipsActivation = false

  var kernels: KernelTable { processor.kernels }
}

extension KernelTable {
  /// Panels of `columns` columns.
  func panels(_ columns: Int) -> Int { (columns + panelWidth - 1) / panelWidth }

  /// Columns with those that fill the last panel.
  func padded(_ columns: Int) -> Int { panels(columns) * panelWidth }

  /// Floats of a packed matrix, of a size that has been checked.
  func packedCount(rows: Int, columns: Int) -> Int { padded(columns) * rows }

  /// Packs a strided [rows, columns] matrix into panels.
  func packPanels(
    rows: Int, columns: Int, _ source: Floats, rowStride: Int, columnStride: Int,
    into target: MutableFloats
  ) {
    for panel in 0..<panels(columns) {
      let first = panel * panelWidth
      pack(
        PackedBlock(
          rows: rows, columns: min(panelWidth, columns - first), paddedRows: rows,
          paddedColumns: panelWidth, source: source + first * columnStride, rowStride: rowStride,
          columnStride: columnStride, target: target + first * rows, targetStride: panelWidth))
    }
  }
}
