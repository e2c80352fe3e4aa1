import CVector
import Kernels

public enum AVX2: InstructionSet {
  public typealias Vector = SIMD8<Float>
  public typealias Integers = SIMD8<Int32>

  @inlinable @inline(__always) public static var tileVectors: Int { 2 }

  @inlinable @inline(__always)
  public static func multiplyAdd(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
    multiplyAdd8(a, b, sum)
  }

  @inlinable @inline(__always)
  public static func squareRoot(_ x: Vector) -> Vector { squareRoot8(x) }

  @inlinable @inline(__always)
  public static func minimum(_ a: Vector, _ b: Vector) -> Vector { minimum8(a, b) }

  @inlinable @inline(__always)
  public static func maximum(_ a: Vector, _ b: Vector) -> Vector { maximum8(a, b) }

  @inlinable @inline(__always)
  public static func shiftLeft(_ x: Integers, _ count: Int32) -> Integers {
    shiftLeft8(x, count)
  }

  @inlinable @inline(__always)
  public static func shiftRight(_ x: Integers, _ count: Int32) -> Integers {
    shiftRight8(x, count)
  }

  @inlinable @inline(__always)
  public static func choose(
    _ a: Vector, _ b: Vector, whereGreater x: Vector, than y: Vector
  ) -> Vector { chooseGreater8(a, b, x, y) }

  @inlinable @inline(__always)
  public static func choose(
    _ a: Vector, _ b: Vector, whereEqual x: Vector, to y: Vector
  ) -> Vector { chooseEqual8(a, b, x, y) }

  @inlinable @inline(__always)
  public static func multiplyAddInt16(
    _ a: Integers, _ b: Integers, _ sum: Integers
  ) -> Integers { multiplyAddInt16x8(a, b, sum) }

  @inlinable @inline(__always)
  public static func loadInt8(_ p: UnsafeRawPointer) -> Integers { loadInt8x8(p) }

  @inlinable @inline(__always)
  public static func storeInt16(_ p: UnsafeMutablePointer<Int16>, _ x: Integers) {
    storeInt16x8(p, x)
  }

  @inlinable @inline(__always)
  public static func float(_ x: Integers) -> Vector { floats8(x) }

  @inlinable @inline(__always)
  public static func loadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vector {
    loadPartial8(p, count)
  }

  @inlinable @inline(__always)
  public static func storePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vector, _ count: Int) {
    storePartial8(p, x, count)
  }
}

extension SIMD8<Float>: FloatVector {
  @inlinable @inline(__always)
  public static func + (a: Self, b: Self) -> Self { add8(a, b) }
  @inlinable @inline(__always)
  public static func - (a: Self, b: Self) -> Self { subtract8(a, b) }
  @inlinable @inline(__always)
  public static func * (a: Self, b: Self) -> Self { multiply8(a, b) }
  @inlinable @inline(__always)
  public static func / (a: Self, b: Self) -> Self { divide8(a, b) }
}

extension SIMD8<Int32>: IntegerVector {
  @inlinable @inline(__always)
  public static func &+ (a: Self, b: Self) -> Self { addIntegers8(a, b) }
  @inlinable @inline(__always)
  public static func &- (a: Self, b: Self) -> Self { subtractIntegers8(a, b) }
  @inlinable @inline(__always)
  public static func & (a: Self, b: Self) -> Self { andIntegers8(a, b) }
  @inlinable @inline(__always)
  public static func | (a: Self, b: Self) -> Self { orIntegers8(a, b) }
}

@export(interface)
public func kernelsAVX2() -> KernelTable { KernelTable(AVX2.self) }
