/* Models: adding and building layers, shapes, absurd sizes, the summary. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support.h"

#define NO_TIME CNNLSTM_LENGTH_NO_TIME
#define ANY CNNLSTM_LENGTH_ANY

static void test_life_cycle(void **state) {
  cnnlstm_model *model = NULL;
  const cnnlstm_layer_options input = input_of(5, 2), lstm = lstm_of(3, 0);
  (void)state;
  assert_ok(cnnlstm_model_create(&model));
  assert_non_null(model);
  assert_int_equal(cnnlstm_model_layer_count(model), 0);
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_build(model, 1));
  assert_ok(cnnlstm_model_add(model, &input));
  assert_ok(cnnlstm_model_add(model, &lstm));
  assert_int_equal(cnnlstm_model_layer_count(model), 2);
  assert_int_equal(cnnlstm_model_is_built(model), 0);
  assert_ok(cnnlstm_model_build(model, 1));
  assert_int_equal(cnnlstm_model_is_built(model), 1);
  assert_refused(CNNLSTM_ERROR_STATE, "built", "", cnnlstm_model_build(model, 1));
  assert_refused(CNNLSTM_ERROR_STATE, "built", "", cnnlstm_model_add(model, &lstm));
  assert_int_equal(cnnlstm_model_layer_count(model), 2);
  cnnlstm_model_destroy(model);
}

static void test_what_needs_a_built_model(void **state) {
  static const char *const labels[] = {"a", "b", "c"};
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(4, 2), layer_of(CNNLSTM_LAYER_NORMALIZATION),
                                  lstm_of(3, 0));
  const size_t count = cnnlstm_model_parameter_count(model);
  float values[1024] = {0};
  size_t needed = 7;
  cnnlstm_session *session = NULL;
  cnnlstm_trainer *trainer = NULL;
  (void)state;
  assert_in_range(count, 0, COUNT(values));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_get_weights(model, values, count));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_set_weights(model, values, count));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_adapt(model, 1, values, 8, 1, 4));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_set_labels(model, labels, 3));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_save(model, "/tmp/cnnlstm-never-written"));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_save_to_memory(model, NULL, 0, &needed));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_session_create(model, NULL, &session));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_trainer_create(model, NULL, &trainer));
  assert_int_equal(needed, 7);
  assert_null(session);
  assert_null(trainer);
  cnnlstm_model_destroy(model);
}

static void test_first_layer_must_be_an_input(void **state) {
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(4, 2));
  const cnnlstm_layer_options input = input_of(4, 2), lstm = lstm_of(3, 0);
  int64_t length = 5, channels = 6;
  (void)state;
  assert_refused(ANY_ERROR, "nput", "", cnnlstm_model_add(model, &input));
  assert_int_equal(cnnlstm_model_layer_count(model), 1);
  cnnlstm_model_destroy(model);
  assert_ok(cnnlstm_model_create(&model));
  assert_refused(ANY_ERROR, "nput", "", cnnlstm_model_add(model, &lstm));
  assert_int_equal(cnnlstm_model_layer_count(model), 0);
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_output_shape(model, 4, &length, &channels));
  assert_true(length == 5 && channels == 6);
  cnnlstm_model_destroy(model);
}

/* A Conv1D or MaxPooling1D, and how many time steps it makes of how many. */
typedef struct shape_case {
  int32_t kind, size, strides, padding, dilation;
  int64_t length, output; /* output 0: too short */
} shape_case;

#define CONV CNNLSTM_LAYER_CONV1D
#define POOL CNNLSTM_LAYER_MAX_POOLING1D
#define VALID CNNLSTM_PADDING_VALID
#define SAME CNNLSTM_PADDING_SAME
#define CAUSAL CNNLSTM_PADDING_CAUSAL
static const shape_case shape_cases[] = {
    {CONV, 3, 1, VALID, 1, 100, 98}, {CONV, 3, 2, VALID, 1, 100, 49}, {CONV, 3, 3, VALID, 1, 11, 3},
    {CONV, 3, 1, VALID, 1, 3, 1},    {CONV, 3, 1, VALID, 1, 2, 0},    {CONV, 3, 1, VALID, 4, 9, 1},
    {CONV, 3, 1, VALID, 4, 8, 0},    {CONV, 3, 1, SAME, 1, 1, 1},     {CONV, 4, 1, SAME, 1, 9, 9},
    {CONV, 4, 2, SAME, 1, 9, 5},     {CONV, 4, 3, SAME, 1, 9, 3},     {CONV, 3, 1, SAME, 5, 4, 4},
    {CONV, 3, 1, CAUSAL, 3, 4, 4},   {CONV, 5, 2, CAUSAL, 1, 7, 4},   {CONV, 9, 1, CAUSAL, 1, 1, 1},
    {POOL, 2, 0, VALID, 1, 98, 49},  {POOL, 2, 0, VALID, 1, 7, 3},    {POOL, 3, 1, VALID, 1, 7, 5},
    {POOL, 3, 2, VALID, 1, 7, 3},    {POOL, 2, 0, VALID, 1, 1, 0},    {POOL, 2, 0, SAME, 1, 7, 4},
    {POOL, 3, 1, SAME, 1, 7, 7},     {POOL, 5, 0, SAME, 1, 1, 1}};

static cnnlstm_layer_options layer_of_case(const shape_case *wanted) {
  cnnlstm_layer_options layer = layer_of(wanted->kind);
  layer.strides = wanted->strides;
  layer.padding = wanted->padding;
  if (wanted->kind == CONV) {
    layer.filters = 5;
    layer.kernel_size = wanted->size;
    layer.dilation_rate = wanted->dilation;
  } else {
    layer.pool_size = wanted->size;
  }
  return layer;
}

/* With a fixed length the layer is refused; with any length, the question for its output is. */
static void test_output_lengths(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(shape_cases); ++index) {
    const shape_case *wanted = &shape_cases[index];
    const cnnlstm_layer_options layer = layer_of_case(wanted);
    const int64_t wanted_channels = wanted->kind == CONV ? 5 : 2;
    cnnlstm_model *fixed = model_of(NOT_BUILT, input_of(wanted->length, 2));
    cnnlstm_model *any = model_of(NOT_BUILT, input_of(ANY, 2), layer);
    int64_t length = -7, channels = -7;
    if (wanted->output == 0) {
      assert_status(CNNLSTM_ERROR_SHAPE, cnnlstm_model_add(fixed, &layer));
      assert_status(CNNLSTM_ERROR_SHAPE,
                    cnnlstm_model_output_shape(any, wanted->length, &length, &channels));
      assert_true(length == -7 && channels == -7);
    } else {
      assert_ok(cnnlstm_model_add(fixed, &layer));
      assert_ok(cnnlstm_model_output_shape(fixed, 0, &length, &channels));
      assert_int_equal(length, wanted->output);
      assert_int_equal(channels, wanted_channels);
      assert_ok(cnnlstm_model_output_shape(any, wanted->length, &length, &channels));
      assert_int_equal(length, wanted->output);
      assert_ok(cnnlstm_model_output_shape(any, ANY, &length, &channels));
      assert_int_equal(length, ANY);
      assert_int_equal(channels, wanted_channels);
    }
    cnnlstm_model_destroy(any);
    cnnlstm_model_destroy(fixed);
  }
}

static void test_layers_that_do_not_fit(void **state) {
  const cnnlstm_layer_options misfits[] = {conv_of(4, 3), layer_of(POOL), lstm_of(4, 0)};
  cnnlstm_model *vector = model_of(NOT_BUILT, input_of(NO_TIME, 8));
  cnnlstm_model *after_lstm = model_of(NOT_BUILT, input_of(6, 3), lstm_of(4, 0));
  cnnlstm_model *three = model_of(NOT_BUILT, input_of(6, 3));
  cnnlstm_layer_options grouped = conv_of(4, 3);
  (void)state;
  for (size_t index = 0; index < COUNT(misfits); ++index) {
    assert_status(CNNLSTM_ERROR_SHAPE, cnnlstm_model_add(vector, &misfits[index]));
    assert_status(CNNLSTM_ERROR_SHAPE, cnnlstm_model_add(after_lstm, &misfits[index]));
  }
  grouped.groups = 2;
  assert_refused(ANY_SIZE_ERROR, "groups", "2", cnnlstm_model_add(three, &grouped));
  assert_int_equal(cnnlstm_model_layer_count(vector), 1);
  assert_int_equal(cnnlstm_model_layer_count(after_lstm), 2);
  cnnlstm_model_destroy(three);
  cnnlstm_model_destroy(after_lstm);
  cnnlstm_model_destroy(vector);
}

static void test_layer_infos_of_the_seed_model(void **state) {
  static const struct {
    int64_t length, channels, parameters, arrays;
  } wanted[] = {{100, 1, 0, 0}, {98, 32, 128, 2}, {49, 32, 0, 0}, {NO_TIME, 128, 82432, 3},
                {NO_TIME, 8, 1032, 2}};
  cnnlstm_model *model = seed_model(NOT_BUILT);
  (void)state;
  assert_int_equal(cnnlstm_model_layer_count(model), COUNT(wanted));
  for (int built = 0; built < 2; ++built) {
    for (size_t index = 0; index < COUNT(wanted); ++index) {
      cnnlstm_layer_info info = {.struct_size = sizeof info};
      assert_ok(cnnlstm_model_layer_info(model, index, &info));
      assert_int_equal(info.output_length, wanted[index].length);
      assert_int_equal(info.output_channels, wanted[index].channels);
      assert_int_equal(info.parameter_count, wanted[index].parameters);
      assert_int_equal(info.trainable_count, wanted[index].parameters);
      assert_int_equal(info.weight_count, wanted[index].arrays);
    }
    if (!built) assert_ok(cnnlstm_model_build(model, 1));
  }
  cnnlstm_model_destroy(model);
}

static void test_indexes_out_of_range(void **state) {
  static const size_t indexes[] = {100, SIZE_MAX / 2, SIZE_MAX};
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_layer_options options = {.struct_size = sizeof options};
  cnnlstm_layer_info info = {.struct_size = sizeof info};
  cnnlstm_weight_info weight = {.struct_size = sizeof weight};
  (void)state;
  for (size_t at = 0; at < COUNT(indexes); ++at) {
    const size_t index = indexes[at];
    const char *value = at == 0 ? "100" : "";
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "index", value,
                   cnnlstm_model_layer_options(model, index, &options));
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "index", value,
                   cnnlstm_model_layer_info(model, index, &info));
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "index", value,
                   cnnlstm_model_weight_info(model, index, &weight));
  }
  assert_status(CNNLSTM_ERROR_ARGUMENT, cnnlstm_model_layer_info(model, TINY_LAYERS, &info));
  assert_status(
      CNNLSTM_ERROR_ARGUMENT,
      cnnlstm_model_weight_info(model, cnnlstm_model_weight_count(model), &weight));
  cnnlstm_model_destroy(model);
}

/* No size crashes or takes what the machine has not: building is refused. */
static void test_absurd_sizes(void **state) {
  enum { BIG = INT32_MAX };
  const int64_t lengths[] = {INT64_MAX, INT64_MAX / 2, 1, -2, INT64_MIN, 4};
  const int64_t channels[] = {1, 3, INT64_MAX, 1, 1, INT64_MIN};
  const cnnlstm_layer_options layers[] = {
      dense_of(BIG, 0),  lstm_of(BIG, 0), conv_of(BIG, 3),  conv_of(3, BIG),
      conv_of(BIG, BIG), lstm_of(65536, 1), lstm_of(1 << 20, 0), dense_of(BIG - 1, 0)};
  struct rlimit old, limited;
  (void)state;
  assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
  limited = old;
  limited.rlim_cur = (rlim_t)16 << 30;
  assert_int_equal(setrlimit(RLIMIT_AS, &limited), 0);
  for (size_t index = 0; index < COUNT(layers); ++index) {
    cnnlstm_model *model = model_of(NOT_BUILT, input_of(ANY, 60000));
    cnnlstm_status status = cnnlstm_model_add(model, &layers[index]);
    if (status == CNNLSTM_OK) status = cnnlstm_model_build(model, 1);
    assert_status(ANY_SIZE_ERROR, status);
    cnnlstm_model_destroy(model);
  }
  for (size_t index = 0; index < COUNT(lengths); ++index) {
    const cnnlstm_layer_options input = input_of(lengths[index], channels[index]);
    const cnnlstm_layer_options flatten = layer_of(CNNLSTM_LAYER_FLATTEN), dense = dense_of(4, 0);
    cnnlstm_model *model = make_model(NOT_BUILT, NULL, 0);
    cnnlstm_status status = cnnlstm_model_add(model, &input);
    if (status == CNNLSTM_OK) status = cnnlstm_model_add(model, &flatten);
    if (status == CNNLSTM_OK) status = cnnlstm_model_add(model, &dense);
    if (status == CNNLSTM_OK) status = cnnlstm_model_build(model, 1);
    assert_status(ANY_SIZE_ERROR, status);
    cnnlstm_model_destroy(model);
  }
  assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
}

/* A model of any length with an absurd length asked for: right, or refused. */
static void test_absurd_lengths(void **state) {
  static const int64_t lengths[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX / 8, INT64_MIN, -1, -2};
  int64_t length, channels;
  (void)state;
  for (int32_t padding = VALID; padding <= CAUSAL; ++padding) {
    cnnlstm_layer_options conv = conv_of(3, 4);
    conv.padding = padding;
    conv.strides = 2;
    cnnlstm_model *model = model_of(1, input_of(ANY, 2), conv, lstm_of(4, 1));
    for (size_t index = 0; index < COUNT(lengths); ++index) {
      const cnnlstm_status status =
          cnnlstm_model_output_shape(model, lengths[index], &length, &channels);
      if (lengths[index] > 0 && status == CNNLSTM_OK) {
        const int64_t windows = (lengths[index] - 1) / 2 + 1;
        assert_int_equal(length, padding == VALID ? (lengths[index] - 4) / 2 + 1 : windows);
      } else {
        assert_status(ANY_SIZE_ERROR, status);
      }
    }
    cnnlstm_model_destroy(model);
  }
}

/* A model takes no more layers than a file may hold. */
static void test_many_layers(void **state) {
  enum { GREATEST = 4096 };
  const cnnlstm_layer_options layer = layer_of(CNNLSTM_LAYER_ACTIVATION);
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(4, 2));
  (void)state;
  for (size_t count = 1; count < GREATEST; ++count) assert_ok(cnnlstm_model_add(model, &layer));
  assert_refused(CNNLSTM_ERROR_LIMIT, "layers", "", cnnlstm_model_add(model, &layer));
  assert_int_equal(cnnlstm_model_layer_count(model), GREATEST);
  cnnlstm_model_destroy(model);
}

static void test_summary(void **state) {
  cnnlstm_model *model = seed_model(1);
  char text[8192], part[20];
  size_t needed = 0;
  (void)state;
  assert_ok(cnnlstm_model_summary(model, NULL, 0, &needed));
  assert_in_range(needed, 100, sizeof text);
  assert_ok(cnnlstm_model_summary(model, text, sizeof text, &needed));
  assert_int_equal(strlen(text) + 1, needed);
  for (size_t index = 1; index < cnnlstm_model_layer_count(model); ++index) {
    cnnlstm_layer_options layer = {.struct_size = sizeof layer};
    assert_ok(cnnlstm_model_layer_options(model, index, &layer));
    assert_non_null(strstr(text, layer.name));
  }
  assert_non_null(strstr(text, "82,432"));
  assert_non_null(strstr(text, "83,592"));
  assert_ok(cnnlstm_model_summary(model, part, sizeof part, &needed));
  assert_int_equal(strlen(text) + 1, needed);
  assert_int_equal(strncmp(part, text, strlen(part)), 0);
  assert_in_range(strlen(part), sizeof part - 4, sizeof part - 1);
  cnnlstm_model_destroy(model);
}

int run_model_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_life_cycle),
      cmocka_unit_test(test_what_needs_a_built_model),
      cmocka_unit_test(test_first_layer_must_be_an_input),
      cmocka_unit_test(test_output_lengths),
      cmocka_unit_test(test_layers_that_do_not_fit),
      cmocka_unit_test(test_layer_infos_of_the_seed_model),
      cmocka_unit_test(test_indexes_out_of_range),
      cmocka_unit_test(test_absurd_sizes),
      cmocka_unit_test(test_absurd_lengths),
      cmocka_unit_test(test_many_layers),
      cmocka_unit_test(test_summary),
  };
  return RUN_TESTS(tests);
}
