import XCTest

@testable import CNNLSTM

final class StepMaskTests: XCTestCase {
  private let length = 5

  /// A mask of two samples: one with the steps 1, 2 and 4, and one without any.
  private func withMask(_ body: (StepMask) throws -> Void) throws {
    let memory = try FloatBuffer(count: try StepMask.floats(rows: 2, length: length))
    let mask = StepMask(memory.pointer, rows: 2, length: length)
    let flags: [UInt8] = [0, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    for (step, flag) in flags.enumerated() { mask.flags[step] = flag }
    mask.finish()
    try body(mask)
    withExtendedLifetime(memory) {}
  }

  func testStepsThatCount() throws {
    try withMask { mask in
      XCTAssertEqual([mask.count(0), mask.count(1)], [3, 0])
      XCTAssertEqual((0..<3).map { mask.time(0, $0) }, [1, 2, 4])
    }
    XCTAssertThrowsError(try StepMask.floats(rows: 1 << 40, length: 1 << 30))
  }

  func testAWalkVisitsThemAlone() throws {
    try withMask { mask in
      for (backwards, times) in [(false, [1, 2, 4]), (true, [4, 2, 1])] {
        let walk = MaskedWalk(
          mask: mask, goesBackwards: backwards, returnsSequences: true, units: 1,
          zeroesMasked: false)
        XCTAssertEqual((0..<length).map { walk.time(0, $0) }, times + [nil, nil])
        XCTAssertEqual((0..<length).map { walk.time(1, $0) }, [nil, nil, nil, nil, nil])
      }
    }
  }

  /// Central differences behind masks at every place, with activations that go to infinity where
  /// nothing counts.
  func testRecurrentLayersBehindMasks() throws {
    for kind in [LayerKind.lstm, .gru, .simpleRNN] {
      for (sequences, backwards, merge) in [
        (0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 2),
      ] {
        for activation in [Value.tanh, .relu, .linear] {
          let layer = LayerConfiguration(
            kind,
            [
              .units: 5, .returnSequences: .integer(sequences), .activation: activation,
              .goBackwards: .integer(backwards), .mergeMode: .integer(merge),
            ])
          let dense = LayerConfiguration(.dense, [.units: 3, .activation: .relu])
          // relu makes steps of zeros.
          try LayerCase([dense, LayerConfiguration(.masking), layer], rows: 9, length: 6)
            .check("\(kind.name), \(sequences), \(backwards), \(merge), \(activation)")
        }
      }
    }
  }

  /// Masked steps with others on both sides, in front of every kind of layer.
  func testAMaskInTheMiddleOfASequence() throws {
    try assertKerass(Fixtures.masking().filter { $0.name.hasSuffix("_middle") }, 41)
  }

  /// A masked sample gives what it gives without the masked steps.
  func testMaskedStepsMayAsWellBeLeftOut() throws {
    for type in WeightType.allCases {
      let layers = [
        LayerConfiguration(.masking, [.maskValue: 9.0]), LayerConfiguration(.lstm, [.units: 19]),
        LayerConfiguration(.dense, [.units: 2]),
      ]
      let model = try model(length: 0, channels: 2, layers).converted(to: type).model
      var options = Session.Options()
      options.maxLength = 240
      let session = try Session(model, options)
      var random = RandomSource(seed: 2)
      for count in [0, 1, 7, 120, 240] {
        let steps = (0..<count).map { _ in [random.normal(), random.normal()] }
        var masked = steps
        for _ in count..<240 {
          masked.insert([9, 9], at: Int(random.below(UInt64(masked.count + 1))))
        }
        let got = try session.predict(
          masked.flatMap { $0 }, sampleCount: 1, length: 240)
        guard count > 0 else {
          XCTAssertTrue(got.allSatisfy { $0.isFinite })
          continue
        }
        let wanted = try session.predict(
          steps.flatMap { $0 }, sampleCount: 1, length: count)
        assertClose(got, wanted, 1e-6, "\(type.name), \(count)")
      }
    }
  }
}
