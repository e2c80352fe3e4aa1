import CHeader
import CNNLSTM

extension cnnlstm_trainer_options {
  init(_ options: Trainer.Options) {
    self.init()
    let (optimizer, function) = (options.optimizer, options.lossOptions)
    (loss, self.optimizer) = (options.loss.rawValue, optimizer.kind.rawValue)
    (learning_rate, momentum) = (optimizer.learningRate, optimizer.momentum)
    nesterov = optimizer.nesterov ? 1 : 0
    (beta_1, beta_2, epsilon) = (optimizer.beta1, optimizer.beta2, optimizer.epsilon)
    (rho, weight_decay) = (optimizer.rho, optimizer.weightDecay)
    ema_momentum = optimizer.emaMomentum
    (threads, batch_size) = (Int32(options.threads), Int32(options.batchSize))
    (max_length, seed) = (Int64(options.maxLength), options.seed)
    (alpha, gamma, delta) = (function.alpha, function.gamma, function.delta)
  }

  /// - Throws: `.argument` for a code that does not exist, `.options`
  var options: Trainer.Options {
    get throws(Failure) {
      guard let chosenLoss = Loss(rawValue: loss) else {
        throw Failure(.argument, "loss must be one of CNNLSTM_LOSS_, got \(loss)")
      }
      try checkReserved(reserved)
      var options = Trainer.Options(try optimizerOptions)
      (options.loss, options.seed) = (chosenLoss, seed)
      (options.threads, options.batchSize) = (Int(threads), Int(batch_size))
      options.maxLength = Int(max_length)
      options.lossOptions.fromLogits = try flag(from_logits, "from_logits")
      options.lossOptions.appliesClassBalancing = try flag(
        apply_class_balancing, "apply_class_balancing")
      options.lossOptions.labelSmoothing = label_smoothing
      (options.lossOptions.alpha, options.lossOptions.gamma) = (alpha, gamma)
      options.lossOptions.delta = delta
      options.metrics = try CInterface.metrics(metrics, metric_count)
      return options
    }
  }

  private var optimizerOptions: OptimizerOptions {
    get throws(Failure) {
      var chosen = OptimizerOptions(try optimizerKind(optimizer))
      (chosen.learningRate, chosen.momentum) = (learning_rate, momentum)
      (chosen.beta1, chosen.beta2, chosen.epsilon) = (beta_1, beta_2, epsilon)
      (chosen.rho, chosen.weightDecay) = (rho, weight_decay)
      (chosen.clipnorm, chosen.clipvalue) = (clipnorm, clipvalue)
      chosen.globalClipnorm = global_clipnorm
      chosen.emaMomentum = ema_momentum
      chosen.emaOverwriteFrequency = Int(ema_overwrite_frequency)
      chosen.nesterov = try flag(nesterov, "nesterov")
      chosen.centered = try flag(centered, "centered")
      chosen.amsgrad = try flag(amsgrad, "amsgrad")
      chosen.usesEMA = try flag(use_ema, "use_ema")
      if let schedule { chosen.schedule = try Schedule(schedule) }
      return chosen
    }
  }
}

func flag(_ value: Int32, _ name: StaticString) throws(Failure) -> Bool {
  guard value == 0 || value == 1 else {
    throw Failure(.argument, "\(name) must be 0 or 1, got \(value)")
  }
  return value == 1
}

private func optimizerKind(_ code: Int32) throws(Failure) -> OptimizerKind {
  guard let kind = OptimizerKind(rawValue: code) else {
    throw Failure(.argument, "optimizer must be one of CNNLSTM_OPTIMIZER_, got \(code)")
  }
  return kind
}

private func scheduleKind(_ code: Int32) throws(Failure) -> ScheduleKind {
  guard let kind = ScheduleKind(rawValue: code) else {
    throw Failure(.argument, "kind must be one of CNNLSTM_SCHEDULE_, got \(code)")
  }
  return kind
}

extension cnnlstm_schedule {
  fileprivate init(_ schedule: Schedule) {
    self.init()
    kind = schedule.kind.rawValue
    (initial_learning_rate, decay_rate) = (schedule.initialRate, schedule.decayRate)
    (decay_steps, warmup_steps) = (schedule.decaySteps, schedule.warmupSteps)
    (warmup_target, alpha) = (schedule.warmupTarget, schedule.alpha)
    (t_mul, m_mul) = (schedule.periodFactor, schedule.rateFactor)
    (end_learning_rate, power) = (schedule.endRate, schedule.power)
  }
}

extension Schedule {
  /// - Throws: `.argument`, `.options`, `.nullPointer`
  fileprivate init(_ pointer: UnsafePointer<cnnlstm_schedule>) throws(Failure) {
    let initial = cnnlstm_schedule(Schedule(.none))
    let given = try CInterface.options(pointer, default: initial, "schedule")
    self.init(try scheduleKind(given.kind))
    (initialRate, decayRate) = (given.initial_learning_rate, given.decay_rate)
    (decaySteps, warmupSteps) = (given.decay_steps, given.warmup_steps)
    (warmupTarget, alpha) = (given.warmup_target, given.alpha)
    (periodFactor, rateFactor) = (given.t_mul, given.m_mul)
    (endRate, power) = (given.end_learning_rate, given.power)
    staircase = try flag(given.staircase, "staircase")
    cycle = try flag(given.cycle, "cycle")
    // A size_t beyond Int's range arrives as a negative number.
    guard (0...Schedule.mostRates).contains(given.value_count) else {
      throw Failure(.argument, "value_count must be at most \(Schedule.mostRates)")
    }
    guard given.value_count > 0 else { return }
    let values = try required(given.values, "values")
    for index in 0..<given.value_count { rates.append(values[index]) }
    guard given.value_count > 1 else { return }
    let steps = try required(given.boundaries, "boundaries")
    for index in 0..<given.value_count - 1 { boundaries.append(steps[index]) }
  }
}

@implementation @_cdecl("cnnlstm_trainer_options_init")
public func cnnlstm_trainer_options_init(
  _ options: UnsafeMutablePointer<cnnlstm_trainer_options>!, _ struct_size: Int, _ optimizer: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    let kind = try optimizerKind(optimizer)
    let initial = cnnlstm_trainer_options(Trainer.Options(OptimizerOptions(kind)))
    try initialize(options, struct_size, initial, "options")
  }
}

@implementation @_cdecl("cnnlstm_schedule_init")
public func cnnlstm_schedule_init(
  _ schedule: UnsafeMutablePointer<cnnlstm_schedule>!, _ struct_size: Int, _ kind: Int32
) -> cnnlstm_status {
  status { () throws(Failure) in
    let initial = cnnlstm_schedule(Schedule(try scheduleKind(kind)))
    try initialize(schedule, struct_size, initial, "schedule")
  }
}
