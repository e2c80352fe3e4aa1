import CPlatform
import Kernels

/// Numbers in memory of their own, aligned to 64 bytes, zero at first. Every buffer whose size a
/// caller or a file decides is one: it throws where an Array would end the process.
final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int
  private let memory: UnsafeMutableRawPointer

  /// - Throws: `.outOfMemory`
  init(count: Int) throws(Failure) {
    // calloc leaves large memory untouched until it is used; posix_memalign would have it written.
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, bytes >= 0, bytes < Int.max - 64, let memory = calloc(1, bytes + 64) else {
      throw Failure(.outOfMemory, "no memory for \(count) numbers")
    }
    self.memory = memory
    pointer = memory.alignedUp(toMultipleOf: 64).bindMemory(
      to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { free(memory) }

  /// - Throws: `.outOfMemory`
  func copy() throws(Failure) -> Buffer {
    let copy = try Buffer(count: count)
    copy.pointer.copy(from: pointer, count: count)
    return copy
  }
}

typealias FloatBuffer = Buffer<Float>

/// The index of the first NaN or infinity.
func firstNonFinite(_ values: UnsafePointer<Float>, _ count: Int) -> Int? {
  // Zero times a finite number is zero; sums of 256 keep the loop free of branches.
  var start = 0
  while start < count {
    let end = min(count, start + 256)
    var sum: Float = 0
    for i in start..<end { sum += values[i] * 0 }
    if sum != 0 || sum.isNaN {
      for i in start..<end where !values[i].isFinite { return i }
    }
    start = end
  }
  return nil
}
