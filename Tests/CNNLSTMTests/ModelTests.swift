import XCTest

@testable import CNNLSTM

final class ModelTests: XCTestCase {
  private func model(built: Bool = true) throws -> Model {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 4, .channels: 2]))
    try model.add(LayerConfiguration(.normalization))
    try model.add(LayerConfiguration(.lstm, [.units: 3]))
    try model.add(LayerConfiguration(.dense, [.units: 2, .activation: .softmax]))
    if built { try model.build(seed: 1) }
    return model
  }

  private func assertFails(
    _ kind: Failure.Kind, _ text: String, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), line: line) {
      XCTAssertEqual(($0 as? Failure)?.kind, kind, line: line)
      XCTAssertEqual(($0 as? Failure)?.text, text, line: line)
    }
  }

  func testLifeCycle() throws {
    let model = try model(built: false)
    XCTAssertFalse(model.isBuilt)
    assertFails(.state, "the model is not built: it has no weights yet") { _ = try Session(model) }
    try model.build()
    XCTAssertTrue(model.isBuilt)
    assertFails(.state, "the model is built already") { try model.build() }
    assertFails(.state, "the model is built: no layer can be added") {
      try model.add(LayerConfiguration(.dropout))
    }
    assertFails(.state, "the model has no layers") { try Model().build() }
  }

  func testWeightsAreReplacedAsAWholeOrNot() throws {
    let model = try model()
    let before = try model.allWeights
    var values = before.map { $0 + 1 }
    try model.setWeights(values, count: values.count)
    XCTAssertEqual(try model.allWeights, values)
    values[9] = .nan
    assertFails(.data, "weights must be finite, number 9 is NaN") {
      try model.setWeights(values, count: values.count)
    }
    assertFails(.shape, "the model has \(before.count) parameters, got 3") {
      try model.setWeights(values, count: 3)
    }
    XCTAssertEqual(try model.allWeights, before.map { $0 + 1 })
  }

  /// A frozen layer keeps its weights in a trainer made afterwards, and kernels of a frozen layer
  /// are kernels still.
  func testTrainable() throws {
    let model = try model()
    let kernels = model.network.layout.entries.filter { $0.isKernel }.count
    try model.setTrainable(layer: 2, false)
    XCTAssertEqual(
      model.network.layout.entries.map { $0.isTrainable },
      [false, false, false, false, false, false, true, true])
    XCTAssertEqual(model.network.layout.entries.filter { $0.isKernel }.count, kernels)
    let before = try model.allWeights
    let (inputs, targets): ([Float], [Float]) = ((0..<8).map { Float($0) }, [1, 0])
    try inputs.withUnsafeBufferPointer { inputs in
      try targets.withUnsafeBufferPointer { targets in
        let data = Dataset(sampleCount: 1, length: 4, inputs: inputs, targets: targets)
        _ = try Trainer(model).fit(data) { _ in true }
      }
    }
    let after = try model.allWeights
    let dense = model.network.layout.entries[6].offset
    XCTAssertEqual(after[..<dense], before[..<dense])
    XCTAssertNotEqual(after[dense...], before[dense...])
    assertFails(.argument, "layer must be below 4, got 4") {
      try model.setTrainable(layer: 4, false)
    }
  }

  func testAdapt() throws {
    let model = try model()
    let inputs: [Float] = [1, 10, 2, 10, 3, 10, 6, 10]
    try model.adapt(layer: 1, inputs: inputs, inputCount: 8, sampleCount: 1, length: 4)
    XCTAssertEqual(Array(try model.allWeights[..<5]), [3, 10, 3.5, 0, 0])
    assertFails(.argument, "layer 2 is not a Normalization") {
      try model.adapt(layer: 2, inputs: inputs, inputCount: 8, sampleCount: 1, length: 4)
    }
    assertFails(.shape, "inputs must hold 2 samples of 8 numbers, got 8 numbers") {
      try model.adapt(layer: 1, inputs: inputs, inputCount: 8, sampleCount: 2, length: 4)
    }
    assertFails(.data, "the variance of channel 1 is beyond float32") {
      try model.adapt(
        layer: 1, inputs: [1, 1e30, 1, -1e30], inputCount: 4, sampleCount: 1, length: 2)
    }
    XCTAssertEqual(Array(try model.allWeights[..<5]), [3, 10, 3.5, 0, 0])
  }

  func testLabels() throws {
    let model = try model()
    try model.setLabels(["walking", "läuft"])
    XCTAssertEqual(model.labels, ["walking", "läuft"])
    assertFails(.shape, "the output has 2 channels, got 1 labels") { try model.setLabels(["a"]) }
    assertFails(.argument, "label 1 must have at most 1024 bytes, got 1025") {
      try model.setLabels(["a", String(repeating: "x", count: 1_025)])
    }
    XCTAssertEqual(model.labels.count, 2)
    try model.setLabels([])
    XCTAssertEqual(model.labels, [])
  }

  func testMetadataIsSorted() throws {
    let model = try model()
    for key in ["b", "a", "ä", "B"] { try model.setMetadata(key, "of \(key)") }
    XCTAssertEqual(model.metadata.map { $0.key }, ["B", "a", "b", "ä"])
    try model.setMetadata("a", "new")
    try model.setMetadata("b", nil)
    XCTAssertEqual(model.metadata.map { $0.value }, ["of B", "new", "of ä"])
    assertFails(.argument, "a metadata key must have 1…256 bytes, got 0") {
      try model.setMetadata("", "x")
    }
  }
}
