/* Model files that were altered, cut or extended: refused, or the same model; never a crash. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

static int32_t dtype; /* of the model */
static cnnlstm_model *model;
static unsigned char *bytes;
static size_t size;
static float *wanted; /* predictions of the model */

enum { PREDICTED = 4 };

static int create_file(void **state) {
  cnnlstm_model *original = tiny_model(1);
  (void)state;
  assert_ok(cnnlstm_model_convert(original, dtype, NULL, 0, 0, 0, NULL, &model));
  cnnlstm_model_destroy(original);
  bytes = bytes_of(model, &size);
  wanted = predict(model, tiny_samples()->inputs, PREDICTED, TINY_LENGTH);
  return 0;
}

static int destroy_file(void **state) {
  (void)state;
  free(wanted);
  free(bytes);
  cnnlstm_model_destroy(model);
  return 0;
}

/* Loads bytes that were altered, from memory of exactly their size; gives the status back. */
static cnnlstm_status load_altered(const unsigned char *altered, size_t count, uint32_t skip) {
  cnnlstm_load_options options;
  cnnlstm_model *loaded = NULL;
  unsigned char *exact = malloc(count > 0 ? count : 1);
  memcpy(exact, altered, count);
  assert_ok(cnnlstm_load_options_init(&options, sizeof options));
  options.skip_self_test = skip;
  const cnnlstm_status status = cnnlstm_model_load_from_memory(exact, count, &options, &loaded);
  free(exact);
  if (status == CNNLSTM_OK) {
    float *got = predict(loaded, tiny_samples()->inputs, PREDICTED, TINY_LENGTH);
    assert_memory_equal(got, wanted, PREDICTED * TINY_CLASSES * sizeof *got);
    assert_same_weights(loaded, model);
    free(got);
  } else {
    assert_status(ANY_FILE_ERROR, status);
    assert_null(loaded);
  }
  cnnlstm_model_destroy(loaded);
  return status;
}

/* Every byte altered in five ways. Some byte must be the version's. */
static void test_every_byte_altered(void **state) {
  static const unsigned char patterns[] = {0xFF, 0x01, 0x80, 0x10, 0x7F};
  size_t accepted = 0, newer = 0;
  (void)state;
  for (uint32_t skip = 0; skip < 2; ++skip) {
    for (size_t at = 0; at < size; ++at) {
      for (size_t pattern = 0; pattern < COUNT(patterns); ++pattern) {
        bytes[at] ^= patterns[pattern];
        const cnnlstm_status status = load_altered(bytes, size, skip);
        bytes[at] ^= patterns[pattern];
        accepted += status == CNNLSTM_OK;
        newer += status == CNNLSTM_ERROR_FILE_VERSION;
      }
    }
  }
  assert_int_equal(load_altered(bytes, size, 0), CNNLSTM_OK);
  assert_in_range(newer, 1, size);
  assert_in_range(accepted, 0, size / 10);
}

/* A few bytes at a time, as a bad medium would: 20,000 files. */
static void test_bytes_altered_at_random(void **state) {
  unsigned char *altered = malloc(size);
  uint32_t random = 12345;
  (void)state;
  for (int round = 0; round < 20000; ++round) {
    memcpy(altered, bytes, size);
    for (int change = 0; change < 1 + round % 8; ++change) {
      random = random * 1664525u + 1013904223u;
      altered[(random >> 8) % (round % 2 ? size : 512)] = (unsigned char)(random >> 24);
    }
    load_altered(altered, size, (uint32_t)round / 2 % 2);
  }
  free(altered);
}

/* Every four bytes set to sizes that overflow. */
static void test_absurd_numbers(void **state) {
  static const uint32_t numbers[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFC0};
  unsigned char *altered = malloc(size);
  (void)state;
  for (size_t at = 0; at + 8 <= size; at += 4) {
    for (size_t index = 0; index < COUNT(numbers); ++index) {
      for (size_t width = 4; width <= 8; width += 4) {
        memcpy(altered, bytes, size);
        memcpy(altered + at, &numbers[index], 4);
        memcpy(altered + at + width - 4, &numbers[index], 4);
        load_altered(altered, size, 1);
      }
    }
  }
  free(altered);
}

static void test_every_truncation(void **state) {
  (void)state;
  for (size_t count = 0; count < size; ++count) {
    assert_int_not_equal(load_altered(bytes, count, 0), CNNLSTM_OK);
  }
  assert_int_equal(load_altered(bytes, size - 1, 0), CNNLSTM_ERROR_FILE_TRUNCATED);
  assert_int_equal(load_altered(bytes, size / 2, 0), CNNLSTM_ERROR_FILE_TRUNCATED);
}

static void test_bytes_behind_the_end(void **state) {
  static const size_t extras[] = {1, 3, 64, 4096};
  static const unsigned char values[] = {0, 0xFF};
  unsigned char *longer = malloc(size + 4096);
  (void)state;
  memcpy(longer, bytes, size);
  for (size_t value = 0; value < COUNT(values); ++value) {
    memset(longer + size, values[value], 4096);
    for (size_t extra = 0; extra < COUNT(extras); ++extra) {
      assert_int_equal(load_altered(longer, size + extras[extra], 0), CNNLSTM_ERROR_FILE_CORRUPT);
    }
  }
  memcpy(longer + size, bytes, size < 4096 ? size : 4096);
  assert_int_not_equal(load_altered(longer, size + (size < 4096 ? size : 4096), 0), CNNLSTM_OK);
  free(longer);
}

static void test_bytes_of_one_value(void **state) {
  unsigned char *constant = malloc(size);
  (void)state;
  for (int value = 0; value < 256; ++value) {
    memset(constant, value, size);
    assert_int_equal(load_altered(constant, size, 0), CNNLSTM_ERROR_FILE_NOT_MODEL);
  }
  free(constant);
}

/* The texts name what is wrong: how many bytes there should be, or the version. */
static void test_error_texts(void **state) {
  cnnlstm_model *loaded = NULL;
  cnnlstm_status status = CNNLSTM_OK;
  (void)state;
  assert_refused(CNNLSTM_ERROR_FILE_TRUNCATED, "bytes", "",
                 cnnlstm_model_load_from_memory(bytes, size - 1, NULL, &loaded));
  for (size_t at = 0; at < size && status != CNNLSTM_ERROR_FILE_VERSION; ++at) {
    bytes[at] ^= 0x40;
    status = cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded);
    bytes[at] ^= 0x40;
    if (status == CNNLSTM_OK) cnnlstm_model_destroy(loaded);
  }
  assert_refused(CNNLSTM_ERROR_FILE_VERSION, "version", "", status);
}

int run_corruption_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_byte_altered),
      cmocka_unit_test(test_bytes_altered_at_random),
      cmocka_unit_test(test_absurd_numbers),
      cmocka_unit_test(test_every_truncation),
      cmocka_unit_test(test_bytes_behind_the_end),
      cmocka_unit_test(test_bytes_of_one_value),
      cmocka_unit_test(test_error_texts),
  };
  int failed = 0;
  for (size_t index = 0; index < COUNT(dtypes); ++index) {
    dtype = dtypes[index];
    failed += cmocka_run_group_tests(tests, create_file, destroy_file);
  }
  return failed;
}
