import CVector
import Kernels
import KernelsAVX512

/// AVX-512 with instructions for short numbers: BF16 and VNNI.
public enum AVX512BF16: AVX512Family, ByteInstructionSet {
  public typealias Vector = SIMD16<Float>
  public typealias Integers = SIMD16<Int32>

  @inlinable @inline(__always)
  public static func multiplyAddBFloat16(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector {
    multiplyAddBFloat16x16(a, b, sum)
  }

  @inlinable @inline(__always)
  public static func multiplyAddInt16(
    _ a: Integers, _ b: Integers, _ sum: Integers
  ) -> Integers { multiplyAddInt16VNNI(a, b, sum) }

  @inlinable @inline(__always)
  public static func multiplyAddBytes(
    _ a: Integers, _ b: Integers, _ sum: Integers
  ) -> Integers { multiplyAddBytesVNNI(a, b, sum) }

  @inlinable @inline(__always)
  public static func storeBytes(_ p: UnsafeMutableRawPointer, _ x: Integers) {
    storeBytes16(p, x)
  }
}

@export(interface)
public func kernelsAVX512BF16() -> KernelTable {
  kernelsAVX512().withShortNumbers(AVX512BF16.self)
}

@export(interface)
public func byteKernelsAVX512BF16() -> ByteKernels { ByteKernels(AVX512BF16.self) }
