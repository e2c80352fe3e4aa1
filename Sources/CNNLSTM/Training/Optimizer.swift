import Kernels

/// An optimizer's state for all trainable weights: runs of floats that lie beside each other.
final class Optimizer {
  private(set) var options: OptimizerOptions
  private let layout: ParameterLayout
  private let runs: [Range<Int>]
  private let kernels: KernelTable
  /// Momentum, or Adam's first moment; a second moment; Adam's largest second moment, or
  /// RMSprop's mean of gradients; the moving average of the weights. Empty where there is none.
  let first, second, third, average: FloatBuffer
  /// Steps taken since the state was zero, those before as far as they count for the schedule, and
  /// Nadam's product of momenta.
  private(set) var stepCount = 0
  private var stepsBefore = 0
  private var momentumProduct = 1.0

  /// - Throws: `.outOfMemory`
  init(
    _ options: OptimizerOptions, _ layout: ParameterLayout, _ kernels: KernelTable
  ) throws(Failure) {
    (self.options, self.layout, self.kernels) = (options, layout, kernels)
    runs = layout.trainableRuns
    func buffer(_ isNeeded: Bool) throws(Failure) -> FloatBuffer {
      try FloatBuffer(count: isNeeded ? layout.count : 0)
    }
    first = try buffer(true)
    second = try buffer(options.kind != .sgd)
    let hasThird =
      switch options.kind {
      case .rmsprop: options.centered
      case .adam, .adamW: options.amsgrad
      case .sgd, .nadam: false
      }
    third = try buffer(hasThird)
    average = try buffer(options.usesEMA)
  }

  /// The rate of the next step.
  var learningRate: Float {
    options.schedule?.rate(step: stepsBefore + stepCount) ?? options.learningRate
  }

  /// - Throws: `.argument`; `.state` where a schedule gives the rate.
  func setLearningRate(_ rate: Float) throws(Failure) {
    try OptimizerOptions.check(learningRate: rate)
    guard options.schedule == nil else {
      throw Failure(.state, "the learning rate comes from a schedule and cannot be set")
    }
    options.learningRate = rate
  }

  /// A state of zero, for weights that so many steps have led to.
  func forget(steps: Int) {
    for buffer in state {
      buffer.pointer.update(repeating: 0, count: buffer.count)
    }
    (stepCount, stepsBefore, momentumProduct) = (0, steps, 1)
  }

  /// All buffers that a step changes, in the order of files; empty where there is none.
  var state: [FloatBuffer] { [first, second, third, average] }

  /// All that a step changes but the buffers: takes up training where another optimizer left it.
  var counters: (steps: Int, before: Int, momentumProduct: Double) {
    get { (stepCount, stepsBefore, momentumProduct) }
    set { (stepCount, stepsBefore, momentumProduct) = newValue }
  }

  /// The L2 norm of all gradients together; NaN or infinite if one of them is, or if squares
  /// overflow.
  func norm(_ gradient: UnsafePointer<Float>) -> Float {
    runs.reduce(Float(0)) { $0 + square(gradient, $1) }.squareRoot()
  }

  private func square(_ gradient: UnsafePointer<Float>, _ run: Range<Int>) -> Float {
    kernels.dot(gradient + run.lowerBound, gradient + run.lowerBound, run.count)
  }

  /// Changes the weights by one step, and clips gradients in their place.
  func step(
    _ gradient: UnsafeMutablePointer<Float>, norm: Float, _ weights: UnsafeMutablePointer<Float>
  ) {
    clip(gradient)
    let limit = options.globalClipnorm
    let clip = limit > 0 ? limit / max(norm, limit) : 1
    let rate = learningRate
    stepCount += 1
    let adam = adamStep(rate: rate, clip: clip)
    for run in runs { step(run, gradient, weights, rate: rate, clip: clip, adam) }
    if options.usesEMA { moveAverage(weights) }
    layout.constrain(weights)
  }

  private func step(
    _ run: Range<Int>, _ gradient: UnsafePointer<Float>, _ weights: UnsafeMutablePointer<Float>,
    rate: Float, clip: Float, _ adam: AdamStep
  ) {
    let start = run.lowerBound
    let (gradient, weights, m) = (gradient + start, weights + start, first.pointer + start)
    let third = third.count > 0 ? self.third.pointer + start : nil
    switch options.kind {
    case .sgd:
      var step = SGDStep(
        rate: rate, momentum: options.momentum, nesterov: options.nesterov, clip: clip)
      step.decay = options.weightDecay * rate
      kernels.sgd(step, gradient, m, weights, run.count)
    case .rmsprop:
      let step = RMSpropStep(
        rate: rate, rho: options.rho, momentum: options.momentum, epsilon: options.epsilon,
        clip: clip, decay: options.weightDecay * rate, means: third)
      kernels.rmsprop(step, gradient, m, second.pointer + start, weights, run.count)
    case .adam, .adamW, .nadam:
      var step = adam
      step.largest = third
      kernels.adam(step, gradient, m, second.pointer + start, weights, run.count)
    }
  }

  private func adamStep(rate: Float, clip: Float) -> AdamStep {
    let (beta1, beta2) = (Double(options.beta1), Double(options.beta2))
    let steps = Double(stepCount)
    var step = AdamStep(
      rate: rate, beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon, clip: clip)
    step.decay = options.weightDecay * rate
    let secondPart = 1 - power(beta2, steps)
    if options.kind == .nadam {
      // The schedule of momenta of Dozat 2016, with Keras's decay of 0.96.
      let now = beta1 * (1 - 0.5 * power(0.96, steps))
      let next = beta1 * (1 - 0.5 * power(0.96, steps + 1))
      momentumProduct *= now
      // Numerator and denominator times √(1 − β₂ᵗ): so v stays as it is.
      let root = secondPart.squareRoot()
      step.rate *= Float(root * next / (1 - momentumProduct * next))
      step.gradientRate = rate * Float(root * (1 - now) / (1 - momentumProduct))
      step.epsilon *= Float(root)
    } else {
      step.rate *= Float(secondPart.squareRoot() / (1 - power(beta1, steps)))
    }
    return step
  }

  private func clip(_ gradient: UnsafeMutablePointer<Float>) {
    for run in options.clipvalue > 0 ? runs : [] {
      let limit = options.clipvalue
      for i in run { gradient[i] = min(max(gradient[i], -limit), limit) }
    }
    for entry in options.clipnorm > 0 ? layout.entries : [] where entry.isTrainable {
      let run = entry.offset..<entry.offset + entry.count
      let norm = square(gradient, run).squareRoot()
      let factor = options.clipnorm / max(norm, options.clipnorm)
      for i in run { gradient[i] *= factor }
    }
  }

  /// The first average is the weights themselves.
  private func moveAverage(_ weights: UnsafeMutablePointer<Float>) {
    for run in runs {
      kernels.moveAverage(
        stepCount == 1 ? 0 : options.emaMomentum, weights + run.lowerBound,
        average.pointer + run.lowerBound, run.count)
    }
    let frequency = options.emaOverwriteFrequency
    if frequency > 0, stepCount % frequency == 0 { finish(weights) }
  }

  /// Weights take the values of their average, if there is one.
  func finish(_ weights: UnsafeMutablePointer<Float>) {
    guard options.usesEMA, stepCount > 0 else { return }
    for run in runs {
      (weights + run.lowerBound).copy(
        from: average.pointer + run.lowerBound, count: run.count)
    }
  }
}

extension ParameterLayout {
  /// Trainable entries, those that touch joined.
  var trainableRuns: [Range<Int>] {
    var runs: [Range<Int>] = []
    for entry in entries where entry.isTrainable {
      let end = entry.offset + entry.count
      if let last = runs.last, last.upperBound == entry.offset {
        runs[runs.count - 1] = last.lowerBound..<end
      } else {
        runs.append(entry.offset..<end)
      }
    }
    return runs
  }
}
