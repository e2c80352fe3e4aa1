import CHeader
import CNNLSTM

/// Runs a call, turns a failure into its status and keeps its text for cnnlstm_last_error.
func status(_ body: () throws(Failure) -> Void) -> cnnlstm_status {
  let host = Host.takeFloatState()
  defer { Host.restoreFloatState(host) }
  do {
    try body()
    return cnnlstm_status(CNNLSTM_OK)
  } catch {
    return report(error)
  }
}

/// The status of a failure, whose text is kept for this thread.
func report(_ failure: Failure) -> cnnlstm_status {
  Host.setThreadText(failure.text)
  return failure.kind.rawValue
}

/// A pointer that must not be NULL.
func required<Pointer>(_ pointer: Pointer?, _ name: StaticString) throws(Failure) -> Pointer {
  guard let pointer else { throw Failure(.nullPointer, "\(name) is NULL") }
  return pointer
}

/// The pointer to `count` elements; NULL is fine for none.
func array<Element>(
  _ pointer: UnsafePointer<Element>?, _ count: Int, _ name: StaticString
) throws(Failure) -> UnsafePointer<Element> {
  // Any address will do for no elements.
  let nothing = UnsafePointer<Element>(bitPattern: MemoryLayout<Element>.alignment)
  return try required(count == 0 ? pointer ?? nothing : pointer, name)
}

/// A size_t that Swift sees as Int: absurd ones are negative there.
func size(_ count: Int, _ what: StaticString) throws(Failure) -> Int {
  guard count >= 0 else {
    throw Failure(.shape, "\(what): a count of \(UInt(bitPattern: count)) is impossible")
  }
  return count
}

// MARK: Handles

func handle(_ object: AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

func object<Object: AnyObject>(
  _ handle: OpaquePointer?, _ type: Object.Type, _ name: StaticString
) throws(Failure) -> Object {
  let handle = try required(handle, name)
  return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
}

func release<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) {
  guard let handle else { return }
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
}

// MARK: Option structures

/// The largest struct_size that is believed; what lies behind the known part must be zero.
private let largestStructure = 4_096

/// Reads an option structure of any version over its defaults.
func options<Options>(
  _ pointer: UnsafePointer<Options>?, default initial: Options, _ name: StaticString
) throws(Failure) -> Options {
  guard let pointer else { return initial }
  let raw = UnsafeRawPointer(pointer)
  let size = try structureSize(raw, name)
  var result = initial
  let known = MemoryLayout<Options>.size
  withUnsafeMutableBytes(of: &result) { target in
    target.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: min(size, known)))
  }
  for offset in stride(from: known, to: size, by: 1)
  where raw.load(fromByteOffset: offset, as: UInt8.self) != 0 {
    throw Failure(
      .options, "\(name): byte \(offset) is set, this library knows \(known) bytes of it")
  }
  return result
}

/// A field that a later version may give a meaning.
func checkReserved(_ value: UInt32) throws(Failure) {
  guard value == 0 else { throw Failure(.options, "reserved must be 0, got \(value)") }
}

/// Writes a structure into the caller's, as far as that goes; struct_size stays.
func write<Options>(
  _ value: Options, to pointer: UnsafeMutablePointer<Options>?, _ name: StaticString
) throws(Failure) {
  let raw = UnsafeMutableRawPointer(try required(pointer, name))
  let size = try structureSize(UnsafeRawPointer(raw), name)
  withUnsafeBytes(of: value) { source in
    let count = min(size, source.count)
    let sizeBytes = MemoryLayout<UInt32>.size
    for offset in sizeBytes..<count {
      raw.storeBytes(of: source[offset], toByteOffset: offset, as: UInt8.self)
    }
  }
}

/// Fills a structure of a size the caller compiled with.
func initialize<Options>(
  _ pointer: UnsafeMutablePointer<Options>?, _ size: Int, _ value: Options, _ name: StaticString
) throws(Failure) {
  let raw = UnsafeMutableRawPointer(try required(pointer, name))
  try checkStructureSize(size, name)
  raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
  raw.storeBytes(of: UInt32(truncatingIfNeeded: size), as: UInt32.self)
  try write(value, to: pointer, name)
}

/// What a structure says of its size.
func structureSize(
  _ raw: UnsafeRawPointer, _ name: StaticString
) throws(Failure) -> Int {
  let size = Int(raw.load(as: UInt32.self))
  try checkStructureSize(size, name)
  return size
}

/// Every structure has fields of 8 bytes, so a compiler makes its size a multiple of that; any
/// other size may end inside a pointer.
private func checkStructureSize(_ size: Int, _ name: StaticString) throws(Failure) {
  guard (8...largestStructure).contains(size), size % 8 == 0 else {
    throw Failure(
      .options,
      "\(name): struct_size must be a multiple of 8 in 8…\(largestStructure), got \(size)")
  }
}

// MARK: Text

/// A C string of at most `limit` bytes.
func text(
  _ pointer: UnsafePointer<CChar>?, _ name: StaticString, limit: Int
) throws(Failure) -> String {
  let pointer = try required(pointer, name)
  guard (0...limit).contains(where: { pointer[$0] == 0 }) else {
    throw Failure(.argument, "\(name) must have at most \(limit) bytes")
  }
  guard let text = String(validatingCString: pointer) else {
    throw Failure(.argument, "\(name) must be UTF-8")
  }
  return text
}

/// Copies a text as the header says of buffers: as much as fits, and the capacity that all needs.
func copy(
  _ text: String, to buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>?
) throws(Failure) {
  guard buffer != nil || capacity == 0 else { throw Failure(.nullPointer, "buffer is NULL") }
  var text = text
  needed?.pointee = text.utf8.count + 1
  guard let buffer, capacity > 0 else { return }
  text.withUTF8 { bytes in
    let count = min(bytes.count, capacity - 1)
    UnsafeMutableRawBufferPointer(start: buffer, count: count).copyBytes(from: bytes.prefix(count))
    buffer[count] = 0
  }
}
