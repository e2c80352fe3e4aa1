/// A stream of random numbers that a seed and a few numbers name, so that work done by any thread
/// in any order draws the same: xoshiro256++ (Blackman and Vigna 2019), seeded by SplitMix64.
struct RandomSource {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(seed: UInt64, stream: UInt64...) {
    var mixed = seed
    for number in stream { mixed = RandomSource.mix(mixed &+ 0x9E37_79B9_7F4A_7C15) ^ number }
    func next() -> UInt64 {
      mixed &+= 0x9E37_79B9_7F4A_7C15
      return RandomSource.mix(mixed)
    }
    state = (next(), next(), next(), next())
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = ((sum << 23) | (sum >> 41)) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// In 0 ..< 1, 24 bits.
  mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// In 0 ..< bound, without bias (Lemire 2019).
  mutating func below(_ bound: UInt64) -> UInt64 {
    var (high, low) = next().multipliedFullWidth(by: bound)
    if low < bound {
      let threshold = (0 &- bound) % bound
      while low < threshold { (high, low) = next().multipliedFullWidth(by: bound) }
    }
    return high
  }

  /// Standard normal, by the polar method (Marsaglia and Bray 1964); the same on every machine.
  mutating func normal() -> Float {
    while true {
      let (x, y) = (signedUniform(), signedUniform())
      let s = x * x + y * y
      if s > 0, s < 1 { return Float(x * (-2 * naturalLogarithm(s) / s).squareRoot()) }
    }
  }

  private mutating func signedUniform() -> Double { Double(next() >> 11) * 0x1p-52 - 1 }
}

/// ln x for a normal x > 0, by 2 artanh((m − 1) / (m + 1)) of the significand: plain operations
/// only, so that no version of libm can change what a seed gives.
private func naturalLogarithm(_ x: Double) -> Double {
  var (exponent, m) = (Double(x.exponent), x.significand)
  if m > 1.414_213_562_373_095 { (exponent, m) = (exponent + 1, m / 2) }
  let t = (m - 1) / (m + 1)
  var sum = 0.0
  for k in stride(from: 21, through: 1, by: -2) { sum = sum * t * t + 1 / Double(k) }
  return 2 * t * sum + exponent * 0.693_147_180_559_945_3
}
