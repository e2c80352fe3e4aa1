/* Conversion: new models with kernels of fewer bits, what is said of them, and their files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum {
  SEED_SAMPLES = 40,
  SEED_LENGTH = 100,
  SEED_FLOATS = SEED_SAMPLES * SEED_LENGTH,
  CLASSES = 8
};

static cnnlstm_model *model; /* the seed model */
static float inputs[SEED_FLOATS];

static int create_model(void **state) {
  (void)state;
  model = seed_model(1);
  fill(inputs, SEED_FLOATS, 3);
  return 0;
}

static int destroy_model(void **state) {
  (void)state;
  cnnlstm_model_destroy(model);
  return 0;
}

/* How far the predictions of two models are apart, found in plain loops. */
static cnnlstm_conversion_report compared(const cnnlstm_model *left, const cnnlstm_model *right) {
  float *one = predict(left, inputs, SEED_SAMPLES, SEED_LENGTH);
  float *other = predict(right, inputs, SEED_SAMPLES, SEED_LENGTH);
  cnnlstm_conversion_report report = {.sample_count = SEED_SAMPLES};
  double sum = 0;
  int agreeing = 0;
  for (int sample = 0; sample < SEED_SAMPLES; ++sample) {
    const float *a = one + sample * CLASSES, *b = other + sample * CLASSES;
    int label_a = 0, label_b = 0;
    for (int at = 0; at < CLASSES; ++at) {
      const float difference = fabsf(a[at] - b[at]);
      if (difference > report.max_difference) report.max_difference = difference;
      sum += (double)difference;
      if (a[at] > a[label_a]) label_a = at;
      if (b[at] > b[label_b]) label_b = at;
    }
    agreeing += label_a == label_b;
  }
  report.mean_difference = (float)(sum / (SEED_SAMPLES * CLASSES));
  report.label_agreement = (float)agreeing / SEED_SAMPLES;
  free(other);
  free(one);
  return report;
}

static void test_report(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(dtypes); ++index) {
    cnnlstm_conversion_report report = {.struct_size = sizeof report}, wanted;
    cnnlstm_model *converted = NULL;
    assert_ok(cnnlstm_model_convert(model, dtypes[index], inputs, SEED_FLOATS, SEED_SAMPLES,
                                    SEED_LENGTH, &report, &converted));
    assert_int_equal(cnnlstm_model_dtype(converted), dtypes[index]);
    wanted = compared(model, converted);
    assert_int_equal(report.sample_count, SEED_SAMPLES);
    assert_float_equal(report.max_difference, wanted.max_difference, 1e-7);
    assert_float_equal(report.mean_difference, wanted.mean_difference, 1e-7);
    assert_float_equal(report.label_agreement, wanted.label_agreement, 1e-6);
    assert_true(report.max_difference < 0.02f);
    assert_int_equal(report.max_difference > 0, dtypes[index] != CNNLSTM_DTYPE_FLOAT32);
    cnnlstm_model_destroy(converted);
  }
}

/* The new model has all of the old one, and neither needs the other. */
static void test_models_are_independent(void **state) {
  cnnlstm_model *original = tiny_model(1), *same = tiny_model(1), *converted = NULL;
  char text[16];
  (void)state;
  assert_ok(cnnlstm_model_convert(original, CNNLSTM_DTYPE_INT8, NULL, 0, 0, 0, NULL, &converted));
  assert_int_equal(cnnlstm_model_dtype(original), CNNLSTM_DTYPE_FLOAT32);
  assert_ok(cnnlstm_model_set_labels(converted, NULL, 0));
  assert_ok(cnnlstm_model_set_metadata(converted, "sensor", "ankle"));
  assert_ok(cnnlstm_model_label(original, 2, text, sizeof text, NULL));
  assert_string_equal(text, "run");
  assert_ok(cnnlstm_model_metadata_value(original, 0, text, sizeof text, NULL));
  assert_string_equal(text, "wrist");
  assert_same_weights(original, same);
  cnnlstm_model_destroy(original);
  float *outputs = predict(converted, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  float *wanted = predict(same, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  for (size_t at = 0; at < SAMPLES * TINY_CLASSES; ++at) {
    assert_float_equal(outputs[at], wanted[at], 0.05);
  }
  free(wanted);
  free(outputs);
  cnnlstm_model_destroy(converted);
  cnnlstm_model_destroy(same);
}

static void test_no_samples(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(dtypes); ++index) {
    cnnlstm_conversion_report report = {.struct_size = sizeof report, .sample_count = 77};
    cnnlstm_model *converted = NULL;
    assert_ok(cnnlstm_model_convert(model, dtypes[index], NULL, 0, 0, INT64_MIN, &report,
                                    &converted));
    assert_int_equal(report.sample_count, 0);
    assert_true(isnan(report.max_difference) && isnan(report.mean_difference));
    assert_true(isnan(report.label_agreement));
    cnnlstm_model_destroy(converted);
  }
}

/* Vectors ignore the length; a model of any length takes the one given. */
static void test_lengths(void **state) {
  cnnlstm_model *vectors = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, 4), dense_of(2, 0));
  cnnlstm_model *any = model_of(1, input_of(CNNLSTM_LENGTH_ANY, 4), lstm_of(3, 1));
  cnnlstm_conversion_report report = {.struct_size = sizeof report};
  cnnlstm_model *converted = NULL;
  (void)state;
  assert_ok(cnnlstm_model_convert(vectors, CNNLSTM_DTYPE_INT8, inputs, 20, 5, -7, &report,
                                  &converted));
  assert_int_equal(report.sample_count, 5);
  cnnlstm_model_destroy(converted);
  assert_ok(cnnlstm_model_convert(any, CNNLSTM_DTYPE_BFLOAT16, inputs, 5 * 28, 5, 7, &report,
                                  &converted));
  assert_true(report.label_agreement > 0.5f && report.label_agreement <= 1);
  cnnlstm_model_destroy(converted);
  cnnlstm_model_destroy(any);
  cnnlstm_model_destroy(vectors);
}

static void test_what_is_refused(void **state) {
  static const struct {
    int32_t dtype;
    size_t count;
    int64_t samples, length;
    cnnlstm_status status;
    const char *thing;
  } bad[] = {{0, 100, 1, 100, CNNLSTM_ERROR_ARGUMENT, "dtype"},
             {2, 100, 1, 100, CNNLSTM_ERROR_ARGUMENT, "dtype"},
             {5, 100, 1, 100, CNNLSTM_ERROR_ARGUMENT, "dtype"},
             {INT32_MIN, 100, 1, 100, CNNLSTM_ERROR_ARGUMENT, "dtype"},
             {4, 100, 1, 99, CNNLSTM_ERROR_SHAPE, "length"},
             {4, 99, 1, 100, CNNLSTM_ERROR_SHAPE, "inputs"},
             {4, 100, 0, 100, CNNLSTM_ERROR_SHAPE, "inputs"},
             {4, 0, 1, 100, CNNLSTM_ERROR_SHAPE, "inputs"},
             {4, 100, -1, 100, CNNLSTM_ERROR_ARGUMENT, "sample_count"},
             {4, SIZE_MAX, INT64_MAX, 100, ANY_SIZE_ERROR, ""},
             {4, SIZE_MAX, INT64_MIN, INT64_MIN, ANY_SIZE_ERROR, ""}};
  cnnlstm_conversion_report report = {.struct_size = sizeof report, .sample_count = 77};
  cnnlstm_model *converted = NULL, *unbuilt = model_of(NOT_BUILT, input_of(4, 1));
  float nan_inputs[SEED_LENGTH] = {0};
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    assert_refused(bad[index].status, bad[index].thing, "",
                   cnnlstm_model_convert(model, bad[index].dtype, inputs, bad[index].count,
                                         bad[index].samples, bad[index].length, &report,
                                         &converted));
  }
  nan_inputs[99] = NAN;
  assert_refused(CNNLSTM_ERROR_DATA, "99", "NaN",
                 cnnlstm_model_convert(model, CNNLSTM_DTYPE_INT8, nan_inputs, SEED_LENGTH, 1,
                                       SEED_LENGTH, &report, &converted));
  assert_refused(CNNLSTM_ERROR_STATE, "built", "",
                 cnnlstm_model_convert(unbuilt, CNNLSTM_DTYPE_INT8, NULL, 0, 0, 0, &report,
                                       &converted));
  assert_null(converted);
  assert_int_equal(report.sample_count, 77);
  cnnlstm_model_destroy(unbuilt);
}

/* A file of a converted model: half and about a quarter of the size; the same model, dtype and
 * bytes come back. */
static void test_files(void **state) {
  static const double least[] = {0.99, 0.49, 0.25}, most[] = {1.01, 0.52, 0.28};
  size_t whole;
  unsigned char *original = bytes_of(model, &whole);
  (void)state;
  for (size_t index = 0; index < COUNT(dtypes); ++index) {
    cnnlstm_model *converted = NULL, *loaded = NULL;
    size_t size, size_again;
    assert_ok(cnnlstm_model_convert(model, dtypes[index], NULL, 0, 0, 0, NULL, &converted));
    unsigned char *bytes = bytes_of(converted, &size);
    assert_true((double)size >= least[index] * (double)whole);
    assert_true((double)size <= most[index] * (double)whole);
    assert_ok(cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded));
    assert_int_equal(cnnlstm_model_dtype(loaded), dtypes[index]);
    assert_same_weights(loaded, converted);
    unsigned char *again = bytes_of(loaded, &size_again);
    assert_int_equal(size_again, size);
    assert_memory_equal(again, bytes, size);
    float *outputs = predict(loaded, inputs, SEED_SAMPLES, SEED_LENGTH);
    float *wanted = predict(converted, inputs, SEED_SAMPLES, SEED_LENGTH);
    assert_memory_equal(outputs, wanted, SEED_SAMPLES * CLASSES * sizeof *outputs);
    free(wanted);
    free(outputs);
    free(again);
    free(bytes);
    cnnlstm_model_destroy(loaded);
    cnnlstm_model_destroy(converted);
  }
  free(original);
}

/* New weights are rounded as a conversion rounds; kernels alone are. */
static void test_new_weights(void **state) {
  cnnlstm_model *changed = seed_model(2);
  float *weights = weights_of(changed);
  const size_t count = cnnlstm_model_parameter_count(changed);
  (void)state;
  weights[count - 1] = 0.1f; /* of the last bias */
  assert_ok(cnnlstm_model_set_weights(changed, weights, count));
  for (size_t index = 0; index < COUNT(dtypes); ++index) {
    cnnlstm_model *converted = NULL, *wanted = NULL;
    assert_ok(cnnlstm_model_convert(model, dtypes[index], NULL, 0, 0, 0, NULL, &converted));
    assert_ok(cnnlstm_model_convert(changed, dtypes[index], NULL, 0, 0, 0, NULL, &wanted));
    assert_ok(cnnlstm_model_set_weights(converted, weights, count));
    assert_same_weights(converted, wanted);
    float *rounded = weights_of(converted);
    assert_true(rounded[count - 1] == 0.1f);
    assert_int_equal(memcmp(rounded, weights, count * sizeof *weights) == 0,
                     dtypes[index] == CNNLSTM_DTYPE_FLOAT32);
    assert_ok(cnnlstm_model_set_weights(converted, rounded, count));
    assert_same_weights(converted, wanted);
    free(rounded);
    cnnlstm_model_destroy(wanted);
    cnnlstm_model_destroy(converted);
  }
  free(weights);
  cnnlstm_model_destroy(changed);
}

static void test_models_for_prediction_alone(void **state) {
  cnnlstm_model *original = tiny_model(1), *converted = NULL;
  cnnlstm_trainer *trainer = NULL;
  (void)state;
  for (size_t index = 1; index < COUNT(dtypes); ++index) {
    assert_ok(cnnlstm_model_convert(original, dtypes[index], NULL, 0, 0, 0, NULL, &converted));
    assert_refused(CNNLSTM_ERROR_STATE, cnnlstm_code_name("dtype", dtypes[index]), "convert",
                   cnnlstm_trainer_create(converted, NULL, &trainer));
    assert_null(trainer);
    assert_ok(cnnlstm_model_adapt(converted, 1, inputs, TINY_FLOATS, 1, TINY_LENGTH));
    cnnlstm_model_destroy(converted);
  }
  cnnlstm_model_destroy(original);
}

/* A sample's output depends on that sample alone, whatever the type. */
static void test_batches(void **state) {
  float outputs[CLASSES];
  (void)state;
  for (size_t index = 1; index < COUNT(dtypes); ++index) {
    cnnlstm_model *converted = NULL;
    assert_ok(cnnlstm_model_convert(model, dtypes[index], NULL, 0, 0, 0, NULL, &converted));
    float *wanted = predict(converted, inputs, SEED_SAMPLES, SEED_LENGTH);
    cnnlstm_session *session = session_of(converted, NULL);
    for (size_t sample = 0; sample < SEED_SAMPLES; ++sample) {
      assert_ok(cnnlstm_session_predict(session, inputs + sample * SEED_LENGTH, SEED_LENGTH, 1,
                                        SEED_LENGTH, outputs, CLASSES));
      assert_memory_equal(outputs, wanted + sample * CLASSES, sizeof outputs);
    }
    cnnlstm_session_destroy(session);
    free(wanted);
    cnnlstm_model_destroy(converted);
  }
}

int run_conversion_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_report),
      cmocka_unit_test(test_models_are_independent),
      cmocka_unit_test(test_no_samples),
      cmocka_unit_test(test_lengths),
      cmocka_unit_test(test_what_is_refused),
      cmocka_unit_test(test_files),
      cmocka_unit_test(test_new_weights),
      cmocka_unit_test(test_models_for_prediction_alone),
      cmocka_unit_test(test_batches),
  };
  return cmocka_run_group_tests(tests, create_model, destroy_model);
}
