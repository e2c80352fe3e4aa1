import XCTest

@testable import CNNLSTM

final class BatchNormalizationTests: XCTestCase {
  private func layer(_ fields: KeyValuePairs<Field, Value> = [:]) -> LayerConfiguration {
    LayerConfiguration(.batchNormalization, fields)
  }

  func testShapesAndWeights() throws {
    let network = try LayerCase([layer()]).network
    XCTAssertEqual(network.outputShape, Shape(length: 7, channels: 3))
    let entries = network.layout.entries
    XCTAssertEqual(
      entries.map { "\($0.name)" }, ["gamma", "beta", "moving_mean", "moving_variance"])
    XCTAssertEqual(entries.map { $0.isTrainable }, [true, true, false, false])
    XCTAssertEqual(entries.map { $0.initializer.kind }, [.ones, .zeros, .zeros, .ones])
    XCTAssertTrue(network.needsWholeBatch)
    XCTAssertFalse(try LayerCase([layer([.trainable: 0])]).network.needsWholeBatch)
    let bare = try LayerCase([layer([.center: 0, .scale: 0])]).network
    XCTAssertEqual(bare.layout.entries.map { "\($0.name)" }, ["moving_mean", "moving_variance"])
  }

  func testValuesAndGradients() throws {
    for training in [false, true] {
      for (center, scale) in [(1, 1), (0, 1), (1, 0), (0, 0)] {
        for (channels, length) in [(1, 7), (5, 7), (17, 3), (5, Shape.noTime)] {
          let layers = [
            LayerConfiguration(.dense, [.units: .integer(channels)]),
            layer([.center: .integer(center), .scale: .integer(scale), .epsilon: 0.1]),
            LayerConfiguration(.dense, [.units: 3, .activation: .tanh]),
          ]
          try LayerCase(layers, rows: 4, length: length, training: training).check(
            "\(training), \(center), \(scale), \(channels), \(length)")
        }
      }
    }
  }

  func testALayerThatIsNotTrainableHasItsMovingStatisticsInTraining() throws {
    let layers = [LayerConfiguration(.dense, [.units: 4]), layer([.trainable: 0])]
    try LayerCase(layers, rows: 4, training: true).check("not trainable")
  }

  /// In front of all weights that an optimizer changes, the moving statistics still move.
  func testMovesAsTheFirstLayer() throws {
    let network = try LayerCase(
      [layer([.center: 0, .scale: 0, .momentum: 0.75]), LayerConfiguration(.dense)], length: 2,
      channels: 1
    ).network
    let run = try NetworkRun(network, [1, 2, 1, 0], rows: 2, length: 2)
    _ = try run.forward([1, 2, 3, 6], dropoutSeed: 0)
    let gradients = try run.backward([1, 1, 1, 1])
    network.update(run.values.pointer, from: gradients)
    XCTAssertEqual(run.values.pointer[0], 1 * 0.75 + 3 * 0.25)
    XCTAssertEqual(run.values.pointer[1], 2 * 0.75 + 3.5 * 0.25)
  }

  /// Training of a whole batch by any number of threads, byte for byte; evaluation changes nothing.
  func testTrainingDoesNotDependOnThreads() throws {
    var all: [[Float]] = []
    for threads in [1, 2, 4] {
      let model = Model()
      try model.add(LayerConfiguration(.input, [.length: 5, .channels: 2]))
      try model.add(layer())
      try model.add(LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 2]))
      try model.add(layer([.momentum: 0.5]))
      try model.add(LayerConfiguration(.globalAveragePooling1D))
      try model.add(LayerConfiguration(.dense, [.units: 1]))
      try model.build(seed: 1)
      var options = Trainer.Options()
      (options.loss, options.threads, options.batchSize) = (.mse, threads, 40)
      let trainer = try Trainer(model, options)
      var random = RandomSource(seed: 2)
      let inputs = (0..<50 * 10).map { _ in random.normal() }
      let targets = (0..<50).map { _ in random.normal() }
      try inputs.withUnsafeBufferPointer { inputs in
        try targets.withUnsafeBufferPointer { targets in
          let data = Dataset(sampleCount: 50, length: 5, inputs: inputs, targets: targets)
          var fit = Trainer.FitOptions()
          (fit.epochs, fit.batchSize) = (3, 40)
          _ = try trainer.fit(data, fit)
          let trained = try model.allWeights
          _ = try trainer.evaluate(data)
          XCTAssertEqual(try model.allWeights, trained)
        }
      }
      all.append(try model.allWeights)
    }
    XCTAssertEqual(all[0], all[1])
    XCTAssertEqual(all[0], all[2])
  }
}
