import XCTest

@testable import CNNLSTM

final class WorkspaceTests: XCTestCase {
  private let conv = LayerConfiguration(.conv1D, [.filters: 3, .kernelSize: 2])

  /// Layers that do nothing outside training hand on what they get.
  func testIdentityLayers() throws {
    let network = try LayerCase([LayerConfiguration(.dropout), LayerConfiguration(.flatten)])
      .network
    let inputs = (0..<42).map { Float($0) }
    XCTAssertEqual(try NetworkRun(network, [], rows: 2, length: 7).forward(inputs), inputs)
  }

  /// What lies in front of the first trainable layer gets no gradient and needs none.
  func testLayersInFrontOfTraining() throws {
    let layers = [LayerConfiguration(.normalization), LayerConfiguration(.dropout), conv]
    let network = try LayerCase(layers).network
    let values = [Float](repeating: 1, count: network.layout.count)
    let run = try NetworkRun(network, values, rows: 1, length: 7)
    _ = try run.forward([Float](repeating: 2, count: 21))
    let gradient = try run.backward([Float](repeating: 1, count: 18))
    XCTAssertEqual(Array(gradient[..<7]), [Float](repeating: 0, count: 7))
    // Each weight of the kernel sees (2 − 1) six times, each bias six times 1.
    XCTAssertEqual(Array(gradient[7...]), [Float](repeating: 6, count: 21))
  }

  /// Gradients are added to what is there.
  func testGradientsAdd() throws {
    let network = try LayerCase([conv]).network
    let values = [Float](repeating: 0.5, count: network.layout.count)
    let run = try NetworkRun(network, values, rows: 1, length: 7)
    _ = try run.forward((0..<21).map { Float($0) })
    let once = try run.backward([Float](repeating: 1, count: 18))
    XCTAssertEqual(once, try run.backward([Float](repeating: 1, count: 18)))
    XCTAssertNotEqual(once, [Float](repeating: 0, count: once.count))
  }
}
