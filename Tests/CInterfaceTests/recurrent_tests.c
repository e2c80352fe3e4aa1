/* Recurrent layers: their options, both directions, and states that go on from call to call. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { ROWS = 3, LENGTH = 8, CHANNELS = 2, FLOATS = LENGTH * CHANNELS, UNITS = 5 };

static const int32_t kinds[] = {CNNLSTM_LAYER_LSTM, CNNLSTM_LAYER_GRU, CNNLSTM_LAYER_SIMPLE_RNN};

static cnnlstm_layer_options recurrent_of(int32_t kind) {
  cnnlstm_layer_options options = layer_of(kind);
  options.units = UNITS;
  options.return_sequences = 1;
  return options;
}

static cnnlstm_layer_options stateful_of(int32_t kind) {
  cnnlstm_layer_options options = recurrent_of(kind);
  options.stateful = 1;
  return options;
}

static void test_defaults(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(kinds); ++index) {
    const cnnlstm_layer_options options = layer_of(kinds[index]);
    assert_int_equal(options.activation, CNNLSTM_ACTIVATION_TANH);
    assert_int_equal(options.recurrent_activation,
                     index == 2 ? CNNLSTM_ACTIVATION_LINEAR : CNNLSTM_ACTIVATION_SIGMOID);
    assert_int_equal(options.use_bias, 1);
    assert_int_equal(options.reset_after, kinds[index] == CNNLSTM_LAYER_GRU);
    assert_int_equal(options.stateful, 0);
    assert_int_equal(options.merge_mode, CNNLSTM_MERGE_NONE);
    assert_int_equal(options.kernel_initializer.kind, CNNLSTM_INITIALIZER_GLOROT_UNIFORM);
    assert_int_equal(options.recurrent_initializer.kind, CNNLSTM_INITIALIZER_ORTHOGONAL);
  }
}

static void test_refused_options(void **state) {
  cnnlstm_model *model = model_of(NOT_BUILT, input_of(LENGTH, CHANNELS));
  cnnlstm_layer_options options = recurrent_of(CNNLSTM_LAYER_GRU);
  (void)state;
  options.reset_after = 2;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "reset_after", "2", cnnlstm_model_add(model, &options));
  options = recurrent_of(CNNLSTM_LAYER_SIMPLE_RNN);
  options.merge_mode = 5;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "merge_mode", "5", cnnlstm_model_add(model, &options));
  options = recurrent_of(CNNLSTM_LAYER_SIMPLE_RNN);
  options.reset_after = 1;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "reset_after", "", cnnlstm_model_add(model, &options));
  options = recurrent_of(CNNLSTM_LAYER_LSTM);
  options.stateful = -1;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "stateful", "-1", cnnlstm_model_add(model, &options));
  assert_int_equal(cnnlstm_model_layer_count(model), 1);
  cnnlstm_model_destroy(model);
}

/* Names and shapes of weights, and channels out, of a layer in both directions. */
static void test_both_directions(void **state) {
  static const char *const names[] = {"forward_kernel",  "forward_recurrent_kernel",
                                      "forward_bias",    "backward_kernel",
                                      "backward_recurrent_kernel", "backward_bias"};
  (void)state;
  for (size_t index = 0; index < COUNT(kinds); ++index) {
    for (int32_t merge = CNNLSTM_MERGE_CONCAT; merge <= CNNLSTM_MERGE_AVE; ++merge) {
      cnnlstm_layer_options options = recurrent_of(kinds[index]);
      cnnlstm_layer_info layer = {.struct_size = sizeof layer};
      options.merge_mode = merge;
      cnnlstm_model *model = model_of(1, input_of(LENGTH, CHANNELS), options);
      assert_ok(cnnlstm_model_layer_info(model, 1, &layer));
      assert_int_equal(layer.output_channels, merge == CNNLSTM_MERGE_CONCAT ? 2 * UNITS : UNITS);
      assert_int_equal(layer.weight_count, COUNT(names));
      for (size_t weight = 0; weight < COUNT(names); ++weight) {
        cnnlstm_weight_info info = {.struct_size = sizeof info};
        assert_ok(cnnlstm_model_weight_info(model, weight, &info));
        assert_non_null(strstr(info.name, "bidirectional/"));
        assert_string_equal(strchr(info.name, '/') + 1, names[weight]);
      }
      cnnlstm_model_destroy(model);
    }
  }
}

/* What a merge mode makes of the outputs of both directions. */
static float merged(int32_t merge, float forward, float backward) {
  switch (merge) {
    case CNNLSTM_MERGE_SUM:
      return forward + backward;
    case CNNLSTM_MERGE_MUL:
      return forward * backward;
    default:
      return (forward + backward) / 2; /* CNNLSTM_MERGE_AVE */
  }
}

/* Sequences of one direction, by a layer with some weights, in memory that the caller frees. */
static float *sequences(int32_t kind, int32_t backwards, const float *weights,
                        const float *inputs) {
  cnnlstm_layer_options options = recurrent_of(kind);
  options.go_backwards = backwards;
  cnnlstm_model *model = model_of(1, input_of(LENGTH, CHANNELS), options);
  assert_ok(cnnlstm_model_set_weights(model, weights, cnnlstm_model_parameter_count(model)));
  float *outputs = predict(model, inputs, 1, LENGTH);
  cnnlstm_model_destroy(model);
  return outputs;
}

/* Outputs of a step are those of both directions at that step, merged. */
static void test_merge_modes(void **state) {
  static const int32_t modes[] = {CNNLSTM_MERGE_CONCAT, CNNLSTM_MERGE_SUM, CNNLSTM_MERGE_MUL,
                                  CNNLSTM_MERGE_AVE};
  float inputs[FLOATS];
  (void)state;
  fill(inputs, COUNT(inputs), 8);
  for (size_t index = 0; index < COUNT(kinds) * COUNT(modes); ++index) {
    const int32_t merge = modes[index % COUNT(modes)], kind = kinds[index / COUNT(modes)];
    const size_t width = merge == CNNLSTM_MERGE_CONCAT ? 2 * UNITS : UNITS;
    cnnlstm_layer_options both = recurrent_of(kind);
    both.merge_mode = merge;
    cnnlstm_model *model = model_of(4, input_of(LENGTH, CHANNELS), both);
    float *weights = weights_of(model), *got = predict(model, inputs, 1, LENGTH);
    float *forward = sequences(kind, 0, weights, inputs);
    float *backward = sequences(
        kind, 1, weights + cnnlstm_model_parameter_count(model) / 2, inputs);
    for (size_t at = 0; at < LENGTH * UNITS; ++at) {
      const size_t step = at / UNITS, unit = at % UNITS;
      const float second = backward[(LENGTH - 1 - step) * UNITS + unit];
      const float *row = got + step * width + unit;
      if (merge == CNNLSTM_MERGE_CONCAT) assert_float_equal(row[UNITS], second, 1e-6);
      assert_float_equal(*row, merge == CNNLSTM_MERGE_CONCAT
                                   ? forward[at] : merged(merge, forward[at], second), 1e-6);
    }
    free(backward);
    free(forward);
    free(got);
    free(weights);
    cnnlstm_model_destroy(model);
  }
}

/* A file brings every option back, and the same bytes. */
static void test_files(void **state) {
  cnnlstm_layer_options first = stateful_of(CNNLSTM_LAYER_GRU);
  cnnlstm_layer_options second = recurrent_of(CNNLSTM_LAYER_SIMPLE_RNN);
  size_t size, again;
  (void)state;
  first.reset_after = 0;
  second.merge_mode = CNNLSTM_MERGE_MUL;
  cnnlstm_model *model = model_of(3, input_of(LENGTH, CHANNELS), first, second), *loaded = NULL;
  unsigned char *bytes = bytes_of(model, &size);
  assert_ok(cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded));
  for (size_t index = 1; index < 3; ++index) {
    cnnlstm_layer_options before = {.struct_size = sizeof before}, after = before;
    assert_ok(cnnlstm_model_layer_options(model, index, &before));
    assert_ok(cnnlstm_model_layer_options(loaded, index, &after));
    assert_memory_equal(&before, &after, sizeof before);
  }
  unsigned char *same = bytes_of(loaded, &again);
  assert_int_equal(size, again);
  assert_memory_equal(bytes, same, size);
  free(bytes);
  free(same);
  cnnlstm_model_destroy(loaded);
  cnnlstm_model_destroy(model);
}

/* Steps first … first + count of every sample. */
static void take_steps(const float *all, int64_t first, int64_t count, size_t width, float *some) {
  for (size_t row = 0; row < ROWS; ++row) {
    memcpy(some + row * (size_t)count * width, all + (row * LENGTH + (size_t)first) * width,
           (size_t)count * width * sizeof *some);
  }
}

/* A sequence in pieces is the sequence, whatever the number of threads. */
static void test_states_go_on(void **state) {
  static const int64_t cuts[] = {0, 1, 5, LENGTH};
  float inputs[ROWS * FLOATS], some[ROWS * FLOATS];
  float got[ROWS * LENGTH * UNITS], part[ROWS * LENGTH * UNITS];
  (void)state;
  fill(inputs, COUNT(inputs), 4);
  for (size_t index = 0; index < COUNT(kinds); ++index) {
    cnnlstm_model *model =
        model_of(2, input_of(CNNLSTM_LENGTH_ANY, CHANNELS), stateful_of(kinds[index]));
    float *whole = predict(model, inputs, ROWS, LENGTH);
    for (int32_t threads = 1; threads <= 3; ++threads) {
      cnnlstm_session_options options = session_options_of(threads, ROWS);
      options.max_length = LENGTH;
      cnnlstm_session *session = session_of(model, &options);
      for (size_t cut = 0; cut + 1 < COUNT(cuts); ++cut) {
        const int64_t count = cuts[cut + 1] - cuts[cut];
        const size_t floats = (size_t)(ROWS * count);
        take_steps(inputs, cuts[cut], count, CHANNELS, some);
        take_steps(whole, cuts[cut], count, UNITS, part);
        assert_ok(cnnlstm_session_predict(session, some, floats * CHANNELS, ROWS, count, got,
                                          floats * UNITS));
        for (size_t at = 0; at < floats * UNITS; ++at) assert_float_equal(got[at], part[at], 1e-6);
      }
      cnnlstm_session_destroy(session);
    }
    free(whole);
    cnnlstm_model_destroy(model);
  }
}

static void test_resets_and_counts(void **state) {
  cnnlstm_model *model =
      model_of(2, input_of(LENGTH, CHANNELS), stateful_of(CNNLSTM_LAYER_GRU));
  const cnnlstm_session_options options = session_options_of(1, ROWS);
  cnnlstm_session *session = session_of(model, &options);
  float inputs[(ROWS + 1) * FLOATS], outputs[(ROWS + 1) * LENGTH * UNITS];
  float *first;
  (void)state;
  fill(inputs, COUNT(inputs), 4);
  first = predict(model, inputs, ROWS, LENGTH);
#define PREDICT(count)                                                                   \
  cnnlstm_session_predict(session, inputs, (count) * FLOATS, count, LENGTH, outputs, \
                          (count) * LENGTH * UNITS)
  assert_refused(CNNLSTM_ERROR_SHAPE, "batch_size", "4", PREDICT(ROWS + 1));
  assert_ok(PREDICT(ROWS));
  assert_memory_equal(outputs, first, ROWS * LENGTH * UNITS * sizeof *outputs);
  assert_refused(CNNLSTM_ERROR_SHAPE, "reset", "2", PREDICT(2));
  assert_ok(PREDICT(ROWS));
  assert_memory_not_equal(outputs, first, ROWS * LENGTH * UNITS * sizeof *outputs);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "layer", "2", cnnlstm_session_reset_states(session, 2));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "layer", "-2", cnnlstm_session_reset_states(session, -2));
  assert_ok(cnnlstm_session_reset_states(session, CNNLSTM_ALL_LAYERS));
  assert_ok(PREDICT(2));
  assert_memory_equal(outputs, first, 2 * LENGTH * UNITS * sizeof *outputs);
  assert_ok(cnnlstm_session_reset_states(session, 1));
  assert_ok(PREDICT(ROWS));
#undef PREDICT
  free(first);
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(model);
}

/* Batches of evaluate and fit go on from one another, in whole batches of the trainer's size. */
static void test_trainers(void **state) {
  cnnlstm_layer_options layer = stateful_of(CNNLSTM_LAYER_GRU);
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_dataset data = labelled(16), odd = labelled(12);
  cnnlstm_fit_options fit = fit_of(1);
  float first, second, again;
  (void)state;
  layer.return_sequences = 0;
  cnnlstm_model *model = model_of(2, input_of(TINY_LENGTH, TINY_CHANNELS), layer,
                                  dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &first, NULL));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &second, NULL));
  assert_true(first != second);
  assert_ok(cnnlstm_trainer_reset_states(trainer, 1));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &again, NULL));
  assert_true(first == again);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "layer", "3", cnnlstm_trainer_reset_states(trainer, 3));
  assert_refused(CNNLSTM_ERROR_SHAPE, "batch", "12",
                 cnnlstm_trainer_evaluate(trainer, &odd, &again, NULL));
  assert_refused(CNNLSTM_ERROR_SHAPE, "batch", "12",
                 cnnlstm_trainer_fit(trainer, &odd, NULL, &fit, NULL, NULL));
  assert_refused(CNNLSTM_ERROR_SHAPE, "batch", "12",
                 cnnlstm_trainer_fit(trainer, &data, &odd, &fit, NULL, NULL));
  fit.batch_size = 4;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "batch_size", "4",
                 cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  fit.batch_size = 8;
  assert_ok(cnnlstm_trainer_fit(trainer, &data, &data, &fit, NULL, NULL));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

int run_recurrent_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),        cmocka_unit_test(test_refused_options),
      cmocka_unit_test(test_both_directions), cmocka_unit_test(test_merge_modes),
      cmocka_unit_test(test_files),           cmocka_unit_test(test_states_go_on),
      cmocka_unit_test(test_resets_and_counts), cmocka_unit_test(test_trainers),
  };
  return RUN_TESTS(tests);
}
