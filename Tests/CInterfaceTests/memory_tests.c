/* Memory: predictions take none, nothing is lost, and when there is none left the caller is told.
 * The allocator's functions of this program stand before those of the C library. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { LARGE = 16384 }; /* bytes from which on an allocation may be made to fail */

static atomic_long allocations;           /* since the program started */
static atomic_long blocks;                /* allocated and not yet given back */
static atomic_long large_until_fail = -1; /* large ones that succeed before one fails; -1: all */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

/* 1 if an allocation of size is to fail. */
static int fails(size_t size) {
  if (size < LARGE || atomic_load(&large_until_fail) < 0) return 0;
  return atomic_fetch_sub(&large_until_fail, 1) == 0;
}

static void *counted(void *block) {
  if (!block) errno = ENOMEM;
  atomic_fetch_add(&allocations, 1);
  if (block) atomic_fetch_add(&blocks, 1);
  return block;
}

void *malloc(size_t size) { return counted(fails(size) ? NULL : __libc_malloc(size)); }

void *calloc(size_t count, size_t size) {
  const int large = size > 0 && count > LARGE / size;
  return counted(fails(large ? LARGE : 0) ? NULL : __libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
  void *moved = fails(size) ? NULL : __libc_realloc(block, size);
  atomic_fetch_add(&allocations, 1);
  if (!block && moved) atomic_fetch_add(&blocks, 1);
  if (block && !moved && size == 0) atomic_fetch_sub(&blocks, 1);
  return moved;
}

void *memalign(size_t alignment, size_t size) {
  return counted(fails(size) ? NULL : __libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  void *made = memalign(alignment, size);
  if (made) *block = made;
  return made ? 0 : ENOMEM;
}

void free(void *block) {
  if (block) atomic_fetch_sub(&blocks, 1);
  __libc_free(block);
}

/* Makes the large allocation after so many fail, and no other. */
static void fail_after(long successes) { atomic_store(&large_until_fail, successes); }

static int failure_happened(void) { return atomic_load(&large_until_fail) < 0; }

static int let_all_succeed(void **state) {
  (void)state;
  fail_after(-1);
  return 0;
}

/* Predictions of a few and of many samples take no memory, whatever the number of threads. */
static void check_predictions(const cnnlstm_model *model, int64_t length) {
  const size_t each = input_floats(model, length), each_output = output_floats(model, length);
  float *inputs = malloc(40 * each * sizeof *inputs);
  float *outputs = malloc(40 * each_output * sizeof *outputs);
  int64_t lengths[40];
  fill(inputs, 40 * each, 1);
  for (int64_t sample = 0; sample < 40; ++sample) lengths[sample] = length - sample % 5;
  for (int32_t threads = 1; threads <= 3; ++threads) {
    const cnnlstm_session_options options = session_options_of(threads, 8);
    const long before_creation = atomic_load(&allocations);
    cnnlstm_session *session = session_of(model, &options);
    const long before = atomic_load(&allocations);
    assert_true(before > before_creation);
    for (int64_t count = 1; count <= 40; count += 13) {
      const size_t floats = (size_t)count * each, results = (size_t)count * each_output;
      assert_ok(cnnlstm_session_predict(session, inputs, floats, count, length, outputs, results));
      assert_ok(cnnlstm_session_predict_lengths(session, inputs, floats, count, length, lengths,
                                                (size_t)count, outputs, results));
    }
    assert_int_equal(atomic_load(&allocations), before);
    cnnlstm_session_destroy(session);
  }
  free(outputs);
  free(inputs);
}

/* Of the second one, threads share the steps of a sample. */
static void test_predictions_take_no_memory(void **state) {
  cnnlstm_model *models[] = {seed_model(1), model_of(1, input_of(40, 1), lstm_of(256, 0)),
                             whole_model(1, 40, 1)};
  (void)state;
  for (size_t index = 0; index < COUNT(models); ++index) {
    for (size_t dtype = 0; dtype < COUNT(dtypes); ++dtype) {
      cnnlstm_model *model = converted_to(dtypes[dtype], models[index]);
      check_predictions(model, index == 0 ? 100 : 40);
      cnnlstm_model_destroy(model);
    }
    cnnlstm_model_destroy(models[index]);
  }
}

/* A life of every object, with failures on the way. */
static void live_once(void) {
  const cnnlstm_trainer_options options = adam_options();
  const cnnlstm_session_options threaded = session_options_of(2, 4);
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options fit = fit_of(2);
  const cnnlstm_layer_options late = lstm_of(3, 0);
  cnnlstm_model *model = tiny_model(1), *loaded = NULL;
  cnnlstm_session *session = session_of(model, &threaded);
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  assert_ok(cnnlstm_trainer_fit(trainer, &data, &data, &fit, NULL, NULL));
  assert_ok(cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded));
  cnnlstm_model_destroy(loaded);
  assert_status(ANY_FILE_ERROR, cnnlstm_model_load_from_memory(bytes, size / 2, NULL, &loaded));
  assert_status(ANY_FILE_ERROR, cnnlstm_model_load("/nowhere/at/all", NULL, &loaded));
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_model_add(model, &late));
  assert_ok(cnnlstm_model_set_metadata(model, "sensor", "other"));
  assert_ok(cnnlstm_model_set_labels(model, NULL, 0));
  free(bytes);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
  cnnlstm_session_destroy(session);
}

static void test_nothing_is_lost(void **state) {
  (void)state;
  live_once();
  const long before = atomic_load(&blocks);
  for (int round = 0; round < 5; ++round) live_once();
  assert_int_equal(atomic_load(&blocks), before);
}

/* Calls that are refused. */
static cnnlstm_model *tiny;
static cnnlstm_trainer *tiny_trainer;

static cnnlstm_status add_misfit(void) {
  static const int32_t kinds[] = {CNNLSTM_LAYER_CONV1D, CNNLSTM_LAYER_MAX_POOLING1D,
                                  CNNLSTM_LAYER_LSTM};
  cnnlstm_model *vector = model_of(NOT_BUILT, input_of(CNNLSTM_LENGTH_NO_TIME, 3));
  cnnlstm_status status = CNNLSTM_OK;
  for (size_t index = 0; index < COUNT(kinds); ++index) {
    cnnlstm_layer_options layer = layer_of(kinds[index]);
    if (kinds[index] == CNNLSTM_LAYER_LSTM) layer.units = 4;
    if (kinds[index] == CNNLSTM_LAYER_CONV1D) layer.filters = layer.kernel_size = 3;
    status = cnnlstm_model_add(vector, &layer);
  }
  cnnlstm_model_destroy(vector);
  return status;
}

static cnnlstm_status refused_session(void) {
  const cnnlstm_session_options options = session_options_of(-1, 4);
  cnnlstm_session *session = NULL;
  return cnnlstm_session_create(tiny, &options, &session);
}

static cnnlstm_status refused_length(void) {
  cnnlstm_session_options options = session_options_of(2, 4);
  cnnlstm_session *session = NULL;
  options.max_length = 1;
  return cnnlstm_session_create(tiny, &options, &session);
}

static cnnlstm_status refused_trainer(void) {
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_trainer *trainer = NULL;
  options.threads = -1;
  return cnnlstm_trainer_create(tiny, &options, &trainer);
}

static cnnlstm_status refused_rate(void) {
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_trainer *trainer = NULL;
  options.learning_rate = -1;
  return cnnlstm_trainer_create(tiny, &options, &trainer);
}

static cnnlstm_status refused_fit(void) {
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_dataset data = labelled(SAMPLES);
  data.label_count -= 1;
  return cnnlstm_trainer_fit(tiny_trainer, &data, NULL, &fit, NULL, NULL);
}

static cnnlstm_status refused_weights(void) {
  float value = 1;
  return cnnlstm_model_set_weights(tiny, &value, 1);
}

static cnnlstm_status refused_conversion(void) {
  cnnlstm_conversion_report report = {.struct_size = 1};
  cnnlstm_model *converted = NULL;
  return cnnlstm_model_convert(tiny, CNNLSTM_DTYPE_INT8, NULL, 0, 0, 0, &report, &converted);
}

static cnnlstm_status refused_labels(void) {
  static const char *const labels[] = {"a long enough label to be allocated", "b", "\xff"};
  return cnnlstm_model_set_labels(tiny, labels, 3);
}

static cnnlstm_status refused_file(void) {
  cnnlstm_model *loaded = NULL;
  size_t size;
  unsigned char *bytes = bytes_of(tiny, &size);
  cnnlstm_status status = CNNLSTM_OK;
  for (size_t at = 0; at < size; at += 5) {
    bytes[at] ^= 0x55;
    status = cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded);
    if (status == CNNLSTM_OK) cnnlstm_model_destroy(loaded);
    bytes[at] ^= 0x55;
  }
  status = cnnlstm_model_load_from_memory(bytes, size - 1, NULL, &loaded);
  free(bytes);
  return status;
}

static void test_refusals_lose_nothing(void **state) {
  static const struct {
    const char *name;
    cnnlstm_status (*call)(void);
  } calls[] = {{"add", add_misfit},           {"session", refused_session},
               {"length", refused_length},    {"trainer", refused_trainer},
               {"rate", refused_rate},        {"fit", refused_fit},
               {"weights", refused_weights},  {"labels", refused_labels},
               {"file", refused_file},        {"conversion", refused_conversion}};
  const cnnlstm_trainer_options options = adam_options();
  int losses = 0;
  (void)state;
  tiny = tiny_model(1);
  tiny_trainer = trainer_of(tiny, &options);
  for (size_t index = 0; index < COUNT(calls); ++index) {
    assert_status(ANY_ERROR, calls[index].call());
    const long before = atomic_load(&blocks);
    for (int round = 0; round < 5; ++round) calls[index].call();
    const long lost = atomic_load(&blocks) - before;
    if (lost != 0) print_error("%s: %ld blocks lost in 5 rounds\n", calls[index].name, lost);
    losses += lost != 0;
  }
  cnnlstm_trainer_destroy(tiny_trainer);
  cnnlstm_model_destroy(tiny);
  assert_int_equal(losses, 0);
}

/* Calls that need large buffers, each on the seed model and leaving it as it was. */
static cnnlstm_model *seed;
static unsigned char *seed_bytes;
static float *seed_weights, *seed_inputs;
static size_t seed_size;
enum { SEED_PARAMETERS = 83592, SEED_SAMPLES = 16, SEED_LENGTH = 100 };

static cnnlstm_status make_session(void) {
  cnnlstm_session *session = NULL;
  const cnnlstm_status status = cnnlstm_session_create(seed, NULL, &session);
  assert_int_equal(session != NULL, status == CNNLSTM_OK);
  cnnlstm_session_destroy(session);
  return status;
}

static cnnlstm_status make_trainer(void) {
  cnnlstm_trainer *trainer = NULL;
  const cnnlstm_status status = cnnlstm_trainer_create(seed, NULL, &trainer);
  assert_int_equal(trainer != NULL, status == CNNLSTM_OK);
  cnnlstm_trainer_destroy(trainer);
  return status;
}

static cnnlstm_status build(void) {
  cnnlstm_model *model = seed_model(NOT_BUILT);
  const cnnlstm_status status = cnnlstm_model_build(model, 1);
  assert_int_equal(cnnlstm_model_is_built(model), status == CNNLSTM_OK);
  cnnlstm_model_destroy(model);
  return status;
}

static cnnlstm_status load(void) {
  cnnlstm_model *model = NULL;
  const cnnlstm_status status = cnnlstm_model_load_from_memory(seed_bytes, seed_size, NULL, &model);
  assert_int_equal(model != NULL, status == CNNLSTM_OK);
  cnnlstm_model_destroy(model);
  return status;
}

static cnnlstm_status save(void) {
  size_t needed;
  return cnnlstm_model_save_to_memory(seed, seed_bytes, seed_size, &needed);
}

static cnnlstm_status set_weights(void) {
  return cnnlstm_model_set_weights(seed, seed_weights, SEED_PARAMETERS);
}

static cnnlstm_status convert(void) {
  cnnlstm_model *converted = NULL;
  const cnnlstm_status status =
      cnnlstm_model_convert(seed, CNNLSTM_DTYPE_INT8, seed_weights, SEED_SAMPLES * SEED_LENGTH,
                            SEED_SAMPLES, SEED_LENGTH, NULL, &converted);
  assert_int_equal(converted != NULL, status == CNNLSTM_OK);
  cnnlstm_model_destroy(converted);
  return status;
}

static void test_no_memory_left(void **state) {
  static cnnlstm_status (*const calls[])(void) = {make_session, make_trainer, build,  load,
                                                  save,         set_weights,  convert};
  (void)state;
  seed = seed_model(1);
  seed_bytes = bytes_of(seed, &seed_size);
  seed_weights = weights_of(seed);
  for (size_t call = 0; call < COUNT(calls); ++call) {
    fail_after(0);
    calls[call](); /* the first failure takes memory for its text */
    const long before = atomic_load(&blocks);
    for (long successes = 0;; ++successes) {
      fail_after(successes);
      const cnnlstm_status status = calls[call]();
      const int failed = failure_happened();
      fail_after(-1);
      if (!failed) {
        assert_int_equal(status, CNNLSTM_OK);
        break;
      }
      assert_status(CNNLSTM_ERROR_OUT_OF_MEMORY, status);
      assert_in_range(successes, 0, 1000);
    }
    assert_int_equal(atomic_load(&blocks), before);
    float *weights = weights_of(seed);
    assert_memory_equal(weights, seed_weights, SEED_PARAMETERS * sizeof *weights);
    free(weights);
  }
  free(seed_weights);
  free(seed_bytes);
  cnnlstm_model_destroy(seed);
}

/* Training that finds no memory trains nothing. */
static void test_no_memory_left_to_fit(void **state) {
  const cnnlstm_fit_options fit = fit_of(1);
  int32_t labels[SEED_SAMPLES] = {0};
  cnnlstm_dataset data;
  (void)state;
  seed_inputs = malloc(SEED_SAMPLES * SEED_LENGTH * sizeof *seed_inputs);
  fill(seed_inputs, SEED_SAMPLES * SEED_LENGTH, 1);
  assert_ok(cnnlstm_dataset_init(&data, sizeof data));
  data.sample_count = SEED_SAMPLES;
  data.length = SEED_LENGTH;
  data.inputs = seed_inputs;
  data.input_count = SEED_SAMPLES * SEED_LENGTH;
  data.labels = labels;
  data.label_count = SEED_SAMPLES;
  for (long successes = 0, failed = 1; failed; ++successes) {
    const cnnlstm_trainer_options options = adam_options();
    cnnlstm_model *model = seed_model(1), *same = seed_model(1);
    cnnlstm_trainer *trainer = trainer_of(model, &options);
    fail_after(successes);
    const cnnlstm_status status = cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL);
    failed = failure_happened();
    fail_after(-1);
    assert_status(failed ? CNNLSTM_ERROR_OUT_OF_MEMORY : CNNLSTM_OK, status);
    if (failed) assert_same_weights(model, same);
    cnnlstm_trainer_destroy(trainer);
    cnnlstm_model_destroy(same);
    cnnlstm_model_destroy(model);
  }
  free(seed_inputs);
}

int run_memory_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_predictions_take_no_memory),
      cmocka_unit_test(test_nothing_is_lost),
      cmocka_unit_test(test_refusals_lose_nothing),
      cmocka_unit_test_teardown(test_no_memory_left, let_all_succeed),
      cmocka_unit_test_teardown(test_no_memory_left_to_fit, let_all_succeed),
  };
  return RUN_TESTS(tests);
}
