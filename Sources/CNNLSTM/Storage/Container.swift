/// The sections this library knows. A number is never reused.
enum SectionKind: UInt32, CaseIterable {
  case architecture = 1, weights, labels, metadata, selfTest, checkpoint

  var name: StaticString {
    switch self {
    case .architecture: "architecture"
    case .weights: "weights"
    case .labels: "labels"
    case .metadata: "metadata"
    case .selfTest: "self-test"
    case .checkpoint: "checkpoint"
    }
  }

  /// Whether a reader that does not know the section must refuse the file.
  var mustBeUnderstood: Bool { self == .architecture || self == .weights }
}

/// What stands in front of the sections, and where.
enum ContainerLayout {
  static var headerSize: Int { 32 }
  static var entrySize: Int { 32 }
  static var checksumPlace: Int { 28 }
  static var mostSections: Int { 64 }
  /// 89 "CNL" 0D 0A 1A 0A: no text starts so, and a transfer that changes line ends changes it.
  static var magic: UInt64 { 0x0A1A_0A0D_4C4E_4389 }
  static var magicSize: Int { 8 }
  /// The version this library writes, and reads with every smaller minor number.
  static var major: UInt16 { 1 }
  static var minor: UInt16 { 2 }
  /// In the flags of a section.
  static var mustBeUnderstood: UInt32 { 1 }
}

/// The sections of a file whose every byte outside of them has been checked, and their checksums.
struct Container {
  private struct Header {
    let minor: UInt16
    let sectionCount, size, tableEnd: Int
  }

  private let bytes: UnsafeRawBufferPointer
  private var sections: [(kind: SectionKind, range: Range<Int>)] = []
  let minor: UInt16

  /// The bytes must be there as long as the container.
  /// - Throws: `.fileNotModel`, `.fileVersion`, `.fileTruncated`, `.fileCorrupt`
  init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    let header = try Container.header(bytes)
    (self.bytes, minor) = (bytes, header.minor)
    var table = Container.table(bytes, header)
    var (place, previous) = (header.tableEnd, UInt32(0))
    for index in 0..<header.sectionCount {
      let entry = try SectionEntry(&table, index)
      guard entry.type > previous else {
        throw table.corrupt("section \(index) has type \(entry.type) behind type \(previous)")
      }
      let range = try entry.range(after: place, size: header.size)
      try check(entry, range, after: place)
      if let kind = try entry.kind() { sections.append((kind, range)) }
      (place, previous) = (range.upperBound, entry.type)
    }
    guard place == header.size else {
      throw table.corrupt("the last section ends at \(place), the file at \(header.size)")
    }
  }

  /// A section's bytes; nil if the file does not have it.
  func reader(_ kind: SectionKind) -> ByteReader? {
    sections.first { $0.kind == kind }.map {
      ByteReader(UnsafeRawBufferPointer(rebasing: bytes[$0.range]), "\(kind.name) section")
    }
  }

  private func check(_ entry: SectionEntry, _ range: Range<Int>, after place: Int) throws(Failure) {
    var gap = ByteReader(bytes, "the file")
    _ = try gap.take(place, "sections")
    try gap.skipZeros(to: range.lowerBound, "padding")
    let found = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[range]))
    guard found == entry.checksum else {
      throw Failure(
        .fileCorrupt, "section \(entry.index) has the checksum \(found), not \(entry.checksum)")
    }
  }

  // MARK: Header

  private static func header(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Header {
    try checkMagic(bytes)
    let headerSize = ContainerLayout.headerSize
    guard bytes.count >= headerSize else {
      throw Failure(
        .fileTruncated, "the file has \(bytes.count) bytes, its header has \(headerSize)")
    }
    var reader = ByteReader(bytes, "header")
    _ = try reader.take(ContainerLayout.magicSize, "magic")
    let major = try reader.integer("version", as: UInt16.self)
    let minor = try reader.integer("version", as: UInt16.self)
    guard major == ContainerLayout.major else {
      throw Failure(
        .fileVersion,
        "the file is of version \(major).\(minor), this library reads \(ContainerLayout.major).x")
    }
    let count = try reader.size(
      "number of sections", as: UInt32.self, in: 1...ContainerLayout.mostSections)
    let size = try reader.size("file size", as: UInt64.self, in: headerSize...Int.max)
    try reader.zero("reserved number", as: UInt32.self)
    let checksum = try reader.integer("checksum", as: UInt32.self)
    let tableEnd = headerSize + count * ContainerLayout.entrySize
    guard bytes.count >= tableEnd else {
      throw Failure(
        .fileTruncated,
        "the file has \(bytes.count) bytes, its table of sections ends at \(tableEnd)")
    }
    guard headerChecksum(bytes, tableEnd) == checksum else {
      throw reader.corrupt("the checksum of header and table is not \(checksum)")
    }
    guard bytes.count >= size else {
      throw Failure(.fileTruncated, "the file has \(bytes.count) of its \(size) bytes")
    }
    guard bytes.count == size else {
      throw Failure(
        .fileCorrupt, "\(bytes.count - size) bytes are behind the end of the file at byte \(size)")
    }
    return Header(minor: minor, sectionCount: count, size: size, tableEnd: tableEnd)
  }

  private static func checkMagic(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    let magic = ContainerLayout.magic
    for index in 0..<min(bytes.count, ContainerLayout.magicSize)
    where bytes[index] != UInt8(truncatingIfNeeded: magic >> UInt64(8 * index)) {
      throw Failure(.fileNotModel, "byte \(index) is \(bytes[index]): this is not a cnnlstm model")
    }
  }

  /// Of header and table, but for the checksum itself.
  static func headerChecksum(_ bytes: UnsafeRawBufferPointer, _ tableEnd: Int) -> UInt32 {
    let place = ContainerLayout.checksumPlace
    guard tableEnd <= bytes.count, place + 4 <= tableEnd else { return 0 }
    var checksum = Checksum()
    checksum.add(UnsafeRawBufferPointer(rebasing: bytes[..<place]))
    checksum.add(UnsafeRawBufferPointer(rebasing: bytes[(place + 4)..<tableEnd]))
    return checksum.value
  }

  private static func table(_ bytes: UnsafeRawBufferPointer, _ header: Header) -> ByteReader {
    let range = ContainerLayout.headerSize..<header.tableEnd
    return ByteReader(UnsafeRawBufferPointer(rebasing: bytes[range]), "table of sections")
  }
}

/// A line of the table of sections.
private struct SectionEntry {
  let index: Int
  let type, flags, checksum: UInt32
  let offset, size: UInt64

  init(_ reader: inout ByteReader, _ index: Int) throws(Failure) {
    self.index = index
    type = try reader.integer("type")
    flags = try reader.integer("flags")
    offset = try reader.integer("offset")
    size = try reader.integer("size")
    checksum = try reader.integer("checksum")
    try reader.zero("reserved number", as: UInt32.self)
  }

  /// Its bytes, right behind those of the section before.
  func range(after place: Int, size fileSize: Int) throws(Failure) -> Range<Int> {
    let start = alignedPlace(place)
    guard offset == UInt64(start) else {
      throw Failure(.fileCorrupt, "section \(index) must start at \(start), not at \(offset)")
    }
    guard start <= fileSize, size >= 1, size <= UInt64(fileSize - start) else {
      throw Failure(
        .fileCorrupt, "section \(index) at byte \(start) has \(size) bytes, the file \(fileSize)")
    }
    return start..<start + Int(size)
  }

  /// nil for one to be skipped.
  /// - Throws: `.fileVersion`, `.fileCorrupt`
  func kind() throws(Failure) -> SectionKind? {
    guard flags & ~ContainerLayout.mustBeUnderstood == 0 else {
      throw Failure(
        .fileVersion, "section \(index) has the flags \(flags): not known to this version")
    }
    let isNeeded = flags == ContainerLayout.mustBeUnderstood
    guard let kind = SectionKind(rawValue: type) else {
      if isNeeded {
        throw Failure(
          .fileVersion, "section \(index) is of type \(type): not known to this version")
      }
      return nil
    }
    guard isNeeded == kind.mustBeUnderstood else {
      throw Failure(.fileCorrupt, "section \(index), \(kind.name), has the flags \(flags)")
    }
    return kind
  }
}

/// Writes a file section by section.
struct ContainerWriter {
  private var writer: ByteWriter
  private let sectionCount: Int
  private var sectionsDone = 0

  /// - Parameters:
  ///   - capacity: bytes of the sections, as far as that is known
  ///   - minor: the least version that has all of the sections' content
  /// - Throws: `.outOfMemory`, as everything here does.
  init(sectionCount: Int, capacity: Int, minor: UInt16 = 0) throws(Failure) {
    self.sectionCount = sectionCount
    writer = try ByteWriter(capacity: capacity)
    try writer.integer(ContainerLayout.magic)
    try writer.integer(ContainerLayout.major)
    try writer.integer(minor)
    try writer.integer(UInt32(truncatingIfNeeded: sectionCount))
    try writer.zeros(to: place(ofEntry: sectionCount))
  }

  private func place(ofEntry index: Int) -> Int {
    ContainerLayout.headerSize + index * ContainerLayout.entrySize
  }

  mutating func add(
    _ kind: SectionKind, _ body: (inout ByteWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try add(type: kind.rawValue, mustBeUnderstood: kind.mustBeUnderstood, body)
  }

  /// Sections are added in order of type, as many as were announced.
  mutating func add(
    type: UInt32, mustBeUnderstood: Bool, _ body: (inout ByteWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try writer.align()
    let start = writer.count
    try body(&writer)
    let entry = place(ofEntry: sectionsDone)
    writer.replace(at: entry, with: type)
    writer.replace(
      at: entry + 4, with: mustBeUnderstood ? ContainerLayout.mustBeUnderstood : 0)
    writer.replace(at: entry + 8, with: UInt64(start))
    writer.replace(at: entry + 16, with: UInt64(writer.count - start))
    writer.replace(at: entry + 24, with: writer.checksum(start..<writer.count))
    sectionsDone += 1
  }

  mutating func finish() -> FileBytes {
    writer.replace(at: 16, with: UInt64(writer.count))
    let tableEnd = place(ofEntry: sectionCount)
    let checksum = writer.result.withUnsafeBytes { Container.headerChecksum($0, tableEnd) }
    writer.replace(at: ContainerLayout.checksumPlace, with: checksum)
    return writer.result
  }
}
