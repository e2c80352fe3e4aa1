extension Network {
  /// Rows of `channels` that a sample of a length gives, which it must be able to.
  func outputRows(_ length: Int) -> Int {
    var steps = length
    for layer in layers { steps = layer.outputLength(steps) }
    return max(1, steps)
  }

  /// Whether every layer gives an output for inputs of a length.
  private func takes(_ length: Int) -> Bool {
    var steps = length
    for layer in layers {
      if layer.outputShape.hasTime, steps < layer.leastLength { return false }
      steps = layer.outputLength(steps)
    }
    return true
  }

  /// The least length that every layer takes, of lengths up to one that they do take.
  func leastLength(upTo length: Int) -> Int {
    var (least, most) = (1, length)
    while least < most {
      let middle = (least + most) / 2
      if takes(middle) { most = middle } else { least = middle + 1 }
    }
    return least
  }

  /// The first layer that takes the model's own length alone, for a shorter input.
  private func layerFixing(_ own: Int, _ length: Int) -> Int? {
    var (ownSteps, steps) = (own, length)
    for (index, layer) in layers.enumerated() {
      if layer.fixesLength, steps != ownSteps { return index }
      (ownSteps, steps) = (layer.outputLength(ownSteps), layer.outputLength(steps))
    }
    return nil
  }

  /// Checks the lengths of samples that are padded to one length. Takes no memory.
  /// - Throws: `.argument`, `.shape`, naming the sample
  func check(
    _ lengths: UnsafeBufferPointer<Int64>, sampleCount: Int, padded: Int
  ) throws(Failure) {
    guard inputShape?.hasTime == true else {
      throw Failure(.argument, "lengths are for sequences, and the model takes vectors")
    }
    guard lengths.count == sampleCount else {
      throw Failure(.shape, "lengths must hold \(sampleCount) numbers, got \(lengths.count)")
    }
    let least = leastLength(upTo: padded)
    var last = padded
    for (sample, length) in lengths.enumerated() where length != Int64(last) {
      guard length >= 1, length <= Int64(padded) else {
        throw Failure(.shape, "sample \(sample) has length \(length); it must be 1…\(padded)")
      }
      last = Int(length)
      if let layer = layerFixing(padded, last) {
        throw Failure(
          .shape,
          "sample \(sample) has length \(last); \(configurations[layer].name) needs the model's "
            + "whole length \(padded)")
      }
      guard last >= least else {
        throw Failure(
          .shape,
          "sample \(sample) has length \(last); the model needs at least \(least) time steps")
      }
    }
  }

  static var statefulLengths: StaticString { "a stateful layer takes samples of one length" }

  /// Where samples must have one length, so that a layer sees a batch of them at once or goes on
  /// from sample to sample.
  /// - Throws: `.argument`, naming the first sample that has another
  func checkOneLength(
    _ lengths: UnsafeBufferPointer<Int64>?, _ reason: StaticString
  ) throws(Failure) {
    guard let lengths, let first = lengths.first,
      let other = lengths.firstIndex(where: { $0 != first })
    else { return }
    throw Failure(
      .argument,
      "\(reason): sample \(other) has length \(lengths[other]), sample 0 has \(first)")
  }
}
