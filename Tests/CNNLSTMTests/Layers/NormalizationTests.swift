import XCTest

@testable import CNNLSTM

final class NormalizationTests: XCTestCase {
  func testShapesAndWeights() throws {
    let network = try LayerCase([LayerConfiguration(.normalization)]).network
    XCTAssertEqual(network.outputShape, Shape(length: 7, channels: 3))
    XCTAssertEqual(network.layout.entries.map { $0.shape }, [[3], [3], []])
    XCTAssertEqual(network.layout.entries.map { $0.isTrainable }, [false, false, false])
  }

  func testValuesAndGradientsBelow() throws {
    for channels in [1, 5, 17] {
      let layers = [
        LayerConfiguration(.dense, [.units: .integer(channels)]),
        LayerConfiguration(.normalization),
      ]
      try LayerCase(layers, rows: 3).check("\(channels) channels")
    }
  }

  func testStatistics() {
    let inputs: [Float] = [1, 10, 2, 10, 3, 10, 6, 10]
    var (mean, variance) = ([Float](repeating: 0, count: 2), [Float](repeating: 0, count: 2))
    Normalization.statistics(inputs, rows: 4, channels: 2, mean: &mean, variance: &variance)
    XCTAssertEqual(mean, [3, 10])
    XCTAssertEqual(variance, [3.5, 0])
  }
}
