/* Layers without a state over time: shapes, weights, what each refuses, batch statistics. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* A layer with one option that is not Keras's default, an int32_t. */
typedef struct changed_layer {
  int32_t kind;
  size_t offset;
  int32_t value;
} changed_layer;
#define LAYER(member, value, kind) \
  {CNNLSTM_LAYER_##kind, offsetof(cnnlstm_layer_options, member), value}

static cnnlstm_layer_options options_of(changed_layer layer) {
  cnnlstm_layer_options options = layer_of(layer.kind);
  memcpy((char *)&options + layer.offset, &layer.value, sizeof layer.value);
  return options;
}

/* A chain on 12 x 2, and the shape behind each layer; length -1 is no time axis. */
static void test_shapes(void **state) {
  static const struct {
    changed_layer layer;
    int64_t length, channels;
  } chain[] = {
      {LAYER(before, 2, ZERO_PADDING1D), 15, 2},
      {LAYER(depth_multiplier, 3, DEPTHWISE_CONV1D), 15, 6},
      {LAYER(scale, 0, BATCH_NORMALIZATION), 15, 6},
      {LAYER(filters, 4, SEPARABLE_CONV1D), 15, 4},
      {LAYER(center, 0, LAYER_NORMALIZATION), 15, 4},
      {LAYER(pool_size, 3, AVERAGE_POOLING1D), 5, 4},
      {LAYER(size, 4, UP_SAMPLING1D), 20, 4},
      {LAYER(after, 5, CROPPING1D), 14, 4},
      {LAYER(first_dimension, 2, PERMUTE), 4, 14},
      {LAYER(target_length, 8, RESHAPE), 8, 7},
      {LAYER(keepdims, 1, GLOBAL_MAX_POOLING1D), 1, 7},
      {LAYER(keepdims, 0, GLOBAL_AVERAGE_POOLING1D), -1, 7},
      {LAYER(repeats, 3, REPEAT_VECTOR), 3, 7},
  };
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(12, 2));
  (void)state;
  for (size_t index = 0; index < COUNT(chain); ++index) {
    const cnnlstm_layer_options options = options_of(chain[index].layer);
    cnnlstm_layer_info info = {.struct_size = sizeof info};
    assert_ok(cnnlstm_model_add(model, &options));
    assert_ok(cnnlstm_model_layer_info(model, index + 1, &info));
    assert_int_equal(info.output_length, chain[index].length);
    assert_int_equal(info.output_channels, chain[index].channels);
  }
  cnnlstm_model_destroy(model);
}

static void test_integers_out_of_range(void **state) {
  static const struct {
    changed_layer layer;
    const char *field, *value;
  } bad[] = {
      {LAYER(depth_multiplier, 0, DEPTHWISE_CONV1D), "depth_multiplier", "0"},
      {LAYER(padding, CNNLSTM_PADDING_CAUSAL, DEPTHWISE_CONV1D), "padding", "causal"},
      {LAYER(groups, 2, DEPTHWISE_CONV1D), "groups", ""},
      {LAYER(filters, 0, SEPARABLE_CONV1D), "filters", "0"},
      {LAYER(kernel_size, -1, SEPARABLE_CONV1D), "kernel_size", "-1"},
      {LAYER(pool_size, 0, AVERAGE_POOLING1D), "pool_size", "0"},
      {LAYER(keepdims, 2, GLOBAL_MAX_POOLING1D), "keepdims", "2"},
      {LAYER(keepdims, -1, GLOBAL_AVERAGE_POOLING1D), "keepdims", "-1"},
      {LAYER(center, 2, BATCH_NORMALIZATION), "center", "2"},
      {LAYER(scale, 3, LAYER_NORMALIZATION), "scale", "3"},
      {LAYER(target_length, -2, RESHAPE), "target_length", "-2"},
      {LAYER(target_channels, -1, RESHAPE), "target_channels", "-1"},
      {LAYER(first_dimension, 0, PERMUTE), "first_dimension", "0"},
      {LAYER(first_dimension, 3, PERMUTE), "first_dimension", "3"},
      {LAYER(repeats, 0, REPEAT_VECTOR), "repeats", "0"},
      {LAYER(before, -1, ZERO_PADDING1D), "before", "-1"},
      {LAYER(after, INT32_MAX, CROPPING1D), "after", "2147483647"},
      {LAYER(size, 0, UP_SAMPLING1D), "size", "0"},
  };
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(12, 2));
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    const cnnlstm_layer_options options = options_of(bad[index].layer);
    assert_refused(CNNLSTM_ERROR_ARGUMENT, bad[index].field, bad[index].value,
                   cnnlstm_model_add(model, &options));
  }
  cnnlstm_model_destroy(model);
}

static void test_numbers_out_of_range(void **state) {
  static const float bad[] = {-1, NAN, INFINITY};
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(12, 2));
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_layer_options options = layer_of(CNNLSTM_LAYER_BATCH_NORMALIZATION);
    options.momentum = bad[index];
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "momentum", "", cnnlstm_model_add(model, &options));
    options = layer_of(CNNLSTM_LAYER_LAYER_NORMALIZATION);
    options.epsilon = bad[index];
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "epsilon", "", cnnlstm_model_add(model, &options));
  }
  cnnlstm_model_destroy(model);
}

/* Sequences that would grow beyond all memory are refused. */
static void test_lengths_beyond_all_bounds(void **state) {
  cnnlstm_layer_options longer = layer_of(CNNLSTM_LAYER_UP_SAMPLING1D);
  cnnlstm_model *any = model_of(NOT_BUILT, input_of(CNNLSTM_LENGTH_ANY, 1));
  cnnlstm_model *fixed = model_of(NOT_BUILT, input_of(32768, 1));
  (void)state;
  longer.size = 32768;
  for (int layer = 0; layer < 6; ++layer) assert_ok(cnnlstm_model_add(any, &longer));
  assert_status(ANY_SIZE_ERROR, cnnlstm_model_build(any, 1));
  assert_ok(cnnlstm_model_add(fixed, &longer));
  assert_refused(CNNLSTM_ERROR_LIMIT, "up_sampling1d_1", "35184372088832",
                 cnnlstm_model_add(fixed, &longer));
  cnnlstm_model_destroy(any);
  cnnlstm_model_destroy(fixed);
}

static void test_names_and_shapes_of_weights(void **state) {
  static const struct {
    const char *name;
    uint32_t rank;
    int64_t shape[3];
    int32_t trainable;
  } wanted[] = {
      {"depthwise_conv1d/kernel", 3, {1, 2, 3}, 1},
      {"depthwise_conv1d/bias", 1, {6}, 1},
      {"batch_normalization/gamma", 1, {6}, 1},
      {"batch_normalization/beta", 1, {6}, 1},
      {"batch_normalization/moving_mean", 1, {6}, 0},
      {"batch_normalization/moving_variance", 1, {6}, 0},
      {"separable_conv1d/depthwise_kernel", 3, {1, 6, 1}, 1},
      {"separable_conv1d/pointwise_kernel", 3, {1, 6, 4}, 1},
      {"separable_conv1d/bias", 1, {4}, 1},
      {"layer_normalization/gamma", 1, {4}, 1},
      {"layer_normalization/beta", 1, {4}, 1},
  };
  cnnlstm_model *model = model_of(
      1, input_of(12, 2), options_of((changed_layer)LAYER(depth_multiplier, 3, DEPTHWISE_CONV1D)),
      layer_of(CNNLSTM_LAYER_BATCH_NORMALIZATION),
      options_of((changed_layer)LAYER(filters, 4, SEPARABLE_CONV1D)),
      layer_of(CNNLSTM_LAYER_LAYER_NORMALIZATION));
  (void)state;
  assert_int_equal(cnnlstm_model_weight_count(model), COUNT(wanted));
  for (size_t index = 0; index < COUNT(wanted); ++index) {
    cnnlstm_weight_info info = {.struct_size = sizeof info};
    assert_ok(cnnlstm_model_weight_info(model, index, &info));
    assert_string_equal(info.name, wanted[index].name);
    assert_int_equal(info.rank, wanted[index].rank);
    assert_memory_equal(info.shape, wanted[index].shape, info.rank * sizeof info.shape[0]);
    assert_int_equal(info.trainable, wanted[index].trainable);
  }
  cnnlstm_model_destroy(model);
}

/* A model with BatchNormalization behind its input, trained on the tiny samples. */
static cnnlstm_model *trained(int32_t trainable, int32_t threads) {
  cnnlstm_layer_options first = layer_of(CNNLSTM_LAYER_BATCH_NORMALIZATION);
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_fit_options fit = fit_of(2);
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_model *model;
  cnnlstm_trainer *trainer;
  float *before, *after, loss;
  first.momentum = 0.5f;
  first.trainable = trainable;
  model = model_of(3, input_of(TINY_LENGTH, TINY_CHANNELS), first, conv_of(4, 3),
                   layer_of(CNNLSTM_LAYER_BATCH_NORMALIZATION),
                   layer_of(CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D),
                   dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
  options.threads = threads;
  options.batch_size = fit.batch_size = 40;
  trainer = trainer_of(model, &options);
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  before = weights_of(model);
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &loss, NULL));
  after = weights_of(model);
  assert_memory_equal(before, after, 4 * TINY_CHANNELS * sizeof *before);
  free(before);
  free(after);
  cnnlstm_trainer_destroy(trainer);
  return model;
}

/* gamma, beta, moving_mean and moving_variance come first among the weights. */
static void test_training_moves_the_moving_statistics(void **state) {
  cnnlstm_model *one = trained(1, 1), *two = trained(1, 2), *frozen = trained(0, 2);
  float *moved = weights_of(one), *kept = weights_of(frozen);
  (void)state;
  assert_same_weights(one, two);
  assert_finite(moved, 4 * TINY_CHANNELS);
  for (int channel = 0; channel < TINY_CHANNELS; ++channel) {
    assert_true(moved[2 * TINY_CHANNELS + channel] != 0);
    assert_true(moved[3 * TINY_CHANNELS + channel] != 1);
    assert_true(kept[channel] == 1 && kept[TINY_CHANNELS + channel] == 0);
    assert_true(kept[2 * TINY_CHANNELS + channel] == 0);
    assert_true(kept[3 * TINY_CHANNELS + channel] == 1);
  }
  free(moved);
  free(kept);
  cnnlstm_model_destroy(one);
  cnnlstm_model_destroy(two);
  cnnlstm_model_destroy(frozen);
}

int run_feed_forward_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_integers_out_of_range),
      cmocka_unit_test(test_numbers_out_of_range),
      cmocka_unit_test(test_lengths_beyond_all_bounds),
      cmocka_unit_test(test_names_and_shapes_of_weights),
      cmocka_unit_test(test_training_moves_the_moving_statistics),
  };
  return RUN_TESTS(tests);
}
