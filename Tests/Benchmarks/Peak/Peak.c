#include "Peak.h"

#include <immintrin.h>

__attribute__((target("avx2,fma"))) float peakMultiplyAdds8(long count, float x) {
  __m256 sums[12], a = _mm256_set1_ps(x), b = _mm256_set1_ps(1 - x);
  for (int i = 0; i < 12; i++) sums[i] = a;
  for (long round = 0; round < count; round++)
    for (int i = 0; i < 12; i++) sums[i] = _mm256_fmadd_ps(a, sums[i], b);
  for (int i = 1; i < 12; i++) sums[0] = _mm256_add_ps(sums[0], sums[i]);
  return _mm256_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f"))) float peakMultiplyAdds16(long count, float x) {
  __m512 sums[12], a = _mm512_set1_ps(x), b = _mm512_set1_ps(1 - x);
  for (int i = 0; i < 12; i++) sums[i] = a;
  for (long round = 0; round < count; round++)
    for (int i = 0; i < 12; i++) sums[i] = _mm512_fmadd_ps(a, sums[i], b);
  for (int i = 1; i < 12; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}
