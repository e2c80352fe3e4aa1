/// What a file may ask for before it is refused.
public struct LoadOptions: Sendable {
  public var maxFileBytes = 4 << 30
  public var maxParameters = 1 << 30
  public var maxLayers = 4_096
  /// Do not compute the file's self-test.
  public var skipsSelfTest = false

  public init() {}
}

/// The content of a model's file. FORMAT.md says how it is written.
struct ModelFile {
  let network: Network
  let weights: Weights
  let labels: [String]
  let metadata: [(key: String, value: String)]

  // MARK: Writing

  /// The same content gives the same bytes on every machine.
  /// - Parameter checkpoint: the state of the model's training, if the file is to have it.
  /// - Throws: `.state` for weights that are not finite, `.outOfMemory`, `.limit`
  func encoded(_ checkpoint: Checkpoint? = nil) throws(Failure) -> FileBytes {
    let test = try SelfTest.make(network, weights.values, weights.weightType)
    let sectionCount =
      2 + (labels.isEmpty ? 0 : 1) + (metadata.isEmpty ? 0 : 1) + (test == nil ? 0 : 1)
      + (checkpoint == nil ? 0 : 1)
    var writer = try ContainerWriter(
      sectionCount: sectionCount, capacity: try sizeEstimate,
      minor: max(
        network.minorVersion, weights.weightType == .float32 && checkpoint == nil ? 0 : 1))
    try writer.add(.architecture) { (section) throws(Failure) in
      try network.writeArchitecture(&section)
    }
    try writer.add(.weights) { (section) throws(Failure) in
      try network.layout.writeWeights(weights.values, weights.weightType, to: &section)
    }
    if !labels.isEmpty {
      try writer.add(.labels) { (section) throws(Failure) in
        try writeLabels(labels, to: &section)
      }
    }
    if !metadata.isEmpty {
      try writer.add(.metadata) { (section) throws(Failure) in
        try writeMetadata(metadata, to: &section)
      }
    }
    if let test {
      try writer.add(.selfTest) { (section) throws(Failure) in try test.write(&section) }
    }
    if let checkpoint {
      try writer.add(.checkpoint) { (section) throws(Failure) in try checkpoint.write(&section) }
    }
    return writer.finish()
  }

  /// Bytes, more than enough as a rule: without it, memory would be taken twice while growing.
  private var sizeEstimate: Int {
    get throws(Failure) {
      let arrays = try checkedProduct(network.layout.entries.count, 128, of: "a file")
      let numbers = try checkedProduct(network.layout.count, 4, of: "a file")
      let layers = try checkedProduct(network.configurations.count, 512, of: "a file")
      return try checkedSum(try checkedSum(arrays, numbers, of: "a file"), layers, of: "a file")
    }
  }

  // MARK: Reading

  /// Checks everything a file says before memory is taken for it, and computes its self-test.
  /// - Throws: `.fileNotModel`, `.fileVersion`, `.fileTruncated`, `.fileCorrupt`, `.fileSelfTest`,
  ///   `.limit`, `.outOfMemory`
  init(_ bytes: UnsafeRawBufferPointer, _ options: LoadOptions) throws(Failure) {
    self = try ModelFile.read(bytes, options) { (container) throws(Failure) in
      try ModelFile(container, options)
    }
  }

  /// The model, and the state of its training, if the file has it.
  /// - Throws: likewise
  static func withCheckpoint(
    _ bytes: UnsafeRawBufferPointer, _ options: LoadOptions
  ) throws(Failure) -> (file: ModelFile, checkpoint: Checkpoint?) {
    try read(bytes, options) { (container) throws(Failure) in
      let file = try ModelFile(container, options)
      guard var section = container.reader(.checkpoint) else { return (file, nil) }
      let network = file.network
      return (
        file,
        try Checkpoint(&section, count: network.layout.count, stateWidth: network.stateWidth)
      )
    }
  }

  private static func read<Content>(
    _ bytes: UnsafeRawBufferPointer, _ options: LoadOptions,
    _ body: (Container) throws(Failure) -> Content
  ) throws(Failure) -> Content {
    guard bytes.count <= options.maxFileBytes else {
      throw Failure(
        .limit, "the file has \(bytes.count) bytes, the limit is \(options.maxFileBytes)")
    }
    let container = try Container(bytes)
    do {
      return try body(container)
    } catch {
      // What seems wrong in a newer file may be what is new in it.
      guard error.kind == .fileCorrupt, container.minor > ContainerLayout.minor else { throw error }
      throw Failure(
        .fileVersion,
        "version \(ContainerLayout.major).\(container.minor) is newer than this "
          + "library's \(ContainerLayout.major).\(ContainerLayout.minor): \(error.text)")
    }
  }

  private init(_ container: Container, _ options: LoadOptions) throws(Failure) {
    var section = try container.needed(.architecture)
    network = try Network(&section, options)
    section = try container.needed(.weights)
    let (values, type) = try network.layout.readWeights(&section)
    labels = try container.labels(channels: network.outputShape?.channels ?? 0)
    metadata = try container.metadata()
    let test = try container.selfTest(network)
    weights = try Weights(network, values, Processor.chosen, type)
    if let test, !options.skipsSelfTest {
      try test.check(network, weights, Processor.chosen)
    }
  }
}

extension ModelFile {
  init(
    _ network: Network, _ weights: Weights, labels: [String],
    metadata: [(key: String, value: String)]
  ) {
    (self.network, self.weights, self.labels, self.metadata) = (network, weights, labels, metadata)
  }
}

extension Container {
  /// - Throws: `.fileCorrupt` if the file does not have the section.
  fileprivate func needed(_ kind: SectionKind) throws(Failure) -> ByteReader {
    guard let reader = reader(kind) else {
      throw Failure(.fileCorrupt, "the file has no \(kind.name) section")
    }
    return reader
  }

  fileprivate func labels(channels: Int) throws(Failure) -> [String] {
    guard var section = reader(.labels) else { return [] }
    return try readLabels(&section, channels: channels)
  }

  fileprivate func metadata() throws(Failure) -> [(key: String, value: String)] {
    guard var section = reader(.metadata) else { return [] }
    return try readMetadata(&section)
  }

  fileprivate func selfTest(_ network: Network) throws(Failure) -> SelfTest? {
    guard var section = reader(.selfTest) else { return nil }
    return try SelfTest(&section, network)
  }
}
