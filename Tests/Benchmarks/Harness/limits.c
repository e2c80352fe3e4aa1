#include <stdlib.h>
#include <string.h>

#include <Peak.h>
#include "harness.h"

enum { RUNS = 40, ROUNDS = 100000, SUMS = 12, READ_FLOATS = 65536, READS = 64 };

typedef float arithmetic(long count, float x);
typedef float reading(const float *data, long floats, long count);

/* Used, so that no compiler leaves the arithmetic out. */
static volatile float sink;

static double rate(arithmetic *run, double multiply_adds) {
  double best = 0;
  for (int i = 0; i < RUNS; i++) {
    const double start = seconds();
    sink = run(ROUNDS, 0.5f);
    const double reached = (double)ROUNDS * SUMS * multiply_adds / (seconds() - start);
    if (reached > best) best = reached;
  }
  return best;
}

double multiply_add_limit(const char *dtype) {
  __builtin_cpu_init();
  if (!strcmp(dtype, "bfloat16") && __builtin_cpu_supports("avx512bf16"))
    return rate(peakBFloat16Dots16, 32);
  if (!strcmp(dtype, "int8") && __builtin_cpu_supports("avx512vnni"))
    return rate(peakInt8Dots16, 64);
  if (__builtin_cpu_supports("avx512f")) return rate(peakMultiplyAdds16, 16);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return rate(peakMultiplyAdds8, 8);
  fail("multiply_add_limit", "this processor has no AVX2");
  return 0;
}

double read_limit(void) {
  const array data = array_of(READ_FLOATS);
  double best = 0;
  __builtin_cpu_init();
  reading *const read = __builtin_cpu_supports("avx512f") ? peakRead16 : peakRead8;
  for (int i = 0; i < RUNS; i++) {
    const double start = seconds();
    sink = read(data.values, READ_FLOATS, READS);
    const double reached = READS * READ_FLOATS * sizeof(float) / (seconds() - start);
    if (reached > best) best = reached;
  }
  free(data.values);
  return best;
}
