/* Regularizers and constraints: what is refused, what they add to the loss, where a step leads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { ROWS = 8, FEATURES = 3, UNITS = 4, KERNEL = FEATURES * UNITS, ALL = KERNEL + UNITS };

/* A layer that has one option other than Keras's default, and what the error's text names. */
typedef struct penalty_option {
  int32_t kind;
  const char *field, *text;
  size_t offset;
  float values[2]; /* l1 and l2, or max_norm */
  int32_t axes;    /* 0 for a regularizer */
} penalty_option;

#define REGULARIZER(kind, field, text, l1, l2) \
  {CNNLSTM_LAYER_##kind, #field, text, offsetof(cnnlstm_layer_options, field), {l1, l2}, 0}
#define CONSTRAINT(kind, field, text, max_norm, axes) \
  {CNNLSTM_LAYER_##kind, #field, text, offsetof(cnnlstm_layer_options, field), {max_norm, 0}, axes}

static cnnlstm_layer_options penalized(const penalty_option *bad) {
  cnnlstm_layer_options options = layer_of(bad->kind);
  if (bad->kind == CNNLSTM_LAYER_SEPARABLE_CONV1D) options.filters = UNITS;
  if (bad->kind == CNNLSTM_LAYER_LSTM || bad->kind == CNNLSTM_LAYER_DENSE) options.units = UNITS;
  if (bad->axes) {
    const cnnlstm_constraint constraint = {bad->values[0], bad->axes};
    memcpy((char *)&options + bad->offset, &constraint, sizeof constraint);
  } else {
    memcpy((char *)&options + bad->offset, bad->values, sizeof bad->values);
  }
  return options;
}

static void test_refused_penalties(void **state) {
  static const penalty_option bad[] = {
      REGULARIZER(DENSE, kernel_regularizer, "-1", -1, 0),
      REGULARIZER(DENSE, bias_regularizer, "-0.5", 0, -0.5f),
      REGULARIZER(LSTM, recurrent_regularizer, "NaN", NAN, 0),
      REGULARIZER(SEPARABLE_CONV1D, pointwise_regularizer, "infinity", 0, INFINITY),
      REGULARIZER(DENSE, recurrent_regularizer, "", 1, 0),
      REGULARIZER(LSTM, pointwise_regularizer, "", 1, 0),
      REGULARIZER(MAX_POOLING1D, kernel_regularizer, "", 0, 1),
      CONSTRAINT(DENSE, kernel_constraint, "-1", -1, 1),
      CONSTRAINT(DENSE, bias_constraint, "NaN", NAN, 1),
      CONSTRAINT(LSTM, recurrent_constraint, "8", 1, 8),
      CONSTRAINT(SEPARABLE_CONV1D, pointwise_constraint, "-1", 1, -1),
      CONSTRAINT(FLATTEN, bias_constraint, "", 1, 1)};
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(12, FEATURES));
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    const cnnlstm_layer_options options = penalized(&bad[index]);
    assert_refused(CNNLSTM_ERROR_ARGUMENT, bad[index].field, bad[index].text,
                   cnnlstm_model_add(model, &options));
  }
  assert_int_equal(cnnlstm_model_layer_count(model), 1);
  cnnlstm_model_destroy(model);
}

/* A norm is along axes that the array has: two of a matrix, one of a bias, three of a kernel that
 * slides. */
static void test_axes_beyond_the_arrays(void **state) {
  static const penalty_option bad[] = {
      CONSTRAINT(DENSE, kernel_constraint, "2 axes of kernel", 1, 4),
      CONSTRAINT(DENSE, bias_constraint, "1 axes of bias", 1, 3),
      CONSTRAINT(LSTM, recurrent_constraint, "recurrent", 1, 5)};
  static const penalty_option good[] = {CONSTRAINT(DENSE, kernel_constraint, "", 1, 3),
                                        CONSTRAINT(SEPARABLE_CONV1D, kernel_constraint, "", 1, 7),
                                        CONSTRAINT(DENSE, bias_constraint, "", 0, 6)};
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(12, FEATURES));
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    const cnnlstm_layer_options options = penalized(&bad[index]);
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "max_norm", bad[index].text,
                   cnnlstm_model_add(model, &options));
  }
  for (size_t index = 0; index < COUNT(good); ++index) {
    const cnnlstm_layer_options options = penalized(&good[index]);
    assert_ok(cnnlstm_model_add(model, &options));
  }
  cnnlstm_model_destroy(model);
}

/* A Dense layer on vectors, its weights as filled; the loss before and the weights after a step of
 * SGD with a learning rate of 0.5. */
typedef struct step {
  float loss, before[ALL], after[ALL];
} step;

static step step_of(cnnlstm_layer_options dense) {
  float inputs[ROWS * FEATURES], targets[ROWS * UNITS];
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_model *model = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, FEATURES), dense);
  cnnlstm_dataset data;
  step step;
  fill(step.before, ALL, 5);
  fill(inputs, COUNT(inputs), 6);
  fill(targets, COUNT(targets), 7);
  assert_ok(cnnlstm_dataset_init(&data, sizeof data));
  data.sample_count = ROWS;
  data.inputs = inputs;
  data.input_count = COUNT(inputs);
  data.targets = targets;
  data.target_count = COUNT(targets);
  options.loss = CNNLSTM_LOSS_MSE;
  options.learning_rate = 0.5f;
  assert_ok(cnnlstm_model_set_weights(model, step.before, ALL));
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &step.loss, NULL));
  assert_ok(cnnlstm_trainer_train_on_batch(trainer, &data, NULL, NULL, NULL));
  assert_ok(cnnlstm_model_get_weights(model, step.after, ALL));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
  return step;
}

static cnnlstm_layer_options linear(void) { return dense_of(UNITS, CNNLSTM_ACTIVATION_LINEAR); }

/* The loss has l1 sum |w| + l2 sum w^2 of each array, its gradient l1 sign w + 2 l2 w. */
static void test_regularizers(void **state) {
  static const cnnlstm_regularizer kernel = {0.25f, 0}, bias = {0.125f, 0.5f};
  cnnlstm_layer_options dense = linear();
  const step plain = step_of(dense);
  double penalty = 0;
  (void)state;
  dense.kernel_regularizer = kernel;
  dense.bias_regularizer = bias;
  const step regularized = step_of(dense);
  for (int at = 0; at < ALL; ++at) {
    const cnnlstm_regularizer own = at < KERNEL ? kernel : bias;
    const float w = plain.before[at];
    penalty += (double)(own.l1 * fabsf(w) + own.l2 * w * w);
    assert_float_equal(regularized.after[at],
                       plain.after[at] - 0.5f * (copysignf(own.l1, w) + 2 * own.l2 * w), 1e-5);
  }
  assert_float_equal(regularized.loss, (double)plain.loss + penalty, 1e-5);
}

/* Weights that training leaves alone are not penalized, as in Keras. */
static void test_frozen_weights_are_not_penalized(void **state) {
  cnnlstm_layer_options dense = linear();
  const step plain = step_of(dense);
  (void)state;
  dense.kernel_regularizer.l2 = 1;
  dense.trainable = 0;
  const step frozen = step_of(dense);
  assert_float_equal(frozen.loss, plain.loss, 1e-7);
  assert_memory_equal(frozen.after, frozen.before, sizeof frozen.after);
}

/* The factor that keeps a norm to max_norm, of kernel elements that share the axes not in axes. */
static float factor_of(const float *kernel, int place, int32_t axes, float max_norm) {
  double squares = 0;
  for (int at = 0; at < KERNEL; ++at) {
    const int same_row = axes & 1 || at / UNITS == place / UNITS;
    const int same_column = axes & 2 || at % UNITS == place % UNITS;
    if (same_row && same_column) squares += (double)kernel[at] * (double)kernel[at];
  }
  return (float)(fmin(sqrt(squares), (double)max_norm) / (1e-7 + sqrt(squares)));
}

/* After the step each norm is at most max_norm: over rows, over columns, over both. */
static void test_constraints(void **state) {
  const float max_norm = 0.75f;
  (void)state;
  for (int32_t axes = 1; axes <= 3; ++axes) {
    cnnlstm_layer_options dense = linear();
    const step plain = step_of(dense);
    dense.kernel_constraint = (cnnlstm_constraint){max_norm, axes};
    const step constrained = step_of(dense);
    int scaled = 0;
    for (int at = 0; at < KERNEL; ++at) {
      const float factor = factor_of(plain.after, at, axes, max_norm);
      scaled += factor < 0.99f;
      assert_float_equal(constrained.after[at], plain.after[at] * factor, 1e-6);
    }
    assert_true(scaled > 0);
    assert_memory_equal(constrained.after + KERNEL, plain.after + KERNEL, UNITS * sizeof(float));
    assert_float_equal(constrained.loss, plain.loss, 0);
  }
}

/* The loss of an untrained model of a layer and a Dense one; *squares, unless NULL, becomes the sum
 * of squares of an array. */
static float loss_of(cnnlstm_layer_options layer, const char *array, double *squares) {
  const cnnlstm_trainer_options options = sgd_options();
  const cnnlstm_dataset data = labelled(ROWS);
  cnnlstm_model *model = model_of(1, input_of(TINY_LENGTH, TINY_CHANNELS), layer,
                                  layer_of(CNNLSTM_LAYER_FLATTEN),
                                  dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  cnnlstm_weight_info info = {.struct_size = sizeof info};
  float *weights = weights_of(model), loss;
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &loss, NULL));
  for (size_t index = 0; index < cnnlstm_model_weight_count(model); ++index) {
    assert_ok(cnnlstm_model_weight_info(model, index, &info));
    if (!squares || strcmp(info.name, array) != 0) continue;
    for (int64_t at = info.offset; at < info.offset + info.element_count; ++at) {
      *squares += (double)weights[at] * (double)weights[at];
    }
  }
  free(weights);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
  return loss;
}

/* A regularizer is of one array alone; text is the array's name. */
static void test_every_array_has_its_own(void **state) {
#define HALF(kind, field, array) REGULARIZER(kind, field, array, 0, 0.5f)
#define NONE(kind) REGULARIZER(kind, kernel_regularizer, "", 0, 0)
  static const penalty_option pairs[][2] = {
      {NONE(LSTM), HALF(LSTM, kernel_regularizer, "lstm/kernel")},
      {NONE(LSTM), HALF(LSTM, recurrent_regularizer, "lstm/recurrent_kernel")},
      {NONE(LSTM), HALF(LSTM, bias_regularizer, "lstm/bias")},
      {NONE(SEPARABLE_CONV1D),
       HALF(SEPARABLE_CONV1D, kernel_regularizer, "separable_conv1d/depthwise_kernel")},
      {NONE(SEPARABLE_CONV1D),
       HALF(SEPARABLE_CONV1D, pointwise_regularizer, "separable_conv1d/pointwise_kernel")},
      {NONE(DEPTHWISE_CONV1D),
       HALF(DEPTHWISE_CONV1D, kernel_regularizer, "depthwise_conv1d/kernel")}};
  (void)state;
  for (size_t index = 0; index < COUNT(pairs); ++index) {
    double squares = 0;
    const float plain = loss_of(penalized(&pairs[index][0]), "", NULL);
    const float more = loss_of(penalized(&pairs[index][1]), pairs[index][1].text, &squares);
    assert_true(squares > 0.01);
    assert_float_equal(more, (double)plain + 0.5 * squares, 1e-5);
  }
}

int run_penalty_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refused_penalties),
      cmocka_unit_test(test_axes_beyond_the_arrays),
      cmocka_unit_test(test_regularizers),
      cmocka_unit_test(test_frozen_weights_are_not_penalized),
      cmocka_unit_test(test_constraints),
      cmocka_unit_test(test_every_array_has_its_own),
  };
  return RUN_TESTS(tests);
}
