/// The kinds of learning rate schedules. The raw values are those of the C interface.
public enum ScheduleKind: Int32, Sendable, CaseIterable, Named {
  case none = 0, exponentialDecay, cosineDecay, cosineDecayRestarts, polynomialDecay
  case piecewiseConstantDecay, inverseTimeDecay

  public var name: StaticString {
    switch self {
    case .none: "none"
    case .exponentialDecay: "exponential_decay"
    case .cosineDecay: "cosine_decay"
    case .cosineDecayRestarts: "cosine_decay_restarts"
    case .polynomialDecay: "polynomial_decay"
    case .piecewiseConstantDecay: "piecewise_constant_decay"
    case .inverseTimeDecay: "inverse_time_decay"
    }
  }
}

/// A learning rate for each step, with the formulas, names and defaults of Keras.
public struct Schedule: Sendable {
  public var kind: ScheduleKind
  public var initialRate: Float = 0.001
  /// Of cosine decay with restarts: those of the first period.
  public var decaySteps: Int64 = 1000
  public var decayRate: Float = 0.96
  public var staircase = false
  /// Cosine: the least rate as a share of the first one.
  public var alpha: Float = 0
  /// Cosine: the rate after `warmupSteps` that rise from the initial one; 0 for none.
  public var warmupTarget: Float = 0
  public var warmupSteps: Int64 = 0
  /// Restarts: the length of a period, and its first rate, by those of the one before.
  public var periodFactor: Float = 2
  public var rateFactor: Float = 1
  public var endRate: Float = 0.0001
  public var power: Float = 1
  /// Polynomial: starts over with a longer decay rather than staying at the end.
  public var cycle = false
  /// Piecewise: rate i holds up to and with step boundary i, the last one from there on.
  public var boundaries: [Int64] = []
  public var rates: [Float] = []

  public init(_ kind: ScheduleKind) { self.kind = kind }

  public static var mostRates: Int { 1024 }

  /// - Throws: `.argument`
  func check() throws(Failure) {
    func require(_ isFine: Bool, _ text: @autoclosure () -> Message) throws(Failure) {
      if !isFine { throw Failure(.argument, text()) }
    }
    func atLeastZero(_ name: StaticString, _ value: Float) throws(Failure) {
      try require(
        value >= 0 && value.isFinite,
        "\(name) of the schedule must be at least 0, got \(decimal(value))")
    }
    try require(
      initialRate > 0 && initialRate.isFinite,
      "initial_learning_rate must be above 0, got \(decimal(initialRate))")
    try require(decaySteps >= 1, "decay_steps must be at least 1, got \(decaySteps)")
    try require(warmupSteps >= 0, "warmup_steps must be at least 0, got \(warmupSteps)")
    try atLeastZero("decay_rate", decayRate)
    try atLeastZero("alpha", alpha)
    try atLeastZero("warmup_target", warmupTarget)
    try atLeastZero("m_mul", rateFactor)
    try atLeastZero("end_learning_rate", endRate)
    try atLeastZero("power", power)
    try require(
      periodFactor >= 1 && periodFactor.isFinite,
      "t_mul must be at least 1, got \(decimal(periodFactor))")
    guard kind == .piecewiseConstantDecay else { return }
    try require(
      rates.count == boundaries.count + 1,
      "there must be one rate more than boundaries, got \(rates.count), \(boundaries.count)")
    for rate in rates { try OptimizerOptions.check(learningRate: rate) }
    for index in boundaries.indices.dropFirst() {
      try require(
        boundaries[index] > boundaries[index - 1],
        "boundaries must rise, boundary \(index) is \(boundaries[index])")
    }
  }

  /// The rate of the step that `step` steps came before.
  func rate(step: Int) -> Float {
    let (step, steps) = (Double(step), Double(decaySteps))
    switch kind {
    case .none: return initialRate
    case .exponentialDecay:
      return initialRate * Float(CNNLSTM.power(Double(decayRate), wholeIf(staircase, step / steps)))
    case .inverseTimeDecay:
      return initialRate / (1 + decayRate * Float(wholeIf(staircase, step / steps)))
    case .cosineDecay: return cosine(step, steps)
    case .cosineDecayRestarts: return restarts(step / steps)
    case .polynomialDecay: return polynomial(step, steps)
    case .piecewiseConstantDecay:
      let passed = boundaries.count { Double($0) < step }
      return rates[passed]
    }
  }

  private func wholeIf(_ isWhole: Bool, _ x: Double) -> Double {
    isWhole ? x.rounded(.down) : x
  }

  /// alpha + (1 − alpha) · ½ (1 + cos π x)
  private func cosine(_ x: Double) -> Float {
    Float(Double(alpha) + (1 - Double(alpha)) * 0.5 * (1 + cosineOf(.pi * x)))
  }

  private func cosine(_ step: Double, _ steps: Double) -> Float {
    guard warmupTarget > 0 else { return initialRate * cosine(min(step, steps) / steps) }
    let warmup = Double(warmupSteps)
    if step < warmup { return initialRate + (warmupTarget - initialRate) * Float(step / warmup) }
    return warmupTarget * cosine(min(step - warmup, steps) / steps)
  }

  /// Periods grow by `periodFactor`; `x` counts the first one's lengths.
  private func restarts(_ x: Double) -> Float {
    let factor = Double(periodFactor)
    var (period, fraction) = (x.rounded(.down), x)
    if factor == 1 {
      fraction -= period
    } else {
      period = (logarithmOf(1 - x * (1 - factor)) / logarithmOf(factor)).rounded(.down)
      let before = (1 - CNNLSTM.power(factor, period)) / (1 - factor)
      fraction = (x - before) / CNNLSTM.power(factor, period)
    }
    let first = CNNLSTM.power(Double(rateFactor), period)
    let cosine = 0.5 * first * (1 + cosineOf(.pi * fraction))
    return initialRate * Float((1 - Double(alpha)) * cosine + Double(alpha))
  }

  private func polynomial(_ step: Double, _ steps: Double) -> Float {
    let length = cycle ? steps * max(1, (step / steps).rounded(.up)) : steps
    let rest = 1 - (cycle ? step : min(step, steps)) / length
    return endRate + (initialRate - endRate) * Float(CNNLSTM.power(rest, Double(power)))
  }
}
