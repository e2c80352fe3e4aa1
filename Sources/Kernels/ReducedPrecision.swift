// Products of short numbers, two at a time: bfloat16, and 8-bit weights times 16-bit integers.

/// Pairs of bfloat16, the even one in the lower half of a float's bits. Source of the order of
/// sums: Intel's VDPBF16PS, so that all instruction sets give the same bits.
public enum BFloat16Arithmetic<Set: InstructionSet>: Arithmetic {
  @inlinable @_transparent
  public static func multiplyAdd(
    _ a: Set.Vector, _ b: Set.Vector, _ sum: Set.Vector
  ) -> Set.Vector { Set.multiplyAddBFloat16(a, b, sum) }
}

/// A: pairs of Int16. B: pairs of Int8, two columns in a float's bits. Sums: Int32.
public enum Int8Arithmetic<Set: InstructionSet>: Arithmetic {
  @inlinable @_transparent public static func floats(_ count: Int) -> Int { count / 2 }

  @inlinable @_transparent
  public static func load(_ b: UnsafePointer<Float>) -> Set.Vector {
    Set.fromBits(Set.loadInt8(UnsafeRawPointer(b)))
  }

  @inlinable @_transparent
  public static func multiplyAdd(
    _ a: Set.Vector, _ b: Set.Vector, _ sum: Set.Vector
  ) -> Set.Vector {
    Set.fromBits(Set.multiplyAddInt16(Set.bits(a), Set.bits(b), Set.bits(sum)))
  }
}

extension InstructionSet {
  /// sum + the products of pairs of bfloat16, the odd one first. A product of two of them is exact
  /// in float32, so it makes no difference whether multiplication and addition round together.
  @inlinable @_transparent
  public static func multiplyAddBFloat16(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
    let upper = Integers(repeating: ~0xFFFF)
    let odd = multiplyAdd(fromBits(bits(a) & upper), fromBits(bits(b) & upper), sum)
    return multiplyAdd(
      fromBits(shiftLeft(bits(a), 16)), fromBits(shiftLeft(bits(b), 16)), odd)
  }

  /// Writes x as `lanes` bfloat16, to the nearest, ties to even. NaN stays NaN: the sum of two is
  /// quiet, so that its upper half says so.
  @inlinable @_transparent
  static func storeBFloat16(_ p: UnsafeMutablePointer<Int16>, _ x: Vector) {
    let even = shiftRight(bits(x), 16) & Integers(repeating: 1)
    let rounded = fromBits(bits(x) &+ even &+ Integers(repeating: 0x7FFF))
    storeInt16(p, shiftRight(bits(choose(rounded, x + x, whereEqual: x, to: x)), 16))
  }

  /// Writes x · scale, to the nearest of −2^15 … 2^15 − 1, as `lanes` integers.
  @inlinable @_transparent
  static func storeInt16(_ p: UnsafeMutablePointer<Int16>, _ x: Vector, scale: Float) {
    let magic = splat(12_582_912)
    storeInt16(p, bits(multiplyAdd(x, splat(scale), magic)) &- bits(magic))
  }
}

/// Rows of floats as rows of bfloat16, `targetStride` of them each, a multiple of the lanes; zero
/// behind the last.
public struct BFloat16Rows {
  public var rows: Int
  public var width: Int
  public var source: UnsafePointer<Float>
  public var target: UnsafeMutablePointer<Int16>
  public var targetStride: Int

  @inlinable
  public init(
    rows: Int, width: Int, source: UnsafePointer<Float>, target: UnsafeMutablePointer<Int16>,
    targetStride: Int
  ) {
    (self.rows, self.width, self.source) = (rows, width, source)
    (self.target, self.targetStride) = (target, targetStride)
  }
}

@inlinable
public func roundToBFloat16<I: InstructionSet>(_: I.Type, _ block: BFloat16Rows) {
  for row in 0..<block.rows {
    let (source, target) = (
      block.source + row * block.width, block.target + row * block.targetStride
    )
    I.forEachVector(block.width) { at, count in
      I.storeBFloat16(target + at, I.load(source + at, count))
    }
  }
}
