import CPlatform
import XCTest

@testable import CNNLSTM

final class CPUFeaturesTests: XCTestCase {
  func testSets() {
    XCTAssertEqual(CPUFeatures.allCases.map { "\($0.name)" }, ["sse2", "avx2", "avx512", "avx512_bf16"])
    XCTAssertLessThanOrEqual(CPUFeatures.chosen.rawValue, CPUFeatures.best.rawValue)
    XCTAssertEqual(CPUFeatures.allCases.map { $0.kernels.lanes }, [4, 8, 16])
  }

  func testDenormalsAreFlushedInsideOnly() {
    let tiny = Float.leastNormalMagnitude
    func half(_ x: Float) -> Float { [x].map { $0 * 0.5 }[0] }
    XCTAssertEqual(withFlushedDenormals { half(tiny) }, 0)
    XCTAssertGreaterThan(half(tiny), 0)
  }
}
