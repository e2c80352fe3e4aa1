// The section that holds the numbers of a model: see FORMAT.md.

/// How an array is written. A number is never reused; 2, 3 and 4 are kept for f16, bf16 and int8
/// with scales.
private enum Encoding: UInt32 {
  case float32 = 1
}

private let headSize = 8
private let entrySize = 64
private let shapeCapacity = 4

extension ParameterLayout {
  /// Where the first array lies in the section.
  private var firstPlace: Int { headSize + entries.count * entrySize }

  // MARK: Writing

  /// - Throws: `.state` for weights that are not finite, `.outOfMemory`
  func writeWeights(_ values: FloatBuffer, to writer: inout ByteWriter) throws(Failure) {
    if let bad = firstNonFinite(values.pointer, count) {
      let text = decimal(values.pointer[bad])
      throw Failure(.state, "a file holds finite weights only, and number \(bad) is \(text)")
    }
    let start = writer.count
    try writer.integer(UInt32(truncatingIfNeeded: entries.count))
    try writer.integer(UInt32(0))
    var place = firstPlace
    for entry in entries {
      place = alignedPlace(place)
      try write(entry, at: place, to: &writer)
      place += 4 * entry.count
    }
    for entry in entries {
      // Sections start at multiples of 64, so that places within one are aligned in the file too.
      try writer.zeros(to: start + alignedPlace(writer.count - start))
      try writer.floats(values.pointer + entry.offset, entry.count)
    }
  }

  private func write(
    _ entry: Entry, at place: Int, to writer: inout ByteWriter
  ) throws(Failure) {
    try writer.integer(Encoding.float32.rawValue)
    try writer.integer(UInt32(truncatingIfNeeded: entry.shape.count))
    for axis in 0..<shapeCapacity {
      try writer.integer(axis < entry.shape.count ? UInt64(entry.shape[axis]) : 0)
    }
    try writer.integer(UInt64(place))
    try writer.integer(UInt64(4 * entry.count))
    try writer.integer(UInt32(truncatingIfNeeded: entry.layer))
    try writer.integer(UInt32(0))
  }

  // MARK: Reading

  /// The weights of a section. Its table is compared with what the layers ask for, and its size
  /// with the table, before memory is taken.
  /// - Throws: `.fileCorrupt`, `.fileVersion`, `.outOfMemory`
  func readWeights(_ reader: inout ByteReader) throws(Failure) -> FloatBuffer {
    let arrayCount = try reader.integer("number of arrays", as: UInt32.self)
    guard arrayCount == UInt32(clamping: entries.count) else {
      throw reader.corrupt("there are \(arrayCount) arrays, the layers have \(entries.count)")
    }
    try reader.zero("reserved number", as: UInt32.self)
    var place = firstPlace
    for (index, entry) in entries.enumerated() {
      place = alignedPlace(place)
      try check(entry, index, at: place, &reader)
      place += 4 * entry.count
    }
    let wanted = place - firstPlace
    guard reader.remaining == wanted else {
      throw reader.corrupt("the arrays need \(wanted) bytes, there are \(reader.remaining)")
    }
    let values = try FloatBuffer(count: count)
    for entry in entries {
      try reader.skipZeros(to: alignedPlace(reader.position), "padding")
      try reader.floats(entry.count, into: values.pointer + entry.offset, "weight")
    }
    return values
  }

  /// - Throws: `.fileCorrupt` where a line of the table is not as it must be.
  private func check(
    _ entry: Entry, _ index: Int, at place: Int, _ reader: inout ByteReader
  ) throws(Failure) {
    let encoding = try reader.integer("encoding", as: UInt32.self)
    guard Encoding(rawValue: encoding) != nil else {
      throw Failure(
        .fileVersion, "array \(index) has the encoding \(encoding): not known to this version")
    }
    let rank = try reader.integer("rank", as: UInt32.self)
    var isRight = rank == UInt32(clamping: entry.shape.count)
    for axis in 0..<shapeCapacity {
      let size = try reader.integer("shape", as: UInt64.self)
      isRight = isRight && size == (axis < entry.shape.count ? UInt64(entry.shape[axis]) : 0)
    }
    guard isRight else {
      throw reader.corrupt("array \(index), \(entry.name), does not have the shape of its layer")
    }
    let offset = try reader.integer("offset", as: UInt64.self)
    let size = try reader.integer("size", as: UInt64.self)
    guard offset == UInt64(place), size == UInt64(4 * entry.count) else {
      throw reader.corrupt(
        "array \(index) must have \(4 * entry.count) bytes at \(place), got \(size) at \(offset)")
    }
    let layer = try reader.integer("layer", as: UInt32.self)
    guard layer == UInt32(clamping: entry.layer) else {
      throw reader.corrupt("array \(index) is of layer \(entry.layer), got \(layer)")
    }
    try reader.zero("reserved number", as: UInt32.self)
  }
}
