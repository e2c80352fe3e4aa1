/// Takes little-endian values from bytes that nobody vouches for. Every call checks that the bytes
/// are there; none can trap.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  /// Of the next byte, from the start of these bytes.
  private(set) var position = 0
  /// What the bytes are, for error texts.
  private let name: String

  /// The bytes must be there as long as the reader.
  init(_ bytes: UnsafeRawBufferPointer, _ name: String) { (self.bytes, self.name) = (bytes, name) }

  var remaining: Int { bytes.count - position }

  func corrupt(_ problem: Message) -> Failure { Failure(.fileCorrupt, "\(name): \(problem)") }

  /// The next bytes.
  /// - Throws: `.fileCorrupt`, as all of these do, if there are fewer.
  mutating func take(_ count: Int, _ what: StaticString) throws(Failure) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else {
      throw corrupt("\(what) at byte \(position) needs \(count) bytes, \(remaining) are left")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ what: StaticString, as type: Integer.Type = Integer.self
  ) throws(Failure) -> Integer {
    let taken = try take(MemoryLayout<Integer>.size, what)
    return Integer(littleEndian: taken.loadUnaligned(as: Integer.self))
  }

  mutating func float(_ what: StaticString) throws(Failure) -> Float {
    Float(bitPattern: try integer(what))
  }

  /// An unsigned number that must lie in a range of `Int`.
  mutating func size<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ what: StaticString, as type: Integer.Type, in range: ClosedRange<Int>
  ) throws(Failure) -> Int {
    let value = try integer(what, as: type)
    guard let size = Int(exactly: value), range.contains(size) else {
      throw corrupt("\(what) must be \(range.lowerBound)…\(range.upperBound), got \(value)")
    }
    return size
  }

  mutating func zero<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ what: StaticString, as type: Integer.Type
  ) throws(Failure) {
    let value = try integer(what, as: type)
    guard value == 0 else { throw corrupt("\(what) must be 0, got \(value)") }
  }

  /// UTF-8.
  mutating func text(_ count: Int, _ what: StaticString) throws(Failure) -> String {
    let start = position
    guard let text = String(validating: try take(count, what), as: UTF8.self) else {
      throw corrupt("\(what) at byte \(start) is not UTF-8")
    }
    return text
  }

  /// Moves to a place further on; the bytes before it must be zero.
  mutating func skipZeros(to place: Int, _ what: StaticString) throws(Failure) {
    let start = position
    let skipped = try take(place - position, what)
    if let at = skipped.firstIndex(where: { $0 != 0 }) {
      throw corrupt("\(what) at byte \(start + at) must be 0, got \(skipped[at])")
    }
  }

  /// Floats that must be finite, copied to memory that has room for them.
  mutating func floats(
    _ count: Int, into target: UnsafeMutablePointer<Float>, _ what: StaticString
  ) throws(Failure) {
    let (size, overflow) = count.multipliedReportingOverflow(by: 4)
    let start = position
    let source = try take(overflow ? -1 : size, what)
    UnsafeMutableRawBufferPointer(start: target, count: source.count).copyMemory(from: source)
    if let bad = firstNonFinite(target, count) {
      throw corrupt(
        "\(what) at byte \(start + 4 * bad) must be finite, got \(decimal(target[bad]))")
    }
  }

  /// - Throws: `.fileCorrupt` if bytes are left.
  func end() throws(Failure) {
    guard remaining == 0 else {
      throw corrupt("\(remaining) bytes are left behind byte \(position)")
    }
  }
}
