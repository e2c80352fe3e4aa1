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
  /// What stateful layers keep of a batch; empty where there are none.
  var layerStates: FloatBuffer?

  /// In the order of files.
  private var arrays: [FloatBuffer] { state + (layerStates.map { [$0] } ?? []) }

  private var kinds: UInt32 {
    arrays.enumerated().reduce(0) { $1.element.count > 0 ? $0 | 1 << UInt32($1.offset) : $0 }
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
    for values in arrays where values.count > 0 {
      if firstNonFinite(values.pointer, values.count) != nil {
        throw Failure(
          .state, "a file holds finite numbers only, and the state of the training has others")
      }
      try writer.zeros(to: start + alignedPlace(writer.count - start))
      try writer.floats(values.pointer, values.count)
    }
  }

  /// - Parameters:
  ///   - count: floats in an array.
  ///   - stateWidth: floats that layers keep of a sample.
  /// - Throws: `.fileCorrupt`, `.outOfMemory`
  init(_ reader: inout ByteReader, count: Int, stateWidth: Int) throws(Failure) {
    optimizer = try reader.integer("optimizer")
    let most = stateWidth > 0 ? 31 : 15
    let kinds = try reader.size("kinds of arrays", as: UInt32.self, in: 0...most)
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
    state = []
    for kind in 0..<Checkpoint.stateCount {
      guard kinds & 1 << kind != 0 else {
        state.append(try FloatBuffer(count: 0))
        continue
      }
      state.append(try reader.array(count))
    }
    if kinds & 1 << Checkpoint.stateCount != 0 {
      layerStates = try reader.array(nil)
      guard let floats = layerStates?.count, floats > 0, floats % stateWidth == 0,
        floats / stateWidth <= 65_536
      else { throw reader.corrupt("states must be of 1…65536 samples") }
    }
    try reader.end()
  }
}

extension Checkpoint {
  init(
    optimizer: Int32, learningRate: Float, seed: UInt64, nextEpoch: Int, momentumProduct: Double,
    state: [FloatBuffer]
  ) {
    (self.optimizer, self.learningRate, self.seed) = (optimizer, learningRate, seed)
    self.nextEpoch = UInt32(clamping: nextEpoch)
    (self.momentumProduct, self.state) = (momentumProduct, state)
    (optimizerSteps, steps, shuffledEpochs) = (0, 0, 0)
  }
}

extension ByteReader {
  /// The floats at the next aligned place; all that are left for nil.
  fileprivate mutating func array(_ count: Int?) throws(Failure) -> FloatBuffer {
    try skipZeros(to: alignedPlace(position), "padding")
    let count = count ?? remaining / 4
    guard remaining / 4 >= count else {
      throw corrupt("an array has \(count) floats, \(remaining) bytes are left")
    }
    let values = try FloatBuffer(count: count)
    try floats(count, into: values.pointer, "state")
    return values
  }

  /// A number of things that were counted.
  fileprivate mutating func counter(_ what: StaticString) throws(Failure) -> UInt64 {
    UInt64(try size(what, as: UInt64.self, in: 0...Int.max / 2))
  }
}
