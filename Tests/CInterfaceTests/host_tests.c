/* Manners: the floating-point environment, threads, standard output and forks of the host. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include "support.h"

enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040, DEFAULT = 0x1F80, ROUND_UP = 0x4000 };

/* Every call that computes, one after the other, with tiny numbers on the way. */
static cnnlstm_model *model;
static cnnlstm_session *session;
static cnnlstm_trainer *trainer;

static cnnlstm_status call_predict(void) {
  float inputs[SAMPLES * TINY_FLOATS], outputs[SAMPLES * TINY_CLASSES];
  for (size_t at = 0; at < COUNT(inputs); ++at) inputs[at] = 1e-40f;
  return cnnlstm_session_predict(session, inputs, COUNT(inputs), SAMPLES, TINY_LENGTH, outputs,
                                 COUNT(outputs));
}

static cnnlstm_status call_fit(void) {
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options fit = fit_of(1);
  return cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL);
}

static cnnlstm_status call_evaluate(void) {
  const cnnlstm_dataset data = labelled(SAMPLES);
  return cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL);
}

static cnnlstm_status call_build(void) {
  cnnlstm_model_destroy(tiny_model(1));
  return CNNLSTM_OK;
}

static cnnlstm_status call_load(void) {
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  cnnlstm_model *loaded = NULL;
  const cnnlstm_status status = cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded);
  cnnlstm_model_destroy(loaded);
  free(bytes);
  return status;
}

static cnnlstm_status call_convert(void) {
  cnnlstm_model *converted = NULL;
  const cnnlstm_status status =
      cnnlstm_model_convert(model, CNNLSTM_DTYPE_INT8, tiny_samples()->inputs,
                            SAMPLES * TINY_FLOATS, SAMPLES, TINY_LENGTH, NULL, &converted);
  cnnlstm_model_destroy(converted);
  return status;
}

static cnnlstm_status call_refused(void) {
  const cnnlstm_status status = cnnlstm_session_predict(session, NULL, 1, 1, 1, NULL, 1);
  return status == CNNLSTM_ERROR_NULL_POINTER ? CNNLSTM_OK : CNNLSTM_ERROR_STATE;
}

static cnnlstm_status (*const calls[])(void) = {call_predict, call_fit,     call_evaluate,
                                                call_build,   call_load,    call_refused,
                                                call_convert};

static int create_objects(void **state) {
  cnnlstm_trainer_options options = adam_options();
  const cnnlstm_session_options session_options = session_options_of(2, 4);
  (void)state;
  options.threads = 2;
  model = tiny_model(1);
  session = session_of(model, &session_options);
  trainer = trainer_of(model, &options);
  return 0;
}

static int destroy_objects(void **state) {
  (void)state;
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(model);
  return 0;
}

/* Rounding, flushing and masks are as before, whatever they were. */
static void test_floating_point_environment(void **state) {
  static const unsigned int states[] = {DEFAULT, DEFAULT | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO,
                                        DEFAULT | ROUND_UP, DEFAULT | FLUSH_TO_ZERO};
  const unsigned int old = _mm_getcsr(), flags = 0x3F;
  (void)state;
  for (size_t index = 0; index < COUNT(states); ++index) {
    for (size_t call = 0; call < COUNT(calls); ++call) {
      _mm_setcsr(states[index]);
      const int rounding = fegetround();
      const cnnlstm_status status = calls[call]();
      const unsigned int after = _mm_getcsr();
      const int rounding_after = fegetround();
      _mm_setcsr(old);
      assert_ok(status);
      assert_int_equal(after & ~flags, states[index]);
      assert_int_equal(rounding_after, rounding);
    }
  }
}

/* Predicts all samples in a floating-point state of the host. */
static void predict_in_state(unsigned int floating_point, float *outputs) {
  const unsigned int old = _mm_getcsr();
  _mm_setcsr(floating_point);
  const cnnlstm_status status =
      cnnlstm_session_predict(session, tiny_samples()->inputs, SAMPLES * TINY_FLOATS, SAMPLES,
                              TINY_LENGTH, outputs, SAMPLES * TINY_CLASSES);
  _mm_setcsr(old);
  assert_ok(status);
}

/* Results do not depend on how the host rounds and flushes, as they would on the thread then. */
static void test_results_in_any_state_of_the_host(void **state) {
  static const unsigned int states[] = {DEFAULT | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO,
                                        DEFAULT | ROUND_UP};
  float wanted[SAMPLES * TINY_CLASSES], got[SAMPLES * TINY_CLASSES];
  (void)state;
  predict_in_state(DEFAULT, wanted);
  for (size_t index = 0; index < COUNT(states); ++index) {
    predict_in_state(states[index], got);
    assert_memory_equal(got, wanted, sizeof got);
  }
}

/* A host that traps on overflow, division by zero and invalid operations is not stopped by a
 * computation of ours. */
static void test_host_with_traps(void **state) {
  enum { TRAPPING = DEFAULT & ~(_MM_MASK_OVERFLOW | _MM_MASK_DIV_ZERO | _MM_MASK_INVALID) };
  float inputs[TINY_FLOATS], outputs[TINY_CLASSES];
  const unsigned int old = _mm_getcsr();
  (void)state;
  for (size_t at = 0; at < COUNT(inputs); ++at) inputs[at] = at % 2 ? 3e38f : -3e38f;
  _mm_setcsr(TRAPPING);
  const cnnlstm_status status = cnnlstm_session_predict(session, inputs, TINY_FLOATS, 1,
                                                        TINY_LENGTH, outputs, TINY_CLASSES);
  const unsigned int after = _mm_getcsr();
  _mm_setcsr(old);
  assert_ok(status);
  assert_int_equal(after, TRAPPING);
}

static int thread_count(void) {
  DIR *tasks = opendir("/proc/self/task");
  int count = -2; /* . and .. */
  assert_non_null(tasks);
  while (readdir(tasks)) ++count;
  closedir(tasks);
  return count;
}

/* Threads of a session or trainer are joined when it is destroyed; a model has none. */
static void test_no_thread_stays(void **state) {
  const cnnlstm_session_options options = session_options_of(4, 1);
  cnnlstm_trainer_options training = adam_options();
  const int before = thread_count();
  (void)state;
  training.threads = 3;
  for (int round = 0; round < 50; ++round) {
    cnnlstm_session *four = session_of(model, &options);
    cnnlstm_trainer *three = trainer_of(model, &training);
    assert_in_range(thread_count(), before, before + 3 + 2);
    cnnlstm_trainer_destroy(three);
    cnnlstm_session_destroy(four);
    assert_int_equal(thread_count(), before);
  }
}

static rlim_t address_space(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%lu", &pages), 1);
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* A system that gives some threads and then no more: refused, and those there were are gone. */
static void test_no_threads_left(void **state) {
  const cnnlstm_session_options options = session_options_of(256, 1);
  const int before = thread_count();
  cnnlstm_session *many = NULL;
  struct rlimit old, limited;
  (void)state;
  assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
  limited = old;
  limited.rlim_cur = address_space() + ((rlim_t)48 << 20);
  assert_int_equal(setrlimit(RLIMIT_AS, &limited), 0);
  const cnnlstm_status status = cnnlstm_session_create(model, &options, &many);
  assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
  assert_refused(CNNLSTM_ERROR_THREAD, "threads", "256", status);
  assert_null(many);
  assert_int_equal(thread_count(), before);
}

/* To convert with one long sample takes memory for one, not for a batch of them. */
static void test_little_memory_for_a_long_sample(void **state) {
  enum { LENGTH = 20000, UNITS = 64 };
  cnnlstm_model *sequences = model_of(1, input_of(LENGTH, 1), lstm_of(UNITS, 1)), *small = NULL;
  float *inputs = calloc(LENGTH, sizeof *inputs);
  struct rlimit old, limited;
  (void)state;
  assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
  limited = old;
  limited.rlim_cur = address_space() + ((rlim_t)128 << 20);
  assert_int_equal(setrlimit(RLIMIT_AS, &limited), 0);
  const cnnlstm_status status = cnnlstm_model_convert(sequences, CNNLSTM_DTYPE_BFLOAT16, inputs,
                                                      LENGTH, 1, LENGTH, NULL, &small);
  assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
  assert_ok(status);
  cnnlstm_model_destroy(small);
  cnnlstm_model_destroy(sequences);
  free(inputs);
}

/* Signal handlers, the signal mask and the locale stay as they are. */
static void test_signals_and_locale(void **state) {
  static const int signals[] = {SIGINT, SIGTERM, SIGPIPE, SIGSEGV, SIGFPE, SIGXFSZ};
  struct sigaction before[COUNT(signals)], after;
  const char *locale = setlocale(LC_ALL, NULL);
  sigset_t mask_before, mask_after;
  (void)state;
  for (size_t at = 0; at < COUNT(signals); ++at) sigaction(signals[at], NULL, &before[at]);
  sigprocmask(SIG_SETMASK, NULL, &mask_before);
  for (size_t call = 0; call < COUNT(calls); ++call) assert_ok(calls[call]());
  for (size_t at = 0; at < COUNT(signals); ++at) {
    sigaction(signals[at], NULL, &after);
    assert_true(after.sa_handler == before[at].sa_handler);
  }
  sigprocmask(SIG_SETMASK, NULL, &mask_after);
  for (int number = 1; number < 32; ++number) {
    assert_int_equal(sigismember(&mask_after, number), sigismember(&mask_before, number));
  }
  assert_string_equal(setlocale(LC_ALL, NULL), locale);
}

static int printed[2], old_output, old_error; /* a pipe, and what it stands in for */

static int redirect_output(void **state) {
  (void)state;
  old_output = dup(1);
  old_error = dup(2);
  return pipe(printed) || dup2(printed[1], 1) < 0 || dup2(printed[1], 2) < 0;
}

static int restore_output(void **state) {
  (void)state;
  dup2(old_output, 1);
  dup2(old_error, 2);
  close(old_output);
  close(old_error);
  return close(printed[0]) || close(printed[1]);
}

/* Nothing is printed, whatever fails. */
static void test_nothing_is_printed(void **state) {
  int waiting = -1;
  (void)state;
  for (size_t call = 0; call < COUNT(calls); ++call) assert_ok(calls[call]());
  assert_int_equal(ioctl(printed[0], FIONREAD, &waiting), 0);
  assert_int_equal(waiting, 0);
}

/* In a child: 1 if a session of its own predicts what the parent did. No check of cmocka may fail
 * here, or the child would go on with the other tests. */
static int predicts_in_child(const float *wanted) {
  float outputs[SAMPLES * TINY_CLASSES];
  cnnlstm_session *own = NULL;
  if (cnnlstm_session_create(model, NULL, &own) != CNNLSTM_OK) return 0;
  const cnnlstm_status status =
      cnnlstm_session_predict(own, tiny_samples()->inputs, SAMPLES * TINY_FLOATS, SAMPLES,
                              TINY_LENGTH, outputs, COUNT(outputs));
  cnnlstm_session_destroy(own);
  return status == CNNLSTM_OK && !memcmp(outputs, wanted, sizeof outputs);
}

/* A fork of a host whose session has threads: the child ends, and can predict with a session of its
 * own; the parent goes on. */
static void test_fork(void **state) {
  float *wanted = predict(model, tiny_samples()->inputs, SAMPLES, TINY_LENGTH);
  (void)state;
  for (int with_prediction = 0; with_prediction < 2; ++with_prediction) {
    int result = 0;
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      _exit(!with_prediction || predicts_in_child(wanted) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    assert_ok(call_predict());
  }
  free(wanted);
}

/* A session with threads, made before a fork, predicts in the child too, if with the caller's
 * thread alone: also one sample of a model so large that threads share its steps. It ends there. */
static void test_fork_with_a_session(void **state) {
  enum { LENGTH = 64, UNITS = 256 };
  const cnnlstm_session_options options = session_options_of(2, 4);
  static float inputs[LENGTH], wanted[UNITS], outputs[UNITS];
  cnnlstm_model *large = model_of(1, input_of(LENGTH, 1), lstm_of(UNITS, 0));
  cnnlstm_session *session = session_of(large, &options);
  int result = 0;
  (void)state;
  fill(inputs, LENGTH, 1);
  assert_ok(cnnlstm_session_predict(session, inputs, LENGTH, 1, LENGTH, wanted, UNITS));
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const cnnlstm_status status =
        cnnlstm_session_predict(session, inputs, LENGTH, 1, LENGTH, outputs, UNITS);
    cnnlstm_session_destroy(session);
    _exit(status == CNNLSTM_OK && !memcmp(outputs, wanted, sizeof outputs) ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
  cnnlstm_session_destroy(session);
  cnnlstm_model_destroy(large);
}

int run_host_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_floating_point_environment),
      cmocka_unit_test(test_results_in_any_state_of_the_host),
      cmocka_unit_test(test_host_with_traps),
      cmocka_unit_test(test_no_thread_stays),
      cmocka_unit_test(test_no_threads_left),
      cmocka_unit_test(test_little_memory_for_a_long_sample),
      cmocka_unit_test(test_signals_and_locale),
      cmocka_unit_test_setup_teardown(test_nothing_is_printed, redirect_output, restore_output),
      cmocka_unit_test(test_fork),
      cmocka_unit_test(test_fork_with_a_session),
  };
  return cmocka_run_group_tests(tests, create_objects, destroy_objects);
}
