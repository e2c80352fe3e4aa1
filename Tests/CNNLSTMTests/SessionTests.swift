import Foundation
import XCTest

@testable import CNNLSTM

final class SessionTests: XCTestCase {
  private func model(_ length: Int = 30) throws -> Model {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: .integer(length), .channels: 3]))
    try model.add(
      LayerConfiguration(
        .conv1D, [.filters: 7, .kernelSize: 3, .padding: .same, .activation: .relu]))
    try model.add(LayerConfiguration(.maxPooling1D))
    try model.add(LayerConfiguration(.lstm, [.units: 19]))
    try model.add(LayerConfiguration(.dense, [.units: 5, .activation: .softmax]))
    try model.build(seed: 2)
    return model
  }

  private func inputs(_ count: Int) -> [Float] {
    var random = RandomSource(seed: 5)
    return (0..<count).map { _ in random.normal() }
  }

  func testBatchesAndThreadsDoNotShow() throws {
    let model = try model()
    let inputs = inputs(101 * 90)
    var options = Session.Options()
    options.batchSize = 1
    let wanted = try Session(model, options).predict(inputs, sampleCount: 101)
    for (batchSize, threads) in [(2, 1), (7, 2), (32, 4), (100, 2), (128, 1)] {
      (options.batchSize, options.threads) = (batchSize, threads)
      XCTAssertEqual(try Session(model, options).predict(inputs, sampleCount: 101), wanted)
    }
  }

  // Samples are dealt out evenly, but no thread gets less work than is worth waking it up for.

  func testThreadsThatGetSeveralSamples() throws {
    for type in WeightType.allCases {
      try checkDealing(type, units: 40, length: 20, counts: 1...100)
    }
  }

  func testThreadsThatGetASample() throws {
    for type in WeightType.allCases {
      try checkDealing(type, units: 65, length: 64, counts: 1...20)
    }
  }

  /// Whatever number of samples, of threads and of samples at once: the same bits.
  private func checkDealing(
    _ type: WeightType, units: Int, length: Int, counts: ClosedRange<Int>
  ) throws {
    let layers = [
      LayerConfiguration(.lstm, [.units: .integer(units)]), LayerConfiguration(.dense, [.units: 2]),
    ]
    let model = try CNNLSTMTests.model(length: length, channels: 3, layers)
      .converted(to: type).model
    let inputs = inputs(counts.upperBound * length * 3)
    var options = Session.Options()
    options.batchSize = 1
    let wanted = try Session(model, options).predict(inputs, sampleCount: counts.upperBound)
      .map { $0.bitPattern }
    for (threads, batchSize) in (1...5).flatMap({ threads in [4, 32].map { (threads, $0) } }) {
      (options.threads, options.batchSize) = (threads, batchSize)
      let session = try Session(model, options)
      for count in counts {
        let some = Array(inputs[..<(count * length * 3)])
        let outputs = try session.predict(some, sampleCount: count).map { $0.bitPattern }
        XCTAssertEqual(
          outputs, Array(wanted[..<(2 * count)]),
          "\(type.name), \(threads) threads, \(count) samples, \(batchSize) at once")
      }
    }
  }

  func testAnyLength() throws {
    var options = Session.Options()
    options.maxLength = 40
    let session = try Session(try model(Shape.anyLength), options)
    for length in [2, 3, 17, 40] {
      let output = try session.predict(inputs(length * 6), sampleCount: 2, length: length)
      XCTAssertEqual(output[..<5].reduce(0, +), 1, accuracy: 1e-5)
    }
    for length in [1, 41] {
      XCTAssertThrowsError(
        try session.predict(inputs(length * 3), sampleCount: 1, length: length)
      ) { XCTAssertEqual(($0 as? Failure)?.kind, .shape) }
    }
  }

  /// Each sample's output is that of the sample alone, to the last bit, whatever the padding.
  func testLengths() throws {
    for seed in 0..<60 as Range<UInt64> {
      let ragged = try RaggedCase(seed: seed, samples: 45)
      let model = try ragged.model()
      var options = Session.Options()
      options.maxLength = ragged.padded
      let alone = try Session(model, options)
      let each = try ragged.network.outputShape(inputLength: ragged.padded).count
      var wanted: [UInt32] = []
      for (sample, length) in zip(ragged.samples, ragged.lengths) {
        let output = try alone.predict(sample, sampleCount: 1, length: length)
        wanted += (output + [Float](repeating: 0, count: each - output.count)).map { $0.bitPattern }
      }
      for (threads, padding) in [(1, Float.nan), (2, 0), (3, .infinity)] {
        (options.threads, options.batchSize) = (threads, 7 * threads)
        let session = try Session(model, options)
        let outputs = try session.predict(
          ragged.inputs(padding: padding), lengths: ragged.lengths, length: ragged.padded)
        XCTAssertEqual(
          outputs.map { $0.bitPattern }, wanted, "\(seed): \(ragged.description), \(threads)")
      }
    }
  }

  /// More samples than are ordered at once.
  func testManyLengths() throws {
    let count = 9_001
    let model = try CNNLSTMTests.model(
      length: 0, channels: 1,
      [LayerConfiguration(.globalAveragePooling1D), LayerConfiguration(.dense)])
    var options = Session.Options()
    (options.maxLength, options.threads) = (3, 2)
    let lengths = (0..<count).map { 1 + $0 % 3 }
    let inputs = lengths.enumerated().flatMap { sample, length in
      (0..<3).map { $0 < length ? Float(sample) : -1 }
    }
    let outputs = try Session(model, options).predict(inputs, lengths: lengths, length: 3)
    let one = try Session(model, options).predict([1], sampleCount: 1, length: 1)[0]
    for (sample, output) in outputs.enumerated() {
      XCTAssertEqual(output, Float(sample) * one, accuracy: 1e-3)
    }
  }

  func testLengthsOfAFixedModel() throws {
    let model = try model()
    let session = try Session(model)
    var options = Session.Options()
    options.maxLength = 30
    let any = Model()
    for (index, layer) in model.network.configurations.enumerated() {
      var layer = layer
      if index == 0 { layer[.length] = 0 }
      try any.add(layer)
    }
    try any.build()
    try any.setWeights(try model.allWeights, count: model.network.layout.count)
    let inputs = inputs(2 * 90)
    let outputs = try session.predict(inputs, lengths: [17, 30], length: 30)
    let short = try Session(any, options).predict(
      Array(inputs[..<51]), sampleCount: 1, length: 17)
    XCTAssertEqual(Array(outputs[..<5]), short)
    XCTAssertThrowsError(try session.predict(inputs, lengths: [30, 1], length: 30)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text,
        "sample 1 has length 1; the model needs at least 2 time steps")
    }
  }

  func testOptionsOutsideTheirRange() throws {
    let model = try model()
    var options = Session.Options()
    options.batchSize = 0
    XCTAssertThrowsError(try Session(model, options)) {
      XCTAssertEqual(($0 as? Failure)?.text, "batch_size must be 1…65536, got 0")
    }
    options = Session.Options()
    options.maxLength = 29
    XCTAssertThrowsError(try Session(model, options)) {
      XCTAssertEqual(
        ($0 as? Failure)?.text, "max_length must be at least the model's length 30, got 29")
    }
  }

  /// While weights are exchanged, a prediction is that of the old or the new ones.
  func testWeightsMayChangeMeanwhile() throws {
    let model = try model()
    let (old, inputs) = (try model.allWeights, inputs(90))
    let new = old.map { $0 * 0.5 }
    func predict(_ weights: [Float]) throws -> [Float] {
      try model.setWeights(weights, count: weights.count)
      return try Session(model).predict(inputs, sampleCount: 1)
    }
    let allowed = try [predict(new), predict(old)]
    let writer = Thread {
      for round in 0..<200 { try? model.setWeights(round % 2 == 0 ? new : old, count: old.count) }
    }
    writer.start()
    let session = try Session(model)
    while !writer.isFinished {
      XCTAssertTrue(allowed.contains(try session.predict(inputs, sampleCount: 1)))
    }
  }
}
