// Vector operations that Swift has no name for, or that it compiles one lane after another.
// Always inlined, so that each takes the instruction set of the kernel that calls it.
#pragma once

#include <immintrin.h>
#include <sched.h>
#include <time.h>

typedef float float4 __attribute__((ext_vector_type(4)));
typedef float float8 __attribute__((ext_vector_type(8)));
typedef float float16 __attribute__((ext_vector_type(16)));
typedef int int4 __attribute__((ext_vector_type(4)));
typedef int int8 __attribute__((ext_vector_type(8)));
typedef int int16 __attribute__((ext_vector_type(16)));

#define CVECTOR(features) \
  static inline __attribute__((always_inline, target(features)))

// Arithmetic. Swift's own operators on vectors are loops over lanes in generic code.
CVECTOR("sse2") float4 add4(float4 a, float4 b) { return a + b; }
CVECTOR("sse2") float4 subtract4(float4 a, float4 b) { return a - b; }
CVECTOR("sse2") float4 multiply4(float4 a, float4 b) { return a * b; }
CVECTOR("sse2") float4 divide4(float4 a, float4 b) { return a / b; }
CVECTOR("sse2") int4 addIntegers4(int4 a, int4 b) { return a + b; }
CVECTOR("sse2") int4 subtractIntegers4(int4 a, int4 b) { return a - b; }
CVECTOR("sse2") int4 andIntegers4(int4 a, int4 b) { return a & b; }
CVECTOR("sse2") int4 orIntegers4(int4 a, int4 b) { return a | b; }
CVECTOR("avx2") float8 add8(float8 a, float8 b) { return a + b; }
CVECTOR("avx2") float8 subtract8(float8 a, float8 b) { return a - b; }
CVECTOR("avx2") float8 multiply8(float8 a, float8 b) { return a * b; }
CVECTOR("avx2") float8 divide8(float8 a, float8 b) { return a / b; }
CVECTOR("avx2") int8 addIntegers8(int8 a, int8 b) { return a + b; }
CVECTOR("avx2") int8 subtractIntegers8(int8 a, int8 b) { return a - b; }
CVECTOR("avx2") int8 andIntegers8(int8 a, int8 b) { return a & b; }
CVECTOR("avx2") int8 orIntegers8(int8 a, int8 b) { return a | b; }
CVECTOR("avx512f") float16 add16(float16 a, float16 b) { return a + b; }
CVECTOR("avx512f") float16 subtract16(float16 a, float16 b) { return a - b; }
CVECTOR("avx512f") float16 multiply16(float16 a, float16 b) { return a * b; }
CVECTOR("avx512f") float16 divide16(float16 a, float16 b) { return a / b; }
CVECTOR("avx512f") int16 addIntegers16(int16 a, int16 b) { return a + b; }
CVECTOR("avx512f") int16 subtractIntegers16(int16 a, int16 b) { return a - b; }
CVECTOR("avx512f") int16 andIntegers16(int16 a, int16 b) { return a & b; }
CVECTOR("avx512f") int16 orIntegers16(int16 a, int16 b) { return a | b; }

/// a · b + sum, rounded once.
CVECTOR("avx2,fma") float8 multiplyAdd8(float8 a, float8 b, float8 sum) {
  return _mm256_fmadd_ps(a, b, sum);
}
CVECTOR("avx512f") float16 multiplyAdd16(float16 a, float16 b, float16 sum) {
  return _mm512_fmadd_ps(a, b, sum);
}

CVECTOR("sse2") float4 squareRoot4(float4 x) { return _mm_sqrt_ps(x); }
CVECTOR("avx2") float8 squareRoot8(float8 x) { return _mm256_sqrt_ps(x); }
CVECTOR("avx512f") float16 squareRoot16(float16 x) { return _mm512_sqrt_ps(x); }

/// a where a < b, and where a > b; else b, also where one of them is NaN.
CVECTOR("sse2") float4 minimum4(float4 a, float4 b) { return _mm_min_ps(a, b); }
CVECTOR("sse2") float4 maximum4(float4 a, float4 b) { return _mm_max_ps(a, b); }
CVECTOR("avx2") float8 minimum8(float8 a, float8 b) { return _mm256_min_ps(a, b); }
CVECTOR("avx2") float8 maximum8(float8 a, float8 b) { return _mm256_max_ps(a, b); }
CVECTOR("avx512f") float16 minimum16(float16 a, float16 b) { return _mm512_min_ps(a, b); }
CVECTOR("avx512f") float16 maximum16(float16 a, float16 b) { return _mm512_max_ps(a, b); }

/// The right shift brings in copies of the sign.
CVECTOR("sse2") int4 shiftLeft4(int4 x, int count) { return x << count; }
CVECTOR("sse2") int4 shiftRight4(int4 x, int count) { return x >> count; }
CVECTOR("avx2") int8 shiftLeft8(int8 x, int count) { return x << count; }
CVECTOR("avx2") int8 shiftRight8(int8 x, int count) { return x >> count; }
CVECTOR("avx512f") int16 shiftLeft16(int16 x, int count) { return x << count; }
CVECTOR("avx512f") int16 shiftRight16(int16 x, int count) { return x >> count; }

/// a where x > y, or where x = y; b elsewhere.
CVECTOR("sse2")
float4 chooseGreater4(float4 a, float4 b, float4 x, float4 y) { return x > y ? a : b; }
CVECTOR("sse2")
float4 chooseEqual4(float4 a, float4 b, float4 x, float4 y) { return x == y ? a : b; }
CVECTOR("avx2")
float8 chooseGreater8(float8 a, float8 b, float8 x, float8 y) { return x > y ? a : b; }
CVECTOR("avx2")
float8 chooseEqual8(float8 a, float8 b, float8 x, float8 y) { return x == y ? a : b; }
CVECTOR("avx512f")
float16 chooseGreater16(float16 a, float16 b, float16 x, float16 y) { return x > y ? a : b; }
CVECTOR("avx512f")
float16 chooseEqual16(float16 a, float16 b, float16 x, float16 y) { return x == y ? a : b; }

/// sum + the products of pairs of 16-bit integers.
CVECTOR("sse2") int4 multiplyAddInt16x4(int4 a, int4 b, int4 sum) {
  return sum + (int4)_mm_madd_epi16((__m128i)a, (__m128i)b);
}
CVECTOR("avx2") int8 multiplyAddInt16x8(int8 a, int8 b, int8 sum) {
  return sum + (int8)_mm256_madd_epi16((__m256i)a, (__m256i)b);
}
CVECTOR("avx512bw") int16 multiplyAddInt16x16(int16 a, int16 b, int16 sum) {
  return sum + (int16)_mm512_madd_epi16((__m512i)a, (__m512i)b);
}
CVECTOR("avx512vnni") int16 multiplyAddInt16VNNI(int16 a, int16 b, int16 sum) {
  return (int16)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}
/// sum + the products of fours of 8-bit integers, unsigned in a.
CVECTOR("avx512vnni") int16 multiplyAddBytesVNNI(int16 a, int16 b, int16 sum) {
  return (int16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}
CVECTOR("avx512bf16") float16 multiplyAddBFloat16x16(float16 a, float16 b, float16 sum) {
  return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

/// Twice as many 8-bit integers as 16-bit ones.
CVECTOR("sse2") int4 loadInt8x4(const void *p) {
  __m128i x = _mm_loadl_epi64((const __m128i *)p);
  return (int4)_mm_srai_epi16(_mm_unpacklo_epi8(x, x), 8);
}
CVECTOR("avx2") int8 loadInt8x8(const void *p) {
  return (int8)_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p));
}
CVECTOR("avx512bw") int16 loadInt8x16(const void *p) {
  return (int16)_mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)p));
}

/// Writes integers that 16 bits can hold.
CVECTOR("sse2") void storeInt16x4(short *p, int4 x) {
  _mm_storel_epi64((__m128i *)p, _mm_packs_epi32((__m128i)x, (__m128i)x));
}
CVECTOR("avx2") void storeInt16x8(short *p, int8 x) {
  __m256i packed = _mm256_packs_epi32((__m256i)x, (__m256i)x);
  packed = _mm256_permute4x64_epi64(packed, 8);
  _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
}
CVECTOR("avx512f") void storeInt16x16(short *p, int16 x) {
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16((__m512i)x));
}
/// Writes integers that 8 bits can hold.
CVECTOR("avx512f") void storeBytes16(void *p, int16 x) {
  _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8((__m512i)x));
}

CVECTOR("sse2") float4 floats4(int4 x) { return _mm_cvtepi32_ps((__m128i)x); }
CVECTOR("avx2") float8 floats8(int8 x) { return _mm256_cvtepi32_ps((__m256i)x); }
CVECTOR("avx512f") float16 floats16(int16 x) { return _mm512_cvtepi32_ps((__m512i)x); }

/// The bits of 2^(x / 16), where x + 1.5 · 2^19 has the bits of `shifted`.
CVECTOR("avx512f") int16 powerOfSixteenths16(int16 shifted) {
  const float16 powers = {
      1, 1.04427378f, 1.09050773f, 1.13878863f,
      1.18920712f, 1.24185781f, 1.29683955f, 1.35425555f,
      1.41421356f, 1.47682615f, 1.54221083f, 1.61049033f,
      1.68179283f, 1.75625216f, 1.83400809f, 1.91520656f};
  const int16 places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int16 table = (int16)powers - (places << 19);
  return (shifted << 19) + (int16)_mm512_permutexvar_epi32((__m512i)shifted, (__m512i)table);
}

/// Returns when `members` threads have called it as often as this one. arrived[0] counts the calls.
/// Who waits long gives its core away, to a member that has none, and says so in arrived[1]; in the
/// end by sleep, because a real-time thread gives it to no ordinary one otherwise.
static inline void waitForAll(int *arrived, int members) {
  const unsigned call = (unsigned)__atomic_fetch_add(arrived, 1, __ATOMIC_ACQ_REL);
  const unsigned target = (call / (unsigned)members + 1) * (unsigned)members;
  const struct timespec shortly = {0, 50000};
  int turn = 0;
  while ((int)((unsigned)__atomic_load_n(arrived, __ATOMIC_ACQUIRE) - target) < 0) {
    if (turn < 8192) {
      _mm_pause();
    } else {
      __atomic_store_n(arrived + 1, 1, __ATOMIC_RELAXED);
      if (turn < 8448) sched_yield();
      else nanosleep(&shortly, NULL);
    }
    if (turn < 8448) ++turn;
  }
}

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
