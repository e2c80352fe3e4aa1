import XCTest

@testable import CNNLSTM

final class OptimizerTests: XCTestCase {
  /// Ten steps of every optimizer and option: each batch's loss, and the weights afterwards.
  func testTenStepsAreKerass() throws {
    for fixture in try Fixtures.optimizers() {
      try TrainerTests.assertTrainsAsKeras(fixture)
    }
  }

  func testOptionsOutsideTheirRangeAreRefused() throws {
    let changes: [(String, (inout OptimizerOptions) -> Void)] = [
      ("learning_rate must be above 0, got 0", { $0.learningRate = 0 }),
      ("learning_rate must be above 0, got NaN", { $0.learningRate = .nan }),
      ("learning_rate must be above 0, got infinity", { $0.learningRate = .infinity }),
      ("momentum must be 0…1, got 1.5", { $0.momentum = 1.5 }),
      ("beta_1 must be at least 0 and below 1, got 1", { $0.beta1 = 1 }),
      ("beta_2 must be at least 0 and below 1, got -0.5", { $0.beta2 = -0.5 }),
      ("epsilon must be above 0, got 0", { $0.epsilon = 0 }),
      ("global_clipnorm must be at least 0, got -1", { $0.globalClipnorm = -1 }),
    ]
    for (text, change) in changes {
      var options = OptimizerOptions(.adam)
      change(&options)
      XCTAssertThrowsError(try options.check()) { XCTAssertEqual(($0 as? Failure)?.text, text) }
    }
  }

  func testRunsJoinTrainableArraysThatTouch() throws {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 4, .channels: 2]))
    try model.add(LayerConfiguration(.normalization))
    try model.add(LayerConfiguration(.lstm, [.units: 3]))
    try model.add(LayerConfiguration(.dense, [.units: 2]))
    let lstm = 2 * 12 + 3 * 12 + 12
    XCTAssertEqual(model.network.layout.trainableRuns, [5..<5 + lstm + 8])
  }
}
