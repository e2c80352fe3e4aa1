import Kernels

/// Where everything lies while a network computes on up to `rows` samples of up to `length` steps.
struct Plan {
  struct Step {
    /// In floats from the start of a workspace.
    var output = 0
    var saved = 0
    /// In floats from the start of the packed weights.
    var packed = 0
    /// The mask that the layer takes or makes; nil without one.
    var mask: Int?
    var memory = LayerMemory()
  }

  let rows: Int
  let length: Int
  let isTraining: Bool
  let weightType: WeightType
  private(set) var steps: [Step] = []
  /// Where gathered inputs lie.
  private(set) var input = 0
  private(set) var scratch = 0
  /// The mask behind the last layer; nil without one.
  private(set) var outputMask: Int?
  /// Two buffers that gradients pass through (training alone).
  private(set) var gradients = [0, 0]
  /// Floats of a workspace and of all packed weights.
  private(set) var workspaceCount = 0
  private(set) var packedCount = 0

  /// - Parameter length: of the inputs, at most; `Shape.noTime` for vectors.
  /// - Throws: `.shape` where that is too short for a layer, `.limit`.
  init(
    _ network: Network, rows: Int, length: Int, isTraining: Bool, kernels: KernelTable,
    weightType: WeightType = .float32
  ) throws(Failure) {
    (self.rows, self.length, self.isTraining) = (rows, length, isTraining)
    self.weightType = weightType
    let lengths = try network.lengths(length)
    let most = try largestActivation(network, lengths)
    // Outside training no output is needed once the next is there: two buffers take turns.
    let turns = isTraining ? [] : [try take(most), try take(most)]
    var (turn, scratchCount, inputLength) = (0, 0, length)
    for (layer, outputLength) in zip(network.layers, lengths) {
      let size = RunSize(
        rows: rows, inputLength: inputLength, outputLength: outputLength, isTraining: isTraining,
        kernels: kernels, weightType: weightType, isMasked: outputMask != nil)
      let memory = try layer.memory(size)
      let count = try activationCount(layer, outputLength)
      var step = Step()
      step.memory = memory
      step.output = isTraining ? try take(count) : turns[turn]
      step.mask = try mask(layer, inputLength)
      step.saved = try take(memory.saved)
      step.packed = packedCount
      packedCount = try aligned(packedCount, memory.packed)
      scratchCount = max(scratchCount, memory.scratch)
      steps.append(step)
      if !layer.isIdentity { turn = 1 - turn }
      inputLength = outputLength
    }
    scratch = try take(scratchCount)
    // The first layer that computes writes to turn 0.
    input = isTraining ? steps.first?.output ?? 0 : turns[1]
    if isTraining {
      gradients = [try take(most), try take(most)]
    }
  }

  /// The mask that a layer takes or makes; `outputMask` becomes that behind it.
  private mutating func mask(_ layer: any Layer, _ length: Int) throws(Failure) -> Int? {
    var mask = outputMask
    if layer.maskUse == .makes {
      mask = try take(try StepMask.floats(rows: rows, length: max(1, length)))
    }
    outputMask = layer.maskUse == .drops ? nil : mask
    return mask
  }

  private func activationCount(_ layer: any Layer, _ length: Int) throws(Failure) -> Int {
    try checkedProduct(rows, max(1, length), layer.outputShape.channels, of: "a session")
  }

  private func largestActivation(_ network: Network, _ lengths: [Int]) throws(Failure) -> Int {
    var most = 0
    for (layer, length) in zip(network.layers, lengths) {
      most = max(most, try activationCount(layer, length))
    }
    return most
  }

  /// The place of `count` floats in the workspace, aligned to 64 bytes.
  private mutating func take(_ count: Int) throws(Failure) -> Int {
    let place = workspaceCount
    workspaceCount = try aligned(place, count)
    return place
  }

  private func aligned(_ place: Int, _ count: Int) throws(Failure) -> Int {
    try checkedSum(place, count + 15, of: "a session") / 16 * 16
  }
}
