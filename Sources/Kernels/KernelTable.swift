/// The kernels of one instruction set. They take memory as it is given and check nothing.
public struct KernelTable: Sendable {
  public typealias Floats = UnsafePointer<Float>
  public typealias MutableFloats = UnsafeMutablePointer<Float>

  public let lanes: Int
  public let panelWidth: Int
  public let multiply: @Sendable (MatrixProduct) -> Void
  public let pack: @Sendable (PackedBlock) -> Void
  public let activate: @Sendable (Elementwise, MutableFloats, Int) -> Void
  public let activateBackward: @Sendable (Elementwise, Floats, Floats, MutableFloats, Int) -> Void
  public let softmax: @Sendable (MutableFloats, Int, Int) -> Void
  public let softmaxBackward: @Sendable (Floats, MutableFloats, Int, Int) -> Void
  public var multiplyBFloat16: @Sendable (MatrixProduct) -> Void
  /// nil where the instruction set has none. Set outside its module: the code that releases an
  /// optional is shared, and must run on every processor.
  public var bytes: ByteKernels?
  public let roundToBFloat16: @Sendable (BFloat16Rows) -> Void
  public var lstmForward: @Sendable (LSTMSteps) -> Void
  public let lstmGatesBackward: @Sendable (LSTMGatesBackward) -> Void
  public let gru: @Sendable (GRUHalf, GRUStep) -> Void
  public let gruBackward: @Sendable (GRUHalf, GRUStep, MutableFloats) -> Void
  public let maxPool: @Sendable (Pool, Floats, MutableFloats) -> Void
  public let maxPoolBackward: @Sendable (Pool, Floats, Floats, Floats, MutableFloats) -> Void
  public let globalMaxPoolBackward: @Sendable (Pool, Floats, Floats, Floats, MutableFloats) -> Void
  public let averagePool: @Sendable (Pool, Floats, MutableFloats) -> Void
  public let depthwise: @Sendable (Depthwise, Floats, Floats, Floats?, MutableFloats) -> Void
  public let depthwiseBackward: @Sendable (Depthwise, Floats, Floats, MutableFloats) -> Void
  public let depthwiseKernelGradient: @Sendable (Depthwise, Floats, Floats, MutableFloats) -> Void
  public let columnSums: @Sendable (Floats, Int, Int, MutableFloats) -> Void
  public let columnSquares: @Sendable (Floats, Floats, Int, Int, MutableFloats) -> Void
  public let columnProducts: @Sendable (Floats, Floats, Floats, Int, Int, MutableFloats) -> Void
  public let scaleAndShift: @Sendable (Floats, Floats, Floats, MutableFloats, Int, Int) -> Void
  public let batchNormalizationBackward:
    @Sendable (Floats, Floats, ColumnFactors, MutableFloats, Int, Int) -> Void
  public let layerNormalization: @Sendable (NormalizedRows, Floats, MutableFloats) -> Void
  public let layerNormalizationBackward:
    @Sendable (NormalizedRows, Floats, Floats, MutableFloats?, MutableFloats) -> Void
  public let rectify: @Sendable (Rectifier, Floats, MutableFloats, Int) -> Void
  public let rectifyBackward: @Sendable (Rectifier, Floats, Floats, MutableFloats, Int) -> Void
  public let prelu: @Sendable (Floats, Floats, MutableFloats, Int) -> Void
  public let preluBackward:
    @Sendable (Floats, Floats, Floats, MutableFloats, MutableFloats, Int) -> Void
  public let rescale: @Sendable (Float, Float, Floats, MutableFloats, Int) -> Void
  public let add: @Sendable (Floats, MutableFloats, Int) -> Void
  public let addProduct: @Sendable (Float, Floats, MutableFloats, Int) -> Void
  public let scale: @Sendable (Float, Floats, MutableFloats, Int) -> Void
  public let multiplyElements: @Sendable (Floats, Floats, MutableFloats, Int) -> Void
  public let standardize: @Sendable (Floats, Floats, Floats, MutableFloats, Int, Int) -> Void
  public let addColumnSums: @Sendable (Floats, Int, Int, Int, MutableFloats) -> Void
  public let dot: @Sendable (Floats, Floats, Int) -> Float
  public let adam:
    @Sendable (AdamStep, Floats, MutableFloats, MutableFloats, MutableFloats, Int) -> Void
  public let sgd: @Sendable (SGDStep, Floats, MutableFloats, MutableFloats, Int) -> Void
  public let rmsprop:
    @Sendable (RMSpropStep, Floats, MutableFloats, MutableFloats, MutableFloats, Int) -> Void
  public let moveAverage: @Sendable (Float, Floats, MutableFloats, Int) -> Void

  @inlinable
  public init<I: InstructionSet>(_: I.Type) {
    lanes = I.lanes
    panelWidth = I.panelWidth
    multiply = { Kernels.multiply(Float32Arithmetic<I>.self, $0) }
    multiplyBFloat16 = { Kernels.multiply(BFloat16Arithmetic<I>.self, $0) }
    roundToBFloat16 = { Kernels.roundToBFloat16(I.self, $0) }
    pack = { Kernels.pack(I.self, $0) }
    activate = { Kernels.activate(I.self, $0, $1, $2) }
    activateBackward = { Kernels.activateBackward(I.self, $0, $1, $2, $3, $4) }
    softmax = { Kernels.softmax(I.self, $0, $1, $2) }
    softmaxBackward = { Kernels.softmaxBackward(I.self, $0, $1, $2, $3) }
    lstmForward = { Kernels.lstmForward(I.self, $0) }
    lstmGatesBackward = { Kernels.lstmGatesBackward(I.self, $0) }
    gru = { Kernels.gru(I.self, $0, $1) }
    gruBackward = { Kernels.gruBackward(I.self, $0, $1, $2) }
    maxPool = { Kernels.maxPool(I.self, $0, $1, $2) }
    maxPoolBackward = { Kernels.maxPoolBackward(I.self, $0, $1, $2, $3, $4) }
    globalMaxPoolBackward = { Kernels.globalMaxPoolBackward(I.self, $0, $1, $2, $3, $4) }
    averagePool = { Kernels.averagePool(I.self, $0, $1, $2) }
    depthwise = { Kernels.depthwise(I.self, $0, $1, $2, $3, $4) }
    depthwiseBackward = { Kernels.depthwiseBackward(I.self, $0, $1, $2, $3) }
    depthwiseKernelGradient = { Kernels.depthwiseKernelGradient(I.self, $0, $1, $2, $3) }
    columnSums = { Kernels.columnSums(I.self, $0, $1, $2, $3) }
    columnSquares = { Kernels.columnSquares(I.self, $0, $1, $2, $3, $4) }
    columnProducts = { Kernels.columnProducts(I.self, $0, $1, $2, $3, $4, $5) }
    scaleAndShift = { Kernels.scaleAndShift(I.self, $0, $1, $2, $3, $4, $5) }
    batchNormalizationBackward = {
      Kernels.batchNormalizationBackward(I.self, $0, $1, $2, $3, $4, $5)
    }
    layerNormalization = { Kernels.layerNormalization(I.self, $0, $1, $2) }
    layerNormalizationBackward = {
      Kernels.layerNormalizationBackward(I.self, $0, $1, $2, $3, $4)
    }
    rectify = { Kernels.rectify(I.self, $0, $1, $2, $3) }
    rectifyBackward = { Kernels.rectifyBackward(I.self, $0, $1, $2, $3, $4) }
    prelu = { Kernels.prelu(I.self, $0, $1, $2, $3) }
    preluBackward = { Kernels.preluBackward(I.self, $0, $1, $2, $3, $4, $5) }
    rescale = { Kernels.rescale(I.self, $0, $1, $2, $3, $4) }
    add = { Kernels.add(I.self, $0, $1, $2) }
    addProduct = { Kernels.addProduct(I.self, $0, $1, $2, $3) }
    scale = { Kernels.scale(I.self, $0, $1, $2, $3) }
    multiplyElements = { Kernels.multiplyElements(I.self, $0, $1, $2, $3) }
    standardize = { Kernels.standardize(I.self, $0, $1, $2, $3, $4, $5) }
    addColumnSums = { Kernels.addColumnSums(I.self, $0, $1, $2, $3, $4) }
    dot = { Kernels.dot(I.self, $0, $1, $2) }
    adam = { Kernels.adam(I.self, $0, $1, $2, $3, $4, $5) }
    sgd = { Kernels.sgd(I.self, $0, $1, $2, $3, $4) }
    rmsprop = { Kernels.rmsprop(I.self, $0, $1, $2, $3, $4, $5) }
    moveAverage = { Kernels.moveAverage(I.self, $0, $1, $2, $3) }
  }

  /// The same kernels but for those with short numbers, which another set has better.
  @inlinable
  public func withShortNumbers<I: InstructionSet>(_: I.Type) -> KernelTable {
    var table = self
    table.multiplyBFloat16 = { Kernels.multiply(BFloat16Arithmetic<I>.self, $0) }
    let plain = lstmForward
    table.lstmForward = {
      $0.format == .float32 ? plain($0) : Kernels.lstmForwardShort(I.self, $0)
    }
    return table
  }
}
