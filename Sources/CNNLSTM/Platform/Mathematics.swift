import CPlatform

// Functions of libm, for the few places that are not worth a kernel.

func exponential(_ x: Float) -> Float { expf(x) }
func logarithm(_ x: Float) -> Float { logf(x) }
/// log(1 + x), exact for small x.
func logarithmOfOnePlus(_ x: Float) -> Float { log1pf(x) }
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
func cosineOf(_ x: Double) -> Double { cos(x) }
func logarithmOf(_ x: Double) -> Double { log(x) }
func power(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
