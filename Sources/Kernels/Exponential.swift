extension InstructionSet {
  /// x = n · ln 2 + r with integral n and |r| ≤ ½ ln 2, for |x| ≤ 2^21; n as 2^23 · 1.5 + n.
  @inlinable @_transparent
  static func reduce(_ x: Vector) -> (shifted: Vector, r: Vector) {
    let magic = splat(12_582_912)
    let shifted = multiplyAdd(x, splat(1.442_695_04), magic)
    let n = shifted - magic
    // ln 2 in two parts; n times the first is exact (Cody and Waite).
    let r = multiplyAdd(n, splat(-0.693_359_375), x)
    return (shifted, multiplyAdd(n, splat(2.121_944_4e-4), r))
  }

  /// (exp(r) − 1 − r) / r² for |r| ≤ ½ ln 2, a minimax polynomial.
  @inlinable @_transparent
  static func exponentialTail(_ r: Vector) -> Vector {
    var p = splat(1.987_569_1e-4)
    p = multiplyAdd(p, r, splat(1.398_2e-3))
    p = multiplyAdd(p, r, splat(8.333_452e-3))
    p = multiplyAdd(p, r, splat(4.166_579_6e-2))
    p = multiplyAdd(p, r, splat(1.666_666_5e-1))
    return multiplyAdd(p, r, splat(0.5))
  }

  /// 2^n for −126 ≤ n ≤ 127.
  @inlinable @_transparent
  static func powerOfTwo(_ n: Integers) -> Vector {
    fromBits(shiftLeft(n &+ Integers(repeating: 127), 23))
  }

  /// exp(x): at most 2 ulp, denormal results included, measured over all floats 1.03; 0 and ∞
  /// beyond them; NaN stays.
  @inlinable @_transparent
  public static func exponential(_ x: Vector) -> Vector { exponential(x, times: splat(1)) }

  /// factor · exp(x), as good also where exp(x) alone would be denormal, for |factor| ≤ 120.
  @inlinable @_transparent
  static func exponential(_ x: Vector, times factor: Vector) -> Vector {
    let x = minimum(splat(89), maximum(splat(-120), x))
    let (shifted, r) = reduce(x)
    return scaledExponential(shifted, r, times: factor)
  }

  /// factor · exp(n · ln 2 + r), with n as `reduce` gives it.
  @inlinable @_transparent
  static func scaledExponential(_ shifted: Vector, _ r: Vector, times factor: Vector) -> Vector {
    let n = bits(shifted) &- bits(splat(12_582_912))
    // In two steps, so that neither factor leaves the range of exponents.
    let half = shiftRight(n, 1)
    let p = multiplyAdd(exponentialTail(r) * r, r, r) + splat(1)
    return p * factor * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// exp(x) − 1 for x ≤ 0.
  @inlinable @_transparent
  static func exponentialMinusOne(_ x: Vector) -> Vector {
    let (shifted, r) = reduce(maximum(splat(-40), x))
    let scale = powerOfTwo(bits(shifted) &- bits(splat(12_582_912)))
    let p = multiplyAdd(exponentialTail(r) * r, r, r)
    return multiplyAdd(scale, p, scale - splat(1))
  }

  /// 1 / (1 + exp(−x)): at most 4 ulp, measured 2.41. From exp(−|x|), which cannot overflow.
  @inlinable @_transparent
  public static func sigmoid(_ x: Vector) -> Vector {
    let e = exponential(splat(0) - magnitude(x))
    let numerator = choose(e, splat(1), whereGreater: splat(0), than: x)
    return numerator / (splat(1) + e)
  }

  /// tanh(x) = −m / (2 + m), m = exp(−2|x|) − 1, with the sign of x: at most 4 ulp, measured 2.50.
  @inlinable @_transparent
  public static func tanh(_ x: Vector) -> Vector {
    let m = exponentialMinusOne(magnitude(x) * splat(-2))
    return withSign(of: x, m / (splat(2) + m))
  }

  @inlinable @_transparent
  public static func magnitude(_ x: Vector) -> Vector {
    fromBits(bits(x) & Integers(repeating: Int32.max))
  }

  /// |y| with the sign of x.
  @inlinable @_transparent
  static func withSign(of x: Vector, _ y: Vector) -> Vector {
    let sign = Integers(repeating: Int32.min)
    return fromBits(bits(magnitude(y)) | (bits(x) & sign))
  }
}
