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
