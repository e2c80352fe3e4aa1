/// Rows that are each brought to mean 0 and variance 1 over their columns, then scaled by gamma and
/// shifted by beta.
public struct NormalizedRows {
  public var rows: Int
  public var width: Int
  public var epsilon: Float
  public var gamma: UnsafePointer<Float>
  public var beta: UnsafePointer<Float>
  /// Mean and 1 / √(variance + epsilon), one after the other, for each row; nil where nobody needs
  /// them.
  public var moments: UnsafeMutablePointer<Float>?

  @inlinable
  public init(
    rows: Int, width: Int, epsilon: Float, gamma: UnsafePointer<Float>,
    beta: UnsafePointer<Float>, moments: UnsafeMutablePointer<Float>?
  ) {
    (self.rows, self.width, self.epsilon) = (rows, width, epsilon)
    (self.gamma, self.beta, self.moments) = (gamma, beta, moments)
  }
}

/// y ← (x − mean) / √(variance + epsilon) · gamma + beta, row by row; y is not x.
@inlinable
public func layerNormalization<I: InstructionSet>(
  _: I.Type, _ shape: NormalizedRows, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
) {
  let count = Float(shape.width)
  for row in 0..<shape.rows {
    let (x, y) = (x + row * shape.width, y + row * shape.width)
    var sums = I.Vector.zero
    I.forEachVector(shape.width) { at, lanes in sums = sums + I.load(x + at, lanes) }
    let mean = sums.sum() / count
    // By way of y: lanes behind the last column then read as zero, not as −mean.
    I.forEachVector(shape.width) { at, lanes in
      I.store(y + at, I.load(x + at, lanes) - I.splat(mean), lanes)
    }
    let variance = dot(I.self, y, y, shape.width) / count
    let factor = 1 / (variance + shape.epsilon).squareRoot()
    if let moments = shape.moments {
      (moments[2 * row], moments[2 * row + 1]) = (mean, factor)
    }
    I.forEachVector(shape.width) { at, lanes in
      let normal = I.load(y + at, lanes) * I.splat(factor)
      let value = I.multiplyAdd(
        normal, I.load(shape.gamma + at, lanes), I.load(shape.beta + at, lanes))
      I.store(y + at, value, lanes)
    }
  }
}

/// With n = (x − mean) · factor and g = dy · gamma:  dgamma += Σ dy · n;  dbeta += Σ dy;
/// dx = factor · (g − the mean of g − n · the mean of g · n)
/// - Parameter gradients: of gamma, then of beta: [2, width]
@inlinable
public func layerNormalizationBackward<I: InstructionSet>(
  _: I.Type, _ shape: NormalizedRows, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
  _ dx: UnsafeMutablePointer<Float>?, _ gradients: UnsafeMutablePointer<Float>
) {
  guard let moments = shape.moments else { return }
  let (count, dgamma, dbeta) = (Float(shape.width), gradients, gradients + shape.width)
  for row in 0..<shape.rows {
    let (x, dy) = (x + row * shape.width, dy + row * shape.width)
    let (mean, factor) = (I.splat(moments[2 * row]), I.splat(moments[2 * row + 1]))
    var (sums, products) = (I.Vector.zero, I.Vector.zero)
    I.forEachVector(shape.width) { at, lanes in
      let (normal, change) = ((I.load(x + at, lanes) - mean) * factor, I.load(dy + at, lanes))
      let gradient = change * I.load(shape.gamma + at, lanes)
      sums = sums + gradient
      products = I.multiplyAdd(gradient, normal, products)
      I.store(dgamma + at, I.multiplyAdd(change, normal, I.load(dgamma + at, lanes)), lanes)
      I.store(dbeta + at, I.load(dbeta + at, lanes) + change, lanes)
    }
    guard let dx else { continue }
    let (shift, slope) = (I.splat(sums.sum() / count), I.splat(products.sum() / count))
    I.forEachVector(shape.width) { at, lanes in
      let (normal, change) = ((I.load(x + at, lanes) - mean) * factor, I.load(dy + at, lanes))
      let gradient = change * I.load(shape.gamma + at, lanes)
      I.store(dx + row * shape.width + at, factor * (gradient - shift - normal * slope), lanes)
    }
  }
}
