import XCTest

@testable import CNNLSTM

final class CheckpointSectionTests: XCTestCase {
  private func buffer(_ numbers: [Float]) throws -> FloatBuffer {
    let buffer = try FloatBuffer(count: numbers.count)
    for (index, number) in numbers.enumerated() { buffer.pointer[index] = number }
    return buffer
  }

  /// - Parameter states: two a sample.
  private func checkpoint(_ values: [[Float]], states: [Float] = []) throws -> Checkpoint {
    var state: [FloatBuffer] = []
    for numbers in values { state.append(try buffer(numbers)) }
    let states = KeptStates(rows: states.count / 2, floats: try buffer(states))
    var result = Checkpoint(
      optimizer: 2, learningRate: 0.125, seed: .max, nextEpoch: 7, momentumProduct: 0.5,
      state: state, states: states)
    (result.optimizerSteps, result.steps, result.shuffledEpochs) = (11, 12, 13)
    return result
  }

  private func bytes(_ checkpoint: Checkpoint) throws -> [UInt8] {
    var writer = try ByteWriter()
    try checkpoint.write(&writer)
    return writer.result.withUnsafeBytes { Array($0) }
  }

  private func read(_ bytes: [UInt8], count: Int = 3) throws -> Checkpoint {
    try bytes.withUnsafeBytes { (raw) throws in
      var reader = ByteReader(raw, "checkpoint section")
      return try Checkpoint(&reader, count: count, stateWidth: 2)
    }
  }

  private let two: [[Float]] = [[1, 2, 3], [], [4, 5, 6], []]

  func testReadsWhatItWrote() throws {
    let written = try bytes(checkpoint(two))
    XCTAssertEqual(written.count, 128 + 12)
    let found = try read(written)
    XCTAssertEqual([found.optimizerSteps, found.steps, found.shuffledEpochs], [11, 12, 13])
    XCTAssertEqual(found.seed, .max)
    XCTAssertEqual(found.learningRate, 0.125)
    XCTAssertEqual([Int(found.optimizer), Int(found.nextEpoch)], [2, 7])
    XCTAssertEqual(found.momentumProduct, 0.5)
    let state = found.state.map { Array(UnsafeBufferPointer(start: $0.pointer, count: $0.count)) }
    XCTAssertEqual(state, two)
    XCTAssertEqual(try bytes(found), written)
  }

  func testStatesOfSamples() throws {
    let written = try bytes(checkpoint(two, states: [7, 8, 9, 10]))
    XCTAssertEqual(written.count, 192 + 16)
    let found = try read(written).states
    XCTAssertEqual(found.rows, 2)
    XCTAssertEqual((0..<4).map { found.floats.pointer[$0] }, [7, 8, 9, 10])
    XCTAssertEqual(try bytes(try read(written)), written)
    for (at, byte) in [(56, 1), (56, 3), (59, 0x10), (63, 0x80), (150, 1)] {
      var damaged = written
      damaged[at] = UInt8(byte)
      XCTAssertThrowsError(try read(damaged), "byte \(at)") {
        XCTAssertEqual(($0 as? Failure)?.kind, .fileCorrupt)
      }
    }
  }

  func testRefusesWhatIsNotFinite() throws {
    XCTAssertThrowsError(try bytes(checkpoint([[1, .nan, 3], [], [], []]))) {
      XCTAssertEqual(($0 as? Failure)?.kind, .state)
    }
    var written = try bytes(checkpoint(two))
    written.replaceSubrange(64..<68, with: [0, 0, 0x80, 0x7F])
    XCTAssertThrowsError(try read(written)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .fileCorrupt)
    }
  }

  /// Cut anywhere, longer, or with any byte of the head set to 0xFF: refused, or another checkpoint
  /// that is fine.
  func testDamage() throws {
    let written = try bytes(checkpoint(two))
    func assertCorrupt(_ bytes: [UInt8], _ what: String) {
      XCTAssertThrowsError(try read(bytes), what) {
        XCTAssertEqual(($0 as? Failure)?.kind, .fileCorrupt, what)
      }
    }
    for count in 0..<written.count { assertCorrupt(Array(written[..<count]), "cut at \(count)") }
    assertCorrupt(written + [0], "longer")
    for at in [4, 7, 11, 15, 31, 39, 47, 55, 56, 63] {
      var damaged = written
      damaged[at] = 0xFF
      assertCorrupt(damaged, "byte \(at)")
    }
    var padding = written
    padding[80] = 1
    assertCorrupt(padding, "padding")
  }

  func testAHugeCountTakesNoMemory() throws {
    XCTAssertThrowsError(try read(try bytes(checkpoint(two)), count: .max / 8)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .fileCorrupt)
    }
  }
}
