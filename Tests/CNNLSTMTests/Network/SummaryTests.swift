import XCTest

@testable import CNNLSTM

final class SummaryTests: XCTestCase {
  func testTable() throws {
    let network = try LayerCase([
      LayerConfiguration(.normalization), LayerConfiguration(.lstm, [.units: 128]),
    ]).network
    XCTAssertEqual(
      network.summary,
      """
      ┌───────────────────────────────┬──────────────┬─────────┐
      │ Layer (type)                  │ Output Shape │ Param # │
      ├───────────────────────────────┼──────────────┼─────────┤
      │ normalization (Normalization) │ (None, 7, 3) │       7 │
      │ lstm (LSTM)                   │ (None, 128)  │  67,584 │
      └───────────────────────────────┴──────────────┴─────────┘
       Total params: 67,591 (270364 bytes)
       Trainable params: 67,584
       Non-trainable params: 7

      """)
  }

  /// Both wrappers are classes of Keras's, whatever they wrap.
  func testWrappersHaveKerassClass() throws {
    let summary = try LayerCase([
      LayerConfiguration(.gru, [.units: 2, .returnSequences: 1, .mergeMode: 2]),
      LayerConfiguration(.dense, [.units: 2, .timeDistributed: 1]),
      LayerConfiguration(.dense, [.units: 2]),
    ]).network.summary
    let rows = summary.split(separator: "\n").dropFirst(3).prefix(3)
    let names = rows.map { $0.dropFirst(2).prefix { $0 != "│" }.split(separator: " ") }
    XCTAssertEqual(
      names,
      [
        ["bidirectional", "(Bidirectional)"], ["time_distributed", "(TimeDistributed)"],
        ["dense", "(Dense)"],
      ])
  }

  func testNamesOfAnyScriptStayInTheFrame() throws {
    var network = Network()
    try network.append(LayerConfiguration(.input))
    try network.append(LayerConfiguration(.dropout, name: "Größe"))
    let widths = network.summary.split(separator: "\n").prefix(4).map { $0.unicodeScalars.count }
    XCTAssertEqual(Set(widths).count, 1)
  }
}
