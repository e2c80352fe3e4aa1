// Vector operations that Swift has no name for, or that it compiles one lane after another.
// Always inlined, so that each takes the instruction set of the kernel that calls it.
#pragma once

#include <immintrin.h>

typedef float float4 __attribute__((ext_vector_type(4)));
typedef float float8 __attribute__((ext_vector_type(8)));
typedef float float16 __attribute__((ext_vector_type(16)));

#define CVECTOR(features) \
  static inline __attribute__((always_inline, target(features)))

CVECTOR("sse2") float4 squareRoot4(float4 x) { return _mm_sqrt_ps(x); }
CVECTOR("avx2") float8 squareRoot8(float8 x) { return _mm256_sqrt_ps(x); }
CVECTOR("avx512f") float16 squareRoot16(float16 x) { return _mm512_sqrt_ps(x); }

CVECTOR("avx2") __m256i laneMask8(long count) {
  __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes);
}
CVECTOR("avx512f") __mmask16 laneMask16(long count) {
  return (__mmask16)((1u << count) - 1);
}

/// The first `count` floats at p, 0 … one less than a whole vector, and zero behind them.
CVECTOR("sse2") float4 loadPartial4(const float *p, long count) {
  float4 x = {count > 0 ? p[0] : 0, count > 1 ? p[1] : 0, count > 2 ? p[2] : 0, 0};
  return x;
}
CVECTOR("avx2") float8 loadPartial8(const float *p, long count) {
  return _mm256_maskload_ps(p, laneMask8(count));
}
CVECTOR("avx512f") float16 loadPartial16(const float *p, long count) {
  return _mm512_maskz_loadu_ps(laneMask16(count), p);
}

/// Writes the first `count` lanes of x to p, and nothing else.
CVECTOR("sse2") void storePartial4(float *p, float4 x, long count) {
  if (count > 0) p[0] = x.x;
  if (count > 1) p[1] = x.y;
  if (count > 2) p[2] = x.z;
}
CVECTOR("avx2") void storePartial8(float *p, float8 x, long count) {
  _mm256_maskstore_ps(p, laneMask8(count), x);
}
CVECTOR("avx512f") void storePartial16(float *p, float16 x, long count) {
  _mm512_mask_storeu_ps(p, laneMask16(count), x);
}
