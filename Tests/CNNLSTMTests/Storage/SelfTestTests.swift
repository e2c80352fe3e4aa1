import XCTest

@testable import CNNLSTM

final class SelfTestTests: XCTestCase {
  func testAModelPassesItsOwnTestAndNotAnothers() throws {
    let model = try SavedModelTests.model()
    let weights = try model.builtWeights()
    let test = try XCTUnwrap(try SelfTest.make(model.network, weights.values))
    XCTAssertNoThrow(try test.check(model.network, weights, Processor.chosen))
    let other = try model.builtWeights().values.copy()
    other.pointer[other.count - 1] += 0.5
    let changed = try Weights(model.network, other, Processor.chosen)
    XCTAssertThrowsError(try test.check(model.network, changed, Processor.chosen)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .fileSelfTest)
    }
  }

  func testEveryInstructionSetPasses() throws {
    let model = try SavedModelTests.model()
    let values = try model.builtWeights().values
    let test = try XCTUnwrap(try SelfTest.make(model.network, values))
    for features in CPUFeatures.allCases where features.rawValue <= CPUFeatures.best.rawValue {
      let processor = Processor(features)
      let weights = try Weights(model.network, values, processor)
      XCTAssertNoThrow(try test.check(model.network, weights, processor))
    }
  }
}
