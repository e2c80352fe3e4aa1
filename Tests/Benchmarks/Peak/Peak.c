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

__attribute__((target("avx512f,avx512bf16"))) float peakBFloat16Dots16(long count, float x) {
  __m512 sums[12], values = _mm512_set1_ps(x);
  const __m512bh a = _mm512_cvtne2ps_pbh(values, values);
  for (int i = 0; i < 12; i++) sums[i] = values;
  for (long round = 0; round < count; round++)
    for (int i = 0; i < 12; i++) sums[i] = _mm512_dpbf16_ps(sums[i], a, a);
  for (int i = 1; i < 12; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f,avx512vnni"))) float peakInt8Dots16(long count, float x) {
  __m512i sums[12];
  const __m512i a = _mm512_set1_epi8((char)(2 * x));
  for (int i = 0; i < 12; i++) sums[i] = a;
  for (long round = 0; round < count; round++)
    for (int i = 0; i < 12; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], a, a);
  for (int i = 1; i < 12; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
  return (float)_mm512_cvtsi512_si32(sums[0]);
}

__attribute__((target("avx2"))) float peakRead8(const float *data, long floats, long count) {
  __m256 sums[8];
  for (int i = 0; i < 8; i++) sums[i] = _mm256_setzero_ps();
  for (long round = 0; round < count; round++)
    for (long at = 0; at < floats; at += 64)
      for (int i = 0; i < 8; i++)
        sums[i] = _mm256_add_ps(sums[i], _mm256_loadu_ps(data + at + 8 * i));
  for (int i = 1; i < 8; i++) sums[0] = _mm256_add_ps(sums[0], sums[i]);
  return _mm256_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f"))) float peakRead16(const float *data, long floats, long count) {
  __m512 sums[8];
  for (int i = 0; i < 8; i++) sums[i] = _mm512_setzero_ps();
  for (long round = 0; round < count; round++)
    for (long at = 0; at < floats; at += 128)
      for (int i = 0; i < 8; i++)
        sums[i] = _mm512_add_ps(sums[i], _mm512_loadu_ps(data + at + 16 * i));
  for (int i = 1; i < 8; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}
