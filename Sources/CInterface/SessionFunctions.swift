import CHeader
import CNNLSTM

private var initialSessionOptions: cnnlstm_session_options {
  let defaults = Session.Options()
  var options = cnnlstm_session_options()
  options.threads = Int32(defaults.threads)
  (options.max_length, options.batch_size) = (Int64(defaults.maxLength), Int64(defaults.batchSize))
  return options
}

@implementation @_cdecl("cnnlstm_session_options_init")
public func cnnlstm_session_options_init(
  _ options: UnsafeMutablePointer<cnnlstm_session_options>!, _ struct_size: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    try initialize(options, struct_size, initialSessionOptions, "options")
  }
}

@implementation @_cdecl("cnnlstm_session_create")
public func cnnlstm_session_create(
  _ model: OpaquePointer!, _ options: UnsafePointer<cnnlstm_session_options>!,
  _ session: UnsafeMutablePointer<OpaquePointer?>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let session = try required(session, "session")
    let given = try CInterface.options(options, default: initialSessionOptions, "options")
    var wanted = Session.Options()
    wanted.threads = Int(given.threads)
    (wanted.maxLength, wanted.batchSize) = (Int(given.max_length), Int(given.batch_size))
    session.pointee = handle(try Session(model, wanted))
  }
}

@implementation @_cdecl("cnnlstm_session_destroy")
public func cnnlstm_session_destroy(_ session: OpaquePointer!) { release(session, Session.self) }

@implementation @_cdecl("cnnlstm_session_predict")
public func cnnlstm_session_predict(
  _ session: OpaquePointer!, _ inputs: UnsafePointer<Float>!, _ input_count: Int,
  _ sample_count: Int64, _ length: Int64, _ outputs: UnsafeMutablePointer<Float>!,
  _ output_count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    let session = try object(session, Session.self, "session")
    let inputs = try array(inputs, input_count, "inputs")
    let outputs = try array(outputs, output_count, "outputs")
    try session.predict(
      inputs, inputCount: input_count, sampleCount: Int(sample_count), length: Int(length),
      UnsafeMutablePointer(mutating: outputs), outputCount: output_count)
  }
}

@implementation @_cdecl("cnnlstm_session_predict_lengths")
public func cnnlstm_session_predict_lengths(
  _ session: OpaquePointer!, _ inputs: UnsafePointer<Float>!, _ input_count: Int,
  _ sample_count: Int64, _ length: Int64, _ lengths: UnsafePointer<Int64>!, _ length_count: Int,
  _ outputs: UnsafeMutablePointer<Float>!, _ output_count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    let session = try object(session, Session.self, "session")
    let inputs = try array(inputs, input_count, "inputs")
    let lengths = try array(lengths, length_count, "lengths")
    let outputs = try array(outputs, output_count, "outputs")
    try session.predict(
      inputs, inputCount: input_count, sampleCount: Int(sample_count), length: Int(length),
      lengths: UnsafeBufferPointer(start: lengths, count: try size(length_count, "lengths")),
      UnsafeMutablePointer(mutating: outputs), outputCount: output_count)
  }
}

/// - Throws: `.argument` for a layer below −1.
func layerIndex(_ layer: Int32) throws(Failure) -> Int? {
  guard layer >= -1 else { throw Failure(.argument, "layer must be -1 or more, got \(layer)") }
  return layer < 0 ? nil : Int(layer)
}

@implementation @_cdecl("cnnlstm_session_reset_states")
public func cnnlstm_session_reset_states(
  _ session: OpaquePointer!, _ layer: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    let session = try object(session, Session.self, "session")
    try session.resetStates(ofLayer: try layerIndex(layer))
  }
}
