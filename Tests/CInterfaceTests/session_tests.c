/* Sessions: what they refuse, and that a sample's output depends on the sample alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static cnnlstm_model *model;
static float *wanted; /* predictions of all samples */

static int create_model(void **state) {
  (void)state;
  model = tiny_model(1);
  wanted = predict(model, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  return 0;
}

static int destroy_model(void **state) {
  (void)state;
  free(wanted);
  cnnlstm_model_destroy(model);
  return 0;
}

static void test_defaults(void **state) {
  cnnlstm_session_options options;
  (void)state;
  assert_ok(cnnlstm_session_options_init(&options, sizeof options));
  assert_int_equal(options.threads, 1);
  assert_int_equal(options.max_length, 0);
  assert_int_equal(options.batch_size, 32);
}

static void test_refused_options(void **state) {
  static const struct {
    int32_t threads;
    int64_t max_length, batch_size;
    const char *thing, *value;
    cnnlstm_status status;
  } bad[] = {{-1, 0, 32, "threads", "-1", CNNLSTM_ERROR_ARGUMENT},
             {257, 0, 32, "threads", "257", CNNLSTM_ERROR_ARGUMENT},
             {INT32_MAX, 0, 32, "threads", "256", CNNLSTM_ERROR_ARGUMENT},
             {1, 0, 0, "batch_size", "0", CNNLSTM_ERROR_ARGUMENT},
             {1, 0, -4, "batch_size", "-4", CNNLSTM_ERROR_ARGUMENT},
             {1, 0, INT64_MAX, "", "", ANY_SIZE_ERROR},
             {1, 0, INT64_MAX / 2048, "", "", ANY_SIZE_ERROR},
             {1, -1, 32, "max_length", "-1", ANY_SIZE_ERROR},
             {1, INT64_MIN, 32, "max_length", "", ANY_SIZE_ERROR}};
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_session_options options = session_options_of(bad[index].threads, bad[index].batch_size);
    cnnlstm_session *session = NULL;
    options.max_length = bad[index].max_length;
    assert_refused(bad[index].status, bad[index].thing, bad[index].value,
                   cnnlstm_session_create(model, &options, &session));
    assert_null(session);
  }
}

static void test_model_of_any_length_needs_max_length(void **state) {
  static const int64_t bad[] = {0, -1, 3, INT64_MAX, INT64_MAX / 64};
  cnnlstm_layer_options same = conv_of(3, 3);
  same.padding = CNNLSTM_PADDING_SAME;
  same.strides = 2;
  cnnlstm_model *any = model_of(1, input_of(CNNLSTM_LENGTH_ANY, 2), same, conv_of(3, 3),
                                layer_of(CNNLSTM_LAYER_MAX_POOLING1D), lstm_of(4, 1));
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_session_options options = session_options_of(1, 4);
    cnnlstm_session *session = NULL;
    options.max_length = bad[index];
    assert_refused(ANY_SIZE_ERROR, index == 0 ? "max_length" : "", "",
                   cnnlstm_session_create(any, &options, &session));
    assert_null(session);
  }
  cnnlstm_model_destroy(any);
}

/* Counts that do not fit: refused, and no output is written. */
static void test_refused_predictions(void **state) {
  enum { TWO = 2 * TINY_FLOATS, OUT = 2 * TINY_CLASSES };
  static const struct {
    size_t input_count;
    int64_t samples, length;
    size_t output_count;
    cnnlstm_status status;
  } bad[] = {{TWO - 1, 2, TINY_LENGTH, OUT, CNNLSTM_ERROR_SHAPE},
             {TWO + 1, 2, TINY_LENGTH, OUT, CNNLSTM_ERROR_SHAPE},
             {0, 2, TINY_LENGTH, OUT, CNNLSTM_ERROR_SHAPE},
             {SIZE_MAX, 2, TINY_LENGTH, OUT, CNNLSTM_ERROR_SHAPE},
             {TWO, 2, TINY_LENGTH, OUT - 1, CNNLSTM_ERROR_SHAPE},
             {TWO, 2, TINY_LENGTH, OUT + 1, CNNLSTM_ERROR_SHAPE},
             {TWO, 2, TINY_LENGTH, 0, CNNLSTM_ERROR_SHAPE},
             {TWO, 2, TINY_LENGTH, SIZE_MAX, CNNLSTM_ERROR_SHAPE},
             {TWO, 3, TINY_LENGTH, OUT, CNNLSTM_ERROR_SHAPE},
             {TWO, 1, TINY_LENGTH, OUT, CNNLSTM_ERROR_SHAPE},
             {TWO, 1, 2 * TINY_LENGTH, TINY_CLASSES, CNNLSTM_ERROR_SHAPE},
             {TWO, 4, TINY_LENGTH / 2, 2 * OUT, CNNLSTM_ERROR_SHAPE},
             {TWO, 2, 0, OUT, ANY_SIZE_ERROR},
             {TWO, 2, -TINY_LENGTH, OUT, ANY_SIZE_ERROR},
             {TWO, -2, TINY_LENGTH, OUT, ANY_SIZE_ERROR},
             {TWO, INT64_MAX, TINY_LENGTH, OUT, ANY_SIZE_ERROR},
             {TWO, INT64_MIN, TINY_LENGTH, OUT, ANY_SIZE_ERROR},
             {0, INT64_MAX / 2 + 1, TINY_LENGTH, 0, ANY_SIZE_ERROR},
             {TWO, INT64_MAX, INT64_MAX, OUT, ANY_SIZE_ERROR}};
  cnnlstm_session *session = session_of(model, NULL);
  float outputs[2 * OUT];
  (void)state;
  for (size_t index = 0; index < COUNT(outputs); ++index) outputs[index] = -7;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    assert_status(bad[index].status,
                  cnnlstm_session_predict(session, tiny_samples()->inputs, bad[index].input_count,
                                          bad[index].samples, bad[index].length, outputs,
                                          bad[index].output_count));
  }
  assert_refused(CNNLSTM_ERROR_SHAPE, "input", "47",
                 cnnlstm_session_predict(session, tiny_samples()->inputs, TWO - 1, 2, TINY_LENGTH,
                                         outputs, OUT));
  assert_refused(CNNLSTM_ERROR_SHAPE, "output", "5",
                 cnnlstm_session_predict(session, tiny_samples()->inputs, TWO, 2, TINY_LENGTH,
                                         outputs, OUT - 1));
  for (size_t index = 0; index < COUNT(outputs); ++index) assert_true(outputs[index] == -7);
  cnnlstm_session_destroy(session);
}

/* No samples are no error: there is nothing to do. */
static void test_no_samples(void **state) {
  cnnlstm_session *session = session_of(model, NULL);
  float output = -7;
  (void)state;
  assert_ok(cnnlstm_session_predict(session, NULL, 0, 0, TINY_LENGTH, NULL, 0));
  assert_ok(
      cnnlstm_session_predict(session, tiny_samples()->inputs, 0, 0, TINY_LENGTH, &output, 0));
  assert_true(output == -7);
  cnnlstm_session_destroy(session);
}

/* Any batch size, any threads, any number of samples: the same bits, and nothing behind them. */
static void test_output_depends_on_the_sample_alone(void **state) {
  static const int64_t batch_sizes[] = {1, 2, 3, 5, 8, 32, 1000};
  static const int32_t threads[] = {1, 2, 4, 0};
  static const int64_t counts[] = {1, 2, 7, 31, 33, SAMPLES};
  (void)state;
  for (size_t batch = 0; batch < COUNT(batch_sizes); ++batch) {
    for (size_t thread = 0; thread < COUNT(threads); ++thread) {
      const cnnlstm_session_options options =
          session_options_of(threads[thread], batch_sizes[batch]);
      cnnlstm_session *session = session_of(model, &options);
      for (size_t index = 0; index < COUNT(counts); ++index) {
        const size_t count = (size_t)counts[index], first = SAMPLES - count;
        float outputs[SAMPLES * TINY_CLASSES + 1];
        outputs[count * TINY_CLASSES] = -7;
        assert_ok(cnnlstm_session_predict(
            session, tiny_samples()->inputs + first * TINY_FLOATS, count * TINY_FLOATS,
            counts[index], TINY_LENGTH, outputs, count * TINY_CLASSES));
        assert_memory_equal(outputs, wanted + first * TINY_CLASSES,
                            count * TINY_CLASSES * sizeof *outputs);
        assert_true(outputs[count * TINY_CLASSES] == -7);
      }
      cnnlstm_session_destroy(session);
    }
  }
}

/* The seed model, whose sums are long enough to come out otherwise in another order. */
static void test_batches_of_the_seed_model(void **state) {
  enum { COUNT_OF_SAMPLES = 37, LENGTH = 100, CLASSES = 8 };
  static const int64_t batch_sizes[] = {1, 4, 7, 37};
  cnnlstm_model *seed = seed_model(3);
  float *inputs = malloc(COUNT_OF_SAMPLES * LENGTH * sizeof *inputs);
  float outputs[COUNT_OF_SAMPLES * CLASSES];
  (void)state;
  fill(inputs, COUNT_OF_SAMPLES * LENGTH, 3);
  float *single = predict(seed, inputs, COUNT_OF_SAMPLES, LENGTH);
  for (size_t batch = 0; batch < COUNT(batch_sizes); ++batch) {
    const cnnlstm_session_options options = session_options_of(2, batch_sizes[batch]);
    cnnlstm_session *session = session_of(seed, &options);
    assert_ok(cnnlstm_session_predict(session, inputs, COUNT_OF_SAMPLES * LENGTH, COUNT_OF_SAMPLES,
                                      LENGTH, outputs, COUNT(outputs)));
    assert_memory_equal(outputs, single, sizeof outputs);
    cnnlstm_session_destroy(session);
  }
  free(single);
  free(inputs);
  cnnlstm_model_destroy(seed);
}

/* A sample that is NaN, infinite or huge spoils no other. */
static void test_bad_samples_spoil_no_others(void **state) {
  static const float bad[] = {NAN, INFINITY, 3e38f, -3e38f, 1e-42f};
  const cnnlstm_session_options options = session_options_of(1, 8);
  cnnlstm_session *session = session_of(model, &options);
  float inputs[8 * TINY_FLOATS], outputs[8 * TINY_CLASSES];
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    memcpy(inputs, tiny_samples()->inputs, sizeof inputs);
    for (size_t at = 3 * TINY_FLOATS; at < 4 * TINY_FLOATS; ++at) inputs[at] = bad[index];
    assert_ok(cnnlstm_session_predict(session, inputs, COUNT(inputs), 8, TINY_LENGTH, outputs,
                                      COUNT(outputs)));
    assert_memory_equal(outputs, wanted, 3 * TINY_CLASSES * sizeof *outputs);
    assert_memory_equal(outputs + 4 * TINY_CLASSES, wanted + 4 * TINY_CLASSES,
                        4 * TINY_CLASSES * sizeof *outputs);
  }
  cnnlstm_session_destroy(session);
}

static void test_any_length(void **state) {
  cnnlstm_model *any = model_of(1, input_of(CNNLSTM_LENGTH_ANY, 2), conv_of(3, 3), lstm_of(4, 1));
  cnnlstm_session_options options = session_options_of(1, 4);
  float inputs[3 * 2 * 20], outputs[3 * 4 * 18];
  (void)state;
  fill(inputs, COUNT(inputs), 5);
  options.max_length = 20;
  cnnlstm_session *session = session_of(any, &options);
  for (int64_t length = 3; length <= 20; ++length) {
    cnnlstm_model *fixed = model_of(1, input_of(length, 2), conv_of(3, 3), lstm_of(4, 1));
    const size_t count = (size_t)(3 * 4 * (length - 2));
    float *same = predict(fixed, inputs, 3, length);
    assert_ok(cnnlstm_session_predict(session, inputs, (size_t)(3 * 2 * length), 3, length, outputs,
                                      count));
    for (size_t at = 0; at < count; ++at) assert_float_equal(outputs[at], same[at], 1e-6);
    free(same);
    cnnlstm_model_destroy(fixed);
  }
  assert_refused(CNNLSTM_ERROR_SHAPE, "21", "20",
                 cnnlstm_session_predict(session, inputs, 2 * 21, 1, 21, outputs, 4 * 19));
  assert_status(CNNLSTM_ERROR_SHAPE,
                cnnlstm_session_predict(session, inputs, 2 * 2, 1, 2, outputs, 0));
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(any);
}

/* A model without a time axis ignores the length. */
static void test_vectors(void **state) {
  static const int64_t lengths[] = {CNNLSTM_LENGTH_NO_TIME, 0, 1, 99, INT64_MIN};
  cnnlstm_model *dense =
      model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, 5), dense_of(3, CNNLSTM_ACTIVATION_SOFTMAX));
  cnnlstm_session *session = session_of(dense, NULL);
  float inputs[4 * 5], outputs[4 * 3], first[4 * 3];
  (void)state;
  fill(inputs, COUNT(inputs), 6);
  for (size_t index = 0; index < COUNT(lengths); ++index) {
    assert_ok(cnnlstm_session_predict(session, inputs, COUNT(inputs), 4, lengths[index], outputs,
                                      COUNT(outputs)));
    if (index == 0) memcpy(first, outputs, sizeof first);
    assert_memory_equal(outputs, first, sizeof first);
  }
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(dense);
}

static void test_sessions_outlive_their_model(void **state) {
  cnnlstm_model *short_lived = tiny_model(1);
  cnnlstm_session *session = session_of(short_lived, NULL);
  float outputs[SAMPLES * TINY_CLASSES];
  (void)state;
  cnnlstm_model_destroy(short_lived);
  assert_ok(cnnlstm_session_predict(session, tiny_samples()->inputs, SAMPLES * TINY_FLOATS, SAMPLES,
                                    TINY_LENGTH, outputs, COUNT(outputs)));
  assert_memory_equal(outputs, wanted, sizeof outputs);
  cnnlstm_session_destroy(session);
}

/* A session sees weights that were set after it was made. */
static void test_new_weights(void **state) {
  cnnlstm_model *changing = tiny_model(9);
  cnnlstm_session *session = session_of(changing, NULL);
  float outputs[SAMPLES * TINY_CLASSES], *weights = weights_of(model);
  (void)state;
  assert_ok(cnnlstm_model_set_weights(changing, weights, cnnlstm_model_parameter_count(model)));
  assert_ok(cnnlstm_session_predict(session, tiny_samples()->inputs, SAMPLES * TINY_FLOATS, SAMPLES,
                                    TINY_LENGTH, outputs, COUNT(outputs)));
  assert_memory_equal(outputs, wanted, sizeof outputs);
  free(weights);
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(changing);
}

int run_session_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_refused_options),
      cmocka_unit_test(test_model_of_any_length_needs_max_length),
      cmocka_unit_test(test_refused_predictions),
      cmocka_unit_test(test_no_samples),
      cmocka_unit_test(test_output_depends_on_the_sample_alone),
      cmocka_unit_test(test_batches_of_the_seed_model),
      cmocka_unit_test(test_bad_samples_spoil_no_others),
      cmocka_unit_test(test_any_length),
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_sessions_outlive_their_model),
      cmocka_unit_test(test_new_weights),
  };
  return cmocka_run_group_tests(tests, create_model, destroy_model);
}
