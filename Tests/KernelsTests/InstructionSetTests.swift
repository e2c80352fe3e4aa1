import CNNLSTM
import Kernels
import KernelsAVX2
import KernelsAVX512
import KernelsAVX512BF16
import KernelsSSE2
import XCTest

/// Takes an instruction set as a type.
protocol SetVisitor {
  func visit<I: InstructionSet>(_: I.Type, _ name: String)
}

/// Shows a visitor the types of the sets this machine has.
func visitSets(_ visitor: some SetVisitor) {
  for features in machineFeatures {
    switch features {
    case .sse2: visitor.visit(SSE2.self, "\(features.name)")
    case .avx2: visitor.visit(AVX2.self, "\(features.name)")
    case .avx512: visitor.visit(AVX512.self, "\(features.name)")
    case .avx512BF16: visitor.visit(AVX512BF16.self, "\(features.name)")
    }
  }
}

final class InstructionSetTests: XCTestCase {
  func testSizes() {
    XCTAssertEqual([SSE2.lanes, AVX2.lanes, AVX512.lanes], [4, 8, 16])
    XCTAssertEqual([SSE2.panelWidth, AVX2.panelWidth, AVX512.panelWidth], [16, 32, 64])
    for tileVectors in [SSE2.tileVectors, AVX2.tileVectors, AVX512.tileVectors] {
      XCTAssertEqual(panelVectors % tileVectors, 0)
      XCTAssertLessThanOrEqual(tileRows * tileVectors, 24)
    }
  }

  func testMultiplyAdd() { visitSets(MultiplyAddVisitor()) }
  func testSquareRoot() { visitSets(SquareRootVisitor()) }
  func testMinimumAndMaximum() { visitSets(ExtremesVisitor()) }
  func testShifts() { visitSets(ShiftsVisitor()) }
  func testFloatOperators() { visitSets(FloatsVisitor()) }
  func testIntegerOperators() { visitSets(IntegersVisitor()) }
  func testShortNumbers() { visitSets(ShortNumbersVisitor()) }
  func testBFloat16() { visitSets(BFloat16Visitor()) }
  func testChoose() { visitSets(ChooseVisitor()) }
  func testLoadAndStore() { visitSets(MemoryVisitor()) }
  func testBits() { visitSets(BitsVisitor()) }
  func testForEachVector() { visitSets(LengthsVisitor()) }
}

/// Numbers of all kinds, with some to fill the last vector.
private let special: [Float] = [
  0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 0x1p-130, 2, 0.1, 1e38,
  .greatestFiniteMagnitude, -2.5, 3, 7,
]

private func vector<I: InstructionSet>(_: I.Type, _ values: ArraySlice<Float>) -> I.Vector {
  var x = I.Vector.zero
  for (lane, value) in values.prefix(I.lanes).enumerated() { x[lane] = value }
  return x
}

private func same(_ a: Float, _ b: Float) -> Bool {
  a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
}

// Never specialized, so that each calls the code that was compiled for its instructions.

private struct MultiplyAddVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    let (a, sum): (Float, Float) = (1 + 0x1p-12, -1)
    let result = I.multiplyAdd(I.splat(a), I.splat(a), I.splat(sum))
    let wanted = I.self is SSE2.Type ? 0x1p-11 : sum.addingProduct(a, a)
    for lane in 0..<I.lanes { XCTAssertEqual(result[lane], wanted, name) }
  }
}

private struct SquareRootVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    let values = special + numbers(496, 1).map { $0.magnitude * $0.magnitude * 1e3 }
    for at in stride(from: 0, to: values.count, by: I.lanes) {
      let result = I.squareRoot(vector(I.self, values[at...]))
      for lane in 0..<I.lanes {
        let wanted = values[at + lane].squareRoot()
        XCTAssertTrue(same(result[lane], wanted), "\(name): √\(values[at + lane])")
      }
    }
  }
}

/// Calls body with every number beside every other, both in all lanes of some vectors.
private func forEachPair<I: InstructionSet>(
  _: I.Type, _ body: (_ a: I.Vector, _ b: I.Vector) -> Void
) {
  for b in special {
    for at in stride(from: 0, to: special.count, by: I.lanes) {
      body(vector(I.self, special[at...]), I.splat(b))
    }
  }
}

private struct ExtremesVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    forEachPair(I.self) { a, b in
      let (least, greatest) = (I.minimum(a, b), I.maximum(a, b))
      for lane in 0..<I.lanes {
        let (a, b) = (a[lane], b[lane])
        XCTAssertTrue(same(least[lane], a < b ? a : b), "\(name): least of \(a) and \(b)")
        XCTAssertTrue(same(greatest[lane], a > b ? a : b), "\(name): greatest of \(a) and \(b)")
      }
    }
  }
}

private struct FloatsVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    forEachPair(I.self) { a, b in
      let (sum, difference, product, quotient) = (a + b, a - b, a * b, a / b)
      for lane in 0..<I.lanes {
        let (a, b) = (a[lane], b[lane])
        XCTAssertTrue(same(sum[lane], a + b), "\(name): \(a) + \(b)")
        XCTAssertTrue(same(difference[lane], a - b), "\(name): \(a) - \(b)")
        XCTAssertTrue(same(product[lane], a * b), "\(name): \(a) * \(b)")
        XCTAssertTrue(same(quotient[lane], a / b), "\(name): \(a) / \(b)")
      }
    }
  }
}

/// Whole numbers whose sums and differences wrap around, or nearly so.
private let wholes: [Int32] = [
  0, 1, -1, 2, 127, -127, 1 << 23, 0x5555_5555, ~0x5555_5555, 1 << 30, -1 << 30, .max, .min,
  .max - 1, .min + 1, 0x1234_5678,
]

private func integers<I: InstructionSet>(_: I.Type, _ values: ArraySlice<Int32>) -> I.Integers {
  var x = I.Integers.zero
  for (lane, value) in values.prefix(I.lanes).enumerated() { x[lane] = value }
  return x
}

private struct IntegersVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    for b in wholes {
      for at in stride(from: 0, to: wholes.count, by: I.lanes) {
        let (x, y) = (integers(I.self, wholes[at...]), I.Integers(repeating: b))
        let (sum, difference, both, either) = (x &+ y, x &- y, x & y, x | y)
        for lane in 0..<I.lanes {
          let a = x[lane]
          XCTAssertEqual(sum[lane], a &+ b, "\(name): \(a) &+ \(b)")
          XCTAssertEqual(difference[lane], a &- b, "\(name): \(a) &- \(b)")
          XCTAssertEqual(both[lane], a & b, "\(name): \(a) & \(b)")
          XCTAssertEqual(either[lane], a | b, "\(name): \(a) | \(b)")
        }
      }
    }
  }
}

private struct ShiftsVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    for count in Int32(0)..<32 {
      for at in stride(from: 0, to: wholes.count, by: I.lanes) {
        let x = integers(I.self, wholes[at...])
        let (left, right) = (I.shiftLeft(x, count), I.shiftRight(x, count))
        for lane in 0..<I.lanes {
          XCTAssertEqual(left[lane], x[lane] << count, "\(name): \(x[lane]) << \(count)")
          XCTAssertEqual(right[lane], x[lane] >> count, "\(name): \(x[lane]) >> \(count)")
        }
      }
    }
  }
}

private struct ShortNumbersVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    let bytes = (0..<256 + 2 * I.lanes).map { Int8(truncatingIfNeeded: $0 * 37) }
    for at in 0..<256 {
      let x = bytes.withUnsafeBytes { I.loadInt8($0.baseAddress.unsafelyUnwrapped + at) }
      for lane in 0..<I.lanes {
        let (low, high) = halves(x[lane])
        XCTAssertEqual(low, Int32(bytes[at + 2 * lane]), name)
        XCTAssertEqual(high, Int32(bytes[at + 2 * lane + 1]), name)
      }
    }
    for b in wholes {
      for at in stride(from: 0, to: wholes.count, by: I.lanes) {
        let (x, y) = (integers(I.self, wholes[at...]), I.Integers(repeating: b))
        let (sum, floats) = (I.multiplyAddInt16(x, y, x), I.float(x))
        for lane in 0..<I.lanes {
          let ((low, high), (lowB, highB)) = (halves(x[lane]), halves(b))
          XCTAssertEqual(sum[lane], x[lane] &+ (low &* lowB &+ high &* highB), name)
          XCTAssertEqual(floats[lane], Float(x[lane]), name)
        }
        checkStore(I.self, x, name)
      }
    }
  }

  /// The lower and the upper 16 bits.
  private func halves(_ x: Int32) -> (Int32, Int32) {
    (Int32(Int16(truncatingIfNeeded: x)), x >> 16)
  }

  @_semantics("optimize.sil.specialize.generic.never")
  private func checkStore<I: InstructionSet>(_: I.Type, _ x: I.Integers, _ name: String) {
    var memory = [Int16](repeating: 77, count: I.lanes + 2)
    memory.withUnsafeMutableBufferPointer {
      I.storeInt16($0.baseAddress.unsafelyUnwrapped + 1, I.shiftRight(x, 16))
    }
    let wanted = (0..<I.lanes).map { Int16(x[$0] >> 16) }
    XCTAssertEqual(memory, [77] + wanted + [77], name)
  }
}

private struct BFloat16Visitor: SetVisitor {
  /// All lanes have the same numbers: a sum, and pairs of an odd and an even factor.
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    let factors = numbers(40, 4).map(truncated) + [0, -0.0, .infinity, -.infinity, .nan, 0x1p60]
    for (at, a) in factors.enumerated() {
      for (place, b) in factors.enumerated() {
        let (c, d, sum) = (factors[(at + 7) % 46], factors[(place + 5) % 46], numbers(1, 9)[0])
        let x = I.fromBits(I.Integers(repeating: pair(a, c)))
        let y = I.fromBits(I.Integers(repeating: pair(b, d)))
        let result = I.multiplyAddBFloat16(x, y, I.splat(sum))
        let wanted = sum.addingProduct(c, d).addingProduct(a, b)
        for lane in 0..<I.lanes {
          XCTAssertTrue(
            same(result[lane], wanted), "\(name): \(sum) + \(c) · \(d) + \(a) · \(b)")
        }
      }
    }
  }

  private func pair(_ even: Float, _ odd: Float) -> Int32 {
    Int32(bitPattern: even.bitPattern >> 16 | odd.bitPattern)
  }
}

private struct ChooseVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    for y in special {
      for at in stride(from: 0, to: special.count, by: I.lanes) {
        let x = vector(I.self, special[at...])
        let (yes, no) = (I.splat(5), I.splat(-5))
        let greater = I.choose(yes, no, whereGreater: x, than: I.splat(y))
        let equal = I.choose(yes, no, whereEqual: x, to: I.splat(y))
        for lane in 0..<I.lanes {
          XCTAssertEqual(greater[lane], x[lane] > y ? 5 : -5, "\(name): \(x[lane]) > \(y)")
          XCTAssertEqual(equal[lane], x[lane] == y ? 5 : -5, "\(name): \(x[lane]) = \(y)")
        }
      }
    }
  }
}

private struct MemoryVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    for count in 0...I.lanes {
      let (source, target) = (input(numbers(count, 2)), Guarded(numbers(count, 3)))
      let x = I.load(source.pointer, count)
      for lane in 0..<I.lanes {
        let wanted = lane < count ? source.floats[lane] : 0
        XCTAssertEqual(x[lane], wanted, "\(name): \(count) loaded")
      }
      I.store(target.pointer, x, count)
      expect(target, source.doubles, "\(name): \(count) stored")
    }
  }
}

private struct BitsVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    let x = vector(I.self, special[...])
    let (bits, magnitude) = (I.bits(x), I.magnitude(x))
    for lane in 0..<I.lanes {
      XCTAssertEqual(UInt32(bitPattern: bits[lane]), special[lane].bitPattern, name)
      XCTAssertTrue(same(I.fromBits(bits)[lane], special[lane]), name)
      XCTAssertEqual(magnitude[lane].bitPattern, special[lane].magnitude.bitPattern, name)
    }
  }
}

private struct LengthsVisitor: SetVisitor {
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<I: InstructionSet>(_: I.Type, _ name: String) {
    for count in 0...2 * I.lanes + 3 {
      var next = 0
      I.forEachVector(count) { offset, length in
        XCTAssertEqual(offset, next, "\(name), \(count)")
        XCTAssertEqual(length, min(I.lanes, count - offset), "\(name), \(count)")
        next = offset + length
      }
      XCTAssertEqual(next, count, name)
    }
  }
}
