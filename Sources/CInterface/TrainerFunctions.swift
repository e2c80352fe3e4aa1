import CHeader
import CNNLSTM

// MARK: Options

private var initialFitOptions: cnnlstm_fit_options {
  let defaults = Trainer.FitOptions()
  var options = cnnlstm_fit_options()
  (options.epochs, options.batch_size) = (Int32(defaults.epochs), Int32(defaults.batchSize))
  options.shuffle = defaults.shuffle ? 1 : 0
  return options
}

@implementation @_cdecl("cnnlstm_dataset_init")
public func cnnlstm_dataset_init(
  _ dataset: UnsafeMutablePointer<cnnlstm_dataset>!, _ struct_size: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    try initialize(dataset, struct_size, cnnlstm_dataset(), "dataset")
  }
}

@implementation @_cdecl("cnnlstm_fit_options_init")
public func cnnlstm_fit_options_init(
  _ options: UnsafeMutablePointer<cnnlstm_fit_options>!, _ struct_size: Int
) -> cnnlstm_status {
  status { () throws(Failure) in
    try initialize(options, struct_size, initialFitOptions, "options")
  }
}

// MARK: The trainer

@implementation @_cdecl("cnnlstm_trainer_create")
public func cnnlstm_trainer_create(
  _ model: OpaquePointer!, _ options: UnsafePointer<cnnlstm_trainer_options>!,
  _ trainer: UnsafeMutablePointer<OpaquePointer?>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self, "model")
    let trainer = try required(trainer, "trainer")
    let initial = cnnlstm_trainer_options(Trainer.Options())
    let given = try CInterface.options(options, default: initial, "options")
    trainer.pointee = handle(try Trainer(model, try given.options))
  }
}

@implementation @_cdecl("cnnlstm_trainer_destroy")
public func cnnlstm_trainer_destroy(_ trainer: OpaquePointer!) { release(trainer, Trainer.self) }

/// - Throws: `.nullPointer`, `.options`, `.argument`
func dataset(
  _ pointer: UnsafePointer<cnnlstm_dataset>?, _ name: StaticString
) throws(Failure) -> Dataset {
  let given = try options(try required(pointer, name), default: cnnlstm_dataset(), name)
  try checkReserved(given.reserved)
  func optional<Element>(
    _ start: UnsafePointer<Element>?, _ count: Int, _ what: StaticString
  ) throws(Failure) -> UnsafeBufferPointer<Element>? {
    guard count > 0 || start != nil else { return nil }
    return UnsafeBufferPointer(start: try required(start, what), count: try size(count, what))
  }
  let inputs = try array(given.inputs, given.input_count, "inputs")
  return Dataset(
    sampleCount: Int(given.sample_count), length: Int(given.length),
    inputs: UnsafeBufferPointer(start: inputs, count: try size(given.input_count, "inputs")),
    targets: try optional(given.targets, given.target_count, "targets"),
    labels: try optional(given.labels, given.label_count, "labels"),
    weights: try optional(given.sample_weights, given.sample_weight_count, "sample_weights"),
    lengths: try optional(given.lengths, given.length_count, "lengths"))
}

@implementation @_cdecl("cnnlstm_trainer_fit")
public func cnnlstm_trainer_fit(
  _ trainer: OpaquePointer!, _ data: UnsafePointer<cnnlstm_dataset>!,
  _ validation: UnsafePointer<cnnlstm_dataset>!, _ options: UnsafePointer<cnnlstm_fit_options>!,
  _ callback: cnnlstm_callback!, _ user_data: UnsafeMutableRawPointer!
) -> cnnlstm_status {
  var outcome = Trainer.Outcome.completed
  let host = Host.takeFloatState()
  Host.restoreFloatState(host)
  let failed = status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    let training = try dataset(data, "data")
    let held = validation == nil ? nil : try dataset(validation, "validation")
    let given = try CInterface.options(options, default: initialFitOptions, "options")
    outcome = try trainer.fit(training, validation: held, try fitOptions(given)) { progress in
      guard let callback else { return true }
      var c = cnnlstm_progress(progress)
      // The callback is the host's: it finds the floating-point state that the host has.
      Host.restoreFloatState(host)
      defer { _ = Host.takeFloatState() }
      return callback(&c, user_data) == 0
    }
  }
  return failed == CNNLSTM_OK && outcome == .stopped ? cnnlstm_status(CNNLSTM_STOPPED) : failed
}

private func fitOptions(_ given: cnnlstm_fit_options) throws(Failure) -> Trainer.FitOptions {
  try checkReserved(given.reserved)
  guard given.shuffle == 0 || given.shuffle == 1 else {
    throw Failure(.argument, "shuffle must be 0 or 1, got \(given.shuffle)")
  }
  var options = Trainer.FitOptions()
  (options.epochs, options.initialEpoch) = (Int(given.epochs), Int(given.initial_epoch))
  (options.batchSize, options.shuffle) = (Int(given.batch_size), given.shuffle == 1)
  options.validationSplit = given.validation_split
  if given.class_weights != nil || given.class_weight_count != 0 {
    options.classWeights = UnsafeBufferPointer(
      start: try required(given.class_weights, "class_weights"),
      count: try size(given.class_weight_count, "class_weights"))
  }
  return options
}

extension cnnlstm_progress {
  fileprivate init(_ progress: TrainingProgress) {
    self.init()
    struct_size = UInt32(MemoryLayout<cnnlstm_progress>.size)
    event = progress.event.rawValue
    (epoch, epochs) = (Int32(progress.epoch), Int32(progress.epochs))
    (batch, batch_count) = (Int64(progress.batch), Int64(progress.batchCount))
    (sample, sample_count) = (Int64(progress.sample), Int64(progress.sampleCount))
    (loss, accuracy) = (progress.loss, progress.accuracy)
    validation_loss = progress.validationLoss
    validation_accuracy = progress.validationAccuracy
    learning_rate = progress.learningRate
    (metrics, validation_metrics) = (
      progress.metrics.baseAddress, progress.validationMetrics.baseAddress
    )
    metric_value_count = max(progress.metrics.count, progress.validationMetrics.count)
  }
}

@implementation @_cdecl("cnnlstm_trainer_train_on_batch")
public func cnnlstm_trainer_train_on_batch(
  _ trainer: OpaquePointer!, _ data: UnsafePointer<cnnlstm_dataset>!,
  _ options: UnsafePointer<cnnlstm_fit_options>!, _ loss: UnsafeMutablePointer<Float>!,
  _ accuracy: UnsafeMutablePointer<Float>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    let given = try CInterface.options(options, default: initialFitOptions, "options")
    let weights = try fitOptions(given).classWeights
    let result = try trainer.trainOnBatch(try dataset(data, "data"), classWeights: weights)
    loss?.pointee = result.loss
    accuracy?.pointee = result.accuracy
  }
}

@implementation @_cdecl("cnnlstm_trainer_evaluate")
public func cnnlstm_trainer_evaluate(
  _ trainer: OpaquePointer!, _ data: UnsafePointer<cnnlstm_dataset>!,
  _ loss: UnsafeMutablePointer<Float>!, _ accuracy: UnsafeMutablePointer<Float>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    let result = try trainer.evaluate(try dataset(data, "data"))
    loss?.pointee = result.loss
    accuracy?.pointee = result.accuracy
  }
}

@implementation @_cdecl("cnnlstm_trainer_reset_states")
public func cnnlstm_trainer_reset_states(
  _ trainer: OpaquePointer!, _ layer: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    try trainer.resetStates(ofLayer: try layerIndex(layer))
  }
}

@implementation @_cdecl("cnnlstm_trainer_cancel")
public func cnnlstm_trainer_cancel(_ trainer: OpaquePointer!) -> cnnlstm_status {
  status { () throws(Failure) in try object(trainer, Trainer.self, "trainer").cancel() }
}

@implementation @_cdecl("cnnlstm_trainer_set_learning_rate")
public func cnnlstm_trainer_set_learning_rate(
  _ trainer: OpaquePointer!, _ learning_rate: Float
) -> cnnlstm_status {
  status { () throws(Failure) in
    try object(trainer, Trainer.self, "trainer").setLearningRate(learning_rate)
  }
}

@implementation @_cdecl("cnnlstm_trainer_learning_rate")
public func cnnlstm_trainer_learning_rate(
  _ trainer: OpaquePointer!, _ learning_rate: UnsafeMutablePointer<Float>!
) -> cnnlstm_status {
  status { () throws(Failure) in
    let trainer = try object(trainer, Trainer.self, "trainer")
    try required(learning_rate, "learning_rate").pointee = trainer.learningRate
  }
}
