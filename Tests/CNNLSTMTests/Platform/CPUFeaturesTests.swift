import CPlatform
import XCTest

@testable import CNNLSTM

final class CPUFeaturesTests: XCTestCase {
  func testSets() {
    XCTAssertEqual(
      CPUFeatures.allCases.map { "\($0.name)" }, ["sse2", "avx2", "avx512", "avx512_bf16"])
    XCTAssertLessThanOrEqual(CPUFeatures.chosen.rawValue, CPUFeatures.best.rawValue)
    XCTAssertEqual(CPUFeatures.allCases.map { $0.kernels.lanes }, [4, 8, 16, 16])
  }

  /// Whatever the instruction set, a model gives the same probabilities within 1e-5.
  func testSetsAgree() throws {
    for (name, model) in [("seed", try seedModel()), ("deep", try deepModel())] {
      let shape = try XCTUnwrap(model.network.inputShape)
      for rows in [1, 19] {
        var random = RandomSource(seed: 3)
        let inputs = (0..<rows * shape.count).map { _ in random.normal() }
        let wanted = try probabilities(model, .sse2, inputs, rows)
        XCTAssertGreaterThan(wanted.max() ?? 0, 0.5, "\(name): no class stands out")
        for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
          let got = try probabilities(model, features, inputs, rows)
          assertClose(got, wanted, 1e-5, "\(name), \(features.name), \(rows) samples")
        }
      }
    }
  }

  private func deepModel() throws -> Model {
    let convolution = LayerConfiguration(
      .conv1D, [.filters: 64, .kernelSize: 3, .activation: .relu])
    return try model(
      length: 128, channels: 9,
      [
        convolution, convolution, LayerConfiguration(.maxPooling1D),
        LayerConfiguration(.lstm, [.units: 256, .returnSequences: 1]),
        LayerConfiguration(.lstm, [.units: 256]),
        LayerConfiguration(.dense, [.units: 6, .activation: .softmax]),
      ])
  }

  /// What a session with kernels of this set predicts, with weights three times as large as
  /// at first, so that classes stand out.
  private func probabilities(
    _ model: Model, _ features: CPUFeatures, _ inputs: [Float], _ rows: Int
  ) throws -> [Float] {
    let values = try model.builtWeights().values.copy()
    for at in 0..<values.count { values.pointer[at] *= 3 }
    let length = inputs.count / rows / (model.network.inputShape?.channels ?? 1)
    return try predict(model, values, features, inputs, rows: rows, length: length)
  }

  func testDenormalsAreFlushedInsideOnly() {
    let tiny = Float.leastNormalMagnitude
    func half(_ x: Float) -> Float { [x].map { $0 * 0.5 }[0] }
    XCTAssertEqual(withFlushedDenormals { half(tiny) }, 0)
    XCTAssertGreaterThan(half(tiny), 0)
  }
}
