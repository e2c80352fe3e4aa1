import Kernels

/// The kinds of optimizers. The raw values are those of the C interface.
public enum OptimizerKind: Int32, Sendable, CaseIterable, Named {
  case sgd = 1, adam

  public var name: StaticString {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    }
  }
}

/// What an optimizer is told, with Keras's names and defaults.
public struct OptimizerOptions: Sendable {
  public var kind: OptimizerKind
  public var learningRate: Float
  public var momentum: Float = 0
  public var nesterov = false
  public var beta1: Float = 0.9
  public var beta2: Float = 0.999
  public var epsilon: Float = 1e-7
  /// 0: no clipping.
  public var globalClipnorm: Float = 0

  public init(_ kind: OptimizerKind) {
    self.kind = kind
    learningRate = kind == .adam ? 0.001 : 0.01
  }

  /// - Throws: `.argument`
  func check() throws(Failure) {
    try OptimizerOptions.check(learningRate: learningRate)
    func inRange(_ name: StaticString, _ value: Float, _ must: StaticString, _ isFine: Bool)
      throws(Failure)
    {
      guard isFine else {
        throw Failure(.argument, "\(name) must be \(must), got \(decimal(value))")
      }
    }
    try inRange("momentum", momentum, "0…1", momentum >= 0 && momentum <= 1)
    try inRange("beta_1", beta1, "at least 0 and below 1", beta1 >= 0 && beta1 < 1)
    try inRange("beta_2", beta2, "at least 0 and below 1", beta2 >= 0 && beta2 < 1)
    try inRange("epsilon", epsilon, "above 0", epsilon > 0 && epsilon.isFinite)
    try inRange(
      "global_clipnorm", globalClipnorm, "at least 0",
      globalClipnorm >= 0 && globalClipnorm.isFinite)
  }

  static func check(learningRate: Float) throws(Failure) {
    guard learningRate > 0, learningRate.isFinite else {
      throw Failure(.argument, "learning_rate must be above 0, got \(decimal(learningRate))")
    }
  }
}

/// An optimizer's state for all trainable weights: runs of floats that lie beside each other.
final class Optimizer {
  private(set) var options: OptimizerOptions
  private let runs: [Range<Int>]
  private let kernels: KernelTable
  /// Momentum, or Adam's first moment; and its second.
  private let first: FloatBuffer
  private let second: FloatBuffer
  private var stepCount = 0

  /// - Throws: `.outOfMemory`
  init(
    _ options: OptimizerOptions, _ layout: ParameterLayout, _ kernels: KernelTable
  ) throws(Failure) {
    (self.options, self.kernels) = (options, kernels)
    runs = layout.trainableRuns
    first = try FloatBuffer(count: layout.count)
    second = try FloatBuffer(count: options.kind == .adam ? layout.count : 0)
  }

  /// - Throws: `.argument`
  func setLearningRate(_ rate: Float) throws(Failure) {
    try OptimizerOptions.check(learningRate: rate)
    options.learningRate = rate
  }

  /// Back to the state before the first step.
  func forget() {
    first.pointer.update(repeating: 0, count: first.count)
    second.pointer.update(repeating: 0, count: second.count)
    stepCount = 0
  }

  /// The L2 norm of all gradients together; NaN or infinite if one of them is, or if squares
  /// overflow.
  func norm(_ gradient: UnsafePointer<Float>) -> Float {
    runs.reduce(Float(0)) { sum, run in
      let part = gradient + run.lowerBound
      return sum + kernels.dot(part, part, run.count)
    }.squareRoot()
  }

  /// Changes the weights by one step.
  func step(
    _ gradient: UnsafePointer<Float>, norm: Float, _ weights: UnsafeMutablePointer<Float>
  ) {
    stepCount += 1
    let limit = options.globalClipnorm
    let clip = limit > 0 ? limit / max(norm, limit) : 1
    for run in runs {
      let start = run.lowerBound
      switch options.kind {
      case .sgd:
        let step = SGDStep(
          rate: options.learningRate, momentum: options.momentum, nesterov: options.nesterov,
          clip: clip)
        kernels.sgd(step, gradient + start, first.pointer + start, weights + start, run.count)
      case .adam:
        kernels.adam(
          adamStep(clip: clip), gradient + start, first.pointer + start, second.pointer + start,
          weights + start, run.count)
      }
    }
  }

  private func adamStep(clip: Float) -> AdamStep {
    let (beta1, beta2) = (Double(options.beta1), Double(options.beta2))
    let steps = Double(stepCount)
    let correction = (1 - power(beta2, steps)).squareRoot() / (1 - power(beta1, steps))
    return AdamStep(
      rate: options.learningRate * Float(correction), beta1: options.beta1, beta2: options.beta2,
      epsilon: options.epsilon, clip: clip)
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
