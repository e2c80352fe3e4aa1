/* Samples of different lengths, padded to one, and Masking. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { COUNT_OF_SAMPLES = 11, PADDED = 20, CHANNELS = 2, FLOATS = PADDED * CHANNELS, LEAST = 6 };

static const int64_t lengths[COUNT_OF_SAMPLES] = {20, 6, 9, 20, 7, 19, 6, 13, 9, 9, 20};
static float inputs[COUNT_OF_SAMPLES * FLOATS];

static cnnlstm_model *any_model(int32_t return_sequences) {
  cnnlstm_layer_options same = conv_of(5, 3);
  same.padding = CNNLSTM_PADDING_SAME;
  same.strides = 2;
  return model_of(1, input_of(CNNLSTM_LENGTH_ANY, CHANNELS), same, conv_of(4, 3),
                  lstm_of(6, return_sequences), dense_of(3, CNNLSTM_ACTIVATION_SOFTMAX));
}

static cnnlstm_session *long_session(const cnnlstm_model *model, int32_t threads) {
  cnnlstm_session_options options = session_options_of(threads, 4);
  options.max_length = PADDED;
  return session_of(model, &options);
}

/* Behind each sample there is something that no computation survives. */
static int make_inputs(void **state) {
  (void)state;
  fill(inputs, COUNT(inputs), 3);
  for (size_t sample = 0; sample < COUNT_OF_SAMPLES; ++sample) {
    for (size_t at = (size_t)lengths[sample] * CHANNELS; at < FLOATS; ++at) {
      inputs[sample * FLOATS + at] = NAN;
    }
  }
  return 0;
}

/* To the last bit what each sample gives alone; zeros behind it. */
static void test_predictions_are_those_of_samples_alone(void **state) {
  (void)state;
  for (int32_t sequences = 0; sequences < 2; ++sequences) {
    cnnlstm_model *model = any_model(sequences);
    const size_t each = output_floats(model, PADDED);
    float *outputs = malloc(COUNT_OF_SAMPLES * each * sizeof *outputs);
    for (int32_t threads = 1; threads <= 3; ++threads) {
      cnnlstm_session *session = long_session(model, threads);
      memset(outputs, 0x55, COUNT_OF_SAMPLES * each * sizeof *outputs);
      assert_ok(cnnlstm_session_predict_lengths(
          session, inputs, COUNT(inputs), COUNT_OF_SAMPLES, PADDED, lengths, COUNT_OF_SAMPLES,
          outputs, COUNT_OF_SAMPLES * each));
      for (size_t sample = 0; sample < COUNT_OF_SAMPLES; ++sample) {
        const size_t own = output_floats(model, lengths[sample]);
        float *alone = predict(model, inputs + sample * FLOATS, 1, lengths[sample]);
        assert_memory_equal(outputs + sample * each, alone, own * sizeof *alone);
        for (size_t at = own; at < each; ++at) assert_true(outputs[sample * each + at] == 0);
        free(alone);
      }
      cnnlstm_session_destroy(session);
    }
    free(outputs);
    cnnlstm_model_destroy(model);
  }
}

static void test_refused_lengths(void **state) {
  static const struct {
    int64_t length;
    const char *value;
  } bad[] = {{0, "sample 2 has length 0"},
             {-1, "sample 2 has length -1"},
             {INT64_MIN, "sample 2 has length -9223372036854775808"},
             {PADDED + 1, "must be 1…20"},
             {INT64_MAX, "must be 1…20"},
             {LEAST - 2, "the model needs at least 5 time steps"}};
  cnnlstm_model *model = any_model(0);
  cnnlstm_session *session = long_session(model, 1);
  float outputs[COUNT_OF_SAMPLES * 3];
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    int64_t own[COUNT_OF_SAMPLES];
    memcpy(own, lengths, sizeof own);
    own[2] = bad[index].length;
    assert_refused(CNNLSTM_ERROR_SHAPE, "sample 2", bad[index].value,
                   cnnlstm_session_predict_lengths(session, inputs, COUNT(inputs),
                                                   COUNT_OF_SAMPLES, PADDED, own,
                                                   COUNT_OF_SAMPLES, outputs, COUNT(outputs)));
  }
  assert_refused(CNNLSTM_ERROR_SHAPE, "lengths", "10",
                 cnnlstm_session_predict_lengths(session, inputs, COUNT(inputs), COUNT_OF_SAMPLES,
                                                 PADDED, lengths, 10, outputs, COUNT(outputs)));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "lengths", "",
                 cnnlstm_session_predict_lengths(session, inputs, COUNT(inputs), COUNT_OF_SAMPLES,
                                                 PADDED, NULL, COUNT_OF_SAMPLES, outputs,
                                                 COUNT(outputs)));
  assert_ok(cnnlstm_session_predict_lengths(session, NULL, 0, 0, PADDED, NULL, 0, NULL, 0));
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(model);
}

static void test_layers_that_need_the_whole_length(void **state) {
  cnnlstm_model *model = model_of(1, input_of(PADDED, CHANNELS), layer_of(CNNLSTM_LAYER_FLATTEN),
                                  dense_of(1, CNNLSTM_ACTIVATION_LINEAR));
  cnnlstm_session *session = long_session(model, 1);
  float outputs[COUNT_OF_SAMPLES];
  (void)state;
  assert_refused(CNNLSTM_ERROR_SHAPE, "flatten", "sample 1 has length 6",
                 cnnlstm_session_predict_lengths(session, inputs, COUNT(inputs), COUNT_OF_SAMPLES,
                                                 PADDED, lengths, COUNT_OF_SAMPLES, outputs,
                                                 COUNT(outputs)));
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(model);
}

static cnnlstm_dataset dataset_of(const int32_t *labels, size_t label_count) {
  cnnlstm_dataset data;
  assert_ok(cnnlstm_dataset_init(&data, sizeof data));
  data.sample_count = COUNT_OF_SAMPLES;
  data.length = PADDED;
  data.inputs = inputs;
  data.input_count = COUNT(inputs);
  data.labels = labels;
  data.label_count = label_count;
  data.lengths = lengths;
  data.length_count = COUNT_OF_SAMPLES;
  return data;
}

static cnnlstm_trainer *trainer_for(cnnlstm_model *model, int32_t threads) {
  cnnlstm_trainer_options options = adam_options();
  options.threads = threads;
  options.batch_size = 16;
  options.max_length = PADDED;
  return trainer_of(model, &options);
}

/* The loss is the mean over all steps that samples give. Labels behind these are not looked at. */
static void test_evaluation(void **state) {
  (void)state;
  for (int32_t sequences = 0; sequences < 2; ++sequences) {
    cnnlstm_model *model = any_model(sequences);
    cnnlstm_trainer *trainer = trainer_for(model, 2);
    const size_t rows = output_floats(model, PADDED) / 3;
    int32_t *labels = malloc(COUNT_OF_SAMPLES * rows * sizeof *labels);
    double sum = 0;
    size_t all = 0;
    float loss, accuracy;
    for (size_t sample = 0; sample < COUNT_OF_SAMPLES; ++sample) {
      const size_t own = output_floats(model, lengths[sample]) / 3;
      float *alone = predict(model, inputs + sample * FLOATS, 1, lengths[sample]);
      for (size_t row = 0; row < rows; ++row) {
        int32_t *label = labels + sample * rows + row;
        *label = row < own ? (int32_t)((sample + row) % 3) : -77;
        if (row < own) sum -= log(alone[row * 3 + (size_t)*label]);
      }
      all += own;
      free(alone);
    }
    const cnnlstm_dataset data = dataset_of(labels, COUNT_OF_SAMPLES * rows);
    assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &loss, &accuracy));
    assert_float_equal(loss, sum / (double)all, 1e-5);
    free(labels);
    cnnlstm_trainer_destroy(trainer);
    cnnlstm_model_destroy(model);
  }
}

/* The same weights with any number of threads, and a loss that falls. */
static void test_training(void **state) {
  int32_t labels[COUNT_OF_SAMPLES];
  cnnlstm_model *models[3];
  (void)state;
  for (size_t sample = 0; sample < COUNT_OF_SAMPLES; ++sample) labels[sample] = sample % 3;
  const cnnlstm_dataset data = dataset_of(labels, COUNT_OF_SAMPLES);
  for (int32_t index = 0; index < 3; ++index) {
    cnnlstm_fit_options fit = fit_of(30);
    float before, after;
    models[index] = any_model(0);
    cnnlstm_trainer *trainer = trainer_for(models[index], index + 1);
    assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &before, NULL));
    assert_ok(cnnlstm_trainer_fit(trainer, &data, &data, &fit, NULL, NULL));
    assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &after, NULL));
    assert_true(after < before);
    cnnlstm_trainer_destroy(trainer);
    assert_same_weights(models[0], models[index]);
  }
  for (size_t index = 0; index < 3; ++index) cnnlstm_model_destroy(models[index]);
}

static void test_refused_data(void **state) {
  int32_t labels[COUNT_OF_SAMPLES] = {0};
  int64_t own[COUNT_OF_SAMPLES];
  cnnlstm_model *model = any_model(0);
  cnnlstm_trainer *trainer = trainer_for(model, 1);
  cnnlstm_dataset data = dataset_of(labels, COUNT_OF_SAMPLES);
  const cnnlstm_fit_options fit = fit_of(1);
  (void)state;
  memcpy(own, lengths, sizeof own);
  own[10] = 3;
  data.lengths = own;
  assert_refused(CNNLSTM_ERROR_SHAPE, "sample 10 has length 3", "at least 5",
                 cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_refused(CNNLSTM_ERROR_SHAPE, "sample 10 has length 3", "at least 5",
                 cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL));
  data.length_count = 4;
  assert_refused(CNNLSTM_ERROR_SHAPE, "lengths", "4",
                 cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL));
  data.lengths = NULL;
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "lengths", "",
                 cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* Statistics of a batch have to be over the samples themselves. */
static void test_batch_normalization_trains_on_one_length(void **state) {
  int32_t labels[COUNT_OF_SAMPLES] = {0};
  cnnlstm_model *model =
      model_of(1, input_of(CNNLSTM_LENGTH_ANY, CHANNELS),
               layer_of(CNNLSTM_LAYER_BATCH_NORMALIZATION), lstm_of(3, 0));
  cnnlstm_trainer *trainer = trainer_for(model, 1);
  const cnnlstm_dataset data = dataset_of(labels, COUNT_OF_SAMPLES);
  const cnnlstm_fit_options fit = fit_of(1);
  (void)state;
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "BatchNormalization", "sample 1 has length 6",
                 cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* Masked steps may stand anywhere; without any other, the state is the first one, which is zero. */
static void test_masking(void **state) {
  cnnlstm_layer_options masking = layer_of(CNNLSTM_LAYER_MASKING);
  static const int order[] = {-1, 0, -1, 1}; /* of the steps; -1 is a masked one */
  (void)state;
  masking.mask_value = 9;
  cnnlstm_model *model =
      model_of(1, input_of(CNNLSTM_LENGTH_ANY, CHANNELS), masking, lstm_of(4, 0));
  float steps[4 * CHANNELS], masked[4 * CHANNELS];
  fill(steps, COUNT(steps), 1);
  for (size_t at = 0; at < COUNT(masked); ++at) {
    const int step = order[at / CHANNELS];
    masked[at] = step < 0 ? 9 : steps[(size_t)step * CHANNELS + at % CHANNELS];
  }
  float *with = predict(model, masked, 1, 4), *without = predict(model, steps, 1, 2);
  for (size_t unit = 0; unit < 4; ++unit) assert_float_equal(with[unit], without[unit], 1e-6);
  free(with);
  free(without);
  for (size_t at = 0; at < COUNT(masked); ++at) masked[at] = 9;
  with = predict(model, masked, 1, 4);
  for (size_t unit = 0; unit < 4; ++unit) assert_true(with[unit] == 0);
  free(with);
  cnnlstm_model_destroy(model);
}

/* Metrics of predictions leave out what is behind a sample. */
static void test_metrics(void **state) {
  static const float outputs[2 * 3 * 2] = {.9f, .1f, NAN, NAN, NAN, NAN,
                                           .2f, .8f, .7f, .3f, .6f, .4f};
  static const int32_t labels[2 * 3] = {0, -7, 9, 1, 1, 0};
  int64_t own[] = {1, 3};
  float value;
  cnnlstm_metric accuracy;
  cnnlstm_dataset data;
  (void)state;
  assert_ok(cnnlstm_metric_init(&accuracy, sizeof accuracy, CNNLSTM_METRIC_ACCURACY));
  assert_ok(cnnlstm_dataset_init(&data, sizeof data));
  data.sample_count = 2;
  data.length = 3;
  data.inputs = outputs;
  data.input_count = COUNT(outputs);
  data.labels = labels;
  data.label_count = COUNT(labels);
  data.lengths = own;
  data.length_count = 2;
  assert_ok(cnnlstm_measure(&accuracy, 1, &data, 2, &value, 1));
  assert_float_equal(value, 0.75, 1e-6);
  own[1] = 4;
  assert_refused(CNNLSTM_ERROR_SHAPE, "sample 1 has length 4", "1…3",
                 cnnlstm_measure(&accuracy, 1, &data, 2, &value, 1));
}

int run_length_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_predictions_are_those_of_samples_alone),
      cmocka_unit_test(test_refused_lengths),
      cmocka_unit_test(test_layers_that_need_the_whole_length),
      cmocka_unit_test(test_evaluation),
      cmocka_unit_test(test_training),
      cmocka_unit_test(test_refused_data),
      cmocka_unit_test(test_batch_normalization_trains_on_one_length),
      cmocka_unit_test(test_metrics),
      cmocka_unit_test(test_masking)};
  return cmocka_run_group_tests(tests, make_inputs, NULL);
}
