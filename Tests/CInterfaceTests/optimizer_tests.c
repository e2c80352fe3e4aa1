/* Losses and optimizers with all their options. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* A field of cnnlstm_trainer_options and a value for it. */
typedef struct setting {
  const char *field;
  int32_t code; /* of the optimizer, or of the loss */
  size_t offset;
  int is_float;
  int32_t integer;
  float real;
} setting;

#define INTEGER(code, field, value) \
  {#field, CNNLSTM_##code, offsetof(cnnlstm_trainer_options, field), 0, value, 0}
#define REAL(code, field, value) \
  {#field, CNNLSTM_##code, offsetof(cnnlstm_trainer_options, field), 1, 0, value}

static void apply(const setting *setting, cnnlstm_trainer_options *options) {
  const void *real = &setting->real, *integer = &setting->integer;
  memcpy((char *)options + setting->offset, setting->is_float ? real : integer, 4);
}

static cnnlstm_trainer_options options_of(int32_t optimizer) {
  cnnlstm_trainer_options options;
  assert_ok(cnnlstm_trainer_options_init(&options, sizeof options, optimizer));
  options.loss = CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
  options.learning_rate = 0.01f;
  options.batch_size = 8;
  return options;
}

static void test_defaults(void **state) {
  (void)state;
  for (int32_t kind = CNNLSTM_OPTIMIZER_SGD; kind <= CNNLSTM_OPTIMIZER_NADAM; ++kind) {
    cnnlstm_trainer_options options;
    assert_ok(cnnlstm_trainer_options_init(&options, sizeof options, kind));
    assert_true(options.learning_rate == (kind == CNNLSTM_OPTIMIZER_SGD ? 0.01f : 0.001f));
    assert_true(options.weight_decay == (kind == CNNLSTM_OPTIMIZER_ADAMW ? 0.004f : 0));
    assert_true(options.rho == 0.9f && options.centered == 0 && options.amsgrad == 0);
    assert_true(options.clipnorm == 0 && options.clipvalue == 0 && options.global_clipnorm == 0);
    assert_true(options.use_ema == 0 && options.ema_momentum == 0.99f);
    assert_true(options.ema_overwrite_frequency == 0 && !options.schedule);
    assert_true(options.from_logits == 0 && options.label_smoothing == 0);
    assert_true(options.alpha == 0.25f && options.gamma == 2 && options.delta == 1);
    assert_true(options.apply_class_balancing == 0);
  }
}

static void refuse(const setting *bad, const cnnlstm_trainer_options *options) {
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_trainer *trainer = NULL;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, bad->field, "",
                 cnnlstm_trainer_create(model, options, &trainer));
  assert_null(trainer);
  cnnlstm_model_destroy(model);
}

static void test_optimizer_options_out_of_range(void **state) {
  static const setting bad[] = {
      REAL(OPTIMIZER_RMSPROP, rho, 1),           REAL(OPTIMIZER_RMSPROP, rho, NAN),
      INTEGER(OPTIMIZER_RMSPROP, centered, 2),   INTEGER(OPTIMIZER_ADAM, amsgrad, -1),
      INTEGER(OPTIMIZER_NADAM, amsgrad, 1),      INTEGER(OPTIMIZER_SGD, amsgrad, 1),
      REAL(OPTIMIZER_ADAMW, weight_decay, -1),   REAL(OPTIMIZER_ADAMW, weight_decay, INFINITY),
      REAL(OPTIMIZER_NADAM, clipnorm, -1),       REAL(OPTIMIZER_NADAM, clipvalue, NAN),
      INTEGER(OPTIMIZER_ADAM, use_ema, 7),       REAL(OPTIMIZER_ADAM, ema_momentum, 1.5f),
      REAL(OPTIMIZER_ADAM, ema_momentum, NAN),   INTEGER(OPTIMIZER_SGD, nesterov, 2),
      INTEGER(OPTIMIZER_ADAM, ema_overwrite_frequency, -1)};
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_trainer_options options = options_of(bad[index].code);
    apply(&bad[index], &options);
    refuse(&bad[index], &options);
  }
}

static void test_at_most_one_kind_of_clipping(void **state) {
  static const setting clips[] = {REAL(OPTIMIZER_SGD, clipnorm, 1),
                                  REAL(OPTIMIZER_SGD, clipvalue, 1),
                                  REAL(OPTIMIZER_SGD, global_clipnorm, 1)};
  (void)state;
  for (size_t left_out = 0; left_out < COUNT(clips); ++left_out) {
    cnnlstm_trainer_options options = options_of(CNNLSTM_OPTIMIZER_SGD);
    for (size_t index = 0; index < COUNT(clips); ++index) {
      if (index != left_out) apply(&clips[index], &options);
    }
    refuse(&clips[left_out], &options);
  }
}

/* The weights after two epochs, in memory that the caller frees. */
static float *trained(const cnnlstm_trainer_options *options) {
  const cnnlstm_dataset data = labelled(SAMPLES);
  const cnnlstm_fit_options fit = fit_of(2);
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_trainer *trainer = trainer_of(model, options);
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  float *weights = weights_of(model);
  assert_finite(weights, cnnlstm_model_parameter_count(model));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
  return weights;
}

static size_t tiny_bytes(void) {
  cnnlstm_model *model = tiny_model(1);
  const size_t bytes = cnnlstm_model_parameter_count(model) * sizeof(float);
  cnnlstm_model_destroy(model);
  return bytes;
}

/* Each option moves the weights elsewhere, by the same bytes for any number of threads. */
static void test_optimizer_options_matter(void **state) {
  static const setting settings[] = {
      REAL(OPTIMIZER_SGD, weight_decay, 0.5f),    REAL(OPTIMIZER_SGD, clipnorm, 0.01f),
      REAL(OPTIMIZER_SGD, clipvalue, 0.001f),     REAL(OPTIMIZER_RMSPROP, rho, 0.5f),
      REAL(OPTIMIZER_RMSPROP, momentum, 0.5f),    REAL(OPTIMIZER_RMSPROP, epsilon, 0.5f),
      INTEGER(OPTIMIZER_RMSPROP, centered, 1),    INTEGER(OPTIMIZER_ADAM, amsgrad, 1),
      INTEGER(OPTIMIZER_ADAM, use_ema, 1),        REAL(OPTIMIZER_ADAMW, weight_decay, 0.5f),
      REAL(OPTIMIZER_ADAMW, clipnorm, 0.01f),     REAL(OPTIMIZER_NADAM, beta_1, 0.5f),
      REAL(OPTIMIZER_NADAM, beta_2, 0.5f),        REAL(OPTIMIZER_NADAM, clipvalue, 0.001f)};
  const size_t bytes = tiny_bytes();
  (void)state;
  for (size_t index = 0; index < COUNT(settings); ++index) {
    cnnlstm_trainer_options options = options_of(settings[index].code);
    float *plain = trained(&options);
    apply(&settings[index], &options);
    float *changed = trained(&options);
    options.threads = 3;
    float *again = trained(&options);
    assert_true(memcmp(plain, changed, bytes) != 0);
    assert_memory_equal(changed, again, bytes);
    free(again);
    free(changed);
    free(plain);
  }
}

/* The first step is learning_rate times a number of the optimizer's for every weight whose gradient
 * is far above epsilon. */
static void test_first_step(void **state) {
  static const struct {
    int32_t optimizer;
    double length;
  } wanted[] = {{CNNLSTM_OPTIMIZER_RMSPROP, 3.16228 /* 1 / sqrt(1 - rho) */},
                {CNNLSTM_OPTIMIZER_ADAM, 1}};
  const cnnlstm_dataset data = labelled(8);
  (void)state;
  for (size_t index = 0; index < COUNT(wanted); ++index) {
    const cnnlstm_trainer_options options = options_of(wanted[index].optimizer);
    cnnlstm_model *model = tiny_model(1);
    cnnlstm_trainer *trainer = trainer_of(model, &options);
    const size_t count = cnnlstm_model_parameter_count(model);
    float *before = weights_of(model), *after, greatest = 0;
    assert_ok(cnnlstm_trainer_train_on_batch(trainer, &data, NULL, NULL, NULL));
    after = weights_of(model);
    for (size_t at = 0; at < count; ++at) {
      greatest = fmaxf(greatest, fabsf(after[at] - before[at]));
    }
    assert_float_equal(greatest / options.learning_rate, wanted[index].length, 1e-3);
    free(after);
    free(before);
    cnnlstm_trainer_destroy(trainer);
    cnnlstm_model_destroy(model);
  }
}

/* An average with momentum 1 stays at the weights of the first step, one with 0 at the last. */
static void test_moving_average(void **state) {
  cnnlstm_trainer_options options = options_of(CNNLSTM_OPTIMIZER_SGD);
  const size_t bytes = tiny_bytes();
  float *plain = trained(&options);
  (void)state;
  options.use_ema = 1;
  options.ema_momentum = 0;
  float *last = trained(&options);
  options.ema_momentum = 1;
  float *first = trained(&options);
  options.ema_overwrite_frequency = 1;
  float *always = trained(&options);
  assert_memory_equal(plain, last, bytes);
  assert_memory_equal(first, always, bytes);
  assert_true(memcmp(plain, first, bytes) != 0);
  free(always);
  free(first);
  free(last);
  free(plain);
}

/* The loss of the untrained tiny model, of its one-hot targets. */
static float loss_of(const cnnlstm_trainer_options *options) {
  const cnnlstm_dataset data = options->loss == CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY
                                   ? labelled(SAMPLES)
                                   : targeted(SAMPLES);
  cnnlstm_model *model = tiny_model(1);
  cnnlstm_trainer *trainer = trainer_of(model, options);
  float loss = NAN;
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, &loss, NULL));
  assert_true(isfinite(loss));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
  return loss;
}

/* from_logits alone may leave a loss as it is: it looks behind the softmax anyway. */
static void test_loss_options_matter(void **state) {
  static const setting settings[] = {
      REAL(LOSS_CATEGORICAL_CROSSENTROPY, label_smoothing, 0.25f),
      REAL(LOSS_BINARY_CROSSENTROPY, label_smoothing, 0.25f),
      REAL(LOSS_CATEGORICAL_FOCAL_CROSSENTROPY, alpha, 0.5f),
      REAL(LOSS_CATEGORICAL_FOCAL_CROSSENTROPY, gamma, 1),
      INTEGER(LOSS_CATEGORICAL_FOCAL_CROSSENTROPY, from_logits, 1),
      REAL(LOSS_BINARY_FOCAL_CROSSENTROPY, gamma, 1),
      INTEGER(LOSS_BINARY_FOCAL_CROSSENTROPY, apply_class_balancing, 1),
      INTEGER(LOSS_BINARY_FOCAL_CROSSENTROPY, from_logits, 1),
      REAL(LOSS_HUBER, delta, 0.125f)};
  (void)state;
  for (size_t index = 0; index < COUNT(settings); ++index) {
    cnnlstm_trainer_options options = options_of(CNNLSTM_OPTIMIZER_SGD);
    options.loss = settings[index].code;
    const float plain = loss_of(&options);
    apply(&settings[index], &options);
    assert_true(loss_of(&options) != plain);
  }
}

static void test_losses_differ(void **state) {
  float losses[CNNLSTM_LOSS_HUBER + 1];
  cnnlstm_trainer_options options = options_of(CNNLSTM_OPTIMIZER_SGD);
  (void)state;
  for (options.loss = 1; options.loss <= CNNLSTM_LOSS_HUBER; ++options.loss) {
    losses[options.loss] = loss_of(&options);
    for (int32_t other = 1; other < options.loss; ++other) {
      const int both = other == CNNLSTM_LOSS_CATEGORICAL_CROSSENTROPY &&
                       options.loss == CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
      assert_int_equal(losses[other] == losses[options.loss], both);
    }
  }
}

static void test_loss_options_refused(void **state) {
  static const setting bad[] = {
      INTEGER(LOSS_MSE, from_logits, 1),
      INTEGER(LOSS_KL_DIVERGENCE, from_logits, 1),
      INTEGER(LOSS_CATEGORICAL_CROSSENTROPY, from_logits, 2),
      REAL(LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, label_smoothing, 0.5f),
      REAL(LOSS_HUBER, label_smoothing, 0.5f),
      REAL(LOSS_CATEGORICAL_CROSSENTROPY, label_smoothing, 1.5f),
      REAL(LOSS_BINARY_CROSSENTROPY, label_smoothing, NAN),
      REAL(LOSS_CATEGORICAL_FOCAL_CROSSENTROPY, alpha, -1),
      REAL(LOSS_BINARY_FOCAL_CROSSENTROPY, gamma, INFINITY),
      INTEGER(LOSS_BINARY_FOCAL_CROSSENTROPY, apply_class_balancing, -1),
      REAL(LOSS_HUBER, delta, 0)};
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_trainer_options options = options_of(CNNLSTM_OPTIMIZER_SGD);
    options.loss = bad[index].code;
    apply(&bad[index], &options);
    refuse(&bad[index], &options);
  }
}

int run_optimizer_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_optimizer_options_out_of_range),
      cmocka_unit_test(test_at_most_one_kind_of_clipping),
      cmocka_unit_test(test_optimizer_options_matter),
      cmocka_unit_test(test_first_step),
      cmocka_unit_test(test_moving_average),
      cmocka_unit_test(test_loss_options_matter),
      cmocka_unit_test(test_losses_differ),
      cmocka_unit_test(test_loss_options_refused),
  };
  return RUN_TESTS(tests);
}
