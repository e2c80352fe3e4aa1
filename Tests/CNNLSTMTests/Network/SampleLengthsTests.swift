import XCTest

@testable import CNNLSTM

final class SampleLengthsTests: XCTestCase {
  private let conv = LayerConfiguration(.conv1D, [.filters: 2, .kernelSize: 3])

  private func network(_ layers: [LayerConfiguration], length: Int = 0) throws -> Network {
    try LayerCase(layers, length: length).network
  }

  private func refusal(_ network: Network, _ lengths: [Int64], padded: Int) -> String? {
    lengths.withUnsafeBufferPointer { lengths -> String? in
      do throws(Failure) {
        try network.check(lengths, sampleCount: 3, padded: padded)
        return nil
      } catch {
        return error.text
      }
    }
  }

  func testLengthsOutsideTheirRange() throws {
    let network = try network([conv, LayerConfiguration(.maxPooling1D), conv])
    XCTAssertNil(refusal(network, [8, 9, 30], padded: 30))
    for (length, text) in [
      (7, "sample 1 has length 7; the model needs at least 8 time steps"),
      (0, "sample 1 has length 0; it must be 1…30"),
      (-5, "sample 1 has length -5; it must be 1…30"),
      (31, "sample 1 has length 31; it must be 1…30"),
      (Int64.max, "sample 1 has length 9223372036854775807; it must be 1…30"),
      (.min, "sample 1 has length -9223372036854775808; it must be 1…30"),
    ] {
      XCTAssertEqual(refusal(network, [30, length, 30], padded: 30), text)
    }
    XCTAssertEqual(refusal(network, [9], padded: 30), "lengths must hold 3 numbers, got 1")
  }

  func testVectorsHaveNoLengths() throws {
    let network = try network([LayerConfiguration(.dense)], length: Shape.noTime)
    XCTAssertEqual(
      refusal(network, [1, 1, 1], padded: 1),
      "lengths are for sequences, and the model takes vectors")
  }

  func testLayersThatNeedTheWholeLength() throws {
    let fixed = try network([conv, LayerConfiguration(.flatten)], length: 9)
    XCTAssertNil(refusal(fixed, [9, 9, 9], padded: 9))
    XCTAssertEqual(
      refusal(fixed, [9, 9, 8], padded: 9),
      "sample 2 has length 8; flatten needs the model's whole length 9")
    // Also where the length is too short for a layer in front of it.
    XCTAssertEqual(
      refusal(fixed, [9, 2, 9], padded: 9),
      "sample 1 has length 2; flatten needs the model's whole length 9")
    let free = try network([conv, LayerConfiguration(.globalMaxPooling1D)], length: 9)
    XCTAssertNil(refusal(free, [3, 9, 5], padded: 9))
    // Behind a RepeatVector all lengths are the same again.
    let repeated = try network(
      [
        LayerConfiguration(.globalMaxPooling1D), LayerConfiguration(.repeatVector, [.repeats: 2]),
        LayerConfiguration(.flatten),
      ], length: 9)
    XCTAssertNil(refusal(repeated, [3, 9, 5], padded: 9))
  }

  func testRowsOfTheOutput() throws {
    let network = try network([conv, LayerConfiguration(.upSampling1D)])
    XCTAssertEqual([3, 4, 9].map { network.outputRows($0) }, [2, 4, 14])
    XCTAssertEqual(network.leastLength(upTo: 9), 3)
  }

  func testOneLengthWhereItMustBe() throws {
    let network = try network([conv])
    try [Int64]([4, 4]).withUnsafeBufferPointer { try network.checkOneLength($0, "so it is") }
    try network.checkOneLength(nil, "so it is")
    try [Int64]([4, 4, 5]).withUnsafeBufferPointer { lengths in
      XCTAssertThrowsError(try network.checkOneLength(lengths, "so it is")) {
        XCTAssertEqual(
          ($0 as? Failure)?.text, "so it is: sample 2 has length 5, sample 0 has 4")
      }
    }
  }
}
