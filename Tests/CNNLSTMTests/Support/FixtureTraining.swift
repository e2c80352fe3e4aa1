import XCTest

@testable import CNNLSTM

extension FixtureCase {
  func trainer(
    _ model: Model, threads: Int = 1, metrics: [MetricOptions] = []
  ) throws -> Trainer {
    var optimizer = OptimizerOptions(.adam)
    if let name = self.optimizer, let options = optimizerOptions {
      optimizer = OptimizerOptions(try XCTUnwrap(OptimizerKind.named(name)))
      func number(_ key: String, _ initial: Float) -> Float {
        options[key]?.number.map { Float($0) } ?? initial
      }
      optimizer.learningRate = number("learning_rate", optimizer.learningRate)
      optimizer.momentum = number("momentum", optimizer.momentum)
      optimizer.nesterov = number("nesterov", 0) == 1
      optimizer.beta1 = number("beta_1", optimizer.beta1)
      optimizer.beta2 = number("beta_2", optimizer.beta2)
      optimizer.epsilon = number("epsilon", optimizer.epsilon)
      optimizer.globalClipnorm = number("global_clipnorm", 0)
      (optimizer.clipnorm, optimizer.clipvalue) = (number("clipnorm", 0), number("clipvalue", 0))
      optimizer.rho = number("rho", optimizer.rho)
      optimizer.centered = number("centered", 0) == 1
      optimizer.amsgrad = number("amsgrad", 0) == 1
      optimizer.weightDecay = number("weight_decay", optimizer.weightDecay)
      optimizer.usesEMA = number("use_ema", 0) == 1
      optimizer.emaMomentum = number("ema_momentum", optimizer.emaMomentum)
      optimizer.emaOverwriteFrequency = Int(number("ema_overwrite_frequency", 0))
      optimizer.schedule = try schedule?.made()
    }
    var options = Trainer.Options(optimizer)
    options.loss = try XCTUnwrap(Loss.named(try XCTUnwrap(loss)))
    options.lossOptions = chosenLossOptions
    options.batchSize = max(32, sampleCount)
    if layers.contains(where: { $0.options["stateful"]?.number == 1 }) {
      options.batchSize = Int(fit?["batch_size"]?.number ?? 32)
    }
    options.maxLength = max(0, length)
    (options.threads, options.metrics) = (threads, metrics)
    return try Trainer(model, options)
  }

  var chosenLossOptions: LossOptions {
    var chosen = LossOptions()
    func number(_ key: String, _ initial: Float) -> Float {
      lossOptions?[key]?.number.map { Float($0) } ?? initial
    }
    chosen.fromLogits = number("from_logits", 0) == 1
    chosen.appliesClassBalancing = number("apply_class_balancing", 0) == 1
    chosen.labelSmoothing = number("label_smoothing", 0)
    (chosen.alpha, chosen.gamma) = (number("alpha", chosen.alpha), number("gamma", chosen.gamma))
    chosen.delta = number("delta", chosen.delta)
    return chosen
  }

  /// Calls body with the data of the case, and with its validation data if it has any.
  func withData<Result>(_ body: (Dataset, Dataset?) throws -> Result) throws -> Result {
    try withDataset(input.floats, target, labels, sampleWeights) { data in
      guard let validationInput else { return try body(data, nil) }
      return try withDataset(
        validationInput, validationTarget, validationLabels, validationSampleWeights
      ) {
        try body(data, $0)
      }
    }
  }

  private func withDataset<Result>(
    _ inputs: [Float], _ targets: [Float]?, _ labels: [Int32]?, _ weights: [Float]?,
    _ body: (Dataset) throws -> Result
  ) throws -> Result {
    let each = inputShape.dropFirst().reduce(1, *)
    return try inputs.withUnsafeBufferPointer { inputs in
      try (targets ?? []).withUnsafeBufferPointer { targetValues in
        try (labels ?? []).withUnsafeBufferPointer { labelValues in
          try (weights ?? []).withUnsafeBufferPointer { weightValues in
            try body(
              Dataset(
                sampleCount: inputs.count / each, length: length, inputs: inputs,
                targets: targets == nil ? nil : targetValues,
                labels: labels == nil ? nil : labelValues,
                weights: weights == nil ? nil : weightValues))
          }
        }
      }
    }
  }

  /// Calls body with the options of `fit`.
  func withFitOptions<Result>(_ body: (Trainer.FitOptions) throws -> Result) throws -> Result {
    var options = Trainer.FitOptions()
    options.epochs = Int(fit?["epochs"]?.number ?? 1)
    options.batchSize = Int(fit?["batch_size"]?.number ?? Double(sampleCount))
    options.shuffle = fit?["shuffle"]?.number == 1
    options.validationSplit = fit?["validation_split"]?.number ?? 0
    guard let classWeights else { return try body(options) }
    return try classWeights.withUnsafeBufferPointer {
      options.classWeights = $0
      return try body(options)
    }
  }
}

extension Model {
  var allWeights: [Float] {
    get throws {
      var values = [Float](repeating: 0, count: network.layout.count)
      try copyWeights(to: &values, count: values.count)
      return values
    }
  }
}
