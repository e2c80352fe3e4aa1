// The sections of labels and of metadata: see FORMAT.md.

/// What a text of a model may have, in bytes of UTF-8.
enum TextLimits {
  static var label: Int { 1_024 }
  static var key: Int { 256 }
  static var value: Int { 1 << 20 }
  /// Pairs of metadata.
  static var pairs: Int { 1_024 }
}

// MARK: Labels

/// - Throws: `.outOfMemory`
func writeLabels(_ labels: [String], to writer: inout ByteWriter) throws(Failure) {
  try writer.integer(UInt32(truncatingIfNeeded: labels.count))
  for label in labels {
    try writer.integer(UInt16(truncatingIfNeeded: label.utf8.count))
    try writer.text(label)
  }
}

/// - Parameter channels: of the output; as many labels must there be.
/// - Throws: `.fileCorrupt`, `.outOfMemory`
func readLabels(_ reader: inout ByteReader, channels: Int) throws(Failure) -> [String] {
  let count = try reader.integer("number of labels", as: UInt32.self)
  guard Int(exactly: count) == channels else {
    throw reader.corrupt("there are \(count) labels for \(channels) output channels")
  }
  // A label takes 2 bytes here and 16 in an Array, which grows by copying.
  try checkMemory(for: reader, times: 32)
  var labels: [String] = []
  for _ in 0..<channels {
    let size = try reader.size("size of a label", as: UInt16.self, in: 0...TextLimits.label)
    labels.append(try reader.text(size, "label"))
  }
  try reader.end()
  return labels
}

// MARK: Metadata

/// - Throws: `.outOfMemory`
func writeMetadata(
  _ pairs: [(key: String, value: String)], to writer: inout ByteWriter
) throws(Failure) {
  try writer.integer(UInt32(truncatingIfNeeded: pairs.count))
  for (key, value) in pairs {
    try writer.integer(UInt16(truncatingIfNeeded: key.utf8.count))
    try writer.integer(UInt16(0))
    try writer.integer(UInt32(truncatingIfNeeded: value.utf8.count))
    try writer.text(key)
    try writer.text(value)
  }
}

/// - Throws: `.fileCorrupt`, also where keys are not in order of their bytes; `.outOfMemory`
func readMetadata(
  _ reader: inout ByteReader
) throws(Failure) -> [(key: String, value: String)] {
  let count = try reader.size("number of pairs", as: UInt32.self, in: 1...TextLimits.pairs)
  try checkMemory(for: reader, times: 3)
  var pairs: [(key: String, value: String)] = []
  for index in 0..<count {
    let keySize = try reader.size("size of a key", as: UInt16.self, in: 1...TextLimits.key)
    try reader.zero("reserved number", as: UInt16.self)
    let valueSize = try reader.size("size of a value", as: UInt32.self, in: 0...TextLimits.value)
    let key = try reader.text(keySize, "key")
    if let last = pairs.last, !last.key.utf8.lexicographicallyPrecedes(key.utf8) {
      throw reader.corrupt("pair \(index) is not in order of its key")
    }
    pairs.append((key, try reader.text(valueSize, "value")))
  }
  try reader.end()
  return pairs
}

/// Asks for memory as texts may need it and gives it back: a String that finds none would end the
/// process.
/// - Throws: `.outOfMemory`
private func checkMemory(for reader: ByteReader, times factor: Int) throws(Failure) {
  _ = try Buffer<UInt8>(count: try checkedProduct(reader.remaining, factor, of: "texts"))
}
