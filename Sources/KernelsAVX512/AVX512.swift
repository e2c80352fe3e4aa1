import CVector
import Kernels

/// What all processors with AVX-512 share.
public protocol AVX512Family: InstructionSet
where Vector == SIMD16<Float>, Integers == SIMD16<Int32> {}

public enum AVX512: AVX512Family {
  public typealias Vector = SIMD16<Float>
  public typealias Integers = SIMD16<Int32>
}

extension AVX512Family {
  @inlinable @_transparent public static var tileVectors: Int { 4 }

  @inlinable @_transparent
  public static func multiplyAdd(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
    multiplyAdd16(a, b, sum)
  }

  @inlinable @_transparent
  public static func squareRoot(_ x: Vector) -> Vector { squareRoot16(x) }

  @inlinable @_transparent
  public static func minimum(_ a: Vector, _ b: Vector) -> Vector { minimum16(a, b) }

  @inlinable @_transparent
  public static func maximum(_ a: Vector, _ b: Vector) -> Vector { maximum16(a, b) }

  @inlinable @_transparent
  public static func shiftLeft(_ x: Integers, _ count: Int32) -> Integers {
    shiftLeft16(x, count)
  }

  @inlinable @_transparent
  public static func shiftRight(_ x: Integers, _ count: Int32) -> Integers {
    shiftRight16(x, count)
  }

  @inlinable @_transparent
  public static func choose(
    _ a: Vector, _ b: Vector, whereGreater x: Vector, than y: Vector
  ) -> Vector { chooseGreater16(a, b, x, y) }

  @inlinable @_transparent
  public static func choose(
    _ a: Vector, _ b: Vector, whereEqual x: Vector, to y: Vector
  ) -> Vector { chooseEqual16(a, b, x, y) }

  @inlinable @_transparent
  public static func multiplyAddInt16(
    _ a: Integers, _ b: Integers, _ sum: Integers
  ) -> Integers { multiplyAddInt16x16(a, b, sum) }

  @inlinable @_transparent
  public static func loadInt8(_ p: UnsafeRawPointer) -> Integers { loadInt8x16(p) }

  @inlinable @_transparent
  public static func storeInt16(_ p: UnsafeMutablePointer<Int16>, _ x: Integers) {
    storeInt16x16(p, x)
  }

  @inlinable @_transparent
  public static func float(_ x: Integers) -> Vector { floats16(x) }

  /// In steps of 1/16, from a table of sixteen powers, a polynomial of three terms is enough. The
  /// powers are rounded: next to zero tanh needs those without.
  @inlinable @_transparent
  public static func sigmoidDenominator(_ x: Vector) -> Vector {
    let factor = splat(-1.442_695_04)
    let x = heldForGates(x, -1.442_695_04)
    let magic = splat(786_432)
    let shifted = multiplyAdd(x, factor, magic)
    let r = multiplyAdd(x, factor, magic - shifted)
    let scale = fromBits(powerOfSixteenths16(bits(shifted)))
    let p = multiplyAdd(splat(5.550_541e-2), r, splat(2.402_335_6e-1))
    let tail = multiplyAdd(p, r, splat(6.931_472e-1)) * r
    return multiplyAdd(scale, tail, scale) + splat(1)
  }

  @inlinable @_transparent
  public static func loadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vector {
    loadPartial16(p, count)
  }

  @inlinable @_transparent
  public static func storePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vector, _ count: Int) {
    storePartial16(p, x, count)
  }
}

extension SIMD16<Float>: FloatVector {
  @inlinable @_transparent
  public static func + (a: Self, b: Self) -> Self { add16(a, b) }
  @inlinable @_transparent
  public static func - (a: Self, b: Self) -> Self { subtract16(a, b) }
  @inlinable @_transparent
  public static func * (a: Self, b: Self) -> Self { multiply16(a, b) }
  @inlinable @_transparent
  public static func / (a: Self, b: Self) -> Self { divide16(a, b) }
}

extension SIMD16<Int32>: IntegerVector {
  @inlinable @_transparent
  public static func &+ (a: Self, b: Self) -> Self { addIntegers16(a, b) }
  @inlinable @_transparent
  public static func &- (a: Self, b: Self) -> Self { subtractIntegers16(a, b) }
  @inlinable @_transparent
  public static func & (a: Self, b: Self) -> Self { andIntegers16(a, b) }
  @inlinable @_transparent
  public static func | (a: Self, b: Self) -> Self { orIntegers16(a, b) }
}

@export(interface)
public func kernelsAVX512() -> KernelTable { KernelTable(AVX512.self) }
