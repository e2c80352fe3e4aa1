/* Training: options that are refused, validation, class weights, losses that are not finite. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { HALF = SAMPLES / 2 };

static cnnlstm_model *model;
static cnnlstm_trainer *trainer;

static int create_trainer(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  (void)state;
  model = tiny_model(1);
  trainer = trainer_of(model, &options);
  return 0;
}

static int destroy_trainer(void **state) {
  (void)state;
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
  return 0;
}

static void test_refused_fit_options(void **state) {
  static const float weights[] = {1, 1, 1, 1}, negative[] = {1, -1, 1}, nan_weight[] = {1, NAN, 1};
  static const struct {
    int32_t epochs, initial_epoch, batch_size;
    double split;
    const float *class_weights;
    size_t class_weight_count;
    const char *thing, *value;
  } bad[] = {{-1, 0, 8, 0, NULL, 0, "epochs", "-1"},
             {1, -1, 8, 0, NULL, 0, "initial_epoch", "-1"},
             {1, 0, 0, 0, NULL, 0, "batch_size", "0"},
             {1, 0, -8, 0, NULL, 0, "batch_size", "-8"},
             {1, 0, 9, 0, NULL, 0, "batch_size", "9"},
             {1, 0, INT32_MAX, 0, NULL, 0, "batch_size", "2147483647"},
             {1, 0, 8, -0.5, NULL, 0, "validation_split", "-0.5"},
             {1, 0, 8, 1, NULL, 0, "validation_split", "1"},
             {1, 0, 8, NAN, NULL, 0, "validation_split", ""},
             {1, 0, 8, 0.9999, NULL, 0, "validation_split", ""},
             {1, 0, 8, 0, weights, 2, "class_weight", "2"},
             {1, 0, 8, 0, weights, 4, "class_weight", "4"},
             {1, 0, 8, 0, weights, 0, "class_weight", "0"},
             {1, 0, 8, 0, NULL, 3, "class_weight", ""},
             {1, 0, 8, 0, negative, 3, "class 1", "-1"},
             {1, 0, 8, 0, nan_weight, 3, "class 1", ""}};
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_model *same = tiny_model(1);
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_fit_options fit = fit_of(bad[index].epochs);
    fit.initial_epoch = bad[index].initial_epoch;
    fit.batch_size = bad[index].batch_size;
    fit.validation_split = bad[index].split;
    fit.class_weights = bad[index].class_weights;
    fit.class_weight_count = bad[index].class_weight_count;
    assert_refused(ANY_ERROR, bad[index].thing, bad[index].value,
                   cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  }
  cnnlstm_fit_options reserved = fit_of(1);
  reserved.reserved = 1;
  assert_refused(ANY_ERROR, "reserved", "",
                 cnnlstm_trainer_fit(trainer, &data, NULL, &reserved, NULL, NULL));
  assert_same_weights(model, same);
  cnnlstm_model_destroy(same);
}

/* The first and the last samples, as data sets of their own. */
static cnnlstm_dataset first_half(void) { return labelled(HALF); }

static cnnlstm_dataset second_half(void) {
  cnnlstm_dataset data = labelled(HALF);
  data.inputs += HALF * TINY_FLOATS;
  data.labels += HALF;
  return data;
}

typedef struct validation {
  float loss, accuracy;
  int64_t sample_count;
  int wrong; /* events with values that should have none, or the other way */
} validation;

static int32_t note_validation(const cnnlstm_progress *progress, void *user_data) {
  validation *seen = user_data;
  const int at_end = progress->event == CNNLSTM_EVENT_EPOCH_END;
  seen->wrong += isnan(progress->validation_loss) != !at_end;
  seen->wrong += isnan(progress->validation_accuracy) != !at_end;
  seen->loss = progress->validation_loss;
  seen->accuracy = progress->validation_accuracy;
  seen->sample_count = progress->sample_count;
  return 0;
}

/* A split is the end of the data: as if it had been given by itself. */
static void test_validation_split(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_dataset all = labelled(SAMPLES), first = first_half(), second = second_half();
  cnnlstm_fit_options fit = fit_of(2), split = fit_of(2);
  cnnlstm_model *other = tiny_model(1);
  cnnlstm_trainer *splitting = trainer_of(other, &options);
  validation given = {0}, taken = {0};
  float loss, accuracy;
  (void)state;
  split.validation_split = 0.5;
  assert_ok(cnnlstm_trainer_fit(trainer, &first, &second, &fit, note_validation, &given));
  assert_ok(cnnlstm_trainer_fit(splitting, &all, NULL, &split, note_validation, &taken));
  assert_same_weights(model, other);
  assert_int_equal(given.wrong + taken.wrong, 0);
  assert_int_equal(taken.sample_count, HALF);
  assert_true(given.loss == taken.loss && given.accuracy == taken.accuracy);
  assert_ok(cnnlstm_trainer_evaluate(trainer, &second, &loss, &accuracy));
  assert_float_equal(loss, given.loss, 1e-6);
  assert_float_equal(accuracy, given.accuracy, 1e-6);
  cnnlstm_trainer_destroy(splitting);
  cnnlstm_model_destroy(other);
}

/* A tiny model, trained for an epoch by SGD with class weights; the caller destroys it. */
static cnnlstm_model *weighted_model(const cnnlstm_dataset *data, const float *weights) {
  const cnnlstm_trainer_options options = sgd_options();
  cnnlstm_model *trained = tiny_model(1);
  cnnlstm_trainer *weighted = trainer_of(trained, &options);
  cnnlstm_fit_options fit = fit_of(1);
  fit.class_weights = weights;
  fit.class_weight_count = weights ? TINY_CLASSES : 0;
  assert_ok(cnnlstm_trainer_fit(weighted, data, NULL, &fit, NULL, NULL));
  cnnlstm_trainer_destroy(weighted);
  return trained;
}

/* Weights of 1 change nothing, others do. */
static void test_class_weights(void **state) {
  static const float ones[] = {1, 1, 1}, none[] = {1, 0, 1}, tens[] = {10, 1, 1};
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_model *models[] = {weighted_model(&data, NULL), weighted_model(&data, ones),
                             weighted_model(&data, none), weighted_model(&data, tens)};
  float *plain = weights_of(models[0]);
  (void)state;
  assert_same_weights(models[0], models[1]);
  for (size_t index = 2; index < COUNT(models); ++index) {
    float *other = weights_of(models[index]);
    assert_memory_not_equal(plain, other, cnnlstm_model_parameter_count(model) * sizeof *plain);
    free(other);
  }
  free(plain);
  for (size_t index = 0; index < COUNT(models); ++index) cnnlstm_model_destroy(models[index]);
}

/* A weight of 0 for the only class there is: no gradient, no step. */
static void test_class_without_weight(void **state) {
  static const float none[] = {1, 0, 1};
  cnnlstm_dataset data = labelled(SAMPLES);
  int32_t labels[SAMPLES];
  (void)state;
  for (size_t index = 0; index < SAMPLES; ++index) labels[index] = 1;
  data.labels = labels;
  cnnlstm_model *same = weighted_model(&data, none);
  assert_same_weights(same, model);
  cnnlstm_model_destroy(same);
}

/* The weights at the end of the last two epochs. */
typedef struct last_epochs {
  const cnnlstm_model *model;
  float *weights[2]; /* of before training at first */
} last_epochs;

static int32_t keep_weights(const cnnlstm_progress *progress, void *user_data) {
  last_epochs *last = user_data;
  float *oldest = last->weights[0];
  if (progress->event != CNNLSTM_EVENT_EPOCH_END) return 0;
  last->weights[0] = last->weights[1];
  last->weights[1] = oldest;
  return cnnlstm_model_get_weights(last->model, oldest,
                                   cnnlstm_model_parameter_count(last->model));
}

/* A rate of 1e30 makes the next loss infinite: the model gets the weights of before that step back,
 * the last that gave a finite loss. One batch is an epoch here. */
static void test_loss_that_becomes_infinite(void **state) {
  cnnlstm_model *linear = model_of(1, input_of(TINY_LENGTH, TINY_CHANNELS), lstm_of(4, 0),
                                   dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_LINEAR));
  const size_t count = cnnlstm_model_parameter_count(linear);
  last_epochs last = {linear, {weights_of(linear), weights_of(linear)}};
  const cnnlstm_dataset data = targeted(SAMPLES);
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_fit_options fit = fit_of(50);
  float loss;
  (void)state;
  options.loss = CNNLSTM_LOSS_MSE;
  options.learning_rate = 1e30f;
  options.batch_size = fit.batch_size = SAMPLES;
  cnnlstm_trainer *wild = trainer_of(linear, &options);
  assert_refused(CNNLSTM_ERROR_NOT_FINITE, "loss", "",
                 cnnlstm_trainer_fit(wild, &data, NULL, &fit, keep_weights, &last));
  float *weights = weights_of(linear);
  assert_memory_equal(weights, last.weights[0], count * sizeof *weights);
  assert_ok(cnnlstm_trainer_evaluate(wild, &data, &loss, NULL));
  assert_finite(&loss, 1);
  free(weights);
  free(last.weights[0]);
  free(last.weights[1]);
  cnnlstm_trainer_destroy(wild);
  cnnlstm_model_destroy(linear);
}

/* Weights set between two calls are not undone by a loss that is not finite at once. */
static void test_weights_set_before_a_loss_that_is_not_finite(void **state) {
  const cnnlstm_layer_options layers[] = {input_of(TINY_LENGTH, TINY_CHANNELS),
                                          layer_of(CNNLSTM_LAYER_FLATTEN),
                                          dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_LINEAR)};
  cnnlstm_model *linear = make_model(1, layers, COUNT(layers));
  cnnlstm_model *other = make_model(2, layers, COUNT(layers));
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_dataset data = targeted(8);
  float inputs[8 * TINY_FLOATS], *weights = weights_of(other);
  (void)state;
  options.loss = CNNLSTM_LOSS_MSE;
  cnnlstm_trainer *wild = trainer_of(linear, &options);
  assert_ok(cnnlstm_trainer_fit(wild, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_model_set_weights(linear, weights, cnnlstm_model_parameter_count(linear)));
  for (size_t at = 0; at < COUNT(inputs); ++at) inputs[at] = 1e30f;
  data.inputs = inputs;
  assert_status(CNNLSTM_ERROR_NOT_FINITE,
                cnnlstm_trainer_fit(wild, &data, NULL, &fit, NULL, NULL));
  assert_same_weights(linear, other);
  free(weights);
  cnnlstm_trainer_destroy(wild);
  cnnlstm_model_destroy(other);
  cnnlstm_model_destroy(linear);
}

/* A gradient that is not finite where the loss is: the model has the weights of the step before. */
static void test_gradient_that_is_not_finite(void **state) {
  cnnlstm_model *linear = model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, 1),
                                   dense_of(1, CNNLSTM_ACTIVATION_LINEAR));
  const float inputs[] = {0, 1e30f}, targets[] = {1, 1e18f}, start[] = {0, 0};
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_dataset data = targeted(2);
  float weights[2];
  (void)state;
  options.loss = CNNLSTM_LOSS_MSE;
  options.learning_rate = 0.25f;
  fit.batch_size = 1;
  fit.shuffle = 0;
  data.inputs = inputs;
  data.targets = targets;
  data.input_count = data.target_count = 2;
  assert_ok(cnnlstm_model_set_weights(linear, start, 2));
  cnnlstm_trainer *wild = trainer_of(linear, &options);
  assert_refused(CNNLSTM_ERROR_NOT_FINITE, "gradient", "batch 1",
                 cnnlstm_trainer_fit(wild, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_model_get_weights(linear, weights, 2));
  assert_true(weights[0] == 0 && weights[1] == 0.5f);
  cnnlstm_trainer_destroy(wild);
  cnnlstm_model_destroy(linear);
}

/* Inputs that make the first loss infinite or NaN: nothing is trained. */
static void test_loss_that_is_not_finite(void **state) {
  static const float values[] = {1e30f, INFINITY, NAN};
  const cnnlstm_layer_options layers[] = {input_of(TINY_LENGTH, TINY_CHANNELS),
                                          layer_of(CNNLSTM_LAYER_FLATTEN),
                                          dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_LINEAR)};
  cnnlstm_model *linear = make_model(1, layers, COUNT(layers));
  cnnlstm_model *same = make_model(1, layers, COUNT(layers));
  const cnnlstm_fit_options fit = fit_of(3);
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_dataset data = targeted(8);
  float inputs[8 * TINY_FLOATS];
  (void)state;
  options.loss = CNNLSTM_LOSS_MSE;
  cnnlstm_trainer *wild = trainer_of(linear, &options);
  data.inputs = inputs;
  for (size_t index = 0; index < COUNT(values); ++index) {
    for (size_t at = 0; at < COUNT(inputs); ++at) inputs[at] = values[index];
    const cnnlstm_status status = cnnlstm_trainer_fit(wild, &data, NULL, &fit, NULL, NULL);
    assert_status(index == 0 ? CNNLSTM_ERROR_NOT_FINITE : ANY_ERROR, status);
    assert_same_weights(linear, same);
  }
  cnnlstm_trainer_destroy(wild);
  cnnlstm_model_destroy(same);
  cnnlstm_model_destroy(linear);
}

/* Outputs with a time axis take a label a time step. */
static void test_labels_of_time_steps(void **state) {
  cnnlstm_model *steps = model_of(1, input_of(TINY_LENGTH, TINY_CHANNELS), lstm_of(4, 1),
                                  dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_fit_options fit = fit_of(30);
  cnnlstm_dataset data = labelled(HALF);
  int32_t labels[HALF * TINY_LENGTH];
  float before, after, accuracy;
  (void)state;
  for (size_t at = 0; at < COUNT(labels); ++at) labels[at] = at % TINY_LENGTH < 4 ? 0 : 2;
  cnnlstm_trainer *stepwise = trainer_of(steps, &options);
  assert_refused(CNNLSTM_ERROR_SHAPE, "label", "30",
                 cnnlstm_trainer_evaluate(stepwise, &data, &before, NULL));
  data.labels = labels;
  data.label_count = COUNT(labels);
  assert_ok(cnnlstm_trainer_evaluate(stepwise, &data, &before, NULL));
  assert_ok(cnnlstm_trainer_fit(stepwise, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_trainer_evaluate(stepwise, &data, &after, &accuracy));
  assert_true(after < before);
  assert_true(accuracy > 0.6f && accuracy <= 1);
  cnnlstm_trainer_destroy(stepwise);
  cnnlstm_model_destroy(steps);
}

static void test_few_samples(void **state) {
  const cnnlstm_dataset one = labelled(1);
  const cnnlstm_fit_options fit = fit_of(2);
  (void)state;
  assert_ok(cnnlstm_trainer_fit(trainer, &one, &one, &fit, NULL, NULL));
}

static void test_trainers_outlive_their_model(void **state) {
  cnnlstm_model *short_lived = tiny_model(1);
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_fit_options fit = fit_of(2);
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_trainer *orphan = trainer_of(short_lived, &options);
  float loss = NAN, same = NAN;
  (void)state;
  cnnlstm_model_destroy(short_lived);
  assert_ok(cnnlstm_trainer_fit(orphan, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_trainer_evaluate(orphan, &data, &loss, NULL));
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &same, NULL));
  assert_true(loss == same);
  cnnlstm_trainer_destroy(orphan);
}

int run_fit_data_tests(void) {
#define WITH_TRAINER(test) cmocka_unit_test_setup_teardown(test, create_trainer, destroy_trainer)
  const struct CMUnitTest tests[] = {
      WITH_TRAINER(test_refused_fit_options),     WITH_TRAINER(test_validation_split),
      WITH_TRAINER(test_class_weights),           WITH_TRAINER(test_class_without_weight),
      WITH_TRAINER(test_labels_of_time_steps),    WITH_TRAINER(test_loss_that_becomes_infinite),
      WITH_TRAINER(test_loss_that_is_not_finite),
      WITH_TRAINER(test_gradient_that_is_not_finite), WITH_TRAINER(test_few_samples),
      WITH_TRAINER(test_trainers_outlive_their_model),
      WITH_TRAINER(test_weights_set_before_a_loss_that_is_not_finite),
  };
  return RUN_TESTS(tests);
}
