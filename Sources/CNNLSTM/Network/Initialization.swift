import Kernels

extension ParameterLayout {
  /// Fills a buffer of `count` floats. The same seed gives the same bytes on every machine: sums
  /// are taken in one order, with the instructions every processor has.
  /// - Throws: `.outOfMemory`
  func initialize(_ values: UnsafeMutablePointer<Float>, seed: UInt64) throws(Failure) {
    for (index, entry) in entries.enumerated() {
      let own = entry.initializer.seed
      var random =
        own < 0
        ? RandomSource(seed: seed, stream: UInt64(index)) : RandomSource(seed: UInt64(own))
      let target = values + entry.offset
      try fill(target, entry, &random)
      for i in entry.ones { target[i] = 1 }
    }
  }

  private func fill(
    _ target: UnsafeMutablePointer<Float>, _ entry: Entry, _ random: inout RandomSource
  ) throws(Failure) {
    let (a, b) = (entry.initializer.a, entry.initializer.b)
    func each(_ next: () -> Float) { for i in 0..<entry.count { target[i] = next() } }
    switch entry.initializer.kind {
    case .zeros: each { 0 }
    case .ones: each { 1 }
    case .constant: each { a }
    case .randomUniform: each { a + (b - a) * random.uniform() }
    case .randomNormal: each { a + b * random.normal() }
    case .truncatedNormal: each { a + b * truncatedNormal(&random) }
    case .identity: fillIdentity(target, entry.shape, gain: a)
    case .orthogonal:
      try fillOrthogonal(target, entry.shape, gain: a, &random)
    default:
      // One of a variance, or it would have been refused.
      guard let scaling = VarianceScaling(entry.initializer) else { return }
      let fan = fan(scaling.mode, entry.shape)
      switch scaling.distribution {
      case .uniform:
        let limit = (3 * scaling.scale / fan).squareRoot()
        each { limit * (2 * random.uniform() - 1) }
      case .untruncatedNormal:
        let deviation = (scaling.scale / fan).squareRoot()
        each { deviation * random.normal() }
      case .truncatedNormal:
        let deviation = (scaling.scale / fan).squareRoot() / 0.879_625_66
        each { deviation * truncatedNormal(&random) }
      }
    }
  }

  /// What a variance is divided by, at least 1.
  private func fan(_ mode: VarianceScaling.Mode, _ shape: [Int]) -> Float {
    let (fanIn, fanOut) = fans(shape)
    let count =
      switch mode {
      case .fanIn: Float(fanIn)
      case .fanOut: Float(fanOut)
      case .fanAverage: (Float(fanIn) + Float(fanOut)) / 2
      }
    return max(1, count)
  }

  /// Inputs and outputs of a unit, as Keras counts them: a kernel's width multiplies both.
  private func fans(_ shape: [Int]) -> (fanIn: Int, fanOut: Int) {
    guard let last = shape.last else { return (1, 1) }
    guard shape.count > 1 else { return (last, last) }
    let field = shape.dropLast(2).reduce(1, *)
    return (shape[shape.count - 2] * field, last * field)
  }

  /// Standard normal without what lies beyond two; its deviation is 0.8796.
  private func truncatedNormal(_ random: inout RandomSource) -> Float {
    while true {
      let value = random.normal()
      if value.magnitude <= 2 { return value }
    }
  }
}

/// gain on the diagonal of a matrix, 0 elsewhere.
private func fillIdentity(_ target: UnsafeMutablePointer<Float>, _ shape: [Int], gain: Float) {
  let columns = shape.last ?? 1
  for i in 0..<shape.reduce(1, *) { target[i] = i / columns == i % columns ? gain : 0 }
}

/// gain · Q, the shape taken as [all but the last, last]: orthonormal columns, or rows where the
/// matrix is wide. Gram–Schmidt, applied twice, on normal vectors. Source: Saxe et al. 2014.
private func fillOrthogonal(
  _ target: UnsafeMutablePointer<Float>, _ shape: [Int], gain: Float, _ random: inout RandomSource
) throws(Failure) {
  let columns = shape.last ?? 1
  let rows = shape.dropLast().reduce(1, *)
  let (vectors, length) = (min(rows, columns), max(rows, columns))
  // Each vector is one row of the buffer, whichever way the matrix lies.
  let buffer = try FloatBuffer(count: vectors * length)
  let kernels = CPUFeatures.sse2.kernels
  for v in 0..<vectors {
    let vector = buffer.pointer + v * length
    var norm: Float = 0
    while norm < 1e-3 {
      for i in 0..<length { vector[i] = random.normal() }
      for _ in 0..<2 {
        for other in 0..<v {
          let earlier = buffer.pointer + other * length
          kernels.addProduct(-kernels.dot(earlier, vector, length), earlier, vector, length)
        }
      }
      norm = kernels.dot(vector, vector, length).squareRoot()
    }
    kernels.scale(1 / norm, vector, vector, length)
  }
  for row in 0..<rows {
    for column in 0..<columns {
      let at = rows >= columns ? column * length + row : row * length + column
      target[row * columns + column] = gain * buffer.pointer[at]
    }
  }
}
