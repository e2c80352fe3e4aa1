import Kernels
import XCTest

/// The accuracy that Exponential.swift states, over all floats.
final class ExponentialTests: XCTestCase {
  // What was measured over all floats, well inside the 2 and 4 that are promised.
  func testExponential() { check(.exponential, atMost: 1.03) }
  func testTanh() { check(.tanh, atMost: 2.5) }
  func testSigmoid() { check(.sigmoid, atMost: 2.41) }

  private func check(_ function: Elementwise, atMost bound: Double) {
    let inputs = Inputs.all
    let wanted = inputs.map { function(Double($0)) }
    for results in function.results(inputs) {
      var (worst, place) = (0.0, 0)
      for at in inputs.indices {
        let error = units(results.values[at], wanted[at])
        if error > worst { (worst, place) = (error, at) }
      }
      XCTAssertLessThanOrEqual(worst, bound, "\(results.set), \(function)(\(inputs[place]))")
      // One that is never wrong would not have been measured.
      XCTAssertGreaterThan(worst, 0.5, "\(results.set), \(function)")
    }
  }

  // Of the others, likewise, what was measured.
  func testElu() { check(.elu, atMost: 2.5) }
  func testSelu() { check(.selu, atMost: 3) }
  func testGelu() { check(.gelu, atMost: 4.1) }
  func testSilu() { check(.silu, atMost: 3) }
  func testSoftplus() { check(.softplus, atMost: 3) }
  func testSoftsign() { check(.softsign, atMost: 2) }
  func testHardSigmoid() { check(.hardSigmoid, atMost: 2) }

  func testSpecialValues() {
    expect(
      .exponential, of: [0, -0.0, .infinity, -.infinity, .nan], are: [1, 1, .infinity, 0, .nan])
    expect(.exponential, of: [89, 3e38, -104.5, -3e38], are: [.infinity, .infinity, 0, 0])
    expect(.tanh, of: [.infinity, -.infinity, .nan, 20, -3e38], are: [1, -1, .nan, 1, -1])
    expect(.sigmoid, of: [0, .infinity, -.infinity, .nan, 100], are: [0.5, 1, 0, .nan, 1])
  }

  private func expect(_ function: Elementwise, of inputs: [Float], are wanted: [Float]) {
    for results in function.results(inputs) {
      for (at, x) in inputs.enumerated() {
        let (got, wanted) = (results.values[at], wanted[at])
        XCTAssertTrue(
          got == wanted || got.isNaN && wanted.isNaN, "\(results.set), \(function)(\(x)) = \(got)")
      }
    }
  }

  /// tanh of a denormal number is the number, and the sign of zero stays.
  func testTanhOfTinyNumbers() {
    let inputs: [Float] = [0, -0.0, 0x1p-149, -0x1p-149, 0x1.8p-140, -0x1.23p-130, 0x1p-126]
    for results in Elementwise.tanh.results(inputs) {
      XCTAssertEqual(
        results.values.map { $0.bitPattern }, inputs.map { $0.bitPattern }, results.set)
    }
  }

  func testRanges() {
    let inputs = Inputs.all.filter { !$0.isNaN }
    for results in Elementwise.tanh.results(inputs) {
      XCTAssertTrue(results.values.allSatisfy { $0.magnitude <= 1 }, results.set)
    }
    for results in Elementwise.sigmoid.results(inputs) {
      XCTAssertTrue(results.values.allSatisfy { $0 >= 0 && $0 <= 1 }, results.set)
    }
    let some = stride(from: 0, to: inputs.count, by: 7).map { inputs[$0] }
    for results in Elementwise.exponential.results(some) {
      XCTAssertTrue(results.values.allSatisfy { $0 >= 0 }, results.set)
    }
  }

  func testNaNStaysNaN() {
    let inputs = Inputs.all.filter { $0.isNaN }
    XCTAssertGreaterThan(inputs.count, 1_000)
    for function in Elementwise.all {
      for results in function.results(inputs) {
        XCTAssertTrue(results.values.allSatisfy { $0.isNaN }, "\(results.set), \(function)")
      }
    }
  }
}

private enum Inputs {
  /// A sweep over all bit patterns, a denser one where the functions change, and all neighbours of
  /// the places where the formulas do.
  static let all: [Float] = {
    var bits = Array(stride(from: 0, to: UInt64(1) << 32, by: 4_099)).map { UInt32($0) }
    for sign: UInt32 in [0, 1 << 31] {
      let (least, greatest) = (Float(0x1p-14).bitPattern, Float(128).bitPattern)
      bits += stride(from: least, to: greatest, by: 251).map { $0 | sign }
    }
    var floats = bits.map { Float(bitPattern: $0) }
    for place in places { floats += [place, -place].flatMap { neighbours($0) } }
    return floats
  }()

  private static var places: [Float] {
    let halves = (0...150).map { (Float($0) + 0.5) * 0.693_147_18 }
    let thresholds: [Float] = [
      0, 0x1p-126, 0x1p-24, 1, 9, 20, 40, 44, 87.336_54, 88.722_84, 89, 103.972_08, 104.5,
    ]
    return halves + halves.map { $0 / 2 } + thresholds
  }

  private static func neighbours(_ x: Float) -> [Float] {
    let bits = x.magnitude.bitPattern
    let range = bits - min(bits, 500)...bits + 500
    return range.map { Float(sign: x.sign, exponent: 0, significand: Float(bitPattern: $0)) }
  }
}

extension Elementwise {
  /// What each instruction set makes of some numbers.
  fileprivate func results(_ inputs: [Float]) -> [(set: String, values: [Float])] {
    var results: [(set: String, values: [Float])] = []
    forEachSet { kernels, set in
      var values = inputs
      kernels.activate(self, &values, values.count)
      results.append((set, values))
    }
    return results
  }
}
