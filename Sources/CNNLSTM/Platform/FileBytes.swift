import CPlatform

/// The bytes of a file, in memory of their own.
public struct FileBytes: Sendable {
  private let buffer: Buffer<UInt8>
  public let count: Int

  /// The first `count` bytes of a buffer that holds at least as many.
  init(_ buffer: Buffer<UInt8>, count: Int) {
    (self.buffer, self.count) = (buffer, min(max(count, 0), buffer.count))
  }

  /// The bytes are there until the call returns.
  public func withUnsafeBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    try withExtendedLifetime(buffer) { () throws(E) in
      try body(UnsafeRawBufferPointer(start: buffer.pointer, count: count))
    }
  }
}

/// CRC-32C of bytes, going on from that of those before; 0 to begin.
func castagnoli(_ before: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
  guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return before }
  return platformChecksum(before, start, bytes.count)
}

/// A path as the system takes it: any bytes but zero, and a NUL behind them.
public struct FilePath: Sendable {
  fileprivate let characters: [CChar]

  private static var longest: Int { 4_095 }

  /// - Throws: `.fileAccess` if it is longer than paths can be.
  public init(_ pointer: UnsafePointer<CChar>) throws(Failure) {
    let count = strnlen(pointer, FilePath.longest + 1)
    characters = Array(UnsafeBufferPointer(start: pointer, count: count)) + [0]
    if count > FilePath.longest { throw failure("is longer than \(FilePath.longest) bytes") }
    if count == 0 { throw Failure(.fileAccess, "the path is empty") }
  }

  /// - Throws: `.fileAccess`, for a zero byte inside too.
  public init(_ text: String) throws(Failure) {
    if text.utf8.contains(0) { throw Failure(.fileAccess, "\(text): the path holds a zero byte") }
    let characters = text.utf8.map { CChar(bitPattern: $0) } + [0]
    self = try characters.withUnsafeBufferPointer { (all) throws(Failure) in
      guard let start = all.baseAddress else { throw Failure(.fileAccess, "the path is empty") }
      return try FilePath(start)
    }
  }

  fileprivate init(_ characters: [CChar]) { self.characters = characters }

  /// For error texts: what is not UTF-8 is replaced, and a long path is cut.
  private var text: String {
    String(decoding: characters.dropLast().prefix(512).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func failure(_ problem: Message, _ kind: Failure.Kind = .fileAccess) -> Failure {
    Failure(kind, "\(text): \(problem)")
  }

  /// A failure with the system's own words for the call that failed last.
  fileprivate func systemFailure(_ problem: Message) -> Failure {
    let error = platformError()
    var words = [CChar](repeating: 0, count: 256)
    platformErrorText(error, &words, words.count)
    let bytes = words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return failure("\(problem): \(String(decoding: bytes, as: UTF8.self))")
  }

  /// The path with something behind it.
  fileprivate func appending(_ ending: String) -> FilePath {
    FilePath(characters.dropLast() + ending.utf8.map { CChar(bitPattern: $0) } + [0])
  }

  /// The folder it is in.
  fileprivate var folder: FilePath {
    let slash = CChar(bitPattern: UInt8(ascii: "/"))
    guard let last = characters.lastIndex(of: slash) else {
      return FilePath([CChar(bitPattern: UInt8(ascii: ".")), 0])
    }
    return FilePath(characters[...last] + [0])
  }
}

// MARK: Reading

/// Reads a whole regular file; anything else is refused without waiting for it. A file that shrinks
/// meanwhile gives the bytes that were left.
/// - Throws: `.fileAccess`, `.limit` above `limit` bytes, `.outOfMemory`
func readFile(_ path: FilePath, limit: Int) throws(Failure) -> FileBytes {
  var state = PlatformFileState()
  // Asked before opening, because to open a device may already do something.
  guard platformStateOfPath(path.characters, &state) == 0 else {
    throw path.systemFailure("cannot be opened")
  }
  guard state.isRegular != 0 else { throw path.failure("is not a regular file") }
  let file = platformOpenForReading(path.characters)
  guard file >= 0 else { throw path.systemFailure("cannot be opened") }
  defer { close(file) }
  guard platformStateOfFile(file, &state) == 0 else {
    throw path.systemFailure("cannot be read")
  }
  guard state.isRegular != 0 else { throw path.failure("is not a regular file") }
  guard state.size <= Int64(clamping: limit) else {
    throw path.failure("has \(state.size) bytes, the limit is \(limit)", .limit)
  }
  let buffer = try Buffer<UInt8>(count: Int(state.size))
  var done = 0
  while done < buffer.count {
    let got = platformRead(file, buffer.pointer + done, buffer.count - done)
    guard got >= 0 else { throw path.systemFailure("cannot be read") }
    if got == 0 { break }
    done += Int(got)
  }
  return FileBytes(buffer, count: done)
}

// MARK: Writing

/// Puts a file in place of the one at the path, which stays as it was on any failure. The new file
/// is written beside it, synced, given the old one's permissions and renamed. A symbolic link
/// stays, and the file it leads to is replaced.
/// - Throws: `.fileAccess`
func replaceFile(_ path: FilePath, with bytes: FileBytes) throws(Failure) {
  let target = try linkTarget(path)
  var old = PlatformFileState()
  let exists = platformStateOfPath(target.characters, &old) == 0
  // What is no file, such as a device, must not be renamed over.
  guard !exists || old.isRegular != 0 else { throw path.failure("is not a regular file") }
  let (temporary, file) = try createTemporary(beside: target, path)
  do throws(Failure) {
    try fill(file, bytes, permissions: exists ? old.permissions : nil, path)
    guard rename(temporary.characters, target.characters) == 0 else {
      throw path.systemFailure("cannot be replaced")
    }
  } catch {
    unlink(temporary.characters)
    throw error
  }
  platformSyncFolder(target.folder.characters)
}

/// Where the path leads if it is a symbolic link, else the path.
/// - Throws: `.fileAccess` for a link that leads nowhere.
private func linkTarget(_ path: FilePath) throws(Failure) -> FilePath {
  var target = [CChar](repeating: 0, count: 4_096)
  switch platformFollowLink(path.characters, &target, target.count) {
  case 0: return path
  case 1: return FilePath(target.prefix { $0 != 0 } + [0])
  default: throw path.systemFailure("cannot be written")
  }
}

/// A new file that nobody else writes to.
private func createTemporary(
  beside target: FilePath, _ path: FilePath
) throws(Failure) -> (path: FilePath, file: Int32) {
  for attempt in 0..<1_000 {
    let temporary = target.folder.appending("/.cnnlstm-\(getpid())-\(attempt).tmp")
    let file = platformCreateTemporary(temporary.characters)
    if file >= 0 { return (temporary, file) }
    if platformError() != EEXIST { throw path.systemFailure("cannot be written") }
  }
  throw path.failure("cannot be written: 1000 temporary files stand beside it")
}

/// Writes, syncs and closes.
/// - Throws: `.fileAccess`, after closing the file.
private func fill(
  _ file: Int32, _ bytes: FileBytes, permissions: UInt32?, _ path: FilePath
) throws(Failure) {
  do throws(Failure) {
    try bytes.withUnsafeBytes { (all) throws(Failure) in try write(all, to: file, path) }
    if let permissions, fchmod(file, permissions) != 0 {
      throw path.systemFailure("cannot keep its permissions")
    }
    guard fsync(file) == 0 else { throw path.systemFailure("cannot be written") }
  } catch {
    close(file)
    throw error
  }
  guard close(file) == 0 else { throw path.systemFailure("cannot be written") }
}

private func write(
  _ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: FilePath
) throws(Failure) {
  guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
  var done = 0
  while done < bytes.count {
    let count = platformWrite(file, start + done, bytes.count - done)
    guard count > 0 else {
      throw count == 0
        ? path.failure("cannot be written: the system takes no more bytes")
        : path.systemFailure("cannot be written")
    }
    done += Int(count)
  }
}
