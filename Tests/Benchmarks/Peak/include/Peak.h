#pragma once

/// Runs `count` rounds of 12 independent multiply-adds on vectors of 8 or 16 floats, which nothing
/// but the arithmetic units can hold up, and returns their sum.
float peakMultiplyAdds8(long count, float x);
float peakMultiplyAdds16(long count, float x);

/// Likewise 12 dot products: each of 16 lanes adds 2 products of bfloat16, or 4 of int8.
float peakBFloat16Dots16(long count, float x);
float peakInt8Dots16(long count, float x);

/// Reads `floats` floats (a multiple of 128) `count` times, 8 or 16 at once, and returns their sum.
float peakRead8(const float *data, long floats, long count);
float peakRead16(const float *data, long floats, long count);
