import CVector
import Kernels

public enum SSE2: InstructionSet {
  public typealias Vector = SIMD4<Float>
  public typealias Integers = SIMD4<Int32>

  @inlinable @inline(__always) public static var tileVectors: Int { 2 }

  @inlinable @inline(__always)
  public static func multiplyAdd(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
    sum + a * b
  }

  @inlinable @inline(__always)
  public static func squareRoot(_ x: Vector) -> Vector { squareRoot4(x) }

  @inlinable @inline(__always)
  public static func choose(
    _ a: Vector, _ b: Vector, whereGreater x: Vector, than y: Vector
  ) -> Vector { b.replacing(with: a, where: x .> y) }

  @inlinable @inline(__always)
  public static func choose(
    _ a: Vector, _ b: Vector, whereEqual x: Vector, to y: Vector
  ) -> Vector { b.replacing(with: a, where: x .== y) }

  @inlinable @inline(__always)
  public static func loadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vector {
    loadPartial4(p, count)
  }

  @inlinable @inline(__always)
  public static func storePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vector, _ count: Int) {
    storePartial4(p, x, count)
  }
}

@export(interface)
public func kernelsSSE2() -> KernelTable { KernelTable(SSE2.self) }
