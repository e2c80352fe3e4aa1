import XCTest

@testable import CNNLSTM

final class CellMemoryTests: XCTestCase {
  /// Fewer samples than planned work on more steps at once, in the same memory: the same numbers.
  func testChunksDoNotShow() throws {
    for kind in [LayerKind.gru, .simpleRNN] {
      let layer = LayerConfiguration(kind, [.units: 19, .returnSequences: 1])
      let model = try model(length: 250, channels: 2, [layer])
      var random = RandomSource(seed: 2)
      let inputs = (0..<70 * 250 * 2).map { _ in random.normal() }
      func predict(_ batchSize: Int) throws -> [Float] {
        var options = Session.Options()
        options.batchSize = batchSize
        return try Session(model, options).predict(inputs, sampleCount: 70)
      }
      let wanted = try predict(1)
      for batchSize in [2, 7, 32, 60, 70, 100] { XCTAssertEqual(try predict(batchSize), wanted) }
    }
  }

  func testAbsurdSizesAreALimit() throws {
    for kind in [LayerKind.gru, .simpleRNN] {
      let model = Model()
      try model.add(LayerConfiguration(.input, [.channels: 4]))
      try model.add(LayerConfiguration(kind, [.units: 64]))
      try model.build()
      var options = Trainer.Options()
      options.maxLength = 1 << 30
      XCTAssertThrowsError(try Trainer(model, options)) {
        XCTAssertTrue([.limit, .outOfMemory].contains(($0 as? Failure)?.kind))
      }
    }
  }
}
