import XCTest

@testable import CNNLSTM

/// Fails unless there are so many fixtures, and outputs, gradients and, in training, moved
/// statistics of each are Keras's.
func assertKerass(
  _ fixtures: [FixtureCase], _ count: Int, file: StaticString = #filePath, line: UInt = #line
) throws {
  XCTAssertEqual(fixtures.count, count, "fixtures", file: file, line: line)
  for fixture in fixtures {
    let run = try NetworkRun(
      fixture.model().network, fixture.weights.floats, rows: fixture.sampleCount,
      length: fixture.length)
    func check(_ got: [Float], _ wanted: [Float]?) throws {
      assertClose(got, try XCTUnwrap(wanted), 1e-5, fixture.name, file: file, line: line)
    }
    try check(
      try run.forward(fixture.input.floats, dropoutSeed: fixture.dropoutSeed), fixture.output)
    let gradients = try run.backward(try XCTUnwrap(fixture.outputGradient))
    try check(fixture.trainable(gradients), fixture.weightGradients)
    guard fixture.training == 1 else { continue }
    run.network.update(run.values.pointer, from: gradients)
    let after = UnsafeBufferPointer(start: run.values.pointer, count: run.values.count)
    try check(Array(after), fixture.weightsAfter)
  }
}
