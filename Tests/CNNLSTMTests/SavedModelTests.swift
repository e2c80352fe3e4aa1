import Foundation
import XCTest

@testable import CNNLSTM

final class SavedModelTests: XCTestCase {
  private let folder = FileManager.default.temporaryDirectory.path

  static func model() throws -> Model {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: 6, .channels: 2]))
    try model.add(LayerConfiguration(.normalization))
    try model.add(
      LayerConfiguration(
        .conv1D, name: "Faltung", [.filters: 3, .kernelSize: 2, .padding: .causal]))
    try model.add(LayerConfiguration(.lstm, [.units: 3, .dropout: 0.25, .goBackwards: 1]))
    try model.add(LayerConfiguration(.dense, [.units: 2, .activation: .softmax]))
    try model.build(seed: 4)
    try model.setLabels(["walking", "läuft"])
    try model.setMetadata("sensor", "wrist")
    return model
  }

  func testAFileIsTheModel() throws {
    let (model, path) = (try Self.model(), "\(folder)/saved-\(getpid()).cnnlstm")
    defer { unlink(path) }
    try model.save(to: path)
    let loaded = try Model(path: path)
    XCTAssertEqual(try loaded.allWeights, try model.allWeights)
    XCTAssertEqual(loaded.labels, model.labels)
    XCTAssertEqual(loaded.metadata.map { "\($0.key)=\($0.value)" }, ["sensor=wrist"])
    for (a, b) in zip(loaded.network.configurations, model.network.configurations) {
      XCTAssertEqual(a.name, b.name)
      for field in Field.allCases { XCTAssertEqual(a[field], b[field]) }
    }
    let first = try Data(contentsOf: URL(fileURLWithPath: path))
    try loaded.save(to: path)
    XCTAssertEqual(
      try Data(contentsOf: URL(fileURLWithPath: path)), first, "same model, same bytes")
  }

  /// Files of format 1.0, 1.1 and 1.2 that are in the repository: today's reader reads them, and
  /// today's writer still gives their bytes, but for the outputs of the self-test, which may change
  /// with the library. CNNLSTM_WRITE_GOLDEN=1 writes them anew, for a new version of the format.
  func testGoldenFiles() throws {
    let files: [(Model, WeightType, String)] = [
      (try Self.model(), .float32, "golden"), (try Self.model(), .bfloat16, "golden_bfloat16"),
      (try Self.model(), .int8, "golden_int8"), (try everyKind(), .float32, "golden_layers"),
    ]
    for (original, type, name) in files {
      let path = Fixtures.folder.appendingPathComponent("\(name).cnnlstm")
      let model = try original.converted(to: type).model
      let image = try FileImage(model)
      if ProcessInfo.processInfo.environment["CNNLSTM_WRITE_GOLDEN"] == "1" {
        try Data(image.bytes).write(to: path)
      }
      let golden = FileImage(Array(try Data(contentsOf: path)))
      let loaded = try golden.load()
      XCTAssertEqual(loaded.weightType, type)
      try assertSame(loaded, model)
      XCTAssertEqual(image.bytes.count, golden.bytes.count)
      XCTAssertEqual(image.number(8, 4), golden.number(8, 4), "version")
      for kind: UInt32 in 1...(original.labels.isEmpty ? 2 : 4) {
        XCTAssertEqual(
          image.bytes[try image.section(kind)], golden.bytes[try golden.section(kind)])
      }
    }
  }

  func testAFailedSaveLeavesTheOldFile() throws {
    let path = "\(folder)/old-\(getpid()).cnnlstm"
    defer { unlink(path) }
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    XCTAssertThrowsError(try Self.model().save(to: "\(path)/below")) {
      XCTAssertEqual(($0 as? Failure)?.kind, .fileAccess)
    }
    XCTAssertThrowsError(try Model().save(to: path)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .state)
    }
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path)), Data("old".utf8))
  }

  func testWhatIsNoModel() {
    for path in ["/nonexistent/model", folder, "/dev/null", #filePath] {
      XCTAssertThrowsError(try Model(path: path)) {
        XCTAssertTrue(($0 as? Failure)?.text.hasPrefix(path) ?? false, path)
      }
    }
  }
}

extension Model {
  /// The bytes of this model's file.
  var fileBytes: [UInt8] {
    get throws { try encoded().withUnsafeBytes { Array($0) } }
  }

  static func loaded(_ bytes: [UInt8], _ options: LoadOptions = LoadOptions()) throws -> Model {
    try bytes.withUnsafeBytes { try Model(bytes: $0, options) }
  }
}
