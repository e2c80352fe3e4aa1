import CNNLSTM
import Kernels
import XCTest

/// The instruction sets this machine has.
let machineFeatures = CPUFeatures.allCases.filter { $0.rawValue <= CPUFeatures.best.rawValue }

func forEachSet(_ body: (KernelTable, String) throws -> Void) rethrows {
  for features in machineFeatures { try body(features.kernels, "\(features.name)") }
}

/// Every set with lengths that have no, some and all lanes left over.
func forEachLength(_ body: (KernelTable, Int, String) throws -> Void) rethrows {
  try forEachSet { kernels, set in
    for count in 0...2 * kernels.lanes + 3 { try body(kernels, count, "\(set), \(count) numbers") }
  }
}

/// Numbers in −2 … 2 that look random, the same in every run.
func numbers(_ count: Int, _ seed: UInt32) -> [Float] {
  (0..<count).map { Float(hash(seed &* 7_919 &+ UInt32($0)) >> 8) * 0x1p-22 - 2 }
}

/// Whole numbers in −8 … 8, whose sums of products are exact in any order.
func wholeNumbers(_ count: Int, _ seed: UInt32) -> [Float] {
  (0..<count).map { Float(hash(seed &* 7_919 &+ UInt32($0)) % 17) - 8 }
}

/// The 32-bit finalizer of MurmurHash3.
private func hash(_ value: UInt32) -> UInt32 {
  var x = value
  x = (x ^ (x >> 16)) &* 0x85eb_ca6b
  x = (x ^ (x >> 13)) &* 0xc2b2_ae35
  return x ^ (x >> 16)
}

/// Floats at an address that is a multiple of 4 and of nothing more, between guards that show
/// what is written, or with NaN what is read, outside.
final class Guarded {
  let count: Int
  let pointer: UnsafeMutablePointer<Float>
  private let edge: Float
  private let memory: UnsafeMutableRawPointer
  private static let guards = 80

  /// Memory that a kernel may write to. Its guards are changed by relu, tanh and sigmoid.
  init(_ values: [Float], edge: Float = -12_345.67) {
    (count, self.edge) = (values.count, edge)
    let total = count + 2 * Guarded.guards
    memory = .allocate(byteCount: (total + 1) * 4, alignment: 64)
    let floats = (memory + 4).bindMemory(to: Float.self, capacity: total)
    floats.initialize(repeating: edge, count: total)
    pointer = floats + Guarded.guards
    pointer.update(from: values, count: count)
  }

  deinit { memory.deallocate() }

  var floats: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var doubles: [Double] { floats.map(Double.init) }

  /// Whether everything around the numbers is as it was.
  var isIntact: Bool {
    let outside = [-Guarded.guards..<0, count..<count + Guarded.guards].joined()
    return outside.allSatisfy { pointer[$0].bitPattern == edge.bitPattern }
  }
}

extension Guarded {
  /// The numbers as twice as many short ones.
  var shorts: [UInt16] {
    floats.flatMap { [UInt16($0.bitPattern & 0xFFFF), UInt16($0.bitPattern >> 16)] }
  }
}

/// Short numbers, an even number of them, two to a float.
func pairs(_ shorts: [UInt16]) -> [Float] {
  stride(from: 0, to: shorts.count, by: 2).map {
    Float(bitPattern: UInt32(shorts[$0]) | UInt32(shorts[$0 + 1]) << 16)
  }
}

/// A bfloat16 near a float, as a float.
func truncated(_ x: Float) -> Float { Float(bitPattern: x.bitPattern & 0xFFFF_0000) }

/// The nearest bfloat16's bits, ties to even, from the distances; the one beyond the largest is ∞.
func nearestBFloat16(_ x: Float) -> UInt16 {
  let (inner, outer) = (x.bitPattern >> 16, x.bitPattern >> 16 + 1)
  func distance(_ bits: UInt32) -> Double {
    let value = Float(bitPattern: bits << 16)
    return ((value.isFinite ? Double(value.magnitude) : 0x1p128) - Double(x.magnitude)).magnitude
  }
  if !x.isFinite || distance(inner) < distance(outer) { return UInt16(inner) }
  return UInt16(distance(inner) > distance(outer) || inner % 2 == 1 ? outer : inner)
}

/// Memory that a kernel only reads.
func input(_ values: [Float]) -> Guarded { Guarded(values, edge: .nan) }

/// Fails unless memory holds these numbers, within a tolerance that is absolute below 1 and
/// relative above, and nothing beside them has changed. Without a tolerance they are exact.
func expect(
  _ got: Guarded, _ wanted: [Double], within tolerance: Double = 0, _ name: String,
  file: StaticString = #filePath, line: UInt = #line
) {
  if !got.isIntact { XCTFail("\(name): written outside", file: file, line: line) }
  expect(got.floats, wanted, within: tolerance, name, file: file, line: line)
}

func expect(
  _ got: [Float], _ wanted: [Double], within tolerance: Double = 0, _ name: String,
  file: StaticString = #filePath, line: UInt = #line
) {
  guard got.count == wanted.count else {
    return XCTFail("\(name): \(got.count), not \(wanted.count)", file: file, line: line)
  }
  for at in got.indices where !agree(got[at], wanted[at], tolerance) {
    XCTFail("\(name): [\(at)] is \(got[at]), not \(wanted[at])", file: file, line: line)
    return
  }
}

private func agree(_ got: Float, _ wanted: Double, _ tolerance: Double) -> Bool {
  if wanted.isNaN { return got.isNaN }
  if got == Float(wanted) { return true }
  return (Double(got) - wanted).magnitude <= tolerance * max(1, wanted.magnitude)
}

/// The distance from the exact value in steps between floats there.
func units(_ got: Float, _ exact: Double) -> Double {
  if exact.isNaN || got.isNaN { return exact.isNaN && got.isNaN ? 0 : .infinity }
  if got == Float(exact) && !got.isFinite { return 0 }
  let step = exp2(Double(max(-149, (exact == 0 ? -149 : exact.exponent) - 23)))
  let value = got.isFinite ? Double(got) : (got < 0 ? -0x1p128 : 0x1p128)
  return (value - min(max(exact, -0x1p128), 0x1p128)).magnitude / step
}

extension Elementwise {
  static var all: [Elementwise] { allCases }

  /// Activations and recurrent activations to test together. Exponential gates are left out: what
  /// cancels in their gradients is larger than what tolerances are for.
  static let pairs: [(Elementwise, Elementwise)] = {
    let common: [Elementwise] = [.linear, .relu, .tanh, .sigmoid]
    let others = all.filter { !common.contains($0) }
    return common.flatMap { first in common.map { (first, $0) } }
      + others.map { ($0, .sigmoid) } + others.dropLast().map { (.tanh, $0) } + [(.gelu, .silu)]
  }()

  /// The activation in Double, from its definition. Limits are the values at ±∞.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .linear: x
    case .relu: x > 0 || x.isNaN ? x : 0
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .relu6: x.isNaN ? x : min(6, max(0, x))
    case .leakyRelu: x > 0 ? x : Double(Float(0.2)) * x
    case .elu: x > 0 ? x : expm1(x)
    case .selu:
      1.050_700_987_355_480_5 * (x > 0 ? x : 1.673_263_242_354_377_2 * expm1(x))
    case .gelu: x == -.infinity ? 0 : x * erfc(-x / 2.0.squareRoot()) / 2
    case .silu: x == -.infinity ? 0 : x / (1 + exp(-x))
    case .softplus: max(x, 0) + log1p(exp(-x.magnitude))
    case .softsign: x.isInfinite ? (x > 0 ? 1 : -1) : x / (1 + x.magnitude)
    case .hardSigmoid: x.isNaN ? x : min(6, max(0, x + 3)) / 6
    case .exponential: exp(x)
    }
  }

  /// The derivative in Double, but for corners.
  func slope(_ x: Double) -> Double {
    switch self {
    case .gelu:
      erfc(-x / 2.0.squareRoot()) / 2 + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .silu:
      1 / (1 + exp(-x)) * (1 + x / (1 + exp(x)))
    default: (self(x + 1e-5) - self(x - 1e-5)) / 2e-5
    }
  }
}
