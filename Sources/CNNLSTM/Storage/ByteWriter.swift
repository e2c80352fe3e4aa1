import Kernels

/// Puts little-endian values behind each other, in memory that grows.
struct ByteWriter {
  private var buffer: Buffer<UInt8>
  private(set) var count = 0

  /// - Parameter capacity: bytes that are going to be needed, as far as that is known.
  /// - Throws: `.outOfMemory`, as everything here does.
  init(capacity: Int = 4_096) throws(Failure) { buffer = try Buffer(count: max(capacity, 64)) }

  /// The next `count` bytes, all zero.
  private mutating func extend(_ more: Int) throws(Failure) -> UnsafeMutableRawPointer {
    let end = try checkedSum(count, more, of: "a file")
    if end > buffer.count {
      let larger = try Buffer<UInt8>(count: max(end, 2 * buffer.count))
      larger.pointer.copy(from: buffer.pointer, count: count)
      buffer = larger
    }
    defer { count = end }
    return UnsafeMutableRawPointer(buffer.pointer + count)
  }

  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ value: Integer
  ) throws(Failure) {
    let place = try extend(MemoryLayout<Integer>.size)
    place.storeBytes(of: value.littleEndian, as: Integer.self)
  }

  mutating func float(_ value: Float) throws(Failure) { try integer(value.bitPattern) }

  mutating func floats(_ values: UnsafePointer<Float>, _ count: Int) throws(Failure) {
    let size = try checkedProduct(count, 4, of: "a file")
    try extend(size).copyMemory(from: values, byteCount: size)
  }

  /// `count` values, one after the other.
  mutating func integers<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, _ value: (Int) -> Integer
  ) throws(Failure) {
    let size = MemoryLayout<Integer>.size
    let place = try extend(try checkedProduct(count, size, of: "a file"))
    for i in 0..<count {
      place.storeBytes(of: value(i).littleEndian, toByteOffset: size * i, as: Integer.self)
    }
  }

  mutating func bytes(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    let place = try extend(bytes.count)
    if let start = bytes.baseAddress { place.copyMemory(from: start, byteCount: bytes.count) }
  }

  mutating func text(_ text: String) throws(Failure) {
    var failure: Failure?
    var text = text
    text.withUTF8 { all in
      do throws(Failure) {
        try bytes(UnsafeRawBufferPointer(all))
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  mutating func zeros(to place: Int) throws(Failure) {
    if place > count { _ = try extend(place - count) }
  }

  /// The next place that is a multiple of 64, with zeros up to it.
  mutating func align() throws(Failure) { try zeros(to: alignedPlace(count)) }

  /// Replaces what was written at a place before; anywhere else nothing happens.
  mutating func replace<Integer: FixedWidthInteger & BitwiseCopyable>(
    at place: Int, with value: Integer
  ) {
    guard place >= 0, place <= count - MemoryLayout<Integer>.size else { return }
    UnsafeMutableRawPointer(buffer.pointer + place).storeBytes(
      of: value.littleEndian, as: Integer.self)
  }

  /// The checksum of what was written, from one place to another.
  func checksum(_ range: Range<Int>) -> UInt32 {
    Checksum.of(UnsafeRawBufferPointer(rebasing: written[range.clamped(to: 0..<count)]))
  }

  private var written: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: buffer.pointer, count: count)
  }

  var result: FileBytes { FileBytes(buffer, count: count) }
}

/// The first multiple of 64 from a place in a file on; the place itself if there is none in `Int`.
func alignedPlace(_ place: Int) -> Int {
  let (sum, overflow) = place.addingReportingOverflow(63)
  return overflow ? place : sum & ~63
}
