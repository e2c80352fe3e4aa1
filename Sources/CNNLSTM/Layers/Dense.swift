import Kernels

/// y = φ(x · kernel + bias) on the last axis. Keras: Dense.
final class Dense: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Dense", stem: "dense",
      rules: [
        FieldRule(.units, .integer(1), .size),
        FieldRule(.activation, .linear, .activation(softmax: true)),
        FieldRule(.useBias, .integer(1), .flag),
        FieldRule(.kernelInitializer, .initializer(Initializer(.glorotUniform)), .initializer),
        FieldRule(.biasInitializer, .initializer(Initializer(.zeros)), .initializer),
        FieldRule(.timeDistributed, .integer(0), .flag),
      ],
      make: { (configuration, input) throws(Failure) in try Dense(configuration, input) })
  }

  let channels: Int
  let units: Int
  let activation: Activation
  let parameters: [Parameter]
  let outputShape: Shape
  var maskUse: MaskUse { .passes }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    (channels, units) = (input.channels, configuration.integer(.units))
    activation = configuration.activation(.activation)
    outputShape = Shape(length: input.length, channels: units)
    guard input.hasTime || !configuration.flag(.timeDistributed) else {
      throw Failure(
        .shape, "\(configuration.name): needs [time, channels], gets \(channels) numbers")
    }
    _ = try checkedProduct(channels, units, of: "\(configuration.name)")
    var parameters = [
      Parameter(
        name: "kernel", shape: [channels, units],
        initializer: configuration.initializer(.kernelInitializer))
    ]
    if configuration.flag(.useBias) {
      parameters.append(
        Parameter(
          name: "bias", shape: [units], initializer: configuration.initializer(.biasInitializer)))
    }
    self.parameters = parameters
  }

  var lastActivation: Activation? { activation }
  private var hasBias: Bool { parameters.count > 1 }

  /// Rows of the product: samples, times time steps.
  private func rows(_ run: LayerRun) -> Int { run.rows * max(1, run.inputLength) }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let kernels = size.kernels
    var memory = LayerMemory(
      packed: try checkedProduct(channels, kernels.padded(units), of: "dense"))
    guard size.isTraining else { return memory }
    let transposed = try checkedProduct(units, kernels.padded(channels), of: "dense")
    memory.packed = try checkedSum(memory.packed, transposed, of: "dense")
    memory.scratch = try checkedProduct(
      size.rows, max(1, size.inputLength), kernels.padded(units), of: "dense")
    // At most as much as scratch.
    memory.saved = activation.needsSums ? size.rows * max(1, size.inputLength) * units : 0
    return memory
  }

  func pack(_ run: LayerRun) {
    run.kernels.packPanels(
      rows: channels, columns: units, run.parameters, rowStride: units, columnStride: 1,
      into: run.packed)
    if run.isTraining {
      run.kernels.packPanels(
        rows: units, columns: channels, run.parameters, rowStride: 1, columnStride: units,
        into: packedTransposed(run))
    }
  }

  private func packedTransposed(_ run: LayerRun) -> UnsafeMutablePointer<Float> {
    run.packed + run.kernels.packedCount(rows: channels, columns: units)
  }

  func forward(_ run: LayerRun) {
    var product = MatrixProduct(
      rows: rows(run), columns: units, depth: channels, a: run.input, aRowStride: channels,
      b: run.packed, bPanelStride: channels * run.kernels.panelWidth, c: run.output,
      cRowStride: units, cPanelStride: run.kernels.panelWidth)
    if hasBias { (product.start, product.bias) = (.bias, run.parameters + channels * units) }
    run.kernels.multiply(product)
    run.activate(activation, rows: rows(run), width: units, sums: run.saved)
  }

  /// With dz = dy · φ′:  dbias += Σ dz;  dkernel += xᵀ · dz;  dx = dz · kernelᵀ
  func backward(_ run: LayerRun) {
    let (rows, dz) = (rows(run), run.outputGradient)
    run.activateBackward(activation, rows: rows, width: units, sums: run.saved)
    if hasBias {
      run.kernels.addColumnSums(dz, rows, units, units, run.parameterGradient + channels * units)
    }
    run.kernels.packPanels(
      rows: rows, columns: units, dz, rowStride: units, columnStride: 1, into: run.scratch)
    var product = MatrixProduct(
      rows: channels, columns: units, depth: rows, a: run.input, aRowStride: 1, b: run.scratch,
      bPanelStride: rows * run.kernels.panelWidth, c: run.parameterGradient, cRowStride: units,
      cPanelStride: run.kernels.panelWidth)
    (product.aColumnStride, product.start) = (channels, .existing)
    run.kernels.multiply(product)
    if let inputGradient = run.inputGradient {
      run.kernels.multiply(
        MatrixProduct(
          rows: rows, columns: channels, depth: units, a: dz, aRowStride: units,
          b: packedTransposed(run), bPanelStride: units * run.kernels.panelWidth,
          c: inputGradient, cRowStride: channels, cPanelStride: run.kernels.panelWidth))
    }
  }
}
