/* Weights: their order and shapes, how they start, replacing them, normalization. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

typedef struct wanted_weight {
  const char *name;
  uint32_t rank;
  int64_t shape[4], count;
  int32_t layer, trainable;
} wanted_weight;

/* The arrays of the tiny model, in Keras's order. */
static const wanted_weight wanted_weights[] = {
    {"normalization/mean", 1, {2}, 2, 1, 0},     {"normalization/variance", 1, {2}, 2, 1, 0},
    {"normalization/count", 0, {0}, 1, 1, 0},    {"conv1d/kernel", 3, {3, 2, 3}, 18, 2, 1},
    {"conv1d/bias", 1, {3}, 3, 2, 1},            {"lstm/kernel", 2, {3, 16}, 48, 4, 1},
    {"lstm/recurrent_kernel", 2, {4, 16}, 64, 4, 1}, {"lstm/bias", 1, {16}, 16, 4, 1},
    {"dense/kernel", 2, {4, 3}, 12, 5, 1},       {"dense/bias", 1, {3}, 3, 5, 1}};
enum { TINY_PARAMETERS = 169 };

static void test_infos(void **state) {
  cnnlstm_model *model = tiny_model(1);
  int64_t offset = 0;
  (void)state;
  assert_int_equal(cnnlstm_model_weight_count(model), COUNT(wanted_weights));
  for (size_t index = 0; index < COUNT(wanted_weights); ++index) {
    const wanted_weight *wanted = &wanted_weights[index];
    cnnlstm_weight_info info = {.struct_size = sizeof info};
    assert_ok(cnnlstm_model_weight_info(model, index, &info));
    assert_string_equal(info.name, wanted->name);
    assert_int_equal(info.rank, wanted->rank);
    for (uint32_t axis = 0; axis < info.rank; ++axis) {
      assert_int_equal(info.shape[axis], wanted->shape[axis]);
    }
    assert_int_equal(info.element_count, wanted->count);
    assert_int_equal(info.layer, wanted->layer);
    assert_int_equal(info.trainable, wanted->trainable);
    assert_int_equal(info.offset, offset);
    offset += info.element_count;
  }
  assert_int_equal(offset, TINY_PARAMETERS);
  assert_int_equal(cnnlstm_model_parameter_count(model), TINY_PARAMETERS);
  cnnlstm_model_destroy(model);
}

static void test_grouped_kernel(void **state) {
  cnnlstm_layer_options conv = conv_of(8, 3);
  cnnlstm_weight_info info = {.struct_size = sizeof info};
  (void)state;
  conv.groups = 4;
  conv.use_bias = 0;
  cnnlstm_model *model = model_of(1, input_of(5, 12), conv);
  assert_int_equal(cnnlstm_model_weight_count(model), 1);
  assert_ok(cnnlstm_model_weight_info(model, 0, &info));
  assert_int_equal(info.rank, 3);
  assert_true(info.shape[0] == 3 && info.shape[1] == 3 && info.shape[2] == 8);
  cnnlstm_model_destroy(model);
}

static void test_set_and_get(void **state) {
  cnnlstm_model *model = tiny_model(1);
  float values[TINY_PARAMETERS];
  (void)state;
  fill(values, COUNT(values), 3);
  for (size_t index = 2; index < 4; ++index) values[index] = fabsf(values[index]); /* variance */
  values[7] = -0.0f;
  values[8] = 1e-42f;
  assert_ok(cnnlstm_model_set_weights(model, values, COUNT(values)));
  float *back = weights_of(model);
  assert_memory_equal(back, values, sizeof values);
  free(back);
  cnnlstm_model_destroy(model);
}

static void test_refused_weights_change_nothing(void **state) {
  static const size_t counts[] = {0, TINY_PARAMETERS - 1, TINY_PARAMETERS + 1, SIZE_MAX};
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  cnnlstm_model *model = tiny_model(1), *same = tiny_model(1);
  float values[TINY_PARAMETERS] = {0}, kept[TINY_PARAMETERS];
  (void)state;
  fill(kept, COUNT(kept), 4);
  memcpy(values, kept, sizeof values);
  for (size_t index = 0; index < COUNT(counts); ++index) {
    assert_refused(CNNLSTM_ERROR_SHAPE, "parameters", "169",
                   cnnlstm_model_set_weights(model, values, counts[index]));
    assert_refused(CNNLSTM_ERROR_SHAPE, "parameters", "169",
                   cnnlstm_model_get_weights(model, values, counts[index]));
  }
  assert_memory_equal(values, kept, sizeof values);
  for (size_t index = 0; index < COUNT(bad); ++index) {
    values[TINY_PARAMETERS - 1] = bad[index];
    assert_refused(CNNLSTM_ERROR_DATA, "168", "",
                   cnnlstm_model_set_weights(model, values, COUNT(values)));
  }
  assert_same_weights(model, same);
  cnnlstm_model_destroy(same);
  cnnlstm_model_destroy(model);
}

static void test_seeds(void **state) {
  cnnlstm_model *model = seed_model(5), *same = seed_model(5), *other = seed_model(6);
  const size_t count = cnnlstm_model_parameter_count(model);
  float *weights = weights_of(model), *other_weights = weights_of(other);
  (void)state;
  assert_int_equal(count, 83592);
  assert_same_weights(model, same);
  assert_memory_not_equal(weights, other_weights, count * sizeof *weights);
  assert_finite(weights, count);
  free(other_weights);
  free(weights);
  cnnlstm_model_destroy(other);
  cnnlstm_model_destroy(same);
  cnnlstm_model_destroy(model);
}

/* An initializer with a seed of its own does not depend on the model's. */
static void test_initializer_seeds(void **state) {
  cnnlstm_layer_options dense = dense_of(5, 0), other = dense_of(5, 0);
  (void)state;
  dense.kernel_initializer.seed = 11;
  other.kernel_initializer.seed = 12;
  cnnlstm_model *one = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, 7), dense);
  cnnlstm_model *two = model_of(2, input_of(CNNLSTM_LENGTH_NO_TIME, 7), dense);
  cnnlstm_model *three = model_of(2, input_of(CNNLSTM_LENGTH_NO_TIME, 7), other);
  float *weights = weights_of(one), *others = weights_of(three);
  assert_same_weights(one, two);
  assert_memory_not_equal(weights, others, 5 * 7 * sizeof *weights);
  free(others);
  free(weights);
  cnnlstm_model_destroy(three);
  cnnlstm_model_destroy(two);
  cnnlstm_model_destroy(one);
}

/* The kernel of a Dense layer of 40 inputs and 50 units: bounds, mean and deviation. */
static void test_initializers(void **state) {
  enum { INPUTS = 40, UNITS = 50, KERNEL = INPUTS * UNITS };
  static const struct {
    int32_t kind;
    float a, b;
    double least, greatest, mean, deviation;
  } wanted[] = {
      {CNNLSTM_INITIALIZER_ZEROS, 0, 0, 0, 0, 0, 0},
      {CNNLSTM_INITIALIZER_ONES, 0, 0, 1, 1, 1, 0},
      {CNNLSTM_INITIALIZER_CONSTANT, -2.5f, 0, -2.5, -2.5, -2.5, 0},
      {CNNLSTM_INITIALIZER_GLOROT_UNIFORM, 0, 0, -0.25820, 0.25820, 0, 0.14907},
      {CNNLSTM_INITIALIZER_HE_NORMAL, 0, 0, -0.50838, 0.50838, 0, 0.22361},
      {CNNLSTM_INITIALIZER_RANDOM_NORMAL, 3, 0.5f, 0.2, 5.8, 3, 0.5},
      {CNNLSTM_INITIALIZER_RANDOM_UNIFORM, 2, 4, 2, 4, 3, 0.57735}};
  (void)state;
  for (size_t index = 0; index < COUNT(wanted); ++index) {
    cnnlstm_layer_options dense = dense_of(UNITS, 0);
    double sum = 0, squares = 0;
    dense.kernel_initializer.kind = wanted[index].kind;
    dense.kernel_initializer.a = wanted[index].a;
    dense.kernel_initializer.b = wanted[index].b;
    cnnlstm_model *model = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, INPUTS), dense);
    float *weights = weights_of(model);
    for (size_t at = 0; at < KERNEL; ++at) {
      const double value = (double)weights[at];
      assert_true(value >= wanted[index].least - 1e-4 && value <= wanted[index].greatest + 1e-4);
      sum += value - wanted[index].mean;
      squares += (value - wanted[index].mean) * (value - wanted[index].mean);
    }
    assert_true(fabs(sum / KERNEL) <= 0.1 * wanted[index].deviation);
    assert_true(fabs(sqrt(squares / KERNEL) - wanted[index].deviation) <=
                0.1 * wanted[index].deviation);
    free(weights);
    cnnlstm_model_destroy(model);
  }
}

/* VARIANCE_SCALING of a kernel of 50 inputs and 100 units: the deviation is that of scale / n, and
 * how far the largest of 5,000 weights lies from 0, in deviations, tells distributions apart. */
static void test_variance_scaling(void **state) {
  enum { INPUTS = 50, UNITS = 100, KERNEL = INPUTS * UNITS };
  static const struct {
    int32_t code;
    double n;
  } modes[] = {{CNNLSTM_VARIANCE_FAN_IN, INPUTS},
               {CNNLSTM_VARIANCE_FAN_OUT, UNITS},
               {CNNLSTM_VARIANCE_FAN_AVG, (INPUTS + UNITS) / 2}};
  static const struct {
    int32_t code;
    double least, greatest;
  } kinds[] = {{CNNLSTM_VARIANCE_TRUNCATED_NORMAL, 2.2, 2.274},
               {CNNLSTM_VARIANCE_UNTRUNCATED_NORMAL, 3, 6},
               {CNNLSTM_VARIANCE_UNIFORM, 1.7, 1.7321}};
  (void)state;
  for (size_t index = 0; index < COUNT(modes) * COUNT(kinds); ++index) {
    const size_t mode = index % COUNT(modes), kind = index / COUNT(modes);
    const double deviation = sqrt(3 / modes[mode].n);
    cnnlstm_layer_options dense = dense_of(UNITS, CNNLSTM_ACTIVATION_LINEAR);
    double squares = 0, greatest = 0;
    dense.kernel_initializer.kind = CNNLSTM_INITIALIZER_VARIANCE_SCALING;
    dense.kernel_initializer.a = 3;
    dense.kernel_initializer.b = (float)(modes[mode].code + kinds[kind].code);
    cnnlstm_model *model = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, INPUTS), dense);
    float *weights = weights_of(model);
    for (size_t at = 0; at < KERNEL; ++at) {
      squares += (double)weights[at] * (double)weights[at];
      greatest = fmax(greatest, fabs((double)weights[at]));
    }
    assert_float_equal(sqrt(squares / KERNEL) / deviation, 1, 0.05);
    assert_true(greatest / deviation >= kinds[kind].least);
    assert_true(greatest / deviation <= kinds[kind].greatest);
    free(weights);
    cnnlstm_model_destroy(model);
  }
}

/* The recurrent kernel [u, 4u] has orthonormal rows; the forget gate's bias is 1. */
static void test_lstm_starts_as_in_keras(void **state) {
  enum { CHANNELS = 3, UNITS = 9, WIDTH = 4 * UNITS };
  cnnlstm_model *model = model_of(1, input_of(4, CHANNELS), lstm_of(UNITS, 0));
  float *weights = weights_of(model);
  const float *recurrent = weights + CHANNELS * WIDTH, *bias = recurrent + UNITS * WIDTH;
  (void)state;
  for (size_t left = 0; left < UNITS; ++left) {
    for (size_t right = 0; right < UNITS; ++right) {
      double product = 0;
      for (size_t at = 0; at < WIDTH; ++at) {
        product += (double)recurrent[left * WIDTH + at] * (double)recurrent[right * WIDTH + at];
      }
      assert_true(fabs(product - (left == right)) < 1e-5);
    }
  }
  for (size_t at = 0; at < WIDTH; ++at) assert_true(bias[at] == (at / UNITS == 1 ? 1 : 0));
  free(weights);
  cnnlstm_model_destroy(model);
}

static void test_adapt(void **state) {
  static const float inputs[] = {1, 10, 3, 10, 5, 10, 7, 14};
  cnnlstm_model *model = model_of(1, input_of(2, 2), layer_of(CNNLSTM_LAYER_NORMALIZATION));
  float *weights, *outputs;
  (void)state;
  assert_ok(cnnlstm_model_adapt(model, 1, inputs, COUNT(inputs), 2, 2));
  weights = weights_of(model);
  assert_float_equal(weights[0], 4, 1e-6);
  assert_float_equal(weights[1], 11, 1e-6);
  assert_float_equal(weights[2], 5, 1e-6);
  assert_float_equal(weights[3], 3, 1e-6);
  outputs = predict(model, inputs, 2, 2);
  for (size_t at = 0; at < COUNT(inputs); ++at) {
    const double deviation = sqrt((double)weights[2 + at % 2]);
    assert_float_equal(outputs[at], ((double)inputs[at] - (double)weights[at % 2]) / deviation,
                       1e-5);
  }
  free(outputs);
  free(weights);
  cnnlstm_model_destroy(model);
}

static void test_refused_adapt_changes_nothing(void **state) {
  enum { COUNT_OF_TWO = 2 * TINY_FLOATS };
  static const struct {
    size_t layer, count;
    int64_t samples, length;
    cnnlstm_status status;
  } bad[] = {{0, COUNT_OF_TWO, 2, TINY_LENGTH, CNNLSTM_ERROR_ARGUMENT},
             {4, COUNT_OF_TWO, 2, TINY_LENGTH, CNNLSTM_ERROR_ARGUMENT},
             {99, COUNT_OF_TWO, 2, TINY_LENGTH, CNNLSTM_ERROR_ARGUMENT},
             {SIZE_MAX, COUNT_OF_TWO, 2, TINY_LENGTH, CNNLSTM_ERROR_ARGUMENT},
             {1, COUNT_OF_TWO - 1, 2, TINY_LENGTH, CNNLSTM_ERROR_SHAPE},
             {1, COUNT_OF_TWO, 3, TINY_LENGTH, CNNLSTM_ERROR_SHAPE},
             {1, COUNT_OF_TWO, 2, TINY_LENGTH - 1, ANY_SIZE_ERROR},
             {1, 0, 0, TINY_LENGTH, ANY_SIZE_ERROR},
             {1, COUNT_OF_TWO, -2, TINY_LENGTH, ANY_SIZE_ERROR},
             {1, COUNT_OF_TWO, INT64_MAX, TINY_LENGTH, ANY_SIZE_ERROR},
             {1, SIZE_MAX, INT64_MAX, INT64_MAX, ANY_SIZE_ERROR}};
  cnnlstm_model *model = tiny_model(1), *same = tiny_model(1);
  float inputs[COUNT_OF_TWO];
  (void)state;
  fill(inputs, COUNT(inputs), 1);
  for (size_t index = 0; index < COUNT(bad); ++index) {
    assert_status(bad[index].status,
                  cnnlstm_model_adapt(model, bad[index].layer, inputs, bad[index].count,
                                      bad[index].samples, bad[index].length));
  }
  inputs[COUNT_OF_TWO - 1] = NAN;
  assert_status(CNNLSTM_ERROR_DATA,
                cnnlstm_model_adapt(model, 1, inputs, COUNT(inputs), 2, TINY_LENGTH));
  assert_same_weights(model, same);
  cnnlstm_model_destroy(same);
  cnnlstm_model_destroy(model);
}

int run_weights_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_infos),
      cmocka_unit_test(test_grouped_kernel),
      cmocka_unit_test(test_set_and_get),
      cmocka_unit_test(test_refused_weights_change_nothing),
      cmocka_unit_test(test_seeds),
      cmocka_unit_test(test_initializer_seeds),
      cmocka_unit_test(test_initializers),
      cmocka_unit_test(test_variance_scaling),
      cmocka_unit_test(test_lstm_starts_as_in_keras),
      cmocka_unit_test(test_adapt),
      cmocka_unit_test(test_refused_adapt_changes_nothing),
  };
  return RUN_TESTS(tests);
}
