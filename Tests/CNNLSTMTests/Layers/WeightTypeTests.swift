import XCTest

@testable import CNNLSTM

final class WeightTypeTests: XCTestCase {
  func testNamesAndNumbers() {
    XCTAssertEqual(WeightType.allCases.map { $0.rawValue }, [1, 3, 4])
    XCTAssertEqual(WeightType.named("bfloat16"), .bfloat16)
    XCTAssertEqual(WeightType.named("int8"), .int8)
    XCTAssertNil(WeightType.named("float16"))
  }

  // MARK: bfloat16

  func testEveryBFloat16IsItself() {
    for bits in UInt16.min...UInt16.max {
      let value = BFloat16.value(bits)
      if value.isFinite { XCTAssertEqual(BFloat16.bits(value), bits) }
    }
  }

  /// Between two neighbours the nearer one, in the middle the even one; denormals too.
  func testRoundsToNearestEven() {
    for bits: UInt16 in [0, 1, 2, 0x7F, 0x80, 0x3F80, 0x3F81, 0x4049, 0x7F7D, 0x7F7E] {
      let lower = UInt32(bits) << 16
      for sign: UInt32 in [0, 0x8000_0000] {
        let top = UInt16(sign >> 16)
        func rounded(_ tail: UInt32) -> UInt16 {
          BFloat16.bits(Float(bitPattern: sign | lower | tail)) & ~top
        }
        XCTAssertEqual(rounded(0x0001), bits)
        XCTAssertEqual(rounded(0x7FFF), bits)
        XCTAssertEqual(rounded(0x8000), bits % 2 == 0 ? bits : bits + 1)
        XCTAssertEqual(rounded(0x8001), bits + 1)
        XCTAssertEqual(rounded(0xFFFF), bits + 1)
      }
    }
    XCTAssertEqual(BFloat16.bits(-0.0), 0x8000)
  }

  func testNothingBecomesInfinite() {
    for value: Float in [.greatestFiniteMagnitude, 0x1.FFp127, 0x1.FEp127] {
      XCTAssertEqual(BFloat16.value(BFloat16.bits(value)), 0x1.FEp127)
      XCTAssertEqual(BFloat16.value(BFloat16.bits(-value)), -0x1.FEp127)
    }
  }

  // MARK: int8

  /// Of all sizes, the ends of the range among them.
  private var magnitudes: [Float] {
    var random = RandomSource(seed: 3)
    let some = (-90..<128).flatMap { exponent in
      (0..<20).map { _ in Float(sign: .plus, exponent: exponent, significand: 1 + random.uniform())
      }
    }
    return some + [0x1p-93, 0x1.FCp-94, 1, 127, 0.3, .greatestFiniteMagnitude, 0x1.FCp127]
  }

  func testScalesAreAHundredTwentySeventhRoundedUp() {
    for largest in magnitudes where largest < 0x1.FCp127 {
      let scale = Quantization.scale(largest: largest)
      XCTAssertGreaterThanOrEqual(scale * 127, largest * (1 - 0x1p-24), "\(largest)")
      XCTAssertLessThanOrEqual(scale * 127, largest * (1 + 0x1p-14), "\(largest)")
      XCTAssertTrue(Quantization.isScale(scale))
    }
  }

  /// What makes it needless to keep steps and scales: products are exact, and give both back.
  func testProductsAreExact() {
    for largest in magnitudes {
      let scale = Quantization.scale(largest: largest)
      for step in -127...127 {
        let product = Float(step) * scale
        XCTAssertEqual(Double(product), Double(step) * Double(scale))
        XCTAssertEqual(Quantization.step(product, scale: scale), Float(step))
      }
      XCTAssertEqual(Quantization.scale(largest: 127 * scale), scale)
      XCTAssertEqual(Quantization.step(largest, scale: scale), 127)
      XCTAssertEqual(Quantization.step(-largest, scale: scale), -127)
    }
  }

  func testEndsOfTheRange() {
    XCTAssertEqual(Quantization.scale(largest: 0), 0)
    XCTAssertEqual(Quantization.scale(largest: .leastNonzeroMagnitude), 0)
    XCTAssertEqual(Quantization.scale(largest: 127 * 0x1p-101), 0)
    XCTAssertEqual(Quantization.scale(largest: 127 * 0x1p-100), 0x1p-100)
    XCTAssertEqual(Quantization.scale(largest: .greatestFiniteMagnitude), 0x1p121)
    XCTAssertEqual(Quantization.step(5, scale: 0), 0)
    for number: Float in [-0.0, -1, .nan, .infinity, 0x1p-101, 0x1p122, 1 + 0x1p-16, 0x1p-140] {
      XCTAssertFalse(Quantization.isScale(number), "\(number)")
    }
    for number: Float in [0, 1, 0x1p-100, 0x1p121, 1 + 0x1p-15] {
      XCTAssertTrue(Quantization.isScale(number), "\(number)")
    }
  }

  func testTiesGoToTheEvenStep() {
    let ties: [(Float, Float)] = [
      (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (126.5, 126),
    ]
    for (weight, step) in ties {
      XCTAssertEqual(Quantization.step(weight, scale: 1), step)
      XCTAssertEqual(Quantization.step(weight / 8, scale: 0.125), step)
    }
    XCTAssertEqual(Quantization.step(-0.25, scale: 1).sign, .plus, "a step has no sign at zero")
  }
}
