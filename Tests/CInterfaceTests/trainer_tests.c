/* Trainers: options and data that are refused, evaluation, the learning rate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static cnnlstm_model *model;

static int create_model(void **state) {
  (void)state;
  model = tiny_model(1);
  return 0;
}

static int destroy_model(void **state) {
  (void)state;
  cnnlstm_model_destroy(model);
  return 0;
}

static void test_defaults(void **state) {
  cnnlstm_trainer_options sgd, adam, untouched;
  cnnlstm_fit_options fit;
  (void)state;
  assert_ok(cnnlstm_trainer_options_init(&sgd, sizeof sgd, CNNLSTM_OPTIMIZER_SGD));
  assert_ok(cnnlstm_trainer_options_init(&adam, sizeof adam, CNNLSTM_OPTIMIZER_ADAM));
  assert_ok(cnnlstm_fit_options_init(&fit, sizeof fit));
  assert_true(sgd.learning_rate == 0.01f && sgd.momentum == 0 && sgd.nesterov == 0);
  assert_true(adam.learning_rate == 0.001f && adam.beta_1 == 0.9f && adam.beta_2 == 0.999f);
  assert_true(adam.epsilon == 1e-7f && adam.global_clipnorm == 0);
  assert_int_equal(adam.loss, CNNLSTM_LOSS_CATEGORICAL_CROSSENTROPY);
  assert_true(adam.threads == 0 && adam.batch_size == 32 && adam.max_length == 0 && adam.seed == 0);
  assert_true(fit.epochs == 1 && fit.initial_epoch == 0 && fit.batch_size == 32);
  assert_true(fit.shuffle == 1 && fit.validation_split == 0 && !fit.class_weights);
  untouched = adam;
  assert_status(CNNLSTM_ERROR_ARGUMENT, cnnlstm_trainer_options_init(&adam, sizeof adam, 0));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "optimizer", "99",
                 cnnlstm_trainer_options_init(&adam, sizeof adam, 99));
  assert_memory_equal(&adam, &untouched, sizeof adam);
}

/* A field set to a value that is refused; numbers are given as float or int32_t. */
typedef struct bad_option {
  const char *field;
  int32_t optimizer;
  size_t offset;
  int is_float;
  int32_t integer;
  float real;
} bad_option;

#define INTEGER(field, value) \
  {#field, CNNLSTM_OPTIMIZER_ADAM, offsetof(cnnlstm_trainer_options, field), 0, value, 0}
#define REAL(optimizer, field, value) \
  {#field, CNNLSTM_OPTIMIZER_##optimizer, offsetof(cnnlstm_trainer_options, field), 1, 0, value}
static const bad_option bad_options[] = {
    INTEGER(loss, 0),          INTEGER(loss, 99),         INTEGER(loss, -1),
    INTEGER(optimizer, 0),     INTEGER(optimizer, 77),    INTEGER(threads, -1),
    INTEGER(threads, 257),     INTEGER(threads, INT32_MAX), INTEGER(batch_size, 0),
    INTEGER(batch_size, -8),   REAL(ADAM, learning_rate, -1e-30f), REAL(SGD, learning_rate, -1),
    REAL(SGD, learning_rate, NAN), REAL(ADAM, learning_rate, INFINITY), REAL(SGD, momentum, -0.5f),
    REAL(SGD, momentum, 1.5f), REAL(SGD, momentum, NAN),  REAL(ADAM, beta_1, 1),
    REAL(ADAM, beta_1, -0.1f), REAL(ADAM, beta_1, NAN),   REAL(ADAM, beta_2, 1),
    REAL(ADAM, beta_2, NAN),   REAL(ADAM, epsilon, 0),    REAL(ADAM, epsilon, -1),
    REAL(ADAM, epsilon, NAN),  REAL(ADAM, global_clipnorm, -1), REAL(SGD, global_clipnorm, NAN)};

static void test_options_out_of_range(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(bad_options); ++index) {
    const bad_option *bad = &bad_options[index];
    const void *value = bad->is_float ? (const void *)&bad->real : (const void *)&bad->integer;
    cnnlstm_trainer_options options;
    cnnlstm_trainer *trainer = NULL;
    assert_ok(cnnlstm_trainer_options_init(&options, sizeof options, bad->optimizer));
    memcpy((char *)&options + bad->offset, value, 4);
    assert_refused(CNNLSTM_ERROR_ARGUMENT, bad->field, "",
                   cnnlstm_trainer_create(model, &options, &trainer));
    assert_null(trainer);
  }
}

static void test_absurd_trainers(void **state) {
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_model *any = model_of(1, input_of(CNNLSTM_LENGTH_ANY, 2), lstm_of(4, 0));
  cnnlstm_trainer *trainer = NULL;
  (void)state;
  options.batch_size = INT32_MAX;
  options.loss = CNNLSTM_LOSS_MSE;
  options.max_length = INT64_MAX / 16;
  assert_status(ANY_SIZE_ERROR, cnnlstm_trainer_create(any, &options, &trainer));
  options.batch_size = 8;
  assert_status(ANY_SIZE_ERROR, cnnlstm_trainer_create(any, &options, &trainer));
  options.max_length = 0;
  assert_refused(ANY_SIZE_ERROR, "max_length", "", cnnlstm_trainer_create(any, &options, &trainer));
  options.max_length = -5;
  assert_refused(ANY_SIZE_ERROR, "max_length", "-5",
                 cnnlstm_trainer_create(any, &options, &trainer));
  assert_null(trainer);
  cnnlstm_model_destroy(any);
}

/* A data set that is wrong in one way; fit and evaluate both refuse it. */
typedef struct bad_dataset {
  cnnlstm_status status;
  const char *thing, *value;
  void (*spoil)(cnnlstm_dataset *data);
} bad_dataset;

static int32_t labels[SAMPLES];

static void with_label(cnnlstm_dataset *data, int32_t label) {
  memcpy(labels, tiny_samples()->labels, sizeof labels);
  labels[SAMPLES - 1] = label;
  data->labels = labels;
}

static void label_too_high(cnnlstm_dataset *data) { with_label(data, TINY_CLASSES); }
static void label_negative(cnnlstm_dataset *data) { with_label(data, -1); }
static void label_lowest(cnnlstm_dataset *data) { with_label(data, INT32_MIN); }
static void no_samples(cnnlstm_dataset *data) {
  data->sample_count = 0;
  data->input_count = data->label_count = 0;
}
static void negative_samples(cnnlstm_dataset *data) { data->sample_count = -SAMPLES; }
static void absurd_samples(cnnlstm_dataset *data) { data->sample_count = INT64_MAX; }
static void absurd_length(cnnlstm_dataset *data) { data->length = INT64_MAX; }
static void too_short(cnnlstm_dataset *data) {
  data->length = TINY_LENGTH / 2;
  data->sample_count *= 2;
}
static void negative_length(cnnlstm_dataset *data) { data->length = -TINY_LENGTH; }
static void few_inputs(cnnlstm_dataset *data) { data->input_count -= 1; }
static void few_labels(cnnlstm_dataset *data) { data->label_count -= 1; }
static void many_labels(cnnlstm_dataset *data) { data->label_count = SIZE_MAX; }
static void labels_and_targets(cnnlstm_dataset *data) {
  data->targets = tiny_samples()->targets;
  data->target_count = COUNT(tiny_samples()->targets);
}
static void targets_instead(cnnlstm_dataset *data) {
  labels_and_targets(data);
  data->labels = NULL;
  data->label_count = 0;
}
static void reserved_set(cnnlstm_dataset *data) { data->reserved = 1; }

static const bad_dataset bad_datasets[] = {
    {CNNLSTM_ERROR_DATA, "label", "3", label_too_high},
    {CNNLSTM_ERROR_DATA, "59", "-1", label_negative},
    {CNNLSTM_ERROR_DATA, "label", "-2147483648", label_lowest},
    {ANY_SIZE_ERROR, "sample_count", "0", no_samples},
    {ANY_SIZE_ERROR, "sample_count", "-60", negative_samples},
    {ANY_SIZE_ERROR, "", "", absurd_samples},
    {ANY_SIZE_ERROR, "length", "", absurd_length},
    {CNNLSTM_ERROR_SHAPE, "length", "6", too_short},
    {ANY_SIZE_ERROR, "length", "-12", negative_length},
    {CNNLSTM_ERROR_SHAPE, "input", "1439", few_inputs},
    {CNNLSTM_ERROR_SHAPE, "label", "59", few_labels},
    {CNNLSTM_ERROR_SHAPE, "label", "", many_labels},
    {ANY_ERROR, "targets", "", labels_and_targets},
    {ANY_ERROR, "labels", "", targets_instead},
    {ANY_ERROR, "reserved", "", reserved_set}};

static void test_refused_datasets(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_fit_options fit = fit_of(1);
  const cnnlstm_dataset good = labelled(SAMPLES);
  cnnlstm_model *same = tiny_model(1);
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  (void)state;
  for (size_t index = 0; index < COUNT(bad_datasets); ++index) {
    const bad_dataset *bad = &bad_datasets[index];
    cnnlstm_dataset data = good;
    float loss = -7, accuracy = -7;
    bad->spoil(&data);
    assert_refused(bad->status, bad->thing, bad->value,
                   cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
    assert_refused(bad->status, bad->thing, bad->value,
                   cnnlstm_trainer_evaluate(trainer, &data, &loss, &accuracy));
    assert_true(loss == -7 && accuracy == -7);
    assert_refused(bad->status, bad->thing, bad->value,
                   cnnlstm_trainer_fit(trainer, &good, &data, &fit, NULL, NULL));
  }
  assert_same_weights(model, same);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(same);
}

static void test_refused_targets(void **state) {
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  cnnlstm_trainer_options options = adam_options();
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_dataset data = targeted(SAMPLES);
  cnnlstm_model *same = tiny_model(1);
  float targets[SAMPLES * TINY_CLASSES];
  (void)state;
  options.loss = CNNLSTM_LOSS_MSE;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  memcpy(targets, tiny_samples()->targets, sizeof targets);
  data.targets = targets;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    targets[SAMPLES * TINY_CLASSES - 1] = bad[index];
    assert_refused(CNNLSTM_ERROR_DATA, "target", "",
                   cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
    assert_refused(CNNLSTM_ERROR_DATA, "target", "",
                   cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL));
  }
  data = targeted(SAMPLES);
  data.target_count -= 1;
  assert_refused(CNNLSTM_ERROR_SHAPE, "target", "179",
                 cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  data = labelled(SAMPLES);
  assert_refused(ANY_ERROR, "targets", "",
                 cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_same_weights(model, same);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(same);
}

/* What a channel adds to the loss of its row, by the formula in the header and the defaults of its
 * options; t is 0 or 1. */
static double loss_of_channel(int32_t loss, double y, double t) {
  const double likelihood = t == 1 ? y : 1 - y, distance = fabs(y - t);
  switch (loss) {
    case CNNLSTM_LOSS_MSE:
      return distance * distance / TINY_CLASSES;
    case CNNLSTM_LOSS_MAE:
      return distance / TINY_CLASSES;
    case CNNLSTM_LOSS_HUBER:
      return (distance <= 1 ? distance * distance / 2 : distance - 0.5) / TINY_CLASSES;
    case CNNLSTM_LOSS_BINARY_CROSSENTROPY:
      return -log(likelihood) / TINY_CLASSES;
    case CNNLSTM_LOSS_BINARY_FOCAL_CROSSENTROPY:
      return -pow(1 - likelihood, 2) * log(likelihood) / TINY_CLASSES;
    case CNNLSTM_LOSS_CATEGORICAL_FOCAL_CROSSENTROPY:
      return -0.25 * t * pow(1 - y, 2) * log(y);
    default: /* cross-entropies, and KL_DIVERGENCE of targets that are 0 or 1 */
      return -t * log(y);
  }
}

static double loss_of_row(int32_t loss, const float *row, int32_t label) {
  double sum = 0;
  for (int at = 0; at < TINY_CLASSES; ++at) {
    sum += loss_of_channel(loss, (double)row[at], label == at);
  }
  return sum;
}

static int32_t largest_of_row(const float *row) {
  int32_t largest = 0;
  for (int32_t at = 1; at < TINY_CLASSES; ++at) largest = row[at] > row[largest] ? at : largest;
  return largest;
}

/* Loss and accuracy are those of the predictions, each loss behind the activation it goes with. */
static void test_evaluate(void **state) {
  static const int32_t cases[][2] = {
      {CNNLSTM_LOSS_CATEGORICAL_CROSSENTROPY, CNNLSTM_ACTIVATION_SOFTMAX},
      {CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, CNNLSTM_ACTIVATION_SOFTMAX},
      {CNNLSTM_LOSS_BINARY_CROSSENTROPY, CNNLSTM_ACTIVATION_SIGMOID},
      {CNNLSTM_LOSS_MSE, CNNLSTM_ACTIVATION_SIGMOID},
      {CNNLSTM_LOSS_MSE, CNNLSTM_ACTIVATION_LINEAR},
      {CNNLSTM_LOSS_MAE, CNNLSTM_ACTIVATION_LINEAR},
      {CNNLSTM_LOSS_HUBER, CNNLSTM_ACTIVATION_LINEAR},
      {CNNLSTM_LOSS_BINARY_FOCAL_CROSSENTROPY, CNNLSTM_ACTIVATION_SIGMOID},
      {CNNLSTM_LOSS_CATEGORICAL_FOCAL_CROSSENTROPY, CNNLSTM_ACTIVATION_SOFTMAX},
      {CNNLSTM_LOSS_KL_DIVERGENCE, CNNLSTM_ACTIVATION_SOFTMAX}};
  const samples *data = tiny_samples();
  (void)state;
  for (size_t index = 0; index < COUNT(cases); ++index) {
    cnnlstm_trainer_options options = adam_options();
    cnnlstm_model *other = model_of(1, input_of(TINY_LENGTH, TINY_CHANNELS), lstm_of(4, 0),
                                    dense_of(TINY_CLASSES, cases[index][1]));
    const cnnlstm_dataset given = index == 1 ? labelled(SAMPLES) : targeted(SAMPLES);
    float *outputs = predict(other, data->inputs, SAMPLES, TINY_LENGTH), loss, accuracy;
    double wanted = 0, right = 0;
    options.loss = cases[index][0];
    for (int sample = 0; sample < SAMPLES; ++sample) {
      const float *row = outputs + sample * TINY_CLASSES;
      wanted += loss_of_row(options.loss, row, data->labels[sample]) / SAMPLES;
      right += largest_of_row(row) == data->labels[sample];
    }
    cnnlstm_trainer *trainer = trainer_of(other, &options);
    assert_ok(cnnlstm_trainer_evaluate(trainer, &given, &loss, &accuracy));
    assert_float_equal(loss, wanted, 1e-5);
    assert_float_equal(accuracy, right / SAMPLES, 1e-6);
    cnnlstm_trainer_destroy(trainer);
    free(outputs);
    cnnlstm_model_destroy(other);
  }
}

static void test_learning_rate(void **state) {
  static const float bad[] = {-1, NAN, INFINITY};
  const cnnlstm_trainer_options options = adam_options();
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  float rate = 0;
  (void)state;
  assert_ok(cnnlstm_trainer_learning_rate(trainer, &rate));
  assert_true(rate == 0.001f);
  assert_ok(cnnlstm_trainer_set_learning_rate(trainer, 0.25f));
  for (size_t index = 0; index < COUNT(bad); ++index) {
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "learning_rate", "",
                   cnnlstm_trainer_set_learning_rate(trainer, bad[index]));
  }
  assert_ok(cnnlstm_trainer_learning_rate(trainer, &rate));
  assert_true(rate == 0.25f);
  assert_ok(cnnlstm_trainer_set_learning_rate(trainer, 0));
  cnnlstm_trainer_destroy(trainer);
}

int run_trainer_tests(void) {
#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, create_model, destroy_model)
  const struct CMUnitTest tests[] = {
      WITH_MODEL(test_defaults),        WITH_MODEL(test_options_out_of_range),
      WITH_MODEL(test_absurd_trainers), WITH_MODEL(test_refused_datasets),
      WITH_MODEL(test_refused_targets), WITH_MODEL(test_evaluate),
      WITH_MODEL(test_learning_rate),
  };
  return RUN_TESTS(tests);
}
