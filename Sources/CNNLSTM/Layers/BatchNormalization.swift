import Kernels

/// (x − mean) / √(variance + epsilon) · gamma + beta per channel. A step of training takes mean and
/// population variance of its whole batch, over all time steps that count, and moves the moving
/// ones towards them; everything else, and a layer that is not trainable, takes the moving ones.
/// Keras: BatchNormalization on the last axis. Source: Ioffe and Szegedy 2015.
final class BatchNormalization: Layer {
  static var traits: LayerTraits {
    let (zeros, ones) = (
      Value.initializer(Initializer(.zeros)), Value.initializer(Initializer(.ones))
    )
    return LayerTraits(
      name: "BatchNormalization", stem: "batch_normalization",
      rules: [
        FieldRule(.center, .integer(1), .flag),
        FieldRule(.scale, .integer(1), .flag),
        FieldRule(.momentum, .real(0.99), .number(least: 0)),
        FieldRule(.epsilon, .real(0.001), .number(least: 0)),
        FieldRule(.betaInitializer, zeros, .initializer),
        FieldRule(.gammaInitializer, ones, .initializer),
        FieldRule(.movingMeanInitializer, zeros, .initializer),
        FieldRule(.movingVarianceInitializer, ones, .initializer),
      ],
      make: { (configuration, input) throws(Failure) in BatchNormalization(configuration, input) })
  }

  let outputShape: Shape
  var maskUse: MaskUse { .passes }
  let parameters: [Parameter]
  let momentum: Float
  let epsilon: Float
  /// Whether steps of training take the batch's statistics.
  let needsWholeBatch: Bool
  private let gammaAt: Int?
  private let betaAt: Int?
  /// Where moving_mean, and behind it moving_variance, lie among the weights.
  private let movingAt: Int

  init(_ configuration: LayerConfiguration, _ input: Shape) {
    outputShape = input
    (momentum, epsilon) = (configuration.real(.momentum), configuration.real(.epsilon))
    needsWholeBatch = configuration.flag(.trainable)
    let (scales, shifts) = (configuration.flag(.scale), configuration.flag(.center))
    gammaAt = scales ? 0 : nil
    betaAt = shifts ? (scales ? input.channels : 0) : nil
    movingAt = (scales ? input.channels : 0) + (shifts ? input.channels : 0)
    func array(_ name: StaticString, _ field: Field, _ isTrainable: Bool) -> Parameter {
      Parameter(
        name: name, shape: [input.channels], initializer: configuration.initializer(field),
        isTrainable: isTrainable)
    }
    var parameters: [Parameter] = []
    if scales { parameters.append(array("gamma", .gammaInitializer, true)) }
    if shifts { parameters.append(array("beta", .betaInitializer, true)) }
    parameters.append(array("moving_mean", .movingMeanInitializer, false))
    parameters.append(array("moving_variance", .movingVarianceInitializer, false))
    self.parameters = parameters
  }

  private var channels: Int { outputShape.channels }
  private func steps(_ run: LayerRun) -> Int { run.rows * max(1, run.inputLength) }
  private func takesBatch(_ run: LayerRun) -> Bool { run.dropsOut && needsWholeBatch }

  /// packed: scale, shift and 1 / √(variance + epsilon) of the moving statistics. saved: the same
  /// of the batch's, then its mean and variance. scratch: four sums of `backward`.
  func memory(_ size: RunSize) throws(Failure) -> LayerMemory {
    let width = try checkedProduct(channels, 5, of: "batch_normalization")
    return size.isTraining
      ? LayerMemory(saved: width, scratch: width, packed: 3 * channels)
      : LayerMemory(packed: 3 * channels)
  }

  func pack(_ run: LayerRun) {
    let mean = run.parameters + movingAt
    fill(run.packed, run.parameters, mean: mean, variance: mean + channels)
  }

  /// The factors of some statistics: scale = gamma · factor and shift = beta − mean · scale, behind
  /// them factor = 1 / √(variance + epsilon)
  private func fill(
    _ target: UnsafeMutablePointer<Float>, _ parameters: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, variance: UnsafePointer<Float>
  ) {
    for channel in 0..<channels {
      let factor = 1 / (variance[channel] + epsilon).squareRoot()
      let scale = gammaAt.map { parameters[$0 + channel] * factor } ?? factor
      let beta = betaAt.map { parameters[$0 + channel] } ?? 0
      target[channel] = scale
      target[channels + channel] = beta - mean[channel] * scale
      target[2 * channels + channel] = factor
    }
  }

  func forward(_ run: LayerRun) {
    let steps = steps(run)
    var factors = run.packed
    if takesBatch(run) {
      factors = run.saved
      let (mean, variance) = (run.saved + 3 * channels, run.saved + 4 * channels)
      moments(run, mean, variance)
      fill(factors, run.parameters, mean: mean, variance: variance)
    }
    run.kernels.scaleAndShift(
      run.input, factors, factors + channels, run.output, steps, channels)
  }

  /// Steps that the statistics are of; of a mask, with the epsilon that Keras divides by.
  private func count(_ run: LayerRun) -> Float {
    guard let mask = run.mask else { return Float(steps(run)) }
    return Float((0..<run.rows).reduce(0) { $0 + mask.count($1) }) + 1e-7
  }

  private func moments(
    _ run: LayerRun, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>
  ) {
    let (steps, share) = (steps(run), 1 / count(run))
    guard let mask = run.mask else {
      run.kernels.columnSums(run.input, steps, channels, mean)
      run.kernels.scale(share, mean, mean, channels)
      run.kernels.columnSquares(run.input, mean, steps, channels, variance)
      return run.kernels.scale(share, variance, variance, channels)
    }
    mean.update(repeating: 0, count: 2 * channels)
    for step in 0..<steps where mask.flags[step] != 0 {
      run.kernels.addProduct(share, run.input + step * channels, mean, channels)
    }
    for step in 0..<steps where mask.flags[step] != 0 {
      run.kernels.columnSquares(run.input + step * channels, mean, 1, channels, run.scratch)
      run.kernels.addProduct(share, run.scratch, variance, channels)
    }
  }

  /// With n = (x − mean) · factor:  dgamma += Σ dy · n;  dbeta += Σ dy;  dx = scale · dy, and where
  /// mean and variance are the batch's, dx = scale · (dy − (Σ dy + n · Σ dy · n) / steps)
  func backward(_ run: LayerRun) {
    let (steps, takesBatch) = (steps(run), takesBatch(run))
    let factors = UnsafePointer(takesBatch ? run.saved : run.packed)
    let mean = takesBatch ? factors + 3 * channels : run.parameters + movingAt
    let (scale, factor, count) = (factors, factors + 2 * channels, count(run))
    let (products, sums) = (run.scratch, run.scratch + channels)
    let (slope, shift) = (run.scratch + 2 * channels, run.scratch + 3 * channels)
    run.kernels.columnProducts(run.input, mean, run.outputGradient, steps, channels, products)
    run.kernels.columnSums(run.outputGradient, steps, channels, sums)
    for channel in 0..<channels {
      let product = products[channel] * factor[channel]
      if let gammaAt { run.parameterGradient[gammaAt + channel] += product }
      if let betaAt { run.parameterGradient[betaAt + channel] += sums[channel] }
      let share = takesBatch ? -scale[channel] / count : 0
      slope[channel] = share * product * factor[channel]
      shift[channel] = share * sums[channel]
    }
    // For `update`: the moving statistics have no gradient.
    if takesBatch { (run.parameterGradient + movingAt).copy(from: mean, count: 2 * channels) }
    guard let inputGradient = run.inputGradient else { return }
    run.kernels.batchNormalizationBackward(
      run.input, run.outputGradient,
      ColumnFactors(mean: mean, scale: scale, slope: slope, shift: shift), inputGradient, steps,
      channels)
    // What the statistics leave out does not change them.
    guard let mask = run.mask, takesBatch else { return }
    for step in 0..<steps where mask.flags[step] == 0 {
      let place = step * channels
      run.kernels.multiplyElements(
        run.outputGradient + place, scale, inputGradient + place, channels)
    }
  }

  /// moving ← moving · momentum + batch · (1 − momentum)
  func update(_ parameters: UnsafeMutablePointer<Float>, from gradient: UnsafePointer<Float>) {
    guard needsWholeBatch else { return }
    for i in movingAt..<movingAt + 2 * channels {
      parameters[i] = parameters[i] * momentum + gradient[i] * (1 - momentum)
    }
  }
}
