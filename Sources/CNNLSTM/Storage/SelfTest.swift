import Kernels

/// An input and the output that a model gave for it when it was saved: see FORMAT.md. It shows that
/// this machine, with its own instructions, computes the same model.
struct SelfTest {
  /// Time steps, or `Shape.noTime`.
  let length: Int
  let input: FloatBuffer
  let output: FloatBuffer

  // MARK: Sizes

  private static var mostParameters: Int { 1 << 24 }
  private static var mostFloats: Int { 1 << 14 }
  private static var mostLayerFloats: Int { 1 << 20 }
  private static var mostWork: Int { 1 << 27 }

  /// Buffers for a test of some length; nil if the test would be too large or slow, as a function
  /// of the architecture alone.
  /// - Throws: `.shape` if the length does not suit the network, `.outOfMemory`
  private init?(_ network: Network, length: Int) throws(Failure) {
    guard let shape = network.inputShape, network.layout.count <= SelfTest.mostParameters else {
      return nil
    }
    let inputCount = max(1, length).multipliedReportingOverflow(by: shape.channels)
    guard !inputCount.overflow, inputCount.partialValue <= SelfTest.mostFloats else { return nil }
    let lengths = try network.lengths(length)
    guard let outputShape = network.outputShape, SelfTest.isSmall(network, length, lengths) else {
      return nil
    }
    // Both factors are below 2^20 by now.
    let outputCount = max(1, lengths.last ?? 1) * outputShape.channels
    guard outputCount <= SelfTest.mostFloats else { return nil }
    self.length = length
    input = try FloatBuffer(count: inputCount.partialValue)
    output = try FloatBuffer(count: outputCount)
  }

  /// Whether the outputs of all layers are small and the work on them is little. With at most 2^14
  /// steps and 2^24 parameters, no product here can overflow before it is compared.
  static func isSmall(_ network: Network, _ inputLength: Int, _ lengths: [Int]) -> Bool {
    var (work, steps, channels) = (0, max(1, inputLength), 1)
    for (index, layer) in network.layers.enumerated() {
      let (shape, configuration) = (layer.outputShape, network.configurations[index])
      let outputSteps = max(1, lengths[index])
      guard shape.channels <= mostLayerFloats else { return false }
      let floats = outputSteps * shape.channels + besides(configuration, steps, channels)
      guard floats <= mostLayerFloats else { return false }
      work += network.layout.count(ofLayer: index) * steps
      work += floats * min(reach(configuration), steps)
      guard work <= mostWork else { return false }
      (steps, channels) = (outputSteps, shape.channels)
    }
    return true
  }

  /// The most floats a layer may have of its own besides its output.
  private static func besides(_ layer: LayerConfiguration, _ steps: Int, _ channels: Int) -> Int {
    switch layer.kind {
    case .conv1D, .depthwiseConv1D, .separableConv1D:
      let span = (layer.integer(.kernelSize) - 1) * layer.integer(.dilationRate)
      let floats = (steps + span) * channels
      if layer.kind != .conv1D { return 2 * floats * layer.integer(.depthMultiplier) }
      return layer.padding == .valid ? 0 : floats
    default: return 0
    }
  }

  /// Numbers that one of the output is made of, other than weights.
  private static func reach(_ layer: LayerConfiguration) -> Int {
    switch layer.kind {
    case .maxPooling1D, .averagePooling1D: layer.integer(.poolSize)
    default: 1
    }
  }

  // MARK: Saving

  /// The test of a model, the same on every machine; nil where there can be none: it would be too
  /// large, or numbers too large, or rounding alone changes the output too much.
  /// - Throws: `.outOfMemory`, `.limit`
  static func make(
    _ network: Network, _ values: FloatBuffer, _ type: WeightType = .float32
  ) throws(Failure) -> SelfTest? {
    guard let shape = network.inputShape else { return nil }
    let length = shape.length == Shape.anyLength ? max(16, try network.someLength) : shape.length
    guard let test = try SelfTest(network, length: length),
      let disturbed = try SelfTest(network, length: length)
    else { return nil }
    // Instructions that every processor has: others round differently.
    let processor = Processor(.sse2)
    test.fillInput(network, values, disturbance: 0)
    try test.compute(
      network, try Weights(network, values, processor, type), processor, into: test.output)
    // What another machine rounds differently, this does on purpose and by more.
    disturbed.fillInput(network, values, disturbance: 0x1p-18)
    let disturbedValues = try values.copy()
    network.layout.disturb(disturbedValues.pointer, by: 0x1p-18)
    try disturbed.compute(
      network, try Weights(network, disturbedValues, processor, type), processor,
      into: disturbed.output)
    let isFinite =
      firstNonFinite(test.input.pointer, test.input.count) == nil
      && firstNonFinite(test.output.pointer, test.output.count) == nil
    let tolerance = test.tolerance(type)
    guard isFinite, test.difference(disturbed.output, tolerance: tolerance / 4) == nil else {
      return nil
    }
    return test
  }

  /// Standard normal noise; where a Normalization comes first, with the mean and deviation it
  /// expects.
  /// - Parameter disturbance: relative, of the noise, up or down at random.
  private func fillInput(_ network: Network, _ values: FloatBuffer, disturbance: Float) {
    var (noise, sign) = (RandomSource(seed: 0), RandomSource(seed: 1))
    let channels = network.inputShape?.channels ?? 1
    let isNormalized =
      network.configurations.count > 1 && network.configurations[1].kind == .normalization
    for i in 0..<input.count {
      input.pointer[i] = noise.normal() * (sign.uniform() < 0.5 ? 1 + disturbance : 1 - disturbance)
      guard isNormalized else { continue }
      // The first weights of such a model: its Input has none.
      let (mean, variance) = (values.pointer[i % channels], values.pointer[channels + i % channels])
      input.pointer[i] = mean + max(0, variance).squareRoot() * input.pointer[i]
    }
  }

  // MARK: Running

  private func compute(
    _ network: Network, _ weights: Weights, _ processor: Processor, into target: FloatBuffer
  ) throws(Failure) {
    let plan = try Plan(
      network, rows: 1, length: length, isTraining: false, kernels: processor.kernels,
      weightType: weights.weightType)
    let workspace = try Workspace(network, plan, processor)
    withFlushedDenormals {
      let result = workspace.forward(
        input.pointer, rows: 1, length: length, weights.values.pointer, weights.packed.pointer)
      target.pointer.copy(from: result, count: target.count)
    }
  }

  /// Largest difference that rounding may make: of sums, and beside kernels of fewer bits of the
  /// states of an LSTM too.
  private func tolerance(_ type: WeightType) -> Float {
    var largest: Float = 0
    for i in 0..<output.count { largest = max(largest, output.pointer[i].magnitude) }
    return type == .float32 ? 1e-6 + 1e-3 * largest : 1e-2 + 1e-2 * largest
  }

  /// The first number that differs by more than a tolerance, or is none.
  private func difference(_ other: FloatBuffer, tolerance: Float) -> Int? {
    (0..<output.count).first { i in
      !((other.pointer[i] - output.pointer[i]).magnitude <= tolerance)
    }
  }

  /// Computes the test with weights packed for a processor.
  /// - Throws: `.fileSelfTest`, `.outOfMemory`
  func check(_ network: Network, _ weights: Weights, _ processor: Processor) throws(Failure) {
    let found = try FloatBuffer(count: output.count)
    try compute(network, weights, processor, into: found)
    guard let bad = difference(found, tolerance: tolerance(weights.weightType)) else { return }
    throw Failure(
      .fileSelfTest,
      "the model computes \(decimal(found.pointer[bad])) as number \(bad) of its "
        + "self-test, and computed \(decimal(output.pointer[bad])) when it was saved")
  }

  // MARK: In a file

  func write(_ writer: inout ByteWriter) throws(Failure) {
    try writer.integer(Int64(length))
    try writer.integer(UInt32(truncatingIfNeeded: input.count))
    try writer.integer(UInt32(truncatingIfNeeded: output.count))
    try writer.floats(input.pointer, input.count)
    try writer.floats(output.pointer, output.count)
  }

  /// Reads a test of a size that `make` could have given it.
  /// - Throws: `.fileCorrupt`, `.outOfMemory`
  init(_ reader: inout ByteReader, _ network: Network) throws(Failure) {
    let length = Int(try reader.integer("length", as: Int64.self))
    let inputCount = try reader.integer("number of inputs", as: UInt32.self)
    let outputCount = try reader.integer("number of outputs", as: UInt32.self)
    let own = network.inputShape?.length ?? Shape.noTime
    guard own == Shape.anyLength ? length >= 1 : length == own else {
      throw reader.corrupt("the length \(length) is not one of the model")
    }
    let test: SelfTest?
    do {
      test = try SelfTest(network, length: length)
    } catch {
      throw error.kind == .outOfMemory ? error : reader.corrupt("\(error.text)")
    }
    guard let test else { throw reader.corrupt("a test of length \(length) is too large") }
    guard Int(exactly: inputCount) == test.input.count,
      Int(exactly: outputCount) == test.output.count
    else {
      throw reader.corrupt(
        "the test must have \(test.input.count) inputs and \(test.output.count) outputs, got "
          + "\(inputCount) and \(outputCount)")
    }
    try reader.floats(test.input.count, into: test.input.pointer, "input")
    try reader.floats(test.output.count, into: test.output.pointer, "output")
    try reader.end()
    self = test
  }
}

extension ParameterLayout {
  /// Floats of a layer.
  fileprivate func count(ofLayer layer: Int) -> Int {
    (layer + 1 < layerOffsets.count ? layerOffsets[layer + 1] : count) - layerOffsets[layer]
  }

  /// Changes what training may change by a relative amount, up or down at random.
  fileprivate func disturb(_ values: UnsafeMutablePointer<Float>, by amount: Float) {
    var random = RandomSource(seed: 2)
    for entry in entries where entry.isLearned {
      for i in entry.offset..<entry.offset + entry.count {
        values[i] *= random.uniform() < 0.5 ? 1 + amount : 1 - amount
      }
    }
  }
}
