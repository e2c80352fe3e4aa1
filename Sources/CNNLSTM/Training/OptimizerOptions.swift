/// The kinds of optimizers. The raw values are those of the C interface.
public enum OptimizerKind: Int32, Sendable, CaseIterable, Named {
  case sgd = 1, adam, rmsprop, adamW, nadam

  public var name: StaticString {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    case .rmsprop: "rmsprop"
    case .adamW: "adamw"
    case .nadam: "nadam"
    }
  }
}

/// What an optimizer is told, with Keras's names and defaults.
public struct OptimizerOptions: Sendable {
  public var kind: OptimizerKind
  public var learningRate: Float
  /// In place of `learningRate`, by the number of steps taken.
  public var schedule: Schedule?
  public var momentum: Float = 0
  public var nesterov = false
  public var beta1: Float = 0.9
  public var beta2: Float = 0.999
  public var epsilon: Float = 1e-7
  public var amsgrad = false
  public var rho: Float = 0.9
  public var centered = false
  /// Weights lose this share, times the learning rate, in each step.
  public var weightDecay: Float
  /// The greatest L2 norm of each array's gradient, the greatest magnitude of each number, and the
  /// greatest L2 norm of all gradients together; 0 for none. At most one of them.
  public var clipnorm: Float = 0
  public var clipvalue: Float = 0
  public var globalClipnorm: Float = 0
  /// Keep an exponential moving average of the weights, which take its values at the end of `fit`
  /// and, if the frequency is above 0, after every so many steps.
  public var usesEMA = false
  public var emaMomentum: Float = 0.99
  public var emaOverwriteFrequency = 0

  public init(_ kind: OptimizerKind) {
    self.kind = kind
    learningRate = kind == .sgd ? 0.01 : 0.001
    weightDecay = kind == .adamW ? 0.004 : 0
  }

  /// - Throws: `.argument`
  func check() throws(Failure) {
    try OptimizerOptions.check(learningRate: learningRate)
    try schedule?.check()
    func inRange(_ name: StaticString, _ value: Float, _ must: StaticString, _ isFine: Bool)
      throws(Failure)
    {
      guard isFine else {
        throw Failure(.argument, "\(name) must be \(must), got \(decimal(value))")
      }
    }
    func share(_ name: StaticString, _ value: Float) throws(Failure) {
      try inRange(name, value, "at least 0 and below 1", value >= 0 && value < 1)
    }
    func size(_ name: StaticString, _ value: Float) throws(Failure) {
      try inRange(name, value, "at least 0", value >= 0 && value.isFinite)
    }
    try inRange("momentum", momentum, "0…1", momentum >= 0 && momentum <= 1)
    try share("beta_1", beta1)
    try share("beta_2", beta2)
    try inRange("epsilon", epsilon, "above 0", epsilon > 0 && epsilon.isFinite)
    try share("rho", rho)
    try size("weight_decay", weightDecay)
    try size("clipnorm", clipnorm)
    try size("clipvalue", clipvalue)
    try size("global_clipnorm", globalClipnorm)
    try inRange("ema_momentum", emaMomentum, "0…1", emaMomentum >= 0 && emaMomentum <= 1)
    guard emaOverwriteFrequency >= 0 else {
      throw Failure(
        .argument, "ema_overwrite_frequency must be at least 0, got \(emaOverwriteFrequency)")
    }
    guard !amsgrad || kind == .adam || kind == .adamW else {
      throw Failure(.argument, "amsgrad is for adam and adamw, not for \(kind.name)")
    }
    guard [clipnorm, clipvalue, globalClipnorm].count(where: { $0 > 0 }) <= 1 else {
      throw Failure(
        .argument, "of clipnorm, clipvalue and global_clipnorm at most one may be above 0")
    }
  }

  static func check(learningRate: Float) throws(Failure) {
    guard learningRate >= 0, learningRate.isFinite else {
      throw Failure(.argument, "learning_rate must be at least 0, got \(decimal(learningRate))")
    }
  }
}
