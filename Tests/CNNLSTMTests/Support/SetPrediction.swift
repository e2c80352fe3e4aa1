import XCTest

@testable import CNNLSTM

/// What a session with the kernels of an instruction set predicts for samples of a length.
func predict(
  _ model: Model, _ values: FloatBuffer, _ features: CPUFeatures, _ inputs: [Float], rows: Int,
  length: Int
) throws -> [Float] {
  let (network, processor) = (model.network, Processor(features))
  let weights = try Weights(network, values, processor, model.weightType)
  let plan = try Plan(
    network, rows: rows, length: length, isTraining: false, kernels: processor.kernels,
    weightType: model.weightType)
  let workspace = try Workspace(network, plan, processor)
  return withExtendedLifetime(workspace) {
    let output = workspace.forward(
      inputs, rows: rows, length: length, weights.values.pointer, weights.packed.pointer)
    return Array(
      UnsafeBufferPointer(start: output, count: rows * (network.outputShape?.count ?? 0)))
  }
}
