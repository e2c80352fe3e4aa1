import Kernels

/// A convolution of each channel on its own over time, `depth_multiplier` outputs a channel. Keras:
/// DepthwiseConv1D.
///
/// Output channel c · depth_multiplier + m is that of input channel c. With more than one output a
/// channel, the input is first spread to as many channels as the output has.
final class DepthwiseConv1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "DepthwiseConv1D", stem: "depthwise_conv1d",
      rules: [
        FieldRule(.kernelSize, .integer(1), .size),
        FieldRule(.strides, .integer(1), .size),
        FieldRule(.padding, .valid, .padding(causal: false)),
        FieldRule(.dilationRate, .integer(1), .size),
        FieldRule(.activation, .linear, .activation(softmax: true)),
        FieldRule(.useBias, .integer(1), .flag),
        FieldRule(.biasInitializer, .initializer(Initializer(.zeros)), .initializer),
        FieldRule(.depthMultiplier, .integer(1), .size),
        FieldRule(.depthwiseInitializer, .initializer(Initializer(.glorotUniform)), .initializer),
      ],
      make: { (configuration, input) throws(Failure) in try DepthwiseConv1D(configuration, input) })
  }

  let window: Window
  let channels: Int
  let multiplier: Int
  let activation: Activation
  let parameters: [Parameter]
  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    (channels, multiplier) = (input.channels, configuration.integer(.depthMultiplier))
    window = Window(
      size: configuration.integer(.kernelSize), stride: configuration.integer(.strides),
      dilation: configuration.integer(.dilationRate), padding: configuration.padding)
    activation = configuration.activation(.activation)
    let name = configuration.name
    _ = try checkedProduct(window.size, channels, multiplier, of: "\(name)")
    outputShape = try window.outputShape(input, channels: channels * multiplier, name)
    var parameters = [
      Parameter(
        name: "kernel", shape: [window.size, channels, multiplier],
        initializer: configuration.initializer(.depthwiseInitializer), channelAxes: 2)
    ]
    if configuration.flag(.useBias) {
      parameters.append(
        Parameter(
          name: "bias", shape: [channels * multiplier],
          initializer: configuration.initializer(.biasInitializer)))
    }
    self.parameters = parameters
  }

  func outputLength(_ inputLength: Int) -> Int { window.outputLength(inputLength) }
  var leastLength: Int { window.leastLength }
  var lastActivation: Activation? { activation }

  private var width: Int { outputShape.channels }
  private var kernelCount: Int { window.size * width }
  private var hasBias: Bool { parameters.count > 1 }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    var memory = LayerMemory()
    if size.isTraining, activation.needsSums {
      memory.saved = try checkedProduct(
        size.rows, size.outputLength, width, of: "depthwise_conv1d")
    }
    if multiplier > 1 {
      memory.scratch = try checkedProduct(
        size.isTraining ? 2 : 1, size.inputLength, width, of: "depthwise_conv1d")
    }
    return memory
  }

  private func shape(_ run: LayerRun) -> Depthwise {
    Depthwise(
      inputLength: run.inputLength, outputLength: run.outputLength, channels: width,
      size: window.size, stride: window.stride, dilation: window.dilation,
      padding: window.paddingBefore(run.inputLength))
  }

  /// A sample with as many channels as the output.
  private func spreadInput(_ run: LayerRun, _ row: Int) -> UnsafePointer<Float> {
    let count = run.inputLength * channels
    let input = run.input + row * count
    guard multiplier > 1 else { return input }
    for i in 0..<count {
      for copy in 0..<multiplier { run.scratch[i * multiplier + copy] = input[i] }
    }
    return UnsafePointer(run.scratch)
  }

  func forward(_ run: LayerRun) {
    let shape = shape(run)
    var bias: UnsafePointer<Float>?
    if hasBias { bias = run.parameters + kernelCount }
    for row in 0..<run.rows {
      run.kernels.depthwise(
        shape, spreadInput(run, row), run.parameters, bias,
        run.output + row * run.outputLength * width)
    }
    run.activate(activation, rows: run.rows * run.outputLength, width: width, sums: run.saved)
  }

  func backward(_ run: LayerRun) {
    let (steps, dz, shape) = (run.rows * run.outputLength, run.outputGradient, shape(run))
    run.activateBackward(activation, rows: steps, width: width, sums: run.saved)
    if hasBias {
      run.kernels.addColumnSums(dz, steps, width, width, run.parameterGradient + kernelCount)
    }
    for row in 0..<run.rows {
      let dz = dz + row * run.outputLength * width
      run.kernels.depthwiseKernelGradient(
        shape, spreadInput(run, row), dz, run.parameterGradient)
      if let inputGradient = run.inputGradient {
        addInputGradient(run, shape, dz, inputGradient + row * run.inputLength * channels)
      }
    }
  }

  private func addInputGradient(
    _ run: LayerRun, _ shape: Depthwise, _ dz: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let count = run.inputLength * width
    let spread = multiplier > 1 ? run.scratch + count : target
    spread.update(repeating: 0, count: count)
    run.kernels.depthwiseBackward(shape, dz, run.parameters, spread)
    guard multiplier > 1 else { return }
    for i in 0..<run.inputLength * channels {
      target[i] = (0..<multiplier).reduce(0) { $0 + spread[i * multiplier + $1] }
    }
  }
}
