// The section that holds the state of a training: see FORMAT.md.

/// What training needs, besides the weights, to go on as if it had never stopped.
struct Checkpoint {
  static var stateCount: Int { 4 }

  var optimizer: Int32
  var learningRate: Float
  /// Of shuffling and dropout.
  var seed: UInt64
  /// Steps of the optimizer since it began anew; all steps; epochs that were shuffled.
  var optimizerSteps, steps, shuffledEpochs: UInt64
  var nextEpoch: UInt32
  var momentumProduct: Double
  /// The optimizer's arrays, each as long as the weights or empty.
  var state: [FloatBuffer]
  /// What stateful layers keep from batch to batch.
  var states: KeptStates

  private var kinds: UInt32 {
    state.enumerated().reduce(0) { $1.element.count > 0 ? $0 | 1 << UInt32($1.offset) : $0 }
  }

  /// - Throws: `.state` for numbers that are not finite, `.outOfMemory`
  func write(_ writer: inout ByteWriter) throws(Failure) {
    let start = writer.count
    try writer.integer(optimizer)
    try writer.integer(kinds)
    try writer.float(learningRate)
    try writer.integer(nextEpoch)
    for number in [seed, optimizerSteps, steps, shuffledEpochs, momentumProduct.bitPattern] {
      try writer.integer(number)
    }
    try writer.integer(UInt64(states.rows))
    for values in state + [states.floats] where values.count > 0 {
      if firstNonFinite(values.pointer, values.count) != nil {
        throw Failure(.state, "a file holds finite numbers only, and this training has others")
      }
      try writer.zeros(to: start + alignedPlace(writer.count - start))
      try writer.floats(values.pointer, values.count)
    }
  }

  /// - Parameters:
  ///   - count: floats in an array
  ///   - stateWidth: floats in the states of a sample
  /// - Throws: `.fileCorrupt`, `.outOfMemory`
  init(_ reader: inout ByteReader, count: Int, stateWidth: Int) throws(Failure) {
    optimizer = try reader.integer("optimizer")
    let kinds = try reader.size("kinds of arrays", as: UInt32.self, in: 0...15)
    learningRate = try reader.float("learning rate")
    nextEpoch = try reader.integer("epoch")
    seed = try reader.integer("seed")
    optimizerSteps = try reader.counter("steps of the optimizer")
    steps = try reader.counter("steps")
    shuffledEpochs = try reader.counter("shuffled epochs")
    momentumProduct = Double(bitPattern: try reader.integer("product of momenta"))
    guard learningRate >= 0, learningRate.isFinite, nextEpoch <= UInt32(Int32.max) else {
      throw reader.corrupt("learning rate or epoch is out of range")
    }
    guard momentumProduct >= 0, momentumProduct <= 1 else {
      throw reader.corrupt("the product of momenta must be 0…1")
    }
    // As many samples as a batch may have.
    let rows = try reader.size(
      "samples with states", as: UInt64.self, in: 0...(stateWidth > 0 ? 1 << 20 : 0))
    state = []
    for kind in 0..<Checkpoint.stateCount {
      state.append(try Checkpoint.array(&reader, kinds & 1 << kind != 0 ? count : 0))
    }
    states = KeptStates(rows: rows, floats: try Checkpoint.array(&reader, rows * stateWidth))
    try reader.end()
  }

  private static func array(
    _ reader: inout ByteReader, _ count: Int
  ) throws(Failure) -> FloatBuffer {
    guard count > 0 else { return try FloatBuffer(count: 0) }
    try reader.skipZeros(to: alignedPlace(reader.position), "padding")
    guard reader.remaining / 4 >= count else {
      throw reader.corrupt("an array has \(count) floats, \(reader.remaining) bytes are left")
    }
    let values = try FloatBuffer(count: count)
    try reader.floats(count, into: values.pointer, "state of a training")
    return values
  }
}

extension Checkpoint {
  init(
    optimizer: Int32, learningRate: Float, seed: UInt64, nextEpoch: Int, momentumProduct: Double,
    state: [FloatBuffer], states: KeptStates
  ) {
    (self.optimizer, self.learningRate, self.seed) = (optimizer, learningRate, seed)
    self.nextEpoch = UInt32(clamping: nextEpoch)
    (self.momentumProduct, self.state, self.states) = (momentumProduct, state, states)
    (optimizerSteps, steps, shuffledEpochs) = (0, 0, 0)
  }
}

extension ByteReader {
  /// A number of things that were counted.
  fileprivate mutating func counter(_ what: StaticString) throws(Failure) -> UInt64 {
    UInt64(try size(what, as: UInt64.self, in: 0...Int.max / 2))
  }
}
