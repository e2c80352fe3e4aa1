import XCTest

@testable import CNNLSTM

final class SavedTrainingTests: XCTestCase {
  private func options(_ epochs: Int, from first: Int = 0) -> Trainer.FitOptions {
    var options = Trainer.FitOptions()
    (options.epochs, options.initialEpoch) = (epochs, first)
    return options
  }

  private func bits(_ model: Model) throws -> [UInt32] { try model.allWeights.map(\.bitPattern) }

  private func load(_ trainer: Trainer, _ file: FileBytes) throws {
    try file.withUnsafeBytes { (bytes) throws in try trainer.load(bytes: bytes) }
  }

  /// All kinds of optimizers with all the state they can have.
  private var optimizers: [OptimizerOptions] {
    OptimizerKind.allCases.map { kind in
      var options = OptimizerOptions(kind)
      options.momentum = kind == .sgd || kind == .rmsprop ? 0.9 : 0
      (options.amsgrad, options.centered) = (kind == .adam || kind == .adamW, kind == .rmsprop)
      return options
    }
  }

  func testSixEpochsAreThreeAndThree() throws {
    let (_, inputs, labels) = try learnable()
    for optimizer in optimizers {
      let whole = try learnable(dropout: 0.2).model
      try fit(try trainer(whole, threads: 2, optimizer: optimizer), inputs, labels, options(6))
      let half = try learnable(dropout: 0.2).model
      let first = try trainer(half, optimizer: optimizer)
      try fit(first, inputs, labels, options(3))
      let file = try first.encoded()
      let resumed = try learnable(dropout: 0.2).model
      let second = try trainer(resumed, seed: 99, optimizer: optimizer)
      try load(second, file)
      XCTAssertEqual(try bits(resumed), try bits(half))
      XCTAssertEqual(second.nextEpoch, 3)
      try fit(second, inputs, labels, options(6, from: second.nextEpoch))
      XCTAssertEqual(try bits(resumed), try bits(whole), "\(optimizer.kind)")
      XCTAssertNotEqual(try bits(half), try bits(whole))
    }
  }

  /// States of stateful layers go on too, in a trainer that went elsewhere meanwhile.
  func testStatesGoOn() throws {
    let (_, inputs, labels) = try learnable()
    func options(_ epochs: Int, from first: Int = 0) -> Trainer.FitOptions {
      var options = self.options(epochs, from: first)
      options.batchSize = 50
      return options
    }
    func trainer(_ model: Model) throws -> Trainer {
      var options = Trainer.Options()
      (options.loss, options.batchSize) = (.sparseCategoricalCrossentropy, 50)
      return try Trainer(model, options)
    }
    let whole = try learnable(stateful: true).model
    try fit(try trainer(whole), inputs, labels, options(6))
    let first = try trainer(try learnable(stateful: true).model)
    try fit(first, inputs, labels, options(3))
    let file = try first.encoded()
    let resumed = try learnable(stateful: true).model
    let second = try trainer(resumed)
    try fit(second, inputs, labels, options(1))
    try load(second, file)
    try fit(second, inputs, labels, options(6, from: second.nextEpoch))
    XCTAssertEqual(try bits(resumed), try bits(whole))
  }

  /// With a moving average of the weights, which replaces them at the end of a fit, the state of
  /// within the fit is what goes on.
  func testSavedByACallbackAtTheEndOfAnEpoch() throws {
    let (_, inputs, labels) = try learnable()
    var optimizer = OptimizerOptions(.adam)
    optimizer.usesEMA = true
    let whole = try learnable().model
    let first = try trainer(whole, optimizer: optimizer)
    var file: FileBytes?
    try fit(first, inputs, labels, options(6)) {
      if $0.event == .epochEnd, $0.epoch == 2 { file = try? first.encoded() }
      return true
    }
    let resumed = try learnable().model
    let second = try trainer(resumed, optimizer: optimizer)
    try load(second, try XCTUnwrap(file))
    try fit(second, inputs, labels, options(6, from: second.nextEpoch))
    XCTAssertEqual(try bits(resumed), try bits(whole))
  }

  func testTheLearningRateOfTheMomentIsKept() throws {
    let trainer = try trainer(try learnable().model)
    try trainer.setLearningRate(0.25)
    let other = try self.trainer(try learnable().model)
    try load(other, try trainer.encoded())
    XCTAssertEqual(other.learningRate, 0.25)
  }

  func testAModelIsReadFromTheSameFile() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    try fit(trainer, inputs, labels)
    let file = try trainer.encoded()
    let loaded = try file.withUnsafeBytes { (bytes) throws in try Model(bytes: bytes) }
    XCTAssertEqual(try bits(loaded), try bits(model))
    let again = try trainer.encoded().withUnsafeBytes { Array($0) }
    XCTAssertEqual(file.withUnsafeBytes { Array($0) }, again)
  }

  private func refuse(
    _ kind: Failure.Kind, _ text: String, _ trainer: Trainer, _ file: FileBytes, line: UInt = #line
  ) throws {
    let (before, epoch) = (try trainer.encoded().withUnsafeBytes { Array($0) }, trainer.nextEpoch)
    XCTAssertThrowsError(try load(trainer, file), line: line) {
      XCTAssertEqual(($0 as? Failure)?.kind, kind, line: line)
      XCTAssertEqual(($0 as? Failure)?.text, text, line: line)
    }
    XCTAssertEqual(try trainer.encoded().withUnsafeBytes { Array($0) }, before, line: line)
    XCTAssertEqual(trainer.nextEpoch, epoch, line: line)
  }

  func testRefusesWhatDoesNotFit() throws {
    let model = try learnable().model
    let trainer = try trainer(model)
    try refuse(.argument, "the file holds a model, but no training", trainer, try model.encoded())
    var sgd = OptimizerOptions(.sgd)
    try refuse(
      .argument, "the training was with sgd, and this trainer has adam", trainer,
      try self.trainer(model, optimizer: sgd).encoded())
    sgd = OptimizerOptions(.adam)
    sgd.amsgrad = true
    try refuse(
      .argument,
      "the training was with other options of adam: amsgrad, centered or use_ema", trainer,
      try self.trainer(model, optimizer: sgd).encoded())
    try refuse(
      .shape, "the file's model has other layers than this trainer's", trainer,
      try self.trainer(try learnable(dropout: 0.1).model).encoded())
  }

  func testFitDoesNotLoad() throws {
    let (model, inputs, labels) = try learnable()
    let trainer = try trainer(model)
    let file = try trainer.encoded()
    var failures: [Failure.Kind] = []
    try fit(trainer, inputs, labels) { _ in
      do { try self.load(trainer, file) } catch { failures.append((error as! Failure).kind) }
      return false
    }
    XCTAssertEqual(failures, [.state])
  }

  func testFiles() throws {
    let path = NSTemporaryDirectory() + "training-\(UUID().uuidString).cnnlstm"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let trainer = try trainer(try learnable().model)
    try trainer.save(to: try FilePath(path))
    try trainer.load(from: try FilePath(path))
    XCTAssertThrowsError(try trainer.load(from: try FilePath(path + ".not"))) {
      XCTAssertEqual(($0 as? Failure)?.kind, .fileAccess)
    }
  }
}
