/// Klambauer et al. 2017.
@inlinable @_transparent var seluScale: Float { 1.050_700_987_355_480_5 }
@inlinable @_transparent var seluAlpha: Float { 1.673_263_242_354_377_2 }

// Limits of these functions are their values at ±∞, also where a formula is ∞ · 0 or ∞ / ∞.
extension InstructionSet {
  /// x above 0, alpha · (exp(x) − 1) below. Source: Clevert et al. 2016.
  @inlinable @_transparent
  static func elu(_ x: Vector, _ alpha: Float) -> Vector {
    let below = exponentialMinusOne(minimum(splat(0), x)) * splat(alpha)
    return choose(x, below, whereGreater: x, than: splat(0))
  }

  /// x / (1 + |x|)
  @inlinable @_transparent
  static func softsign(_ x: Vector) -> Vector {
    let size = minimum(splat(0x1p26), magnitude(x))
    return withSign(of: x, size / (splat(1) + size))
  }

  /// ln(1 + exp(x)) = max(0, x) + ln(1 + exp(−|x|))
  @inlinable @_transparent
  static func softplus(_ x: Vector) -> Vector {
    let e = exponential(splat(0) - magnitude(x))
    // ln(1 + e) = 2 artanh(e / (2 + e)), its series in the square as a minimax polynomial.
    let s = (e + e) / (splat(2) + e)
    let square = s * s
    var p = splat(0.140_891_66 / 256)
    p = multiplyAdd(p, square, splat(0.139_803_05 / 64))
    p = multiplyAdd(p, square, splat(0.200_124_55 / 16))
    p = multiplyAdd(p, square, splat(0.333_331_57 / 4))
    return maximum(splat(0), x) + multiplyAdd(p * square, s, s)
  }

  /// σ(x) = 1 − exp(−y), from y = softplus(x).
  @inlinable @_transparent
  static func softplusSlope(_ y: Vector) -> Vector {
    splat(0) - exponentialMinusOne(splat(0) - y)
  }

  /// x · σ(x)
  @inlinable @_transparent
  static func silu(_ x: Vector) -> Vector {
    let held = maximum(splat(-120), x)
    let small = splat(0) - magnitude(held)
    let negative = exponential(small, times: held)
    let numerator = choose(negative, held, whereGreater: splat(0), than: held)
    return numerator / (splat(1) + exponential(small))
  }

  /// σ(x) · (1 + x · (1 − σ(x)))
  @inlinable @_transparent
  static func siluSlope(_ x: Vector) -> Vector {
    let held = minimum(splat(120), maximum(splat(-120), x))
    let e = exponential(splat(0) - magnitude(held))
    let (one, sum) = (splat(1), splat(1) + e)
    // With 1 / sum and e / sum for σ(x) and 1 − σ(x), in the order that the sign says.
    let share = choose(one, e, whereGreater: splat(0), than: held)
    let sigmoid = choose(e, one, whereGreater: splat(0), than: held) / sum
    return sigmoid * multiplyAdd(held, share / sum, one)
  }

  /// The tail of the normal distribution: ½ erfc(z / √2) as g · exp(−z² / 2), for 0 ≤ z ≤ 15.
  /// g · (1 + 2z) is ½ + s · a minimax polynomial in s − 1 with s = 2z / (z + 4), within 3e-9.
  @inlinable @_transparent
  static func tailFactor(_ z: Vector) -> Vector {
    let s = (z + z) / (z + splat(4))
    let t = s - splat(1)
    var p = splat(-1.464_923_14e-4)
    p = multiplyAdd(p, t, splat(8.852_419_43e-5))
    p = multiplyAdd(p, t, splat(1.470_403_24e-3))
    p = multiplyAdd(p, t, splat(-2.733_222_35e-3))
    p = multiplyAdd(p, t, splat(-7.781_645_53e-3))
    p = multiplyAdd(p, t, splat(5.215_896_03e-2))
    p = multiplyAdd(p, t, splat(-1.474_180_28e-1))
    p = multiplyAdd(p, t, splat(2.763_248_68e-1))
    p = multiplyAdd(p, t, splat(-3.727_049_69e-1))
    p = multiplyAdd(p, t, splat(3.496_957_73e-1))
    return multiplyAdd(p, s, splat(0.5)) / multiplyAdd(splat(2), z, splat(1))
  }

  /// factor · exp(−z² / 2) for 0 ≤ z ≤ 15: the square in two parts, of which the first is exact.
  @inlinable @_transparent
  static func normalExponential(_ z: Vector, times factor: Vector) -> Vector {
    let high = fromBits(bits(z) & Integers(repeating: ~0xFFF))
    let first = high * high * splat(-0.5)
    let second = (z - high) * (z + high) * splat(-0.5)
    let (shifted, r) = reduce(first)
    return scaledExponential(shifted, r + second, times: factor)
  }

  /// x · Φ(x), Φ the normal distribution: exact, not by tanh. Source: Hendrycks and Gimpel 2016.
  @inlinable @_transparent
  static func gelu(_ x: Vector) -> Vector {
    let held = maximum(splat(-15), x)
    let z = minimum(splat(15), magnitude(held))
    let tail = normalExponential(z, times: tailFactor(z) * z)
    // x − x · tail above 0, x · tail below.
    return maximum(splat(0), held) - tail
  }

  /// Φ(x) + x · φ(x), φ the density of the normal distribution.
  @inlinable @_transparent
  static func geluSlope(_ x: Vector) -> Vector {
    let z = minimum(splat(15), magnitude(x))
    // Above 0 it is 1 less its value at −x.
    let below = normalExponential(z, times: multiplyAdd(z, splat(-0.398_942_28), tailFactor(z)))
    return choose(splat(1) - below, below, whereGreater: x, than: splat(0))
  }
}
