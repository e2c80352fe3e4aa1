extension Network {
  /// The longest input a session or trainer is made for.
  /// - Throws: `.shape`, `.argument`
  func longest(_ wanted: Int) throws(Failure) -> Int {
    guard let own = inputShape?.length else { throw Failure(.state, "the model has no layers") }
    guard (0...Shape.longest).contains(wanted) else {
      throw Failure(.argument, "max_length must be 0…\(Shape.longest), got \(wanted)")
    }
    guard own == Shape.anyLength else {
      guard wanted == 0 || wanted >= own else {
        throw Failure(
          .shape, "max_length must be at least the model's length \(own), got \(wanted)")
      }
      return own
    }
    guard wanted > 0 else {
      throw Failure(.argument, "max_length must be given: the model takes inputs of any length")
    }
    return wanted
  }

  /// Floats of a sample and of its output, and the length to compute with.
  /// - Throws: `.shape` for a length the model or the session does not take.
  func sampleSizes(
    length: Int, maxLength: Int
  ) throws(Failure) -> (length: Int, input: Int, output: Int) {
    guard let inputShape else { throw Failure(.state, "the model has no layers") }
    guard inputShape.hasTime else {
      return (
        Shape.noTime, inputShape.channels, try outputShape(inputLength: Shape.noTime).count
      )
    }
    guard inputShape.length == Shape.anyLength || length == inputShape.length else {
      throw Failure(.shape, "length must be \(inputShape.length), got \(length)")
    }
    guard length >= 1, length <= maxLength else {
      throw Failure(.shape, "length must be 1…\(maxLength), got \(length)")
    }
    let output = try outputShape(inputLength: length).count
    return (length, length * inputShape.channels, output)
  }
}
