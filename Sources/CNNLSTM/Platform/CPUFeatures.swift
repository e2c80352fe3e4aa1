import CPlatform
import Kernels
import KernelsAVX2
import KernelsAVX512
import KernelsAVX512BF16
import KernelsSSE2

/// The instruction sets with kernels, from the least to the best.
public enum CPUFeatures: Int32, Sendable, CaseIterable {
  case sse2 = 0, avx2, avx512, avx512BF16

  public var name: StaticString {
    switch self {
    case .sse2: "sse2"
    case .avx2: "avx2"
    case .avx512: "avx512"
    case .avx512BF16: "avx512_bf16"
    }
  }

  /// The best this processor has.
  public static var best: CPUFeatures { CPUFeatures(rawValue: platformInstructionSet()) ?? .sse2 }

  /// The best, or at most what CNNLSTM_INSTRUCTION_SET names.
  public static let chosen: CPUFeatures = {
    guard let wanted = getenv("CNNLSTM_INSTRUCTION_SET") else { return best }
    for set in allCases where strcmp(wanted, set.name.cString) == 0 {
      return set.rawValue < best.rawValue ? set : best
    }
    return best
  }()

  public var kernels: KernelTable {
    switch self {
    case .sse2: return kernelsSSE2()
    case .avx2: return kernelsAVX2()
    case .avx512: return kernelsAVX512()
    case .avx512BF16:
      var kernels = kernelsAVX512BF16()
      kernels.bytes = byteKernelsAVX512BF16()
      return kernels
    }
  }
}

/// The kernels of an instruction set, shared by everything that computes with them: the table is
/// large and this reference to it is small.
final class Processor: Sendable {
  let kernels: KernelTable

  /// The one this process computes with.
  static let chosen = Processor(CPUFeatures.chosen)

  init(_ features: CPUFeatures) { kernels = features.kernels }
}

extension StaticString {
  /// The text with a NUL behind it, as every literal has.
  public var cString: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

/// Runs a computation with denormals flushed to zero, which are 10–20 times slower otherwise, and
/// gives the caller's floating-point state back.
func withFlushedDenormals<Result, E: Error>(
  _ body: () throws(E) -> Result
) throws(E) -> Result {
  let state = platformFlushDenormals()
  defer { platformRestoreFloatState(state) }
  return try body()
}
