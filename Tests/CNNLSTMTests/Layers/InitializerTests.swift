import XCTest

@testable import CNNLSTM

final class InitializerTests: XCTestCase {
  func testDefaultsAreKerass() {
    XCTAssertEqual(Initializer(.orthogonal).a, 1)
    XCTAssertEqual(Initializer(.randomNormal).b, 0.05)
    XCTAssertEqual(Initializer(.randomUniform).a, -0.05)
    XCTAssertEqual(Initializer(.truncatedNormal).b, 0.05)
    XCTAssertEqual(Initializer(.identity).a, 1)
    XCTAssertEqual(Initializer(.varianceScaling), Initializer(.varianceScaling, a: 1, b: 0))
    XCTAssertEqual(Initializer(.zeros).seed, -1)
  }

  func testBadNumbersAreRefused() {
    for bad in [
      Initializer(.constant, a: .nan), Initializer(.randomNormal, b: -1),
      Initializer(.randomUniform, a: 1, b: 0), Initializer(.zeros, seed: -2),
      Initializer(.truncatedNormal, b: -1), Initializer(.varianceScaling, a: 0),
      Initializer(.varianceScaling, a: 3e38), Initializer(.varianceScaling, b: 9),
      Initializer(.varianceScaling, b: -1), Initializer(.varianceScaling, b: 0.5),
      Initializer(.randomUniform, a: -3e38, b: 3e38), Initializer(.randomNormal, a: 0, b: 3e37),
    ] {
      XCTAssertThrowsError(try bad.check(layer: "dense", field: .kernelInitializer)) {
        XCTAssertEqual(($0 as? Failure)?.kind, .argument)
        XCTAssertTrue(($0 as? Failure)?.text.hasPrefix("dense: kernel_initializer must") ?? false)
      }
    }
    for good in [Initializer(.constant, a: 3e38), Initializer(.randomNormal, a: -3e38, b: 1)] {
      XCTAssertNoThrow(try good.check(layer: "dense", field: .kernelInitializer))
    }
  }
}
