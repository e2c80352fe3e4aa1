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
    var result = Checkpoint(
      optimizer: 2, learningRate: 0.125, seed: .max, nextEpoch: 7, momentumProduct: 0.5,
      state: state)
    result.layerStates = try buffer(states)
    (result.optimizerSteps, result.steps, result.shuffledEpochs) = (11, 12, 13)
    return result
  }

  private func bytes(_ checkpoint: Checkpoint) throws -> [UInt8] {
    var writer = try ByteWriter()
    try checkpoint.write(&writer)
    return writer.result.withUnsafeBytes { Array($0) }
  }

  private func read(
    _ bytes: [UInt8], count: Int = 3, stateWidth: Int = 2
  ) throws -> Checkpoint {
    try bytes.withUnsafeBytes { (raw) throws in
      var reader = ByteReader(raw, "checkpoint section")
      return try Checkpoint(&reader, count: count, stateWidth: stateWidth)
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
    let found = try XCTUnwrap(try read(written).layerStates)
    XCTAssertEqual((0..<found.count).map { found.pointer[$0] }, [7, 8, 9, 10])
    XCTAssertEqual(try bytes(try read(written)), written)
    XCTAssertThrowsError(try read(Array(written.dropLast(4)))) {
      XCTAssertEqual(($0 as? Failure)?.kind, .fileCorrupt)
    }
    for width in [0, 3] {
      XCTAssertThrowsError(try read(written, stateWidth: width)) {
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
    for at in [4, 7, 11, 15, 31, 39, 47, 55] {
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
