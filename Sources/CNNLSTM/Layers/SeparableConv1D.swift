import Kernels

/// A convolution of each channel on its own, then a product over channels at every time step.
/// Keras: SeparableConv1D.
final class SeparableConv1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "SeparableConv1D", stem: "separable_conv1d",
      rules: [FieldRule(.filters, .integer(1), .size)] + DepthwiseConv1D.traits.rules + [
        FieldRule(.pointwiseInitializer, .initializer(Initializer(.glorotUniform)), .initializer)
      ],
      make: { (configuration, input) throws(Failure) in try SeparableConv1D(configuration, input) })
  }

  private let depthwise: DepthwiseConv1D
  private let pointwise: Dense
  let parameters: [Parameter]
  var outputShape: Shape { pointwise.outputShape }

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    let name = configuration.name
    var first = LayerConfiguration(.depthwiseConv1D, name: name)
    for field in first.fields { first[field] = configuration[field] }
    (first[.useBias], first[.activation]) = (false, .linear)
    depthwise = try DepthwiseConv1D(first, input)
    var second = LayerConfiguration(.dense, name: name)
    for field in second.fields { second[field] = configuration[field] }
    second[.units] = configuration[.filters]
    second[.kernelInitializer] = configuration[.pointwiseInitializer]
    pointwise = try Dense(second, depthwise.outputShape)
    parameters =
      [
        depthwise.parameters[0].renamed("depthwise_kernel"),
        Parameter(
          name: "pointwise_kernel", shape: [1] + pointwise.parameters[0].shape,
          initializer: pointwise.parameters[0].initializer),
      ] + pointwise.parameters.dropFirst()
  }

  func outputLength(_ inputLength: Int) -> Int { depthwise.outputLength(inputLength) }
  var leastLength: Int { depthwise.leastLength }
  var lastActivation: Activation? { pointwise.lastActivation }

  // Between the two lies [rows, outputLength, middleWidth].
  private var middleWidth: Int { depthwise.outputShape.channels }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let name: Message = "separable_conv1d"
    let middle = try checkedProduct(size.rows, size.outputLength, middleWidth, of: name)
    let first = try depthwise.memory(size)
    var memory = try pointwise.memory(
      RunSize(
        rows: size.rows, inputLength: size.outputLength, outputLength: size.outputLength,
        isTraining: size.isTraining, kernels: size.kernels))
    memory.scratch = try checkedSum(middle, max(first.scratch, memory.scratch), of: name)
    if size.isTraining { memory.saved = try checkedSum(middle, memory.saved, of: name) }
    return memory
  }

  func pack(_ run: LayerRun) { pointwise.pack(pointwiseRun(run)) }

  /// What lies between the two, and memory for either behind the start of scratch.
  private func middle(_ run: LayerRun) -> UnsafeMutablePointer<Float> {
    run.isTraining ? run.saved : run.scratch
  }

  private func depthwiseRun(_ run: LayerRun) -> LayerRun {
    var first = run
    first.scratch += run.rows * max(0, run.outputLength) * middleWidth
    first.output = middle(run)
    return first
  }

  private func pointwiseRun(_ run: LayerRun) -> LayerRun {
    var second = run
    second.parameters += depthwise.parameters[0].count
    second.scratch += run.rows * max(0, run.outputLength) * middleWidth
    second.input = UnsafePointer(middle(run))
    second.saved += run.rows * max(0, run.outputLength) * middleWidth
    second.inputLength = run.outputLength
    return second
  }

  func forward(_ run: LayerRun) {
    depthwise.forward(depthwiseRun(run))
    pointwise.forward(pointwiseRun(run))
  }

  /// The gradient between the two lies at the start of scratch.
  func backward(_ run: LayerRun) {
    var (first, second) = (depthwiseRun(run), pointwiseRun(run))
    second.parameterGradient += depthwise.parameters[0].count
    second.inputGradient = run.scratch
    pointwise.backward(second)
    first.outputGradient = run.scratch
    first.skipsActivation = true
    depthwise.backward(first)
  }
}
