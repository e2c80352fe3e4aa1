/* Several threads: sessions on one model, weights replaced meanwhile, cancelling, error texts. */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { OUTPUTS = SAMPLES * TINY_CLASSES, ROUNDS = 300 };

/* A thread that predicts all samples again and again with a session of its own. */
typedef struct worker {
  pthread_t thread;
  cnnlstm_session *session;
  const float *either, *other; /* what each result must equal, one or the other */
  atomic_int *running;         /* NULL: for ROUNDS rounds; else as long as it is 1 */
  int failed, wrong;
  atomic_int rounds;
} worker;

static void *predict_again(void *argument) {
  worker *self = argument;
  const float *inputs = tiny_samples()->inputs;
  float outputs[OUTPUTS];
  while (self->running ? atomic_load(self->running) : atomic_load(&self->rounds) < ROUNDS) {
    memset(outputs, 0, sizeof outputs);
    self->failed += cnnlstm_session_predict(self->session, inputs, SAMPLES * TINY_FLOATS, SAMPLES,
                                            TINY_LENGTH, outputs, OUTPUTS) != CNNLSTM_OK;
    self->wrong += memcmp(outputs, self->either, sizeof outputs) &&
                   memcmp(outputs, self->other, sizeof outputs);
    atomic_fetch_add(&self->rounds, 1);
  }
  return NULL;
}

static void start(worker *self) {
  assert_int_equal(pthread_create(&self->thread, NULL, predict_again, self), 0);
}

static void finish(worker *self) {
  assert_int_equal(pthread_join(self->thread, NULL), 0);
  cnnlstm_session_destroy(self->session);
  assert_int_equal(self->failed, 0);
  assert_int_equal(self->wrong, 0);
  assert_true(atomic_load(&self->rounds) > 0);
}

static void test_sessions_share_a_model(void **state) {
  cnnlstm_model *model = tiny_model(1);
  float *wanted = predict(model, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  worker workers[4] = {{.failed = 0}};
  (void)state;
  for (size_t index = 0; index < COUNT(workers); ++index) {
    const cnnlstm_session_options options =
        session_options_of(1 + (int32_t)index % 2, 4 + (int64_t)index);
    workers[index].session = session_of(model, &options);
    workers[index].either = workers[index].other = wanted;
    start(&workers[index]);
  }
  cnnlstm_model_destroy(model);
  for (size_t index = 0; index < COUNT(workers); ++index) finish(&workers[index]);
  free(wanted);
}

/* A thread that predicts one sample of a large model, twice with each of some sessions. */
enum { LARGE_UNITS = 256, LARGE_LENGTH = 40, LARGE_ROUNDS = 12 };
typedef struct sharer {
  pthread_t thread;
  const cnnlstm_model *model;
  cnnlstm_session_options options;
  const float *inputs, *wanted;
  int failed, wrong;
} sharer;

static void *share_again(void *argument) {
  sharer *self = argument;
  cnnlstm_session *session = NULL;
  float outputs[LARGE_UNITS];
  for (int round = 0; round < 2 * LARGE_ROUNDS; ++round) {
    if (round % 2 == 0) {
      self->failed += cnnlstm_session_create(self->model, &self->options, &session) != CNNLSTM_OK;
    }
    memset(outputs, 0, sizeof outputs);
    self->failed += cnnlstm_session_predict(session, self->inputs, LARGE_LENGTH, 1, LARGE_LENGTH,
                                            outputs, LARGE_UNITS) != CNNLSTM_OK;
    self->wrong += memcmp(outputs, self->wanted, sizeof outputs) != 0;
    if (round % 2 == 1) cnnlstm_session_destroy(session);
  }
  return NULL;
}

/* Several sessions at once, whose threads wait for each other at every step of a large LSTM: there
 * are more of them than cores. */
static void check_shared_steps(const cnnlstm_model *model) {
  static const int32_t threads[] = {2, 3, 5, 2};
  float inputs[LARGE_LENGTH];
  fill(inputs, LARGE_LENGTH, 1);
  float *wanted = predict(model, inputs, 1, LARGE_LENGTH);
  sharer sharers[COUNT(threads)];
  for (size_t at = 0; at < COUNT(sharers); ++at) {
    sharer *self = &sharers[at];
    *self = (sharer){.model = model, .inputs = inputs, .wanted = wanted};
    self->options = session_options_of(threads[at], 4);
    assert_int_equal(pthread_create(&self->thread, NULL, share_again, self), 0);
  }
  for (size_t at = 0; at < COUNT(sharers); ++at) {
    assert_int_equal(pthread_join(sharers[at].thread, NULL), 0);
    assert_int_equal(sharers[at].failed, 0);
    assert_int_equal(sharers[at].wrong, 0);
  }
  free(wanted);
}

static void test_sessions_share_steps(void **state) {
  cnnlstm_model *large = model_of(1, input_of(LARGE_LENGTH, 1), lstm_of(LARGE_UNITS, 0));
  (void)state;
  for (size_t index = 0; index < COUNT(dtypes); ++index) {
    cnnlstm_model *model = converted_to(dtypes[index], large);
    check_shared_steps(model);
    cnnlstm_model_destroy(model);
  }
  cnnlstm_model_destroy(large);
}

/* Weights replaced while others predict: each result is of the old ones or of the new ones. */
static void test_weights_replaced_while_predicting(void **state) {
  cnnlstm_model *model = tiny_model(1), *second = tiny_model(2);
  const size_t count = cnnlstm_model_parameter_count(model);
  float *weights[] = {weights_of(model), weights_of(second)};
  float *first_outputs = predict(model, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  float *second_outputs = predict(second, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  atomic_int running = 1;
  worker workers[2] = {{.failed = 0}};
  (void)state;
  assert_memory_not_equal(first_outputs, second_outputs, OUTPUTS * sizeof *first_outputs);
  for (size_t index = 0; index < COUNT(workers); ++index) {
    const cnnlstm_session_options options = session_options_of(1 + (int32_t)index, 4);
    workers[index].session = session_of(model, &options);
    workers[index].either = first_outputs;
    workers[index].other = second_outputs;
    workers[index].running = &running;
    start(&workers[index]);
  }
  for (int round = 0; atomic_load(&workers[0].rounds) < ROUNDS ||
                      atomic_load(&workers[1].rounds) < ROUNDS;
       ++round) {
    assert_ok(cnnlstm_model_set_weights(model, weights[round % 2], count));
    sched_yield();
  }
  atomic_store(&running, 0);
  for (size_t index = 0; index < COUNT(workers); ++index) finish(&workers[index]);
  for (size_t index = 0; index < 2; ++index) free(weights[index]);
  free(first_outputs);
  free(second_outputs);
  cnnlstm_model_destroy(second);
  cnnlstm_model_destroy(model);
}

/* A reader copies whole sets of weights while they are replaced. */
typedef struct reader {
  const cnnlstm_model *model;
  atomic_int *running;
  int mixed;
} reader;

static void *read_again(void *argument) {
  reader *self = argument;
  const size_t count = cnnlstm_model_parameter_count(self->model);
  float *values = calloc(count, sizeof *values);
  while (atomic_load(self->running)) {
    cnnlstm_model_get_weights(self->model, values, count);
    for (size_t index = 1; index < count; ++index) self->mixed += values[index] != values[0];
  }
  free(values);
  return NULL;
}

static void test_weights_are_never_mixed(void **state) {
  cnnlstm_model *model = seed_model(1);
  const size_t count = cnnlstm_model_parameter_count(model);
  float *values = malloc(count * sizeof *values);
  atomic_int running = 1;
  reader self = {model, &running, 0};
  pthread_t thread;
  (void)state;
  for (int round = 0; round < ROUNDS; ++round) {
    for (size_t index = 0; index < count; ++index) values[index] = (float)round;
    assert_ok(cnnlstm_model_set_weights(model, values, count));
    if (round == 0) assert_int_equal(pthread_create(&thread, NULL, read_again, &self), 0);
  }
  atomic_store(&running, 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(self.mixed, 0);
  free(values);
  cnnlstm_model_destroy(model);
}

typedef struct canceller {
  cnnlstm_trainer *trainer;
  atomic_int epochs;
  int use_signal;
  pthread_t thread, caller;
  int foreign_callbacks;
} canceller;

static int32_t count_epochs(const cnnlstm_progress *progress, void *user_data) {
  canceller *self = user_data;
  self->foreign_callbacks += !pthread_equal(pthread_self(), self->caller);
  if (progress->event != CNNLSTM_EVENT_EPOCH_END) return 0;
  if (atomic_fetch_add(&self->epochs, 1) == 2 && self->use_signal) raise(SIGUSR1);
  return 0;
}

static void *cancel_later(void *argument) {
  canceller *self = argument;
  while (atomic_load(&self->epochs) < 3) sched_yield();
  cnnlstm_trainer_cancel(self->trainer);
  return NULL;
}

static cnnlstm_trainer *volatile trainer_of_the_handler;

static void cancel_on_signal(int number) {
  (void)number;
  cnnlstm_trainer_cancel(trainer_of_the_handler);
}

/* Trains without end until something cancels; then once more, undisturbed. */
static void check_cancelling(canceller *self, cnnlstm_model *model) {
  cnnlstm_model *untrained = tiny_model(1);
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options endless = fit_of(INT32_MAX), once = fit_of(1);
  float *before = weights_of(untrained);
  self->caller = pthread_self();
  assert_int_equal(
      cnnlstm_trainer_fit(self->trainer, &data, NULL, &endless, count_epochs, self),
      CNNLSTM_STOPPED);
  float *after = weights_of(model);
  assert_memory_not_equal(after, before, cnnlstm_model_parameter_count(model) * sizeof *after);
  assert_finite(after, cnnlstm_model_parameter_count(model));
  assert_ok(cnnlstm_trainer_fit(self->trainer, &data, NULL, &once, count_epochs, self));
  assert_int_equal(self->foreign_callbacks, 0);
  free(after);
  free(before);
  cnnlstm_model_destroy(untrained);
}

static void test_foreign_thread_cancels(void **state) {
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_model *model = tiny_model(1);
  (void)state;
  for (int32_t threads = 1; threads <= 2; ++threads) {
    options.threads = threads;
    canceller self = {.trainer = trainer_of(model, &options)};
    assert_int_equal(pthread_create(&self.thread, NULL, cancel_later, &self), 0);
    check_cancelling(&self, model);
    assert_int_equal(pthread_join(self.thread, NULL), 0);
    cnnlstm_trainer_destroy(self.trainer);
  }
  cnnlstm_model_destroy(model);
}

static void test_signal_handler_cancels(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  cnnlstm_model *model = tiny_model(1);
  canceller self = {.trainer = trainer_of(model, &options), .use_signal = 1};
  void (*handler)(int) = signal(SIGUSR1, cancel_on_signal);
  (void)state;
  trainer_of_the_handler = self.trainer;
  check_cancelling(&self, model);
  signal(SIGUSR1, handler);
  cnnlstm_trainer_destroy(self.trainer);
  cnnlstm_model_destroy(model);
}

/* Without a running fit nothing is cancelled, neither now nor later. */
static void test_cancelling_nothing(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  (void)state;
  assert_ok(cnnlstm_trainer_cancel(trainer));
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* A thread that starts has no text; its failures are not seen elsewhere. */
static void *fail_elsewhere(void *argument) {
  char *texts = argument, buffer[8] = "unset";
  int32_t code;
  texts[0] = cnnlstm_last_error(buffer, sizeof buffer) == 0 && buffer[0] == '\0';
  cnnlstm_code("layer", "elsewhere", &code);
  texts[1] = strstr(last_error(), "elsewhere") != NULL;
  return NULL;
}

static void test_error_texts_belong_to_their_thread(void **state) {
  char texts[2] = {0, 0};
  int32_t code;
  pthread_t thread;
  (void)state;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "here", "", cnnlstm_code("layer", "here", &code));
  assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, texts), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_true(texts[0] && texts[1]);
  assert_null(strstr(last_error(), "elsewhere"));
  assert_non_null(strstr(last_error(), "here"));
}

int run_thread_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sessions_share_a_model),
      cmocka_unit_test(test_sessions_share_steps),
      cmocka_unit_test(test_weights_replaced_while_predicting),
      cmocka_unit_test(test_weights_are_never_mixed),
      cmocka_unit_test(test_foreign_thread_cancels),
      cmocka_unit_test(test_signal_handler_cancels),
      cmocka_unit_test(test_cancelling_nothing),
      cmocka_unit_test(test_error_texts_belong_to_their_thread),
  };
  return RUN_TESTS(tests);
}
