#pragma once

/// Runs `count` rounds of 12 independent multiply-adds on vectors of 8 or 16 floats, which nothing
/// but the arithmetic units can hold up, and returns their sum.
float peakMultiplyAdds8(long count, float x);
float peakMultiplyAdds16(long count, float x);
