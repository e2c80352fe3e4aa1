import Kernels

/// All weights of a model at one moment, and the same packed for inference. Never changed: a model
/// that gets new weights gets a new object, so that whoever computes with this one may go on.
final class Weights: Sendable {
  let values: FloatBuffer
  let packed: FloatBuffer

  /// Packs weights it takes over.
  /// - Throws: `.outOfMemory`, `.limit`
  init(_ network: Network, _ values: FloatBuffer, _ processor: Processor) throws(Failure) {
    let plan = try Plan(
      network, rows: 1, length: network.someLength, isTraining: false, kernels: processor.kernels)
    self.values = values
    packed = try FloatBuffer(count: plan.packedCount)
    try Workspace(network, plan, processor).pack(values.pointer, into: packed.pointer)
  }
}

extension Network {
  /// A length of inputs that every layer can take: the model's own, or the least.
  var someLength: Int {
    guard let inputShape, inputShape.length == Shape.anyLength else {
      return inputShape?.length ?? 1
    }
    var length = 1
    while (try? lengths(length)) == nil { length *= 2 }
    return length
  }
}
