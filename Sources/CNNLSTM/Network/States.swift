import Kernels

/// The states that stateful layers keep from one batch to the next: sample i of a batch goes on
/// where sample i of the batch before stopped.
final class States {
  let capacity: Int
  /// Of each layer's states, [row][width of the layer].
  private var offsets: [Int] = []
  let buffer: FloatBuffer
  /// Samples of the batch before.
  private var rows = 0
  /// Of each layer, whether its states have been zero since before that batch.
  private var isFresh: [Bool] = []

  /// - Parameter capacity: samples a batch has at most
  /// - Throws: `.limit`, `.outOfMemory`
  init(_ network: Network, capacity: Int) throws(Failure) {
    self.capacity = network.isStateful ? capacity : 0
    var count = 0
    for layer in network.layers {
      offsets.append(count)
      isFresh.append(true)
      count += layer.stateWidth
    }
    for index in offsets.indices {
      offsets[index] = try checkedProduct(offsets[index], self.capacity, of: "states")
    }
    buffer = try FloatBuffer(count: try checkedProduct(count, self.capacity, of: "states"))
  }

  /// Before a batch of some samples. Where no layer is stateful any number will do.
  /// - Throws: `.shape` for another number than the batch before had
  func begin(_ count: Int) throws(Failure) {
    guard buffer.count > 0, count > 0 else { return }
    guard count <= capacity else {
      throw Failure(
        .shape,
        "stateful layers keep the states of at most batch_size \(capacity) samples, got \(count)")
    }
    guard rows == count || !isFresh.contains(false) else {
      throw Failure(
        .shape,
        "sample i goes on from sample i of the batch before, which had \(rows) samples, got "
          + "\(count): reset the states first")
    }
    rows = count
    for layer in isFresh.indices { isFresh[layer] = floats(ofLayer: layer) == 0 }
  }

  private func floats(ofLayer layer: Int) -> Int {
    (layer + 1 < offsets.count ? offsets[layer + 1] : buffer.count) - offsets[layer]
  }

  /// The states of a layer, or of all, become zero; behind all, any number of samples may follow.
  /// - Throws: `.argument` for a layer that does not exist
  func reset(_ layer: Int? = nil) throws(Failure) {
    if let layer, !isFresh.indices.contains(layer) {
      throw Failure(.argument, "layer must be below \(isFresh.count), got \(layer)")
    }
    for index in isFresh.indices where layer == nil || layer == index {
      (buffer.pointer + offsets[index]).update(repeating: 0, count: floats(ofLayer: index))
      isFresh[index] = true
    }
  }

  /// The state of a layer for the samples from a row on.
  func pointer(_ layer: Int, width: Int, row: Int) -> UnsafeMutablePointer<Float> {
    buffer.pointer + offsets[layer] + row * width
  }
}

extension Network {
  var isStateful: Bool { stateWidth > 0 }

  /// Floats that all layers keep of a sample.
  var stateWidth: Int { layers.reduce(0) { $0 + $1.stateWidth } }

  /// Whether data can be cut into batches of one size, which stateful layers need.
  /// - Throws: `.shape`
  func checkWholeBatches(_ sampleCount: Int, _ batchSize: Int) throws(Failure) {
    guard isStateful, sampleCount % batchSize != 0 else { return }
    throw Failure(
      .shape,
      "stateful layers need whole batches: \(sampleCount) samples are no multiple of batch_size "
        + "\(batchSize)")
  }
}
