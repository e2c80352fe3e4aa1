import XCTest

@testable import CNNLSTM

/// A small problem that a small model learns.
extension XCTestCase {
  /// Which of three frequencies a signal has: 6 steps of 2 channels.
  func learnable(dropout: Float = 0, stateful: Bool = false) throws -> (
    model: Model, inputs: [Float], labels: [Int32]
  ) {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 6, .channels: 2]))
    try model.add(LayerConfiguration(.conv1D, [.filters: 6, .kernelSize: 3, .activation: .relu]))
    try model.add(
      LayerConfiguration(
        .lstm,
        [
          .units: 9, .dropout: .real(dropout), .recurrentDropout: .real(dropout),
          .stateful: stateful ? 1 : 0,
        ]))
    try model.add(LayerConfiguration(.dropout, [.rate: .real(dropout)]))
    try model.add(LayerConfiguration(.dense, [.units: 3, .activation: .softmax]))
    try model.build(seed: 5)
    var random = RandomSource(seed: 1)
    var (inputs, labels): ([Float], [Int32]) = ([], [])
    for sample in 0..<150 {
      labels.append(Int32(sample % 3))
      for step in 0..<6 {
        let phase = Float(step) * (0.4 + 0.8 * Float(sample % 3))
        inputs += [sinf(phase) + 0.2 * random.normal(), cosf(phase) + 0.2 * random.normal()]
      }
    }
    return (model, inputs, labels)
  }

  func trainer(
    _ model: Model, threads: Int = 1, seed: UInt64 = 3, metrics: [MetricOptions] = [],
    optimizer: OptimizerOptions = OptimizerOptions(.adam)
  ) throws -> Trainer {
    var options = Trainer.Options(optimizer)
    options.optimizer.learningRate = 0.01
    (options.loss, options.threads) = (.sparseCategoricalCrossentropy, threads)
    (options.batchSize, options.seed, options.metrics) = (64, seed, metrics)
    return try Trainer(model, options)
  }

  @discardableResult
  func fit(
    _ trainer: Trainer, _ inputs: [Float], _ labels: [Int32],
    _ options: Trainer.FitOptions = Trainer.FitOptions(),
    watch: (TrainingProgress) -> Bool = { _ in true }
  ) throws -> Trainer.Outcome {
    try withData(inputs, labels) { try trainer.fit($0, options, watch: watch) }
  }

  func withData<Result>(
    _ inputs: [Float], _ labels: [Int32], _ body: (Dataset) throws -> Result
  ) throws -> Result {
    try inputs.withUnsafeBufferPointer { inputs in
      try labels.withUnsafeBufferPointer {
        try body(Dataset(sampleCount: $0.count, length: 6, inputs: inputs, labels: $0))
      }
    }
  }
}
