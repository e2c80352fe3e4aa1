import XCTest

@testable import CNNLSTM

final class PenaltiesTests: XCTestCase {
  private func layout(_ fields: KeyValuePairs<Field, Value>) throws -> ParameterLayout {
    var network = Network()
    try network.append(LayerConfiguration(.input, [.length: 5, .channels: 2]))
    try network.append(LayerConfiguration(.conv1D, fields))
    return network.layout
  }

  func testPenaltyAndItsGradient() throws {
    let layout = try layout([
      .filters: 1, .kernelSize: 1, .kernelRegularizer: .regularizer(Regularizer(l1: 0.5, l2: 2)),
    ])
    var gradient: [Float] = [1, 1, 1]
    XCTAssertTrue(layout.hasRegularizers)
    XCTAssertEqual(layout.penalty([3, -4, 100]), 0.5 * 7 + 2 * 25)
    layout.addPenaltyGradient([3, -4, 100], &gradient)
    XCTAssertEqual(gradient, [1 + 0.5 + 12, 1 - 0.5 - 16, 1])
  }

  /// A frozen layer has no penalty, as in Keras.
  func testFrozenLayersArePassedOver() throws {
    let layout = try layout([
      .filters: 1, .kernelSize: 1, .trainable: false,
      .kernelRegularizer: .regularizer(Regularizer(l1: 1)),
      .kernelConstraint: .constraint(Constraint(maxNorm: 1)),
    ])
    var weights: [Float] = [3, 4, 5]
    layout.constrain(&weights)
    XCTAssertFalse(layout.hasRegularizers)
    XCTAssertEqual(layout.penalty(weights), 0)
    XCTAssertEqual(weights, [3, 4, 5])
  }

  /// [2 steps, 2 channels, 1 filter]: the norm over axis 0, over axes 0 and 1, over none.
  func testMaxNormOverItsAxes() throws {
    let wanted: [(Int32, [Float])] = [
      (1, [0.6, 0.6, 0.8, 0.8]), (3, [3, 6, 4, 8].map { $0 / Float(125).squareRoot() }),
    ]
    for (axes, result) in wanted {
      let layout = try layout([
        .filters: 1, .kernelSize: 2, .useBias: false,
        .kernelConstraint: .constraint(Constraint(maxNorm: 1, axes: axes)),
      ])
      var weights: [Float] = [3, 6, 4, 8]
      layout.constrain(&weights)
      for (got, value) in zip(weights, result) { XCTAssertEqual(got, value, accuracy: 1e-6) }
    }
  }
}
