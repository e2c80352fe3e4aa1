import CHeader
import CNNLSTM

extension cnnlstm_metric {
  fileprivate init(_ options: MetricOptions) {
    self.init()
    (kind, top_k, class_id) = (options.kind.rawValue, Int32(options.topK), Int32(options.classID))
    (average, beta) = (options.average.rawValue, options.beta)
    (curve, summation_method) = (options.curve.rawValue, options.summation.rawValue)
    num_thresholds = Int32(options.thresholdCount)
  }
}

extension MetricOptions {
  /// - Throws: `.argument`, `.options`, `.nullPointer`
  fileprivate init(_ pointer: UnsafePointer<cnnlstm_metric>) throws(Failure) {
    let initial = cnnlstm_metric(MetricOptions(.accuracy))
    let given = try CInterface.options(pointer, default: initial, "metric")
    self.init(try code(given.kind, "kind", "METRIC"))
    isWeighted = try flag(given.weighted, "weighted")
    (topK, classID, beta) = (Int(given.top_k), Int(given.class_id), given.beta)
    average = try code(given.average, "average", "AVERAGE")
    curve = try code(given.curve, "curve", "CURVE")
    summation = try code(given.summation_method, "summation_method", "SUMMATION")
    thresholdCount = Int(given.num_thresholds)
    isMultiLabel = try flag(given.multi_label, "multi_label")
    fromLogits = try flag(given.from_logits, "from_logits")
    guard (0...10_000).contains(given.threshold_count) else {
      throw Failure(
        .argument, "threshold_count must be at most 10000, got \(given.threshold_count)")
    }
    guard given.threshold_count > 0 else { return }
    let values = try required(given.thresholds, "thresholds")
    for index in 0..<given.threshold_count { thresholds.append(values[index]) }
  }
}

private func code<Group: Named>(
  _ value: Int32, _ name: StaticString, _ constants: StaticString
) throws(Failure) -> Group {
  guard let found = Group(rawValue: value) else {
    throw Failure(.argument, "\(name) must be one of CNNLSTM_\(constants)_, got \(value)")
  }
  return found
}

/// An array of structures, all of the size that the first of them has.
/// - Throws: `.argument`, `.options`, `.nullPointer`, `.limit`
func metrics(
  _ start: UnsafePointer<cnnlstm_metric>?, _ count: Int
) throws(Failure) -> [MetricOptions] {
  guard count != 0 else { return [] }
  let raw = UnsafeRawPointer(try required(start, "metrics"))
  guard (1...64).contains(count) else {
    throw Failure(.limit, "metric_count must be at most 64, got \(UInt(bitPattern: count))")
  }
  let size = try structureSize(raw, "metrics")
  var all: [MetricOptions] = []
  for index in 0..<count {
    let place = raw + index * size
    guard try structureSize(place, "metrics") == size else {
      throw Failure(.options, "metrics must all have the struct_size of the first, \(size)")
    }
    all.append(try MetricOptions(place.assumingMemoryBound(to: cnnlstm_metric.self)))
  }
  return all
}

@implementation @_cdecl("cnnlstm_metric_init")
public func cnnlstm_metric_init(
  _ metric: UnsafeMutablePointer<cnnlstm_metric>!, _ struct_size: Int, _ kind: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    let initial = cnnlstm_metric(MetricOptions(try code(kind, "kind", "METRIC")))
    try initialize(metric, struct_size, initial, "metric")
  }
}

@implementation @_cdecl("cnnlstm_metric_value_count")
public func cnnlstm_metric_value_count(
  _ metric: UnsafePointer<cnnlstm_metric>!, _ channels: Int64, _ count: UnsafeMutablePointer<Int>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let options = try MetricOptions(try required(metric, "metric"))
    let count = try required(count, "count")
    guard (1...65_536).contains(channels) else {
      throw Failure(.argument, "channels must be 1…65536, got \(channels)")
    }
    try options.check(channels: Int(channels))
    count.pointee = options.valueCount(channels: Int(channels))
  }
}

@implementation @_cdecl("cnnlstm_measure")
public func cnnlstm_measure(
  _ metrics: UnsafePointer<cnnlstm_metric>!, _ metric_count: Int,
  _ predictions: UnsafePointer<cnnlstm_dataset>!, _ channels: Int64,
  _ values: UnsafeMutablePointer<Float>!, _ value_count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    let options = try CInterface.metrics(metrics, metric_count)
    let data = try dataset(predictions, "predictions")
    try Measurement.write(
      options, of: data, channels: Int(channels), to: try required(values, "values"),
      count: value_count)
  }
}

@implementation @_cdecl("cnnlstm_trainer_metric_value_count")
public func cnnlstm_trainer_metric_value_count(_ trainer: OpaquePointer!) -> Int {
  guard let trainer else { return 0 }
  return Unmanaged<Trainer>.fromOpaque(UnsafeRawPointer(trainer)).takeUnretainedValue()
    .metricValueCount
}

@implementation @_cdecl("cnnlstm_trainer_metrics")
public func cnnlstm_trainer_metrics(
  _ trainer: OpaquePointer!, _ values: UnsafeMutablePointer<Float>!, _ count: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    guard count == trainer.metricValueCount else {
      throw Failure(.shape, "values must hold \(trainer.metricValueCount) numbers, got \(count)")
    }
    guard count > 0 else { return }
    let values = try required(values, "values")
    for (index, value) in trainer.lastMetrics.enumerated() { values[index] = value }
  }
}
