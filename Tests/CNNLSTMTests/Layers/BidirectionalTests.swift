import XCTest

@testable import CNNLSTM

final class BidirectionalTests: XCTestCase {
  private let kinds = [LayerKind.lstm, .gru, .simpleRNN]
  private let merges = [MergeMode.concat, .sum, .mul, .ave]

  private func both(
    _ kind: LayerKind, _ merge: MergeMode, _ fields: KeyValuePairs<Field, Value> = [:]
  ) -> LayerConfiguration {
    var layer = LayerConfiguration(kind)
    (layer[.units], layer[.mergeMode]) = (5, .integer(Int(merge.rawValue)))
    for (field, value) in fields { layer[field] = value }
    return layer
  }

  func testShapesAndNames() throws {
    for kind in kinds {
      for merge in merges {
        let channels = merge == .concat ? 10 : 5
        XCTAssertEqual(try shape(both(kind, merge)), Shape(channels: channels))
        XCTAssertEqual(
          try shape(both(kind, merge, [.returnSequences: 1])),
          Shape(length: 7, channels: channels))
      }
      let layer = both(
        kind, .sum, [.recurrentRegularizer: .regularizer(Regularizer(l1: 0, l2: 0.5))])
      let entries = try LayerCase([layer]).network.layout.entries
      XCTAssertEqual(
        entries.map { "\($0.name)" },
        ["forward", "backward"].flatMap { direction in
          ["kernel", "recurrent_kernel", "bias"].map { "\(direction)_\($0)" }
        })
      XCTAssertEqual(entries.map { $0.regularizer.l2 }, [0, 0.5, 0, 0, 0.5, 0])
    }
    assertRefused(
      both(.gru, .none, [.mergeMode: 5]),
      "GRU: merge_mode must be none, concat, sum, mul or ave, got 5")
  }

  func testEveryMerge() throws {
    for kind in kinds {
      for merge in merges {
        for (sequences, backwards) in [(0, 0), (1, 0), (1, 1)] {
          let layer = both(
            kind, merge,
            [.returnSequences: .integer(sequences), .goBackwards: .integer(backwards)])
          let front = LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2])
          try LayerCase([front, layer], rows: 3).check(
            "\(kind.name), \(merge.name), \(sequences), \(backwards)")
        }
      }
      try LayerCase([both(kind, .concat, [.units: 33, .returnSequences: 1])], rows: 17).check("33")
    }
  }

  /// Directions draw masks of their own, and the same seed gives the same.
  func testDropout() throws {
    let layer = both(.gru, .concat, [.units: 40, .dropout: 0.5, .recurrentDropout: 0.5])
    let network = try LayerCase([layer], length: 4, channels: 8).network
    let half = network.layout.count / 2
    let values = (0..<2 * half).map { Float($0 % half % 13) * 0.02 - 0.1 }
    let run = try NetworkRun(network, values, rows: 1, length: 4)
    let inputs = [Float](repeating: 0.5, count: 4 * 8)
    let plain = try run.forward(inputs)
    assertClose(Array(plain[..<40]), Array(plain[40...]), 1e-6, "inputs that read alike")
    let dropped = try run.forward(inputs, dropoutSeed: 3)
    XCTAssertEqual(dropped, try run.forward(inputs, dropoutSeed: 3))
    XCTAssertNotEqual(Array(dropped[..<40]), Array(dropped[40...]))
  }

  /// Rows and threads do not show, also where fewer samples are computed than were planned for.
  func testBatchesAndThreadsDoNotShow() throws {
    for kind in kinds {
      for type in WeightType.allCases {
        let layers = [both(kind, .mul, [.units: 19, .returnSequences: 1]), both(kind, .concat)]
        let model = try model(length: 50, channels: 3, layers).converted(to: type).model
        var random = RandomSource(seed: 4)
        let inputs = (0..<41 * 150).map { _ in random.normal() }
        var options = Session.Options()
        options.batchSize = 1
        let wanted = try Session(model, options).predict(inputs, sampleCount: 41)
        for (batchSize, threads) in [(7, 1), (32, 2), (64, 3)] {
          (options.batchSize, options.threads) = (batchSize, threads)
          XCTAssertEqual(
            try Session(model, options).predict(inputs, sampleCount: 41), wanted,
            "\(kind.name), \(type.name), \(batchSize) at once, \(threads) threads")
        }
      }
    }
  }
}
