// The section that holds the numbers of a model: see FORMAT.md.

private let headSize = 8
private let entrySize = 64
private let shapeCapacity = 4

extension ParameterLayout.Entry {
  /// Bytes in a file, in a model of a type.
  fileprivate func size(in model: WeightType) -> Int {
    switch weightType(in: model) {
    case .float32: 4 * count
    case .bfloat16: 2 * count
    case .int8: 4 * channels + count
    }
  }
}

extension ParameterLayout {
  /// Where the first array lies in the section.
  private var firstPlace: Int { headSize + entries.count * entrySize }

  // MARK: Writing

  /// - Throws: `.state` for weights that are not finite, `.outOfMemory`
  func writeWeights(
    _ values: FloatBuffer, _ type: WeightType = .float32, to writer: inout ByteWriter
  ) throws(Failure) {
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
      try write(entry, type, at: place, to: &writer)
      place += entry.size(in: type)
    }
    for entry in entries {
      // Sections start at multiples of 64, so that places within one are aligned in the file too.
      try writer.zeros(to: start + alignedPlace(writer.count - start))
      try writer.array(values.pointer + entry.offset, entry, entry.weightType(in: type))
    }
  }

  private func write(
    _ entry: Entry, _ type: WeightType, at place: Int, to writer: inout ByteWriter
  ) throws(Failure) {
    try writer.integer(entry.weightType(in: type).rawValue)
    try writer.integer(UInt32(truncatingIfNeeded: entry.shape.count))
    for axis in 0..<shapeCapacity {
      try writer.integer(axis < entry.shape.count ? UInt64(entry.shape[axis]) : 0)
    }
    try writer.integer(UInt64(place))
    try writer.integer(UInt64(entry.size(in: type)))
    try writer.integer(UInt32(truncatingIfNeeded: entry.layer))
    try writer.integer(UInt32(0))
  }

  // MARK: Reading

  /// The weights of a section and their type. Its table is compared with what the layers ask for,
  /// and its size with the table, before memory is taken.
  /// - Throws: `.fileCorrupt`, `.fileVersion`, `.outOfMemory`
  func readWeights(
    _ reader: inout ByteReader
  ) throws(Failure) -> (values: FloatBuffer, type: WeightType) {
    let arrayCount = try reader.integer("number of arrays", as: UInt32.self)
    guard arrayCount == UInt32(clamping: entries.count) else {
      throw reader.corrupt("there are \(arrayCount) arrays, the layers have \(entries.count)")
    }
    try reader.zero("reserved number", as: UInt32.self)
    var (place, type) = (firstPlace, WeightType?.none)
    for (index, entry) in entries.enumerated() {
      place = alignedPlace(place)
      let encoding = try encoding(entry, index, &reader, type)
      if entry.isKernel { type = encoding }
      try check(entry, index, encoding, at: place, &reader)
      place += entry.size(in: encoding)
    }
    let wanted = place - firstPlace
    guard reader.remaining == wanted else {
      throw reader.corrupt("the arrays need \(wanted) bytes, there are \(reader.remaining)")
    }
    let values = try FloatBuffer(count: count)
    for entry in entries {
      try reader.skipZeros(to: alignedPlace(reader.position), "padding")
      try reader.array(
        into: values.pointer + entry.offset, entry, entry.weightType(in: type ?? .float32))
    }
    return (values, type ?? .float32)
  }

  /// The encoding of an array, which for a kernel must be that of the kernels before it.
  /// - Throws: `.fileVersion`, `.fileCorrupt`
  private func encoding(
    _ entry: Entry, _ index: Int, _ reader: inout ByteReader, _ type: WeightType?
  ) throws(Failure) -> WeightType {
    let number = try reader.integer("encoding", as: Int32.self)
    guard let encoding = WeightType(rawValue: number) else {
      throw Failure(
        .fileVersion,
        "array \(index) has the encoding \(UInt32(bitPattern: number)): not known to this version")
    }
    let wanted = entry.isKernel ? type ?? encoding : .float32
    guard encoding == wanted else {
      throw reader.corrupt(
        "array \(index), \(entry.name), must have the encoding \(wanted.rawValue), got \(number)")
    }
    return encoding
  }

  /// - Throws: `.fileCorrupt` where a line of the table is not as it must be.
  private func check(
    _ entry: Entry, _ index: Int, _ encoding: WeightType, at place: Int,
    _ reader: inout ByteReader
  ) throws(Failure) {
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
    let wanted = entry.size(in: encoding)
    guard offset == UInt64(place), size == UInt64(wanted) else {
      throw reader.corrupt(
        "array \(index) must have \(wanted) bytes at \(place), got \(size) at \(offset)")
    }
    let layer = try reader.integer("layer", as: UInt32.self)
    guard layer == UInt32(clamping: entry.layer) else {
      throw reader.corrupt("array \(index) is of layer \(entry.layer), got \(layer)")
    }
    try reader.zero("reserved number", as: UInt32.self)
  }
}

// MARK: Arrays

extension ByteWriter {
  /// An array, of numbers that the type can hold.
  fileprivate mutating func array(
    _ values: UnsafePointer<Float>, _ entry: ParameterLayout.Entry, _ type: WeightType
  ) throws(Failure) {
    switch type {
    case .float32: try floats(values, entry.count)
    case .bfloat16: try integers(entry.count) { BFloat16.bits(values[$0]) }
    case .int8:
      let (scales, channels) = (try entry.scales(values), entry.channels)
      try floats(scales.pointer, channels)
      try integers(entry.count) {
        Int8(Quantization.step(values[$0], scale: scales.pointer[$0 % channels]))
      }
    }
  }
}

extension ByteReader {
  /// The same, into memory that has room for it.
  /// - Throws: `.fileCorrupt`, `.outOfMemory`
  fileprivate mutating func array(
    into target: UnsafeMutablePointer<Float>, _ entry: ParameterLayout.Entry, _ type: WeightType
  ) throws(Failure) {
    switch type {
    case .float32: try floats(entry.count, into: target, "weight")
    case .bfloat16:
      let start = position
      let bits = try take(2 * entry.count, "weights")
      for i in 0..<entry.count {
        let number = bits.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
        target[i] = BFloat16.value(UInt16(littleEndian: number))
      }
      if let bad = firstNonFinite(target, entry.count) {
        throw corrupt(
          "weight at byte \(start + 2 * bad) must be finite, got \(decimal(target[bad]))")
      }
    case .int8: try steps(into: target, entry)
    }
  }

  /// Scales, then steps. The scales must be those that the weights have.
  private mutating func steps(
    into target: UnsafeMutablePointer<Float>, _ entry: ParameterLayout.Entry
  ) throws(Failure) {
    let (start, channels) = (position, entry.channels)
    let scales = try FloatBuffer(count: channels)
    for channel in 0..<channels {
      let scale = try float("scale")
      guard Quantization.isScale(scale) else {
        throw corrupt("scale at byte \(start + 4 * channel) is none, got \(decimal(scale))")
      }
      scales.pointer[channel] = scale
    }
    let steps = try take(entry.count, "weights")
    for i in 0..<entry.count {
      let (step, scale) = (Int8(bitPattern: steps[i]), scales.pointer[i % channels])
      guard step != Int8.min, step == 0 || scale > 0 else {
        throw corrupt(
          "weight at byte \(start + 4 * channels + i) of scale \(decimal(scale)) cannot be \(step)")
      }
      target[i] = Float(step) * scale
    }
    let found = try entry.scales(target)
    for channel in 0..<channels where found.pointer[channel] != scales.pointer[channel] {
      throw corrupt(
        "scale at byte \(start + 4 * channel) must be \(decimal(found.pointer[channel])), a 127th "
          + "of the largest weight, got \(decimal(scales.pointer[channel]))")
    }
  }
}
