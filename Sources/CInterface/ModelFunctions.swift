import CHeader
import CNNLSTM

@implementation @_cdecl("cnnlstm_model_create")
public func cnnlstm_model_create(
  _ model: UnsafeMutablePointer<OpaquePointer?>!
) -> cnnlstm_status {
  status { () throws(Failure) in try required(model, "model").pointee = handle(Model()) }
}

@implementation @_cdecl("cnnlstm_model_destroy")
public func cnnlstm_model_destroy(_ model: OpaquePointer!) { release(model, Model.self) }

@implementation @_cdecl("cnnlstm_model_add")
public func cnnlstm_model_add(
  _ model: OpaquePointer!, _ options: UnsafePointer<cnnlstm_layer_options>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    try object(model, Model.self, "model").add(try LayerConfiguration(options))
  }
}

@implementation @_cdecl("cnnlstm_model_set_trainable")
public func cnnlstm_model_set_trainable(
  _ model: OpaquePointer!, _ layer: Int, _ trainable: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    guard trainable == 0 || trainable == 1 else {
      throw Failure(.argument, "trainable must be 0 or 1, got \(trainable)")
    }
    try object(model, Model.self, "model").setTrainable(layer: layer, trainable == 1)
  }
}

@implementation @_cdecl("cnnlstm_model_build")
public func cnnlstm_model_build(_ model: OpaquePointer!, _ seed: UInt64) -> cnnlstm_status {
  status { () throws(Failure) in try object(model, Model.self, "model").build(seed: seed) }
}

/// What a pure query reads; nil for NULL.
private func query<Result>(_ model: OpaquePointer?, _ body: (Model) -> Result) -> Result? {
  (try? object(model, Model.self, "model")).map(body)
}

@implementation @_cdecl("cnnlstm_model_is_built")
public func cnnlstm_model_is_built(_ model: OpaquePointer!) -> Int32 {
  query(model) { $0.isBuilt } == true ? 1 : 0
}

// MARK: Layers

@implementation @_cdecl("cnnlstm_model_layer_count")
public func cnnlstm_model_layer_count(_ model: OpaquePointer!) -> Int {
  query(model) { $0.network.configurations.count } ?? 0
}

/// - Throws: `.argument`
private func checkIndex(_ index: Int, _ count: Int, _ what: StaticString) throws(Failure) {
  guard index >= 0, index < count else {
    throw Failure(.argument, "\(what) must be below \(count), got \(UInt(bitPattern: index))")
  }
}

@implementation @_cdecl("cnnlstm_model_layer_options")
public func cnnlstm_model_layer_options(
  _ model: OpaquePointer!, _ index: Int, _ options: UnsafeMutablePointer<cnnlstm_layer_options>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let network = try object(model, Model.self, "model").network
    try checkIndex(index, network.configurations.count, "index")
    try write(cnnlstm_layer_options(network.configurations[index]), to: options, "options")
  }
}

@implementation @_cdecl("cnnlstm_model_layer_info")
public func cnnlstm_model_layer_info(
  _ model: OpaquePointer!, _ index: Int, _ info: UnsafeMutablePointer<cnnlstm_layer_info>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let network = try object(model, Model.self, "model").network
    try checkIndex(index, network.configurations.count, "index")
    let (shape, entries) = (network.shapes[index], network.layout.entries(ofLayer: index))
    var result = cnnlstm_layer_info()
    result.weight_count = UInt32(entries.count)
    (result.output_length, result.output_channels) = (Int64(shape.length), Int64(shape.channels))
    for entry in entries {
      result.parameter_count += Int64(entry.count)
      result.trainable_count += entry.isTrainable ? Int64(entry.count) : 0
    }
    try write(result, to: info, "info")
  }
}

// MARK: Weights

@implementation @_cdecl("cnnlstm_model_weight_count")
public func cnnlstm_model_weight_count(_ model: OpaquePointer!) -> Int {
  query(model) { $0.network.layout.entries.count } ?? 0
}

@implementation @_cdecl("cnnlstm_model_weight_info")
public func cnnlstm_model_weight_info(
  _ model: OpaquePointer!, _ index: Int, _ info: UnsafeMutablePointer<cnnlstm_weight_info>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let network = try object(model, Model.self, "model").network
    try checkIndex(index, network.layout.entries.count, "index")
    let entry = network.layout.entries[index]
    var result = cnnlstm_weight_info()
    result.rank = UInt32(entry.shape.count)
    withUnsafeMutableBytes(of: &result.shape) { target in
      let sizes = target.bindMemory(to: Int64.self)
      for (axis, size) in entry.shape.enumerated() { sizes[axis] = Int64(size) }
    }
    (result.element_count, result.offset) = (Int64(entry.count), Int64(entry.offset))
    (result.layer, result.trainable) = (Int32(entry.layer), entry.isTrainable ? 1 : 0)
    var text = "\(network.configurations[entry.layer].name)/\(entry.name)"
    withUnsafeMutableBytes(of: &result.name) { target in
      text.withUTF8 { target.copyBytes(from: $0.prefix(target.count - 1)) }
    }
    try write(result, to: info, "info")
  }
}

@implementation @_cdecl("cnnlstm_model_parameter_count")
public func cnnlstm_model_parameter_count(_ model: OpaquePointer!) -> Int {
  query(model) { $0.network.layout.count } ?? 0
}

@implementation @_cdecl("cnnlstm_model_get_weights")
public func cnnlstm_model_get_weights(
  _ model: OpaquePointer!, _ values: UnsafeMutablePointer<Float>!, _ count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    try object(model, Model.self, "model")
      .copyWeights(to: try required(values, "values"), count: count)
  }
}

@implementation @_cdecl("cnnlstm_model_set_weights")
public func cnnlstm_model_set_weights(
  _ model: OpaquePointer!, _ values: UnsafePointer<Float>!, _ count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    try object(model, Model.self, "model")
      .setWeights(try required(values, "values"), count: count)
  }
}

@implementation @_cdecl("cnnlstm_model_adapt")
public func cnnlstm_model_adapt(
  _ model: OpaquePointer!, _ layer: Int, _ inputs: UnsafePointer<Float>!, _ input_count: Int,
  _ sample_count: Int64, _ length: Int64
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let inputs = try required(inputs, "inputs")
    try checkIndex(layer, model.network.configurations.count, "layer")
    try model.adapt(
      layer: layer, inputs: inputs, inputCount: input_count, sampleCount: Int(sample_count),
      length: Int(length))
  }
}

// MARK: Shapes and text

@implementation @_cdecl("cnnlstm_model_output_shape")
public func cnnlstm_model_output_shape(
  _ model: OpaquePointer!, _ length: Int64, _ output_length: UnsafeMutablePointer<Int64>!,
  _ output_channels: UnsafeMutablePointer<Int64>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let outputLength = try required(output_length, "output_length")
    let outputChannels = try required(output_channels, "output_channels")
    let shape = try model.network.outputShape(inputLength: Int(length))
    (outputLength.pointee, outputChannels.pointee) = (Int64(shape.length), Int64(shape.channels))
  }
}

@implementation @_cdecl("cnnlstm_model_summary")
public func cnnlstm_model_summary(
  _ model: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    try copy(try object(model, Model.self, "model").network.summary, to: buffer, capacity, needed)
  }
}

@implementation @_cdecl("cnnlstm_model_set_labels")
public func cnnlstm_model_set_labels(
  _ model: OpaquePointer!, _ labels: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let pointers = try array(labels, count, "labels")
    try model.checkLabelCount(count)
    var texts: [String] = []
    for index in 0..<count {
      texts.append(try text(pointers[index], "label", limit: Model.longestLabel))
    }
    try model.setLabels(texts)
  }
}

@implementation @_cdecl("cnnlstm_model_label_count")
public func cnnlstm_model_label_count(_ model: OpaquePointer!) -> Int {
  query(model) { $0.labels.count } ?? 0
}

@implementation @_cdecl("cnnlstm_model_label")
public func cnnlstm_model_label(
  _ model: OpaquePointer!, _ index: Int, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let labels = try object(model, Model.self, "model").labels
    try checkIndex(index, labels.count, "index")
    try copy(labels[index], to: buffer, capacity, needed)
  }
}

@implementation @_cdecl("cnnlstm_model_set_metadata")
public func cnnlstm_model_set_metadata(
  _ model: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ value: UnsafePointer<CChar>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let key = try text(key, "key", limit: Model.longestKey)
    let value: String? =
      if let value { try text(value, "value", limit: Model.longestValue) } else { nil }
    try model.setMetadata(key, value)
  }
}

@implementation @_cdecl("cnnlstm_model_metadata_count")
public func cnnlstm_model_metadata_count(_ model: OpaquePointer!) -> Int {
  query(model) { $0.metadata.count } ?? 0
}

@implementation @_cdecl("cnnlstm_model_metadata_key")
public func cnnlstm_model_metadata_key(
  _ model: OpaquePointer!, _ index: Int, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let pairs = try object(model, Model.self, "model").metadata
    try checkIndex(index, pairs.count, "index")
    try copy(pairs[index].key, to: buffer, capacity, needed)
  }
}

@implementation @_cdecl("cnnlstm_model_metadata_value")
public func cnnlstm_model_metadata_value(
  _ model: OpaquePointer!, _ index: Int, _ buffer: UnsafeMutablePointer<CChar>!, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let pairs = try object(model, Model.self, "model").metadata
    try checkIndex(index, pairs.count, "index")
    try copy(pairs[index].value, to: buffer, capacity, needed)
  }
}
