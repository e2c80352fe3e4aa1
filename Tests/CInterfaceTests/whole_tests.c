/* What holds of any layer, on a model that has all of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { LEAST = 8, OUTPUTS = SAMPLES * TINY_CLASSES };

/* Of a sample, its length and what is behind it. */
static int64_t lengths[SAMPLES];
static float padded[SAMPLES * TINY_FLOATS];

static int make_padded(void **state) {
  (void)state;
  memcpy(padded, tiny_samples()->inputs, sizeof padded);
  for (size_t sample = 0; sample < SAMPLES; ++sample) {
    lengths[sample] = LEAST + (int64_t)(sample * 7 % (TINY_LENGTH - LEAST + 1));
    for (size_t at = (size_t)lengths[sample] * TINY_CHANNELS; at < TINY_FLOATS; ++at) {
      padded[sample * TINY_FLOATS + at] = NAN;
    }
  }
  return 0;
}

static cnnlstm_session *session_for(const cnnlstm_model *model, int32_t threads, int64_t size) {
  cnnlstm_session_options options = session_options_of(threads, size);
  options.max_length = TINY_LENGTH;
  return session_of(model, &options);
}

/* Each sample gives what it gives alone, at its own length, in any batch and number of threads. */
static void test_predictions(void **state) {
  float alone[OUTPUTS], outputs[OUTPUTS];
  cnnlstm_model *original = whole_model(3, CNNLSTM_LENGTH_ANY, 1);
  (void)state;
  for (size_t dtype = 0; dtype < COUNT(dtypes); ++dtype) {
    cnnlstm_model *model = converted_to(dtypes[dtype], original);
    cnnlstm_session *single = session_for(model, 1, 1);
    for (size_t sample = 0; sample < SAMPLES; ++sample) {
      assert_ok(cnnlstm_session_predict(
          single, padded + sample * TINY_FLOATS, (size_t)lengths[sample] * TINY_CHANNELS, 1,
          lengths[sample], alone + sample * TINY_CLASSES, TINY_CLASSES));
    }
    cnnlstm_session_destroy(single);
    assert_finite(alone, OUTPUTS);
    for (int32_t threads = 1; threads <= 4; ++threads) {
      cnnlstm_session *session = session_for(model, threads, 3 * threads);
      assert_ok(cnnlstm_session_predict_lengths(session, padded, COUNT(padded), SAMPLES,
                                                TINY_LENGTH, lengths, SAMPLES, outputs, OUTPUTS));
      assert_memory_equal(outputs, alone, sizeof outputs);
      cnnlstm_session_destroy(session);
    }
    cnnlstm_model_destroy(model);
  }
  cnnlstm_model_destroy(original);
}

static cnnlstm_dataset data_of(int has_lengths) {
  cnnlstm_dataset data = labelled(SAMPLES);
  if (has_lengths) {
    data.inputs = padded;
    data.lengths = lengths;
    data.length_count = SAMPLES;
  }
  return data;
}

static cnnlstm_trainer *trainer_for(cnnlstm_model *model, int32_t threads) {
  cnnlstm_trainer_options options = adam_options();
  options.threads = threads;
  options.batch_size = 40;
  options.max_length = TINY_LENGTH;
  return trainer_of(model, &options);
}

/* The same weights with any number of threads; with statistics of batches, or with lengths. */
static void test_training(void **state) {
  cnnlstm_fit_options fit = fit_of(4);
  (void)state;
  fit.batch_size = 40;
  for (int has_lengths = 0; has_lengths < 2; ++has_lengths) {
    const cnnlstm_dataset data = data_of(has_lengths);
    cnnlstm_model *models[4];
    for (int32_t index = 0; index < 4; ++index) {
      models[index] = whole_model(3, CNNLSTM_LENGTH_ANY, !has_lengths);
      cnnlstm_trainer *trainer = trainer_for(models[index], index + 1);
      assert_ok(cnnlstm_trainer_fit(trainer, &data, &data, &fit, NULL, NULL));
      cnnlstm_trainer_destroy(trainer);
      assert_same_weights(models[0], models[index]);
    }
    for (int32_t index = 0; index < 4; ++index) cnnlstm_model_destroy(models[index]);
  }
}

/* Four epochs are two and two. */
static void test_resumed(void **state) {
  cnnlstm_model *whole = whole_model(3, CNNLSTM_LENGTH_ANY, 0);
  cnnlstm_model *half = whole_model(3, CNNLSTM_LENGTH_ANY, 0);
  cnnlstm_trainer *first = trainer_for(whole, 1), *second = trainer_for(half, 2), *third;
  const cnnlstm_dataset data = data_of(1);
  cnnlstm_fit_options fit = fit_of(4);
  size_t size;
  (void)state;
  assert_ok(cnnlstm_trainer_fit(first, &data, NULL, &fit, NULL, NULL));
  fit.epochs = 2;
  assert_ok(cnnlstm_trainer_fit(second, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_trainer_save_to_memory(second, NULL, 0, &size));
  unsigned char *bytes = malloc(size);
  assert_ok(cnnlstm_trainer_save_to_memory(second, bytes, size, &size));
  third = trainer_for(half, 3);
  assert_ok(cnnlstm_trainer_load_from_memory(third, bytes, size, NULL));
  fit.initial_epoch = cnnlstm_trainer_epoch(third);
  fit.epochs = 4;
  assert_ok(cnnlstm_trainer_fit(third, &data, NULL, &fit, NULL, NULL));
  assert_same_weights(whole, half);
  free(bytes);
  cnnlstm_trainer_destroy(first);
  cnnlstm_trainer_destroy(second);
  cnnlstm_trainer_destroy(third);
  cnnlstm_model_destroy(whole);
  cnnlstm_model_destroy(half);
}

int run_whole_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_predictions),
      cmocka_unit_test(test_training),
      cmocka_unit_test(test_resumed),
  };
  return cmocka_run_group_tests(tests, make_padded, NULL);
}
