import XCTest

@testable import CNNLSTM

final class BatchRunnerTests: XCTestCase {
  private func gradient(
    _ order: [Int], samples: Int, threads: Int
  ) throws -> (gradient: [Float], loss: Double) {
    let network = try LayerCase(
      [LayerConfiguration(.lstm, [.units: 5]), LayerConfiguration(.dense, [.units: 2])], length: 4
    ).network
    let values = try FloatBuffer(count: network.layout.count)
    try network.layout.initialize(values.pointer, seed: 1)
    let runner = try BatchRunner(
      network, values, .mse, batchSize: samples, maxLength: 4, threads: threads)
    runner.weightsChanged()
    var random = RandomSource(seed: 6)
    let inputs = (0..<samples * 12).map { _ in random.normal() }
    let targets = (0..<samples * 2).map { _ in random.normal() }
    return try inputs.withUnsafeBufferPointer { inputs in
      try targets.withUnsafeBufferPointer { targets in
        let data = Dataset(sampleCount: samples, length: 4, inputs: inputs, targets: targets)
        let sizes = try data.check(network, .mse, maxLength: 4)
        let sums = order.withUnsafeBufferPointer {
          runner.gradient(
            data, sizes, order: $0.baseAddress!, count: $0.count,
            classWeights: nil, dropoutSeed: 1)
        }
        let losses = runner.losses(data, sizes, first: 0, count: samples)
        if order == Array(0..<samples) { XCTAssertEqual(losses.loss, sums.loss, accuracy: 1e-9) }
        return (
          Array(UnsafeBufferPointer(start: runner.gradient, count: values.count)), sums.loss
        )
      }
    }
  }

  func testABatchIsTheMeanOfItsSamples() throws {
    for samples in [1, 15, 16, 17, 33, 130] {
      let batch = try gradient(Array(0..<samples), samples: samples, threads: 1)
      var (sum, loss) = ([Float](repeating: 0, count: batch.gradient.count), 0.0)
      for sample in 0..<samples {
        let one = try gradient([sample], samples: samples, threads: 1)
        loss += one.loss
        for at in sum.indices { sum[at] += one.gradient[at] / Float(samples) }
      }
      assertClose(batch.gradient, sum, 1e-5, "\(samples) samples")
      XCTAssertEqual(batch.loss, loss, accuracy: 1e-4)
    }
  }

  /// The mean over all rows of the samples alone, each at its own length.
  func testLengths() throws {
    for seed in 100..<140 as Range<UInt64> {
      let ragged = try RaggedCase(seed: seed, samples: 21)
      let rows = ragged.lengths.map { ragged.network.outputRows($0) }
      let padded = ragged.network.outputRows(ragged.padded) * 3
      var random = RandomSource(seed: seed)
      let targets = rows.map { (0..<$0 * 3).map { _ in random.normal() } }
      var (sum, loss) = ([Float](repeating: 0, count: ragged.weights.count), 0.0)
      for (sample, length) in ragged.lengths.enumerated() {
        let one = try gradient(ragged, ragged.samples[sample], targets[sample], [length], length)
        loss += one.sums.loss
        let share = Float(rows[sample]) / Float(rows.reduce(0, +))
        for at in sum.indices { sum[at] += one.gradient[at] * share }
      }
      let behind = targets.flatMap { $0 + [Float](repeating: .nan, count: padded - $0.count) }
      let all = try [1, 3].map { threads in
        try gradient(
          ragged, ragged.inputs(padding: .nan), behind, ragged.lengths, ragged.padded,
          threads: threads)
      }
      assertClose(all[0].gradient, sum, 1e-6, "\(seed): \(ragged.description)")
      XCTAssertEqual(all[0].gradient, all[1].gradient)
      XCTAssertEqual(all[0].sums.loss, loss, accuracy: 1e-4)
      XCTAssertEqual(all[0].sums.rows, rows.reduce(0, +))
    }
  }

  private func gradient(
    _ ragged: RaggedCase, _ inputs: [Float], _ targets: [Float], _ lengths: [Int], _ padded: Int,
    threads: Int = 1
  ) throws -> (gradient: [Float], sums: LossSums) {
    let values = try FloatBuffer(count: ragged.weights.count)
    values.pointer.update(from: ragged.weights, count: values.count)
    let runner = try BatchRunner(
      ragged.network, values, .mse, batchSize: 64, maxLength: padded, threads: threads)
    runner.weightsChanged()
    return try inputs.withUnsafeBufferPointer { inputs in
      try targets.withUnsafeBufferPointer { targets in
        try lengths.map { Int64($0) }.withUnsafeBufferPointer { lengths in
          let data = Dataset(
            sampleCount: lengths.count, length: padded, inputs: inputs, targets: targets,
            lengths: lengths)
          let sizes = try data.check(ragged.network, .mse, maxLength: padded)
          let sums = runner.gradient(
            data, sizes, order: nil, count: lengths.count, classWeights: nil, dropoutSeed: 1)
          return (
            Array(UnsafeBufferPointer(start: runner.gradient, count: values.count)), sums
          )
        }
      }
    }
  }

  func testBytesDoNotDependOnThreads() throws {
    for samples in [1, 17, 130] {
      let all = try [1, 2, 4].map {
        try gradient(Array((0..<samples).reversed()), samples: samples, threads: $0).gradient
      }
      XCTAssertEqual(all[0], all[1])
      XCTAssertEqual(all[0], all[2])
    }
  }
}
