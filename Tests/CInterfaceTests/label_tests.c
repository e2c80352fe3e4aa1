/* Labels and metadata. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

typedef cnnlstm_status text_function(const cnnlstm_model *model, size_t index, char *buffer,
                                     size_t capacity, size_t *needed);

static void assert_text(const char *wanted, text_function *get, const cnnlstm_model *model,
                        size_t index) {
  static char text[(1 << 20) + 2];
  size_t needed = 0;
  assert_ok(get(model, index, text, sizeof text, &needed));
  assert_int_equal(needed, strlen(wanted) + 1);
  assert_string_equal(text, wanted);
}

static cnnlstm_model *model;

static int create_model(void **state) {
  (void)state;
  model = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, 2), dense_of(3, 0));
  return 0;
}

static int destroy_model(void **state) {
  (void)state;
  cnnlstm_model_destroy(model);
  return 0;
}

static void test_labels(void **state) {
  static const char *const labels[] = {"walk", "", "caf\xc3\xa9"};
  char text[8];
  size_t needed;
  (void)state;
  assert_int_equal(cnnlstm_model_label_count(model), 0);
  assert_status(CNNLSTM_ERROR_ARGUMENT, cnnlstm_model_label(model, 0, text, sizeof text, &needed));
  assert_ok(cnnlstm_model_set_labels(model, labels, 3));
  assert_int_equal(cnnlstm_model_label_count(model), 3);
  for (size_t index = 0; index < 3; ++index) {
    assert_text(labels[index], cnnlstm_model_label, model, index);
  }
  memset(text, 'x', sizeof text);
  assert_ok(cnnlstm_model_label(model, 0, text, 3, &needed));
  assert_int_equal(needed, 5);
  assert_memory_equal(text, "wa\0xxxxx", sizeof text);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "index", "3",
                 cnnlstm_model_label(model, 3, text, sizeof text, &needed));
  assert_status(CNNLSTM_ERROR_ARGUMENT,
                cnnlstm_model_label(model, SIZE_MAX, text, sizeof text, &needed));
  assert_ok(cnnlstm_model_set_labels(model, NULL, 0));
  assert_int_equal(cnnlstm_model_label_count(model), 0);
}

static void test_refused_labels_change_nothing(void **state) {
  static char longest[1025], too_long[1026];
  const char *const good[] = {"a", "b", longest}, *const long_one[] = {"a", "b", too_long};
  const char *const no_utf8[][3] = {{"a", "\xc3(", "c"},
                                    {"\xed\xa0\x80", "b", "c"},
                                    {"a", "b", "\xe2\x82"},
                                    {"a", "b", "\xc0\x80"},
                                    {"a", "b", "\xf4\x90\x80\x80"}};
  (void)state;
  memset(longest, 'l', sizeof longest - 1);
  memset(too_long, 'l', sizeof too_long - 1);
  assert_ok(cnnlstm_model_set_labels(model, good, 3));
  assert_refused(CNNLSTM_ERROR_SHAPE, "2", "3", cnnlstm_model_set_labels(model, good, 2));
  assert_status(CNNLSTM_ERROR_SHAPE, cnnlstm_model_set_labels(model, good, SIZE_MAX));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "1024", "", cnnlstm_model_set_labels(model, long_one, 3));
  for (size_t index = 0; index < COUNT(no_utf8); ++index) {
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "UTF-8", "",
                   cnnlstm_model_set_labels(model, no_utf8[index], 3));
  }
  for (size_t index = 0; index < 3; ++index) {
    assert_text(good[index], cnnlstm_model_label, model, index);
  }
}

static void test_metadata_is_sorted_by_key(void **state) {
  static const char *const pairs[][2] = {{"b", "2"}, {"a", "1"},  {"B", ""}, {"\xc3\xa9", "last"},
                                         {"aa", ""}, {"a", "one"}};
  static const char *const sorted[][2] = {{"B", ""}, {"a", "one"}, {"aa", ""}, {"b", "2"},
                                          {"\xc3\xa9", "last"}};
  (void)state;
  for (size_t index = 0; index < COUNT(pairs); ++index) {
    assert_ok(cnnlstm_model_set_metadata(model, pairs[index][0], pairs[index][1]));
  }
  assert_int_equal(cnnlstm_model_metadata_count(model), COUNT(sorted));
  for (size_t index = 0; index < COUNT(sorted); ++index) {
    assert_text(sorted[index][0], cnnlstm_model_metadata_key, model, index);
    assert_text(sorted[index][1], cnnlstm_model_metadata_value, model, index);
  }
  assert_ok(cnnlstm_model_set_metadata(model, "a", NULL));
  assert_int_equal(cnnlstm_model_metadata_count(model), COUNT(sorted) - 1);
  assert_text("aa", cnnlstm_model_metadata_key, model, 1);
}

static void test_metadata_indexes(void **state) {
  char text[4] = "xyz";
  size_t needed = 7;
  (void)state;
  assert_ok(cnnlstm_model_set_metadata(model, "key", "value"));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "index", "1",
                 cnnlstm_model_metadata_key(model, 1, text, sizeof text, &needed));
  assert_status(CNNLSTM_ERROR_ARGUMENT,
                cnnlstm_model_metadata_value(model, SIZE_MAX, text, sizeof text, &needed));
  assert_string_equal(text, "xyz");
  assert_int_equal(needed, 7);
  assert_ok(cnnlstm_model_metadata_value(model, 0, text, sizeof text, &needed));
  assert_string_equal(text, "val");
  assert_int_equal(needed, 6);
}

static void test_metadata_limits(void **state) {
  enum { KEY = 256, VALUE = 1 << 20, PAIRS = 1024 };
  char *key = calloc(KEY + 2, 1), *value = calloc(VALUE + 2, 1);
  (void)state;
  memset(key, 'k', KEY);
  memset(value, 'v', VALUE);
  assert_ok(cnnlstm_model_set_metadata(model, key, value));
  assert_text(key, cnnlstm_model_metadata_key, model, 0);
  assert_text(value, cnnlstm_model_metadata_value, model, 0);
  key[KEY] = 'k';
  assert_refused(ANY_SIZE_ERROR, "key", "256", cnnlstm_model_set_metadata(model, key, ""));
  value[VALUE] = 'v';
  assert_refused(ANY_SIZE_ERROR, "value", "", cnnlstm_model_set_metadata(model, "key", value));
  assert_int_equal(cnnlstm_model_metadata_count(model), 1);
  for (int pair = 1; pair < PAIRS; ++pair) {
    sprintf(key, "key %d", pair);
    assert_ok(cnnlstm_model_set_metadata(model, key, "value"));
  }
  assert_refused(CNNLSTM_ERROR_LIMIT, "1024", "", cnnlstm_model_set_metadata(model, "one", "more"));
  assert_ok(cnnlstm_model_set_metadata(model, "key 77", "replaced"));
  assert_int_equal(cnnlstm_model_metadata_count(model), PAIRS);
  free(value);
  free(key);
}

/* What is no UTF-8 is refused, or kept as it is: it crashes nothing. */
static void test_metadata_of_any_bytes(void **state) {
  (void)state;
  if (cnnlstm_model_set_metadata(model, "key", "\xff\xfe\x80") == CNNLSTM_OK) {
    assert_text("\xff\xfe\x80", cnnlstm_model_metadata_value, model, 0);
  } else {
    assert_int_equal(cnnlstm_model_metadata_count(model), 0);
  }
}

int run_label_tests(void) {
#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, create_model, destroy_model)
  const struct CMUnitTest tests[] = {
      WITH_MODEL(test_labels),           WITH_MODEL(test_refused_labels_change_nothing),
      WITH_MODEL(test_metadata_is_sorted_by_key), WITH_MODEL(test_metadata_indexes),
      WITH_MODEL(test_metadata_limits),  WITH_MODEL(test_metadata_of_any_bytes),
  };
  return RUN_TESTS(tests);
}
