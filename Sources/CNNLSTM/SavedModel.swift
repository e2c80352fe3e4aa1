extension Model {
  /// The bytes of a file of this model. The same model gives the same bytes.
  /// - Throws: `.state` if not built, or for weights that are not finite; `.outOfMemory`
  public func encoded() throws(Failure) -> FileBytes {
    try ModelFile(network, try builtWeights(), labels: labels, metadata: metadata).encoded()
  }

  /// Writes a file: to a temporary one beside it, synced, then renamed, so that a failure leaves
  /// the old file as it was. An old file's permissions are kept, and a symbolic link to it stays.
  /// - Throws: `.fileAccess`, and as `encoded`
  public func save(to path: FilePath) throws(Failure) {
    try replaceFile(path, with: try encoded())
  }

  /// - Throws: likewise
  public func save(to path: String) throws(Failure) { try save(to: try FilePath(path)) }

  /// Reads a file. Whatever it holds, the call returns: a model or a failure.
  /// - Throws: `.fileAccess`, and as `init(bytes:)`
  public convenience init(
    path: FilePath, _ options: LoadOptions = LoadOptions()
  ) throws(Failure) {
    let file = try readFile(path, limit: options.maxFileBytes)
    do {
      self.init(
        try file.withUnsafeBytes { (bytes) throws(Failure) in try ModelFile(bytes, options) })
    } catch {
      throw path.failure("\(error.text)", error.kind)
    }
  }

  /// - Throws: likewise
  public convenience init(
    path: String, _ options: LoadOptions = LoadOptions()
  ) throws(Failure) {
    try self.init(path: try FilePath(path), options)
  }

  /// Reads the bytes of a file, at any address.
  /// - Throws: `.fileNotModel`, `.fileVersion`, `.fileTruncated`, `.fileCorrupt`, `.fileSelfTest`,
  ///   `.limit`, `.outOfMemory`
  public convenience init(
    bytes: UnsafeRawBufferPointer, _ options: LoadOptions = LoadOptions()
  ) throws(Failure) {
    self.init(try ModelFile(bytes, options))
  }

  private convenience init(_ file: ModelFile) {
    self.init(file.network, file.weights, labels: file.labels, metadata: file.metadata)
  }
}
