import CVector
import Kernels

public enum SSE2: InstructionSet {
  public typealias Vector = SIMD4<Float>
  public typealias Integers = SIMD4<Int32>

  @inlinable @inline(__always) public static var tileVectors: Int { 2 }

  @inlinable @inline(__always)
  public static func multiplyAdd(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
    add4(sum, multiply4(a, b))
  }

  @inlinable @inline(__always)
  public static func squareRoot(_ x: Vector) -> Vector { squareRoot4(x) }

  @inlinable @inline(__always)
  public static func minimum(_ a: Vector, _ b: Vector) -> Vector { minimum4(a, b) }

  @inlinable @inline(__always)
  public static func maximum(_ a: Vector, _ b: Vector) -> Vector { maximum4(a, b) }

  @inlinable @inline(__always)
  public static func shiftLeft(_ x: Integers, _ count: Int32) -> Integers {
    shiftLeft4(x, count)
  }

  @inlinable @inline(__always)
  public static func shiftRight(_ x: Integers, _ count: Int32) -> Integers {
    shiftRight4(x, count)
  }

  @inlinable @inline(__always)
  public static func choose(
    _ a: Vector, _ b: Vector, whereGreater x: Vector, than y: Vector
  ) -> Vector { chooseGreater4(a, b, x, y) }

  @inlinable @inline(__always)
  public static func choose(
    _ a: Vector, _ b: Vector, whereEqual x: Vector, to y: Vector
  ) -> Vector { chooseEqual4(a, b, x, y) }

  @inlinable @inline(__always)
  public static func multiplyAddInt16(
    _ a: Integers, _ b: Integers, _ sum: Integers
  ) -> Integers { multiplyAddInt16x4(a, b, sum) }

  @inlinable @inline(__always)
  public static func loadInt8(_ p: UnsafeRawPointer) -> Integers { loadInt8x4(p) }

  @inlinable @inline(__always)
  public static func storeInt16(_ p: UnsafeMutablePointer<Int16>, _ x: Integers) {
    storeInt16x4(p, x)
  }

  @inlinable @inline(__always)
  public static func float(_ x: Integers) -> Vector { floats4(x) }

  @inlinable @inline(__always)
  public static func loadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vector {
    loadPartial4(p, count)
  }

  @inlinable @inline(__always)
  public static func storePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vector, _ count: Int) {
    storePartial4(p, x, count)
  }
}

extension SIMD4<Float>: FloatVector {
  @inlinable @inline(__always)
  public static func + (a: Self, b: Self) -> Self { add4(a, b) }
  @inlinable @inline(__always)
  public static func - (a: Self, b: Self) -> Self { subtract4(a, b) }
  @inlinable @inline(__always)
  public static func * (a: Self, b: Self) -> Self { multiply4(a, b) }
  @inlinable @inline(__always)
  public static func / (a: Self, b: Self) -> Self { divide4(a, b) }
}

extension SIMD4<Int32>: IntegerVector {
  @inlinable @inline(__always)
  public static func &+ (a: Self, b: Self) -> Self { addIntegers4(a, b) }
  @inlinable @inline(__always)
  public static func &- (a: Self, b: Self) -> Self { subtractIntegers4(a, b) }
  @inlinable @inline(__always)
  public static func & (a: Self, b: Self) -> Self { andIntegers4(a, b) }
  @inlinable @inline(__always)
  public static func | (a: Self, b: Self) -> Self { orIntegers4(a, b) }
}

@export(interface)
public func kernelsSSE2() -> KernelTable { KernelTable(SSE2.self) }
