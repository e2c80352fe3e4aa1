import CHeader
import CNNLSTM

private var initialLoadOptions: cnnlstm_load_options {
  let defaults = LoadOptions()
  var options = cnnlstm_load_options()
  options.max_file_bytes = UInt64(defaults.maxFileBytes)
  options.max_parameters = UInt64(defaults.maxParameters)
  options.max_layers = UInt64(defaults.maxLayers)
  return options
}

extension LoadOptions {
  /// - Throws: `.options`
  init(_ pointer: UnsafePointer<cnnlstm_load_options>?) throws(Failure) {
    self.init()
    let given = try options(pointer, default: initialLoadOptions, "options")
    guard given.skip_self_test <= 1 else {
      throw Failure(.options, "skip_self_test must be 0 or 1, got \(given.skip_self_test)")
    }
    skipsSelfTest = given.skip_self_test == 1
    maxFileBytes = Int(clamping: given.max_file_bytes)
    maxParameters = Int(clamping: given.max_parameters)
    maxLayers = Int(clamping: given.max_layers)
  }
}

@implementation @_cdecl("cnnlstm_load_options_init")
public func cnnlstm_load_options_init(
  _ options: UnsafeMutablePointer<cnnlstm_load_options>!, _ struct_size: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    try initialize(options, struct_size, initialLoadOptions, "options")
  }
}

@implementation @_cdecl("cnnlstm_model_save")
public func cnnlstm_model_save(
  _ model: OpaquePointer!, _ path: UnsafePointer<CChar>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    try model.save(to: try FilePath(try required(path, "path")))
  }
}

@implementation @_cdecl("cnnlstm_model_save_to_memory")
public func cnnlstm_model_save_to_memory(
  _ model: OpaquePointer!, _ buffer: UnsafeMutableRawPointer!, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    try copyFile(to: buffer, capacity, needed) { () throws(Failure) in try model.encoded() }
  }
}

/// A file as the header says of memory: its size, and its bytes where there is room for them.
/// - Throws: `.nullPointer`, `.shape`, and as `file`
func copyFile(
  to buffer: UnsafeMutableRawPointer?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
  _ file: () throws(Failure) -> FileBytes
) throws(Failure) {
  let needed = try required(needed, "needed")
  // A size_t beyond Int is negative here, and larger than any file.
  let capacity = capacity < 0 ? Int.max : capacity
  if capacity > 0 { _ = try required(buffer, "buffer") }
  let file = try file()
  needed.pointee = file.count
  guard let buffer, capacity > 0 else { return }
  guard capacity >= file.count else {
    throw Failure(.shape, "capacity must be at least \(file.count), got \(capacity)")
  }
  file.withUnsafeBytes { bytes in
    UnsafeMutableRawBufferPointer(start: buffer, count: bytes.count).copyMemory(from: bytes)
  }
}

@implementation @_cdecl("cnnlstm_model_load")
public func cnnlstm_model_load(
  _ path: UnsafePointer<CChar>!, _ options: UnsafePointer<cnnlstm_load_options>!,
  _ model: UnsafeMutablePointer<OpaquePointer?>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let path = try required(path, "path")
    let model = try required(model, "model")
    let options = try LoadOptions(options)
    model.pointee = handle(try Model(path: try FilePath(path), options))
  }
}

@implementation @_cdecl("cnnlstm_model_load_from_memory")
public func cnnlstm_model_load_from_memory(
  _ bytes: UnsafeRawPointer!, _ count: Int, _ options: UnsafePointer<cnnlstm_load_options>!,
  _ model: UnsafeMutablePointer<OpaquePointer?>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let bytes = try required(bytes, "bytes")
    let model = try required(model, "model")
    let options = try LoadOptions(options)
    let count = count < 0 ? Int.max : count
    model.pointee = handle(
      try Model(bytes: UnsafeRawBufferPointer(start: bytes, count: count), options))
  }
}
