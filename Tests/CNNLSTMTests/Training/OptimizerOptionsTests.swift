import XCTest

@testable import CNNLSTM

final class OptimizerOptionsTests: XCTestCase {
  func testDefaultsAreKerass() {
    XCTAssertEqual(
      OptimizerKind.allCases.map { "\($0.name)" }, ["sgd", "adam", "rmsprop", "adamw", "nadam"])
    XCTAssertEqual(
      OptimizerKind.allCases.map { OptimizerOptions($0).learningRate },
      [0.01, 0.001, 0.001, 0.001, 0.001])
    XCTAssertEqual(
      OptimizerKind.allCases.map { OptimizerOptions($0).weightDecay }, [0, 0, 0, 0.004, 0])
  }

  func testOptionsOutsideTheirRangeAreRefused() throws {
    let changes: [(String, (inout OptimizerOptions) -> Void)] = [
      ("learning_rate must be at least 0, got -1", { $0.learningRate = -1 }),
      ("learning_rate must be at least 0, got NaN", { $0.learningRate = .nan }),
      ("learning_rate must be at least 0, got infinity", { $0.learningRate = .infinity }),
      ("momentum must be 0…1, got 1.5", { $0.momentum = 1.5 }),
      ("beta_1 must be at least 0 and below 1, got 1", { $0.beta1 = 1 }),
      ("beta_2 must be at least 0 and below 1, got -0.5", { $0.beta2 = -0.5 }),
      ("rho must be at least 0 and below 1, got 1", { $0.rho = 1 }),
      ("epsilon must be above 0, got 0", { $0.epsilon = 0 }),
      ("weight_decay must be at least 0, got -1", { $0.weightDecay = -1 }),
      ("clipnorm must be at least 0, got -1", { $0.clipnorm = -1 }),
      ("clipvalue must be at least 0, got NaN", { $0.clipvalue = .nan }),
      ("global_clipnorm must be at least 0, got -1", { $0.globalClipnorm = -1 }),
      ("ema_momentum must be 0…1, got 2", { $0.emaMomentum = 2 }),
      ("ema_overwrite_frequency must be at least 0, got -1", { $0.emaOverwriteFrequency = -1 }),
      ("amsgrad is for adam and adamw, not for nadam", { ($0.kind, $0.amsgrad) = (.nadam, true) }),
      (
        "of clipnorm, clipvalue and global_clipnorm at most one may be above 0",
        { ($0.clipnorm, $0.clipvalue) = (1, 1) }
      ),
    ]
    for (text, change) in changes {
      var options = OptimizerOptions(.adam)
      change(&options)
      XCTAssertThrowsError(try options.check()) { XCTAssertEqual(($0 as? Failure)?.text, text) }
    }
  }
}
