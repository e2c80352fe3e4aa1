/* Weights of samples, metrics, and training batch by batch. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static cnnlstm_metric metric_of(int32_t kind) {
  cnnlstm_metric metric;
  assert_ok(cnnlstm_metric_init(&metric, sizeof metric, kind));
  return metric;
}

/* Outputs of four samples of three classes, and what they should be. */
static const float outputs[] = {.7f, .2f, .1f, .1f, .3f, .6f, .1f, .8f, .1f, .2f, .2f, .6f};
static const int32_t labels[] = {0, 1, 1, 2};

static cnnlstm_dataset predictions(void) {
  cnnlstm_dataset data;
  assert_ok(cnnlstm_dataset_init(&data, sizeof data));
  data.sample_count = 4;
  data.length = 1;
  data.inputs = outputs;
  data.input_count = COUNT(outputs);
  data.labels = labels;
  data.label_count = COUNT(labels);
  return data;
}

static void assert_values(const float *wanted, const float *got, size_t count) {
  for (size_t index = 0; index < count; ++index) {
    assert_float_equal(wanted[index], got[index], 1e-6f);
  }
}

static void test_metrics_of_predictions(void **state) {
  static const float scores[] = {1, 2.f / 3, 2.f / 3};
  static const float matrix[] = {1, 0, 0, 0, 1, 1, 0, 0, 1};
  const cnnlstm_dataset data = predictions();
  cnnlstm_metric metrics[] = {metric_of(CNNLSTM_METRIC_ACCURACY),
                              metric_of(CNNLSTM_METRIC_TOP_K_CATEGORICAL_ACCURACY),
                              metric_of(CNNLSTM_METRIC_FBETA_SCORE),
                              metric_of(CNNLSTM_METRIC_CONFUSION_MATRIX)};
  float values[14];
  size_t total = 0, count;
  (void)state;
  metrics[1].top_k = 2;
  for (size_t index = 0; index < COUNT(metrics); ++index) {
    assert_ok(cnnlstm_metric_value_count(&metrics[index], 3, &count));
    total += count;
  }
  assert_int_equal(total, COUNT(values));
  assert_ok(cnnlstm_measure(metrics, COUNT(metrics), &data, 3, values, COUNT(values)));
  assert_float_equal(values[0], 0.75f, 1e-6f);
  assert_float_equal(values[1], 1, 1e-6f);
  assert_values(scores, values + 2, 3);
  assert_values(matrix, values + 5, 9);
}

/* Of the twelve outputs .7, .6, .8 and .6 are above 0.5, and three of these at a target of 1; above
 * 0.25 is .3 too, at the fourth. */
static void test_thresholds(void **state) {
  static const float thresholds[] = {0.5f, 0.25f}, wanted[] = {.75f, .8f, .75f, 1, 10.f / 12, .75f};
  const cnnlstm_dataset data = predictions();
  cnnlstm_metric metrics[] = {metric_of(CNNLSTM_METRIC_PRECISION),
                              metric_of(CNNLSTM_METRIC_RECALL),
                              metric_of(CNNLSTM_METRIC_BINARY_ACCURACY),
                              metric_of(CNNLSTM_METRIC_CATEGORICAL_ACCURACY)};
  float values[COUNT(wanted)];
  (void)state;
  for (size_t index = 0; index < 2; ++index) {
    metrics[index].thresholds = thresholds;
    metrics[index].threshold_count = COUNT(thresholds);
  }
  assert_ok(cnnlstm_measure(metrics, COUNT(metrics), &data, 3, values, COUNT(values)));
  assert_values(wanted, values, COUNT(wanted));
}

/* Precision and recall of a class, and where the largest output alone is positive. */
static void test_precision_and_recall_of_some_outputs(void **state) {
  static const float wanted[] = {0.5f, 0.5f, 0.75f};
  const cnnlstm_dataset data = predictions();
  cnnlstm_metric metrics[] = {metric_of(CNNLSTM_METRIC_PRECISION),
                              metric_of(CNNLSTM_METRIC_RECALL),
                              metric_of(CNNLSTM_METRIC_RECALL)};
  float values[COUNT(wanted)];
  (void)state;
  metrics[0].class_id = 2;
  metrics[1].class_id = 1;
  metrics[2].top_k = 1;
  assert_ok(cnnlstm_measure(metrics, COUNT(metrics), &data, 3, values, COUNT(values)));
  assert_values(wanted, values, COUNT(wanted));
}

static void test_weights_are_for_metrics_that_ask(void **state) {
  static const float weights[] = {1, 2, 0, 1};
  cnnlstm_dataset data = predictions();
  cnnlstm_metric metrics[] = {metric_of(CNNLSTM_METRIC_ACCURACY),
                              metric_of(CNNLSTM_METRIC_ACCURACY)};
  float values[2];
  (void)state;
  metrics[1].weighted = 1;
  data.sample_weights = weights;
  data.sample_weight_count = COUNT(weights);
  assert_ok(cnnlstm_measure(metrics, 2, &data, 3, values, 2));
  assert_float_equal(values[0], 0.75f, 1e-6f);
  assert_float_equal(values[1], 0.5f, 1e-6f);
}

static void test_refused_metrics(void **state) {
  const cnnlstm_dataset data = predictions();
  cnnlstm_metric metric = metric_of(CNNLSTM_METRIC_AUC), pair[2] = {metric, metric};
  static const float beyond = 2;
  float value = -1;
  size_t count = 7;
  (void)state;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "CNNLSTM_METRIC_", "10",
                 cnnlstm_metric_init(&metric, sizeof metric, 10));
#define refuse(status, thing, field, bad)                                       \
  do {                                                                          \
    metric = pair[0];                                                           \
    metric.field = bad;                                                         \
    assert_refused(status, thing, "", cnnlstm_measure(&metric, 1, &data, 3, &value, 1)); \
  } while (0)
  refuse(CNNLSTM_ERROR_ARGUMENT, "kind", kind, 0);
  refuse(CNNLSTM_ERROR_ARGUMENT, "weighted", weighted, 2);
  refuse(CNNLSTM_ERROR_ARGUMENT, "average", average, 4);
  refuse(CNNLSTM_ERROR_ARGUMENT, "curve", curve, -1);
  refuse(CNNLSTM_ERROR_ARGUMENT, "summation_method", summation_method, 3);
  refuse(CNNLSTM_ERROR_ARGUMENT, "num_thresholds", num_thresholds, 1);
  refuse(CNNLSTM_ERROR_ARGUMENT, "threshold_count", threshold_count, SIZE_MAX);
  refuse(CNNLSTM_ERROR_NULL_POINTER, "thresholds", threshold_count, 1);
  refuse(CNNLSTM_ERROR_OPTIONS, "struct_size", struct_size, 0);
#undef refuse
  metric = pair[0];
  metric.thresholds = &beyond;
  metric.threshold_count = 1;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "threshold", "2",
                 cnnlstm_measure(&metric, 1, &data, 3, &value, 1));
  pair[1].struct_size -= 8;
  assert_refused(CNNLSTM_ERROR_OPTIONS, "struct_size", "",
                 cnnlstm_measure(pair, 2, &data, 3, &value, 1));
  assert_refused(CNNLSTM_ERROR_LIMIT, "64", "",
                 cnnlstm_measure(pair, SIZE_MAX, &data, 3, &value, 1));
  assert_refused(CNNLSTM_ERROR_SHAPE, "values", "2",
                 cnnlstm_measure(pair, 1, &data, 3, &value, 2));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "channels", "0",
                 cnnlstm_metric_value_count(pair, 0, &count));
  assert_true(value == -1 && count == 7);
}

static void test_null(void **state) {
  const cnnlstm_dataset data = predictions();
  const cnnlstm_metric metric = metric_of(CNNLSTM_METRIC_AUC);
  float value;
  size_t count;
  (void)state;
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "metric", "NULL",
                 cnnlstm_metric_init(NULL, sizeof metric, CNNLSTM_METRIC_AUC));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "metric", "NULL",
                 cnnlstm_metric_value_count(NULL, 3, &count));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "count", "NULL",
                 cnnlstm_metric_value_count(&metric, 3, NULL));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "metrics", "NULL",
                 cnnlstm_measure(NULL, 1, &data, 3, &value, 1));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "predictions", "NULL",
                 cnnlstm_measure(&metric, 1, NULL, 3, &value, 1));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "values", "NULL",
                 cnnlstm_measure(&metric, 1, &data, 3, NULL, 1));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "trainer", "NULL",
                 cnnlstm_trainer_metrics(NULL, &value, 1));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "trainer", "NULL",
                 cnnlstm_trainer_train_on_batch(NULL, &data, NULL, NULL, NULL));
  assert_int_equal(cnnlstm_trainer_metric_value_count(NULL), 0);
}

/* ---- In training */

enum { METRICS = 2, VALUES = 4 };

static cnnlstm_trainer *measuring_trainer(cnnlstm_model *model) {
  cnnlstm_metric metrics[METRICS] = {metric_of(CNNLSTM_METRIC_ACCURACY),
                                     metric_of(CNNLSTM_METRIC_FBETA_SCORE)};
  cnnlstm_trainer_options options = adam_options();
  options.metrics = metrics;
  options.metric_count = METRICS;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  memset(metrics, 0xFF, sizeof metrics); /* they were copied */
  assert_int_equal(cnnlstm_trainer_metric_value_count(trainer), VALUES);
  return trainer;
}

typedef struct seen {
  int batches, epochs;
} seen;

static int32_t check_progress(const cnnlstm_progress *progress, void *user_data) {
  seen *self = user_data;
  const int is_batch_end = progress->event == CNNLSTM_EVENT_BATCH_END;
  if (progress->event == CNNLSTM_EVENT_EPOCH_BEGIN) assert_null(progress->metrics);
  if (is_batch_end || progress->event == CNNLSTM_EVENT_EPOCH_END) {
    assert_int_equal(progress->metric_value_count, VALUES);
    assert_float_equal(progress->metrics[0], progress->accuracy, 1e-6f);
  }
  self->batches += is_batch_end;
  if (progress->event != CNNLSTM_EVENT_EPOCH_END) {
    assert_null(progress->validation_metrics);
    return 0;
  }
  assert_float_equal(progress->validation_metrics[0], progress->validation_accuracy, 1e-6f);
  ++self->epochs;
  return 0;
}

static void test_metrics_while_training(void **state) {
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_trainer *trainer = measuring_trainer(model);
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options fit = fit_of(2);
  seen progress = {0, 0};
  float accuracy, values[VALUES];
  (void)state;
  assert_ok(cnnlstm_trainer_fit(trainer, &data, &data, &fit, check_progress, &progress));
  assert_int_equal(progress.epochs, 2);
  assert_int_equal(progress.batches, 16);
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, NULL, &accuracy));
  assert_ok(cnnlstm_trainer_metrics(trainer, values, VALUES));
  assert_float_equal(values[0], accuracy, 1e-6f);
  assert_refused(CNNLSTM_ERROR_SHAPE, "values", "3", cnnlstm_trainer_metrics(trainer, values, 3));
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "values", "",
                 cnnlstm_trainer_metrics(trainer, NULL, VALUES));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* Batches in the order of the data, one call each, give the weights of an epoch. */
static void test_train_on_batch(void **state) {
  cnnlstm_model *left = tiny_model(1), *right = tiny_model(1);
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_trainer *epochs = trainer_of(left, &options), *batches = trainer_of(right, &options);
  const cnnlstm_dataset all = labelled(SAMPLES);
  cnnlstm_fit_options fit = fit_of(1);
  float loss = -1, accuracy = -1;
  (void)state;
  fit.shuffle = 0;
  assert_ok(cnnlstm_trainer_fit(epochs, &all, NULL, &fit, NULL, NULL));
  for (int64_t first = 0; first < SAMPLES; first += 8) {
    const int64_t count = first + 8 < SAMPLES ? 8 : SAMPLES - first;
    cnnlstm_dataset batch = labelled(count);
    batch.inputs += first * TINY_FLOATS;
    batch.labels += first;
    assert_ok(cnnlstm_trainer_train_on_batch(batches, &batch, NULL, &loss, &accuracy));
    assert_true(loss > 0 && accuracy >= 0 && accuracy <= 1);
  }
  assert_same_weights(left, right);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "batch", "60",
                 cnnlstm_trainer_train_on_batch(batches, &all, NULL, NULL, NULL));
  cnnlstm_trainer_destroy(epochs);
  cnnlstm_trainer_destroy(batches);
  cnnlstm_model_destroy(left);
  cnnlstm_model_destroy(right);
}

/* A sample that counts nothing changes nothing; one that counts twice is as two. */
static void test_sample_weights(void **state) {
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  cnnlstm_dataset two = labelled(2), weighted = labelled(2), first = labelled(1);
  const float weights[] = {2, 0};
  float plain, alone, both;
  (void)state;
  weighted.sample_weights = weights;
  weighted.sample_weight_count = 2;
  assert_ok(cnnlstm_trainer_evaluate(trainer, &two, &plain, NULL));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &first, &alone, NULL));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &weighted, &both, NULL));
  assert_float_equal(both, alone, 1e-6f);
  assert_true(fabsf(plain - alone) > 1e-6f);
  weighted.sample_weight_count = 3;
  assert_refused(CNNLSTM_ERROR_SHAPE, "sample_weights", "3",
                 cnnlstm_trainer_evaluate(trainer, &weighted, &both, NULL));
  weighted.sample_weights = NULL;
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, "sample_weights", "",
                 cnnlstm_trainer_evaluate(trainer, &weighted, &both, NULL));
  const float bad[] = {1, NAN};
  weighted.sample_weights = bad;
  weighted.sample_weight_count = 2;
  assert_refused(CNNLSTM_ERROR_DATA, "sample weight 1", "NaN",
                 cnnlstm_trainer_evaluate(trainer, &weighted, &both, NULL));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

int run_metric_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_metrics_of_predictions),
      cmocka_unit_test(test_thresholds),
      cmocka_unit_test(test_precision_and_recall_of_some_outputs),
      cmocka_unit_test(test_weights_are_for_metrics_that_ask),
      cmocka_unit_test(test_refused_metrics),
      cmocka_unit_test(test_null),
      cmocka_unit_test(test_metrics_while_training),
      cmocka_unit_test(test_train_on_batch),
      cmocka_unit_test(test_sample_weights),
  };
  return RUN_TESTS(tests);
}
