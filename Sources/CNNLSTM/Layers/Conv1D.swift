import Kernels

/// y[t] = φ(Σₖ x[t · strides + k · dilation − padding] · kernel[k] + bias). Keras: Conv1D.
///
/// A window of the padded input is `size` runs of floats, so a convolution is a matrix product
/// whose left matrix overlaps itself: nothing is copied but the padding.
final class Conv1D: Layer {
  static var traits: LayerTraits {
    LayerTraits(
      name: "Conv1D", stem: "conv1d",
      rules: [
        FieldRule(.filters, .integer(1), .size),
        FieldRule(.kernelSize, .integer(1), .size),
        FieldRule(.strides, .integer(1), .size),
        FieldRule(.padding, .valid, .padding(causal: true)),
        FieldRule(.dilationRate, .integer(1), .size),
        FieldRule(.groups, .integer(1), .size),
        FieldRule(.activation, .linear, .activation(softmax: true)),
        FieldRule(.useBias, .integer(1), .flag),
        FieldRule(.kernelInitializer, .initializer(Initializer(.glorotUniform)), .initializer),
        FieldRule(.biasInitializer, .initializer(Initializer(.zeros)), .initializer),
      ],
      make: { (configuration, input) throws(Failure) in try Conv1D(configuration, input) })
  }

  let window: Window
  let channels: Int
  let filters: Int
  let groups: Int
  let activation: Activation
  let parameters: [Parameter]
  let outputShape: Shape

  init(_ configuration: LayerConfiguration, _ input: Shape) throws(Failure) {
    (channels, filters) = (input.channels, configuration.integer(.filters))
    groups = configuration.integer(.groups)
    window = Window(
      size: configuration.integer(.kernelSize), stride: configuration.integer(.strides),
      dilation: configuration.integer(.dilationRate), padding: configuration.padding)
    activation = configuration.activation(.activation)
    try Conv1D.check(configuration, window, channels: input.channels)
    outputShape = try window.outputShape(input, channels: filters, configuration.name)
    _ = try checkedProduct(window.size, channels, filters, of: "\(configuration.name)")
    var parameters = [
      Parameter(
        name: "kernel", shape: [window.size, channels / groups, filters],
        initializer: configuration.initializer(.kernelInitializer))
    ]
    if configuration.flag(.useBias) {
      parameters.append(
        Parameter(
          name: "bias", shape: [filters], initializer: configuration.initializer(.biasInitializer)))
    }
    self.parameters = parameters
  }

  private static func check(
    _ configuration: LayerConfiguration, _ window: Window, channels: Int
  ) throws(Failure) {
    let (name, groups) = (configuration.name, configuration.integer(.groups))
    guard window.stride == 1 || window.dilation == 1 else {
      throw Failure(
        .argument,
        "\(name): strides \(window.stride) and dilation_rate \(window.dilation) "
          + "cannot both be above 1")
    }
    guard channels % groups == 0 else {
      throw Failure(
        .shape, "\(name): groups must divide the \(channels) input channels, got \(groups)")
    }
    let filters = configuration.integer(.filters)
    guard filters % groups == 0 else {
      throw Failure(.argument, "\(name): groups must divide the \(filters) filters, got \(groups)")
    }
  }

  func outputLength(_ inputLength: Int) -> Int { window.outputLength(inputLength) }
  var leastLength: Int { window.leastLength }

  var lastActivation: Activation? { activation }

  // Sizes of one group.
  private var groupChannels: Int { channels / groups }
  private var groupFilters: Int { filters / groups }
  private var kernelCount: Int { window.size * groupChannels * filters }
  private var hasBias: Bool { parameters.count > 1 }

  /// Taps whose input floats do not lie beside each other, and the floats of each: one run of all
  /// where they do.
  private var taps: (count: Int, width: Int) {
    window.dilation == 1 && groups == 1
      ? (1, window.size * channels) : (window.size, groupChannels)
  }

  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let (kernels, name): (KernelTable, Message) = (size.kernels, "conv1d")
    let padded =
      window.padding == .valid
      ? 0 : try checkedProduct(window.paddedLength(size.inputLength), channels, of: name)
    var memory = LayerMemory(
      packed: try checkedProduct(
        groups * window.size, groupChannels, kernels.padded(groupFilters), of: name))
    guard size.isTraining else {
      memory.scratch = padded
      return memory
    }
    let transposed = try checkedProduct(
      groups * window.size, groupFilters, kernels.padded(groupChannels), of: name)
    memory.packed = try checkedSum(memory.packed, transposed, of: name)
    memory.saved = try checkedProduct(size.rows, padded, of: name)
    if activation.needsSums {
      let sums = try checkedProduct(size.rows, size.outputLength, filters, of: name)
      memory.saved = try checkedSum(memory.saved, sums, of: name)
    }
    let gradients = try checkedProduct(
      size.rows, size.outputLength, kernels.padded(groupFilters), of: name)
    memory.scratch = max(gradients, padded)
    return memory
  }

  func pack(_ run: LayerRun) {
    let depth = window.size * groupChannels
    for group in 0..<groups {
      run.kernels.packPanels(
        rows: depth, columns: groupFilters, run.parameters + group * groupFilters,
        rowStride: filters, columnStride: 1, into: packedKernel(run, group))
      guard run.isTraining else { continue }
      for tap in 0..<window.size {
        run.kernels.packPanels(
          rows: groupFilters, columns: groupChannels,
          run.parameters + tap * groupChannels * filters + group * groupFilters, rowStride: 1,
          columnStride: filters, into: packedTransposed(run, group, tap))
      }
    }
  }

  private func packedKernel(_ run: LayerRun, _ group: Int) -> UnsafeMutablePointer<Float> {
    run.packed
      + group * run.kernels.packedCount(rows: window.size * groupChannels, columns: groupFilters)
  }

  private func packedTransposed(
    _ run: LayerRun, _ group: Int, _ tap: Int
  ) -> UnsafeMutablePointer<Float> {
    packedKernel(run, groups)
      + (group * window.size + tap)
      * run.kernels.packedCount(rows: groupFilters, columns: groupChannels)
  }

  /// Where the sums before the activation are kept: behind the padded inputs.
  private func sums(_ run: LayerRun) -> UnsafeMutablePointer<Float> {
    let padded = window.padding == .valid ? 0 : window.paddedLength(run.inputLength)
    return run.saved + run.rows * padded * channels
  }

  /// A sample with its padding. In training every sample keeps its own for `backward`.
  private func paddedInput(_ run: LayerRun, _ row: Int) -> UnsafePointer<Float> {
    let input = run.input + row * run.inputLength * channels
    guard window.padding != .valid else { return input }
    let count = window.paddedLength(run.inputLength) * channels
    let padded = run.isTraining ? run.saved + row * count : run.scratch
    let before = window.paddingBefore(run.inputLength) * channels
    let inputCount = run.inputLength * channels
    padded.update(repeating: 0, count: before)
    (padded + before).copy(from: input, count: inputCount)
    (padded + before + inputCount).update(repeating: 0, count: count - before - inputCount)
    return UnsafePointer(padded)
  }

  func forward(_ run: LayerRun) {
    for row in 0..<run.rows {
      let input = paddedInput(run, row)
      let output = run.output + row * run.outputLength * filters
      for group in 0..<groups { convolve(run, group, input, output) }
    }
    run.activate(
      activation, rows: run.rows * run.outputLength, width: filters, sums: sums(run))
  }

  private func convolve(
    _ run: LayerRun, _ group: Int, _ input: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let firstFilter = group * groupFilters
    var product = MatrixProduct(
      rows: run.outputLength, columns: groupFilters, depth: taps.width,
      a: input + group * groupChannels, aRowStride: window.stride * channels,
      b: packedKernel(run, group),
      bPanelStride: window.size * groupChannels * run.kernels.panelWidth,
      c: output + firstFilter, cRowStride: filters, cPanelStride: run.kernels.panelWidth)
    (product.blockCount, product.aBlockStride) = (taps.count, window.dilation * channels)
    if hasBias {
      (product.start, product.bias) = (.bias, run.parameters + kernelCount + firstFilter)
    }
    run.kernels.multiply(product)
  }

  /// With dz = dy · φ′:  dbias += Σ dz;  dkernel[k] += Σₜ x[t · strides + k · dilation]ᵀ · dz[t];
  /// dx[t · strides + k · dilation] += dz[t] · kernel[k]ᵀ
  func backward(_ run: LayerRun) {
    let (steps, dz) = (run.rows * run.outputLength, run.outputGradient)
    run.activateBackward(activation, rows: steps, width: filters, sums: sums(run))
    if hasBias {
      run.kernels.addColumnSums(dz, steps, filters, filters, run.parameterGradient + kernelCount)
    }
    for group in 0..<groups { addKernelGradient(run, group) }
    if let inputGradient = run.inputGradient {
      for row in 0..<run.rows { inputGradientOf(run, row, inputGradient) }
    }
  }

  private func addKernelGradient(_ run: LayerRun, _ group: Int) {
    let steps = run.rows * run.outputLength
    let firstFilter = group * groupFilters
    run.kernels.packPanels(
      rows: steps, columns: groupFilters, run.outputGradient + firstFilter, rowStride: filters,
      columnStride: 1, into: run.scratch)
    let input = window.padding == .valid ? run.input : UnsafePointer(run.saved)
    for tap in 0..<taps.count {
      var product = MatrixProduct(
        rows: taps.width, columns: groupFilters, depth: run.outputLength,
        a: input + tap * window.dilation * channels + group * groupChannels, aRowStride: 1,
        b: run.scratch, bPanelStride: steps * run.kernels.panelWidth,
        c: run.parameterGradient + tap * groupChannels * filters + firstFilter,
        cRowStride: filters, cPanelStride: run.kernels.panelWidth)
      product.aColumnStride = window.stride * channels
      product.blockCount = run.rows
      product.aBlockStride = window.paddedLength(run.inputLength) * channels
      product.start = .existing
      run.kernels.multiply(product)
    }
  }

  private func inputGradientOf(
    _ run: LayerRun, _ row: Int, _ inputGradient: UnsafeMutablePointer<Float>
  ) {
    let inputCount = run.inputLength * channels
    let target = inputGradient + row * inputCount
    let padded = window.padding == .valid ? target : run.scratch
    padded.update(repeating: 0, count: window.paddedLength(run.inputLength) * channels)
    for group in 0..<groups {
      for tap in 0..<window.size {
        var product = MatrixProduct(
          rows: run.outputLength, columns: groupChannels, depth: groupFilters,
          a: run.outputGradient + row * run.outputLength * filters + group * groupFilters,
          aRowStride: filters, b: packedTransposed(run, group, tap),
          bPanelStride: groupFilters * run.kernels.panelWidth,
          c: padded + tap * window.dilation * channels + group * groupChannels,
          cRowStride: window.stride * channels, cPanelStride: run.kernels.panelWidth)
        product.start = .existing
        run.kernels.multiply(product)
      }
    }
    if padded != target {
      let before = window.paddingBefore(run.inputLength) * channels
      target.copy(from: padded + before, count: inputCount)
    }
  }
}
