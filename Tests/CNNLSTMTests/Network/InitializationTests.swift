import XCTest

@testable import CNNLSTM

final class InitializationTests: XCTestCase {
  /// The kernel of a Dense on `rows` channels.
  private func kernel(
    _ initializer: Initializer, rows: Int, columns: Int, seed: UInt64 = 1
  ) throws -> [Float] {
    let layer = LayerConfiguration(
      .dense, [.units: .integer(columns), .kernelInitializer: .initializer(initializer)])
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: -1, .channels: .integer(rows)]))
    try model.add(layer)
    try model.build(seed: seed)
    return Array(try model.allWeights[..<(rows * columns)])
  }

  func testOrthogonal() throws {
    for (rows, columns) in [(40, 40), (70, 20), (20, 70), (1, 5)] {
      let q = try kernel(Initializer(.orthogonal, a: 2), rows: rows, columns: columns)
      let short = min(rows, columns)
      for a in 0..<short {
        for b in 0...a {
          // Columns of a tall matrix, rows of a wide one.
          let dot = (0..<max(rows, columns)).reduce(0.0) { sum, i in
            rows >= columns
              ? sum + Double(q[i * columns + a] * q[i * columns + b])
              : sum + Double(q[a * columns + i] * q[b * columns + i])
          }
          XCTAssertEqual(dot, a == b ? 4 : 0, accuracy: 1e-4)
        }
      }
    }
  }

  func testLimitsAndDeviations() throws {
    let glorot = try kernel(Initializer(.glorotUniform), rows: 60, columns: 90)
    let limit = (6 / Float(150)).squareRoot()
    XCTAssertTrue(glorot.allSatisfy { $0.magnitude <= limit })
    XCTAssertGreaterThan(glorot.max() ?? 0, 0.98 * limit)
    let he = try kernel(Initializer(.heNormal), rows: 60, columns: 90)
    let deviation = (2 / Float(60)).squareRoot()
    let measured = (he.map { $0 * $0 }.reduce(0, +) / Float(he.count)).squareRoot()
    XCTAssertEqual(measured, deviation, accuracy: 0.04 * deviation)
    XCTAssertLessThanOrEqual(he.map { $0.magnitude }.max() ?? 9, 2 * deviation / 0.8796 + 1e-6)
    XCTAssertEqual(try kernel(Initializer(.constant, a: 3), rows: 2, columns: 2), [3, 3, 3, 3])
    let uniform = try kernel(Initializer(.randomUniform, a: 2, b: 3), rows: 9, columns: 9)
    XCTAssertTrue(uniform.allSatisfy { $0 >= 2 && $0 < 3 })
  }

  /// Mean, deviation and greatest of kernels of 60 rows and 90 columns.
  func testDistributions() throws {
    let (cut, root): (Float, Float) = (2 / 0.8796, 1.732_050_8)
    let normal = [Initializer(.glorotNormal), Initializer(.lecunNormal)]
    let uniform = [Initializer(.heUniform), Initializer(.lecunUniform)]
    let wanted: [(Initializer, variance: Float, bound: Float?)] = [
      (normal[0], 2 / 150, cut), (normal[1], 1 / 60, cut), (uniform[0], 2 / 60, root),
      (uniform[1], 1 / 60, root), (Initializer(.randomNormal, b: 0.5), 0.25, nil),
      (Initializer(.truncatedNormal, b: 0.5), 0.25 * 0.8796 * 0.8796, cut),
      (Initializer(.varianceScaling), 1 / 60, cut),
      (Initializer(.varianceScaling, a: 3, b: 1), 3 / 90, cut),
      (Initializer(.varianceScaling, a: 3, b: 2), 3 / 75, cut),
      (Initializer(.varianceScaling, a: 3, b: 4), 3 / 90, nil),
      (Initializer(.varianceScaling, a: 3, b: 8), 3 / 75, root),
    ]
    for (initializer, variance, bound) in wanted {
      let values = try kernel(initializer, rows: 60, columns: 90)
      let (name, deviation) = ("\(initializer)", variance.squareRoot())
      let mean = values.reduce(0, +) / Float(values.count)
      let squares = values.map { $0 * $0 }.reduce(0, +) / Float(values.count)
      let greatest = values.map { $0.magnitude }.max() ?? 0
      XCTAssertEqual(mean, 0, accuracy: 0.05 * deviation, name)
      XCTAssertEqual(squares.squareRoot(), deviation, accuracy: 0.03 * deviation, name)
      if let bound {
        XCTAssertLessThanOrEqual(greatest, bound * deviation * 1.0001, name)
        XCTAssertGreaterThan(greatest, bound * deviation * 0.97, name)
      } else {
        XCTAssertGreaterThan(greatest, 3 * deviation, name)
      }
    }
  }

  func testIdentity() throws {
    XCTAssertEqual(
      try kernel(Initializer(.identity, a: 2), rows: 2, columns: 3), [2, 0, 0, 0, 2, 0])
    XCTAssertEqual(try kernel(Initializer(.identity), rows: 3, columns: 2), [1, 0, 0, 1, 0, 0])
    assertRefused(
      LayerConfiguration(.dense, [.biasInitializer: .initializer(Initializer(.identity))]),
      "dense: identity starts a matrix, but bias has 1 axes")
  }

  func testSeeds() throws {
    let random = Initializer(.randomNormal)
    let first = try kernel(random, rows: 5, columns: 5)
    XCTAssertEqual(first, try kernel(random, rows: 5, columns: 5))
    XCTAssertNotEqual(first, try kernel(random, rows: 5, columns: 5, seed: 2))
    let own = Initializer(.randomNormal, seed: 7)
    XCTAssertEqual(
      try kernel(own, rows: 5, columns: 5), try kernel(own, rows: 5, columns: 5, seed: 2))
  }

  func testForgetBiasIsOne() throws {
    let network = try LayerCase([LayerConfiguration(.lstm, [.units: 2])]).network
    let values = try FloatBuffer(count: network.layout.count)
    try network.layout.initialize(values.pointer, seed: 1)
    let bias = (0..<8).map { values.pointer[network.layout.count - 8 + $0] }
    XCTAssertEqual(bias, [0, 0, 1, 1, 0, 0, 0, 0])
  }
}
