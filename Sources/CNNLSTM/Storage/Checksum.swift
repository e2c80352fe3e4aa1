/// CRC-32C (Castagnoli), as iSCSI and ext4 use it, of bytes that come in pieces.
struct Checksum {
  private(set) var value: UInt32 = 0

  mutating func add(_ bytes: UnsafeRawBufferPointer) { value = castagnoli(value, bytes) }

  /// Of bytes that lie together.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 { castagnoli(0, bytes) }
}
