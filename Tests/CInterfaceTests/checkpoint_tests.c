/* Training that is stopped, saved, and taken up again. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

static cnnlstm_trainer *new_trainer(cnnlstm_model **model, int32_t optimizer, uint64_t seed) {
  cnnlstm_trainer_options options =
      optimizer == CNNLSTM_OPTIMIZER_SGD ? sgd_options() : adam_options();
  *model = tiny_model(1);
  options.seed = seed;
  options.momentum = optimizer == CNNLSTM_OPTIMIZER_SGD ? 0.5f : 0;
  return trainer_of(*model, &options);
}

static void train(cnnlstm_trainer *trainer, int32_t first, int32_t epochs) {
  const cnnlstm_dataset data = labelled(SAMPLES);
  cnnlstm_fit_options fit = fit_of(epochs);
  fit.initial_epoch = first;
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
}

static unsigned char *saved(cnnlstm_trainer *trainer, size_t *size) {
  assert_ok(cnnlstm_trainer_save_to_memory(trainer, NULL, 0, size));
  unsigned char *bytes = malloc(*size);
  assert_non_null(bytes);
  assert_ok(cnnlstm_trainer_save_to_memory(trainer, bytes, *size, size));
  return bytes;
}

static void destroy(cnnlstm_trainer *trainer, cnnlstm_model *model) {
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* With dropout and shuffling, whose seed is in the file. */
static void test_six_epochs_are_three_and_three(void **state) {
  static const int32_t optimizers[] = {CNNLSTM_OPTIMIZER_SGD, CNNLSTM_OPTIMIZER_ADAM};
  (void)state;
  for (size_t index = 0; index < COUNT(optimizers); ++index) {
    char path[] = "/tmp/cnnlstm-checkpoint-XXXXXX";
    cnnlstm_model *whole, *half, *resumed;
    cnnlstm_trainer *first = new_trainer(&whole, optimizers[index], 5);
    cnnlstm_trainer *second = new_trainer(&half, optimizers[index], 5);
    cnnlstm_trainer *third = new_trainer(&resumed, optimizers[index], 6);
    close(mkstemp(path));
    train(first, 0, 6);
    train(second, 0, 3);
    assert_ok(cnnlstm_trainer_save(second, path));
    assert_ok(cnnlstm_trainer_load(third, path, NULL));
    assert_same_weights(half, resumed);
    assert_int_equal(cnnlstm_trainer_epoch(third), 3);
    train(third, cnnlstm_trainer_epoch(third), 6);
    assert_same_weights(whole, resumed);
    unlink(path);
    destroy(first, whole);
    destroy(second, half);
    destroy(third, resumed);
  }
}

/* A model whose batches go on from one another, and a trainer for batches of some samples. */
static cnnlstm_trainer *stateful_trainer(cnnlstm_model **model, int32_t batch_size) {
  cnnlstm_layer_options lstm = lstm_of(5, 1), gru = both_ways_of(CNNLSTM_LAYER_GRU, 3);
  cnnlstm_trainer_options options = adam_options();
  lstm.stateful = gru.stateful = 1;
  options.batch_size = batch_size;
  *model = model_of(1, input_of(TINY_LENGTH, TINY_CHANNELS), lstm, gru,
                    layer_of(CNNLSTM_LAYER_GLOBAL_MAX_POOLING1D),
                    dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
  return trainer_of(*model, &options);
}

static void train_on(cnnlstm_trainer *trainer, int32_t batch_size, int32_t first, int32_t epochs) {
  const cnnlstm_dataset data = labelled(40);
  cnnlstm_fit_options fit = fit_of(epochs);
  fit.initial_epoch = first;
  fit.batch_size = batch_size;
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
}

/* The file has the states of layers too. A trainer for batches of another size keeps them for a
 * third one, and itself begins with states of zero. */
static void test_stateful_layers_go_on(void **state) {
  cnnlstm_model *whole, *half, *passing, *resumed;
  cnnlstm_trainer *first = stateful_trainer(&whole, 8), *second = stateful_trainer(&half, 8);
  cnnlstm_trainer *other = stateful_trainer(&passing, 4), *third = stateful_trainer(&resumed, 8);
  size_t size;
  (void)state;
  train_on(first, 8, 0, 6);
  train_on(second, 8, 0, 3);
  train_on(third, 8, 0, 1);
  unsigned char *bytes = saved(second, &size);
  assert_ok(cnnlstm_trainer_load_from_memory(other, bytes, size, NULL));
  unsigned char *again = saved(other, &size);
  assert_memory_equal(again, bytes, size);
  assert_ok(cnnlstm_trainer_load_from_memory(third, again, size, NULL));
  train_on(third, 8, 3, 6);
  assert_same_weights(whole, resumed);
  train_on(other, 4, 3, 4);
  assert_ok(cnnlstm_trainer_load_from_memory(third, bytes, size, NULL));
  assert_ok(cnnlstm_trainer_reset_states(third, CNNLSTM_ALL_LAYERS));
  train_on(third, 8, 3, 6);
  float *left = weights_of(whole), *right = weights_of(resumed);
  assert_memory_not_equal(left, right, cnnlstm_model_parameter_count(whole) * sizeof *left);
  free(left);
  free(right);
  free(bytes);
  free(again);
  destroy(first, whole);
  destroy(second, half);
  destroy(other, passing);
  destroy(third, resumed);
}

static void test_the_file_is_a_model_too(void **state) {
  cnnlstm_model *model, *loaded = NULL;
  cnnlstm_trainer *trainer = new_trainer(&model, CNNLSTM_OPTIMIZER_ADAM, 5);
  size_t size, needed;
  char label[8];
  (void)state;
  train(trainer, 0, 1);
  unsigned char *bytes = saved(trainer, &size);
  assert_ok(cnnlstm_model_load_from_memory(bytes, size, NULL, &loaded));
  assert_same_weights(model, loaded);
  assert_ok(cnnlstm_model_label(loaded, 0, label, sizeof label, NULL));
  assert_refused(CNNLSTM_ERROR_SHAPE, "capacity", "1",
                 cnnlstm_trainer_save_to_memory(trainer, bytes, 1, &needed));
  assert_int_equal(needed, size);
  free(bytes);
  cnnlstm_model_destroy(loaded);
  destroy(trainer, model);
}

static void test_refused(void **state) {
  cnnlstm_model *model, *other;
  cnnlstm_trainer *adam = new_trainer(&model, CNNLSTM_OPTIMIZER_ADAM, 5);
  cnnlstm_trainer *sgd = new_trainer(&other, CNNLSTM_OPTIMIZER_SGD, 5);
  size_t size, model_size;
  unsigned char *bytes = saved(adam, &size), *plain = bytes_of(model, &model_size);
  (void)state;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "adam", "sgd",
                 cnnlstm_trainer_load_from_memory(sgd, bytes, size, NULL));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "no training", "",
                 cnnlstm_trainer_load_from_memory(adam, plain, model_size, NULL));
  assert_refused(CNNLSTM_ERROR_FILE_ACCESS, "/nowhere", "",
                 cnnlstm_trainer_load(adam, "/nowhere/file", NULL));
  assert_refused(CNNLSTM_ERROR_FILE_ACCESS, "/nowhere", "",
                 cnnlstm_trainer_save(adam, "/nowhere/file"));
  cnnlstm_load_options options;
  assert_ok(cnnlstm_load_options_init(&options, sizeof options));
  options.max_parameters = 1;
  assert_refused(CNNLSTM_ERROR_LIMIT, "", "",
                 cnnlstm_trainer_load_from_memory(adam, bytes, size, &options));
  free(bytes);
  free(plain);
  destroy(adam, model);
  destroy(sgd, other);
}

static void test_null(void **state) {
  cnnlstm_model *model;
  cnnlstm_trainer *trainer = new_trainer(&model, CNNLSTM_OPTIMIZER_ADAM, 5);
  size_t size;
  unsigned char byte = 0;
  (void)state;
#define refuse(name, call) assert_refused(CNNLSTM_ERROR_NULL_POINTER, name, "NULL", call)
  refuse("trainer", cnnlstm_trainer_save(NULL, "/tmp/never-written"));
  refuse("path", cnnlstm_trainer_save(trainer, NULL));
  refuse("trainer", cnnlstm_trainer_save_to_memory(NULL, NULL, 0, &size));
  refuse("needed", cnnlstm_trainer_save_to_memory(trainer, NULL, 0, NULL));
  refuse("buffer", cnnlstm_trainer_save_to_memory(trainer, NULL, 1, &size));
  refuse("trainer", cnnlstm_trainer_load(NULL, "/dev/null", NULL));
  refuse("path", cnnlstm_trainer_load(trainer, NULL, NULL));
  refuse("trainer", cnnlstm_trainer_load_from_memory(NULL, &byte, 1, NULL));
  refuse("bytes", cnnlstm_trainer_load_from_memory(trainer, NULL, 1, NULL));
#undef refuse
  assert_int_equal(cnnlstm_trainer_epoch(NULL), 0);
  assert_int_equal(cnnlstm_trainer_epoch(trainer), 0);
  destroy(trainer, model);
}

/* Every byte altered, and every length cut: refused, and the training is as it was. */
static void test_damaged_files(void **state) {
  cnnlstm_model *model;
  cnnlstm_trainer *trainer = new_trainer(&model, CNNLSTM_OPTIMIZER_ADAM, 5);
  size_t size, after_size;
  (void)state;
  train(trainer, 0, 1);
  unsigned char *bytes = saved(trainer, &size), *damaged = malloc(size);
  for (size_t at = 0; at < size; ++at) {
    memcpy(damaged, bytes, size);
    damaged[at] ^= 0x41;
    const cnnlstm_status status = cnnlstm_trainer_load_from_memory(trainer, damaged, size, NULL);
    /* A newer minor version is read as this one, once the checksum is right. */
    assert_status(ANY_FILE_ERROR, status);
  }
  for (size_t count = 0; count < size; count += 7) {
    unsigned char *cut = malloc(count > 0 ? count : 1);
    memcpy(cut, bytes, count);
    assert_status(ANY_FILE_ERROR, cnnlstm_trainer_load_from_memory(trainer, cut, count, NULL));
    free(cut);
  }
  unsigned char *after = saved(trainer, &after_size);
  assert_int_equal(after_size, size);
  assert_memory_equal(after, bytes, size);
  assert_ok(cnnlstm_trainer_load_from_memory(trainer, bytes, size, NULL));
  free(after);
  free(damaged);
  free(bytes);
  destroy(trainer, model);
}

static int32_t save_at_epoch_end(const cnnlstm_progress *progress, void *user_data) {
  cnnlstm_trainer **pair = user_data;
  if (progress->event != CNNLSTM_EVENT_EPOCH_END || progress->epoch != 1) return 0;
  size_t size;
  unsigned char *bytes = saved(pair[0], &size);
  assert_status(CNNLSTM_ERROR_STATE, cnnlstm_trainer_load_from_memory(pair[0], bytes, size, NULL));
  assert_ok(cnnlstm_trainer_load_from_memory(pair[1], bytes, size, NULL));
  free(bytes);
  return 0;
}

static void test_saved_by_a_callback(void **state) {
  cnnlstm_model *left, *right;
  cnnlstm_trainer *trainer = new_trainer(&left, CNNLSTM_OPTIMIZER_ADAM, 5);
  cnnlstm_trainer *pair[] = {trainer, new_trainer(&right, CNNLSTM_OPTIMIZER_ADAM, 6)};
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options fit = fit_of(4);
  (void)state;
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, save_at_epoch_end, pair));
  assert_int_equal(cnnlstm_trainer_epoch(pair[1]), 2);
  train(pair[1], 2, 4);
  assert_same_weights(left, right);
  destroy(trainer, left);
  destroy(pair[1], right);
}

int run_checkpoint_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_six_epochs_are_three_and_three),
      cmocka_unit_test(test_stateful_layers_go_on),
      cmocka_unit_test(test_the_file_is_a_model_too),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_null),
      cmocka_unit_test(test_damaged_files),
      cmocka_unit_test(test_saved_by_a_callback),
  };
  return RUN_TESTS(tests);
}
