import XCTest

@testable import CNNLSTM

final class OptimizerTests: XCTestCase {
  /// Ten steps of every optimizer and option: each batch's loss, and the weights afterwards.
  func testTenStepsAreKerass() throws {
    for fixture in try Fixtures.optimizers() {
      try TrainerTests.assertTrainsAsKeras(fixture)
    }
  }

  func testMemoryIsTakenForWhatAnOptimizerHas() throws {
    let network = try LayerCase([LayerConfiguration(.dense, [.units: 2])]).network
    for (kind, counts) in [
      (OptimizerKind.sgd, [8, 0, 0, 0]), (.adam, [8, 8, 8, 0]), (.adamW, [8, 8, 8, 0]),
      (.nadam, [8, 8, 0, 0]), (.rmsprop, [8, 8, 0, 0]),
    ] {
      var options = OptimizerOptions(kind)
      options.amsgrad = true
      let optimizer = try Optimizer(options, network.layout, Processor.chosen.kernels)
      XCTAssertEqual(optimizer.state.map { $0.count }, counts, "\(kind)")
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
