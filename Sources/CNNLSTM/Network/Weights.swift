import Kernels

/// All weights of a model at one moment, and the same packed for inference. Never changed: a model
/// that gets new weights gets a new object, so that whoever computes with this one may go on.
final class Weights: Sendable {
  let weightType: WeightType
  /// Float32 numbers that the type can hold.
  let values: FloatBuffer
  let packed: FloatBuffer

  /// Packs weights it takes over.
  /// - Throws: `.outOfMemory`, `.limit`
  init(
    _ network: Network, _ values: FloatBuffer, _ processor: Processor,
    _ weightType: WeightType = .float32
  ) throws(Failure) {
    let plan = try Plan(
      network, rows: 1, length: try network.someLength, isTraining: false,
      kernels: processor.kernels, weightType: weightType)
    (self.weightType, self.values) = (weightType, values)
    packed = try FloatBuffer(count: plan.packedCount)
    network.pack(values.pointer, into: packed.pointer, plan, processor)
  }
}

extension Network {
  /// Packs weights for inference. Takes no memory: what a run would need may be much more than what
  /// a small file holds.
  fileprivate func pack(
    _ values: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, _ plan: Plan,
    _ processor: Processor
  ) {
    for (index, layer) in layers.enumerated() {
      // Only parameters and packed are for packing; the others have to point somewhere.
      layer.pack(
        LayerRun(
          processor: processor, weightType: plan.weightType,
          parameters: values + layout.layerOffsets[index], memory: plan.steps[index].memory,
          packed: packed + plan.steps[index].packed, saved: packed, scratch: packed, input: values,
          output: packed, outputGradient: packed, parameterGradient: packed))
    }
  }

  /// A length of inputs that every layer can take: the model's own, or the least power of two.
  /// - Throws: `.limit` if that is longer than inputs may be.
  var someLength: Int {
    get throws(Failure) {
      guard let inputShape, inputShape.length == Shape.anyLength else {
        return inputShape?.length ?? 1
      }
      var length = 1
      while (try? lengths(length)) == nil {
        guard length < 1 << 30 else {
          throw Failure(.limit, "the model needs inputs of more than \(length) time steps")
        }
        length *= 2
      }
      return length
    }
  }
}
