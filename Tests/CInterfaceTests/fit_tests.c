/* Training: its events, how it stops, and that it gives the same bytes again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { TINY_PARAMETERS = 169, BATCH = 8, BATCHES = 8 /* of 60 samples */ };

/* What a callback saw, and when it shall stop. */
typedef struct record {
  cnnlstm_progress events[256];
  int count;
  int stop_event, stop_epoch, stop_batch; /* stop_event 0: never */
} record;

static int32_t note(const cnnlstm_progress *progress, void *user_data) {
  record *seen = user_data;
  if (seen->count < (int)COUNT(seen->events)) seen->events[seen->count] = *progress;
  seen->count += 1;
  return progress->event == seen->stop_event && progress->epoch == seen->stop_epoch &&
         progress->batch == seen->stop_batch;
}

/* Trains a new tiny model on all samples; the caller destroys it. */
static cnnlstm_model *trained(const cnnlstm_trainer_options *options,
                              const cnnlstm_fit_options *fit, record *seen) {
  cnnlstm_model *model = tiny_model(1);
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_trainer *trainer = trainer_of(model, options);
  const cnnlstm_status status =
      cnnlstm_trainer_fit(trainer, &data, NULL, fit, seen ? note : NULL, seen);
  assert_status(seen && seen->stop_event ? CNNLSTM_STOPPED : CNNLSTM_OK, status);
  cnnlstm_trainer_destroy(trainer);
  return model;
}

static void assert_different_weights(const cnnlstm_model *left, const cnnlstm_model *right) {
  float *left_weights = weights_of(left), *right_weights = weights_of(right);
  assert_memory_not_equal(left_weights, right_weights, TINY_PARAMETERS * sizeof *left_weights);
  free(right_weights);
  free(left_weights);
}

static void check_event(const cnnlstm_progress *got, int event, int epoch, int batch, int sample) {
  assert_int_equal(got->struct_size, sizeof *got);
  assert_int_equal(got->event, event);
  assert_int_equal(got->epoch, epoch);
  assert_int_equal(got->epochs, 5);
  assert_int_equal(got->batch_count, BATCHES);
  assert_int_equal(got->sample_count, SAMPLES);
  assert_true(got->learning_rate == 0.001f);
  assert_true(isnan(got->validation_loss) && isnan(got->validation_accuracy));
  assert_int_equal(got->sample, sample);
  if (event == CNNLSTM_EVENT_BATCH_BEGIN || event == CNNLSTM_EVENT_BATCH_END) {
    assert_int_equal(got->batch, batch);
  }
  if (sample == 0) {
    assert_true(isnan(got->loss) && isnan(got->accuracy));
  } else {
    assert_true(got->loss > 0 && got->accuracy >= 0 && got->accuracy <= 1);
  }
}

/* Epochs 3 and 4 of 5: begin, eight batches, end. */
static void test_events(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  cnnlstm_fit_options fit = fit_of(5);
  static record seen;
  int at = 0;
  (void)state;
  fit.initial_epoch = 3;
  cnnlstm_model_destroy(trained(&options, &fit, &seen));
  assert_int_equal(seen.count, 2 * (2 + 2 * BATCHES));
  for (int epoch = 3; epoch < 5; ++epoch) {
    check_event(&seen.events[at++], CNNLSTM_EVENT_EPOCH_BEGIN, epoch, 0, 0);
    for (int batch = 0; batch < BATCHES; ++batch) {
      const int done = batch == BATCHES - 1 ? SAMPLES : BATCH * (batch + 1);
      check_event(&seen.events[at++], CNNLSTM_EVENT_BATCH_BEGIN, epoch, batch, BATCH * batch);
      check_event(&seen.events[at++], CNNLSTM_EVENT_BATCH_END, epoch, batch, done);
    }
    check_event(&seen.events[at++], CNNLSTM_EVENT_EPOCH_END, epoch, BATCHES, SAMPLES);
  }
}

/* Stopping at an event ends training there, with the weights of the batches done. */
static void test_stop_from_the_callback(void **state) {
  static const struct {
    int event, epoch, batch, count;
  } stops[] = {{CNNLSTM_EVENT_EPOCH_BEGIN, 0, 0, 1},
               {CNNLSTM_EVENT_BATCH_BEGIN, 0, 0, 2},
               {CNNLSTM_EVENT_BATCH_END, 0, 0, 3},
               {CNNLSTM_EVENT_BATCH_END, 1, 2, 2 + 2 * BATCHES + 7}};
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_fit_options fit = fit_of(3);
  cnnlstm_model *untrained = tiny_model(1);
  (void)state;
  for (size_t index = 0; index < COUNT(stops); ++index) {
    record seen = {.stop_event = stops[index].event,
                   .stop_epoch = stops[index].epoch,
                   .stop_batch = stops[index].batch};
    cnnlstm_model *model = trained(&options, &fit, &seen);
    assert_int_equal(seen.count, stops[index].count);
    if (index < 2) assert_same_weights(model, untrained);
    if (index >= 2) assert_different_weights(model, untrained);
    cnnlstm_model_destroy(model);
  }
  cnnlstm_model_destroy(untrained);
}

static void test_same_seed_same_bytes(void **state) {
  static const int32_t threads[] = {1, 2, 4, 0};
  const cnnlstm_fit_options fit = fit_of(3);
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_model *first, *other;
  (void)state;
  options.seed = 42;
  first = trained(&options, &fit, NULL);
  for (size_t index = 0; index < COUNT(threads); ++index) {
    size_t first_size, again_size;
    options.threads = threads[index];
    cnnlstm_model *again = trained(&options, &fit, NULL);
    unsigned char *first_bytes = bytes_of(first, &first_size);
    unsigned char *again_bytes = bytes_of(again, &again_size);
    assert_int_equal(first_size, again_size);
    assert_memory_equal(first_bytes, again_bytes, first_size);
    free(again_bytes);
    free(first_bytes);
    cnnlstm_model_destroy(again);
  }
  options.seed = 43;
  other = trained(&options, &fit, NULL);
  assert_different_weights(first, other);
  cnnlstm_model_destroy(other);
  cnnlstm_model_destroy(first);
}

/* Larger shards: the seed model, 100 samples in batches of 50. */
static void test_threads_of_the_seed_model(void **state) {
  enum { COUNT_OF_SAMPLES = 100, LENGTH = 100 };
  float *inputs = malloc(COUNT_OF_SAMPLES * LENGTH * sizeof *inputs);
  int32_t labels[COUNT_OF_SAMPLES];
  cnnlstm_model *models[3];
  (void)state;
  fill(inputs, COUNT_OF_SAMPLES * LENGTH, 1);
  for (int index = 0; index < COUNT_OF_SAMPLES; ++index) labels[index] = index % 8;
  for (size_t index = 0; index < COUNT(models); ++index) {
    cnnlstm_trainer_options options = adam_options();
    cnnlstm_fit_options fit = fit_of(1);
    cnnlstm_dataset data = {.struct_size = sizeof data, .sample_count = COUNT_OF_SAMPLES,
                            .length = LENGTH, .inputs = inputs,
                            .input_count = COUNT_OF_SAMPLES * LENGTH, .labels = labels,
                            .label_count = COUNT_OF_SAMPLES};
    models[index] = seed_model(1);
    options.threads = 1 << index;
    options.batch_size = fit.batch_size = 50;
    cnnlstm_trainer *trainer = trainer_of(models[index], &options);
    assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
    assert_same_weights(models[0], models[index]);
    cnnlstm_trainer_destroy(trainer);
  }
  for (size_t index = 0; index < COUNT(models); ++index) cnnlstm_model_destroy(models[index]);
  free(inputs);
}

static void test_it_learns(void **state) {
  const cnnlstm_fit_options fit = fit_of(60);
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_model *model = tiny_model(1);
  float before, after, accuracy;
  (void)state;
  options.learning_rate = 0.01f;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &before, NULL));
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &after, &accuracy));
  assert_true(after < before / 2);
  assert_true(accuracy >= 0.95f);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* Every optimizer setting moves the weights elsewhere. */
static void test_optimizer_options_matter(void **state) {
  cnnlstm_trainer_options options[7];
  cnnlstm_model *models[7];
  const cnnlstm_fit_options fit = fit_of(1);
  (void)state;
  for (size_t index = 0; index < COUNT(options); ++index) {
    options[index] = index < 4 ? sgd_options() : adam_options();
  }
  options[1].momentum = options[2].momentum = 0.9f;
  options[2].nesterov = 1;
  options[3].global_clipnorm = 1e-3f;
  options[5].beta_1 = 0.5f;
  options[6].beta_2 = 0.5f;
  for (size_t index = 0; index < COUNT(options); ++index) {
    models[index] = trained(&options[index], &fit, NULL);
    for (size_t other = 0; other < index; ++other) {
      assert_different_weights(models[index], models[other]);
    }
  }
  for (size_t index = 0; index < COUNT(options); ++index) cnnlstm_model_destroy(models[index]);
}

/* A step of SGD with rate 1 is no longer than the norm that gradients are clipped to. */
static void test_clipping(void **state) {
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_model *untrained = tiny_model(1), *model;
  double squares = 0;
  (void)state;
  options.learning_rate = 1;
  options.global_clipnorm = 0.01f;
  options.batch_size = fit.batch_size = SAMPLES;
  model = trained(&options, &fit, NULL);
  float *before = weights_of(untrained), *after = weights_of(model);
  for (size_t at = 0; at < TINY_PARAMETERS; ++at) {
    squares += ((double)after[at] - (double)before[at]) * ((double)after[at] - (double)before[at]);
  }
  assert_true(fabs(sqrt(squares) - 0.01) < 1e-5);
  free(after);
  free(before);
  cnnlstm_model_destroy(model);
  cnnlstm_model_destroy(untrained);
}

/* Without dropout, so that an epoch does not depend on random numbers. */
static cnnlstm_model *plain_model(void) {
  return model_of(1, input_of(TINY_LENGTH, TINY_CHANNELS), lstm_of(4, 0),
                  dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
}

/* Trains a plain model in order, from one epoch to before another. */
static void fit_in_order(cnnlstm_trainer *trainer, int32_t from, int32_t to,
                         cnnlstm_callback callback, void *user_data) {
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_fit_options fit = fit_of(to);
  fit.initial_epoch = from;
  fit.shuffle = 0;
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, callback, user_data));
}

/* The optimizer goes on where it was: two calls of one epoch are one call of two. */
static void test_optimizer_state_stays(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  cnnlstm_model *once = plain_model(), *twice = plain_model();
  cnnlstm_trainer *first = trainer_of(once, &options), *second = trainer_of(twice, &options);
  (void)state;
  fit_in_order(first, 0, 2, NULL, NULL);
  fit_in_order(second, 0, 1, NULL, NULL);
  fit_in_order(second, 1, 2, NULL, NULL);
  assert_same_weights(once, twice);
  cnnlstm_trainer_destroy(second);
  cnnlstm_trainer_destroy(first);
  cnnlstm_model_destroy(twice);
  cnnlstm_model_destroy(once);
}

typedef struct restart {
  cnnlstm_model *model;
  float *weights; /* of before training */
} restart;

static int32_t start_again(const cnnlstm_progress *progress, void *user_data) {
  const restart *from = user_data;
  if (progress->event != CNNLSTM_EVENT_EPOCH_END || progress->epoch > 0) return 0;
  return cnnlstm_model_set_weights(from->model, from->weights,
                                   cnnlstm_model_parameter_count(from->model));
}

/* At the end of an epoch weights may be replaced: the next epoch starts from these. */
static void test_weights_replaced_at_the_end_of_an_epoch(void **state) {
  const cnnlstm_trainer_options options = sgd_options();
  cnnlstm_model *once = plain_model(), *again = plain_model();
  cnnlstm_trainer *first = trainer_of(once, &options), *second = trainer_of(again, &options);
  restart from = {again, weights_of(again)};
  (void)state;
  fit_in_order(first, 0, 1, NULL, NULL);
  fit_in_order(second, 0, 2, start_again, &from);
  assert_same_weights(once, again);
  free(from.weights);
  cnnlstm_trainer_destroy(second);
  cnnlstm_trainer_destroy(first);
  cnnlstm_model_destroy(again);
  cnnlstm_model_destroy(once);
}

/* A learning rate set in a callback holds from the next step on. */
static int32_t set_rate(const cnnlstm_progress *progress, void *user_data) {
  if (progress->event != CNNLSTM_EVENT_EPOCH_BEGIN) return 0;
  return cnnlstm_trainer_set_learning_rate(user_data, progress->epoch == 0 ? 1e-3f : 1e-30f);
}

static void test_learning_rate_set_in_a_callback(void **state) {
  const cnnlstm_trainer_options options = sgd_options();
  cnnlstm_trainer_options slow = options;
  cnnlstm_model *once = plain_model(), *twice = plain_model();
  (void)state;
  slow.learning_rate = 1e-3f;
  cnnlstm_trainer *first = trainer_of(once, &slow), *second = trainer_of(twice, &options);
  fit_in_order(first, 0, 1, NULL, NULL);
  fit_in_order(second, 0, 2, set_rate, second);
  assert_same_weights(once, twice);
  cnnlstm_trainer_destroy(second);
  cnnlstm_trainer_destroy(first);
  cnnlstm_model_destroy(twice);
  cnnlstm_model_destroy(once);
}

int run_fit_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_events),
      cmocka_unit_test(test_stop_from_the_callback),
      cmocka_unit_test(test_same_seed_same_bytes),
      cmocka_unit_test(test_threads_of_the_seed_model),
      cmocka_unit_test(test_it_learns),
      cmocka_unit_test(test_optimizer_options_matter),
      cmocka_unit_test(test_clipping),
      cmocka_unit_test(test_optimizer_state_stays),
      cmocka_unit_test(test_weights_replaced_at_the_end_of_an_epoch),
      cmocka_unit_test(test_learning_rate_set_in_a_callback),
  };
  return RUN_TESTS(tests);
}
