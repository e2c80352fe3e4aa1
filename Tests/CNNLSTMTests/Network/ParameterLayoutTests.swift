import XCTest

@testable import CNNLSTM

final class ParameterLayoutTests: XCTestCase {
  func testOrderShapesAndOffsetsAreKerass() throws {
    let layout = try LayerCase([
      LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2]),
      LayerConfiguration(.lstm, [.units: 5]), LayerConfiguration(.dense, [.units: 2, .useBias: 0]),
    ]).network.layout
    XCTAssertEqual(
      layout.entries.map { "\($0.name)" },
      ["kernel", "bias", "kernel", "recurrent_kernel", "bias", "kernel"])
    XCTAssertEqual(
      layout.entries.map { $0.shape }, [[2, 3, 4], [4], [4, 20], [5, 20], [20], [5, 2]])
    XCTAssertEqual(layout.entries.map { $0.offset }, [0, 24, 28, 108, 208, 228])
    XCTAssertEqual(layout.count, 238)
    XCTAssertEqual(layout.entries(ofLayer: 2).count, 3)
  }

  func testAMaxNormIsAlongAxesThatThereAre() {
    for (axes, text) in [(3, nil), (4, "dense: the axes of a max_norm, bits 4, must be below")] {
      let constraint = Value.constraint(Constraint(maxNorm: 1, axes: Int32(axes)))
      let layer = LayerConfiguration(.dense, [.units: 2, .kernelConstraint: constraint])
      do {
        _ = try LayerCase([layer])
        XCTAssertNil(text)
      } catch {
        XCTAssertTrue((error as? Failure)?.text.hasPrefix(text ?? "none") ?? false, "\(error)")
      }
    }
  }

  func testTooManyParametersAreALimit() {
    let wide = LayerConfiguration(.dense, [.units: 65_536])
    XCTAssertThrowsError(try LayerCase([wide, wide], length: Shape.noTime)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .limit)
      XCTAssertTrue(($0 as? Failure)?.text.hasPrefix("dense_1: ") ?? false)
    }
  }
}
