/* Learning rate schedules: defaults, what is refused, and trainers that follow them. */
#include <math.h>
#include <string.h>

#include "support.h"

static cnnlstm_schedule schedule_of(int32_t kind) {
  cnnlstm_schedule schedule;
  assert_ok(cnnlstm_schedule_init(&schedule, sizeof schedule, kind));
  return schedule;
}

static void test_schedule_defaults(void **state) {
  cnnlstm_schedule schedule = schedule_of(CNNLSTM_SCHEDULE_COSINE_DECAY_RESTARTS);
  (void)state;
  assert_int_equal(schedule.kind, CNNLSTM_SCHEDULE_COSINE_DECAY_RESTARTS);
  assert_true(schedule.t_mul == 2 && schedule.m_mul == 1 && schedule.alpha == 0);
  assert_true(schedule.end_learning_rate == 0.0001f && schedule.power == 1);
  assert_true(schedule.warmup_target == 0 && schedule.warmup_steps == 0);
  assert_true(schedule.staircase == 0 && schedule.cycle == 0 && schedule.value_count == 0);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "kind", "7",
                 cnnlstm_schedule_init(&schedule, sizeof schedule, 7));
  assert_status(CNNLSTM_ERROR_OPTIONS, cnnlstm_schedule_init(&schedule, 3, 1));
  assert_status(CNNLSTM_ERROR_NULL_POINTER, cnnlstm_schedule_init(NULL, sizeof schedule, 1));
}

/* A schedule that is wrong in one way. */
typedef struct bad_schedule {
  cnnlstm_status status;
  const char *thing;
  void (*spoil)(cnnlstm_schedule *schedule);
} bad_schedule;

#define SPOIL(name, change) \
  static void name(cnnlstm_schedule *schedule) { schedule->change; }
SPOIL(bad_kind, kind = 99)
SPOIL(negative_rate, initial_learning_rate = -1)
SPOIL(endless_rate, initial_learning_rate = INFINITY)
SPOIL(no_steps, decay_steps = 0)
SPOIL(negative_warmup, warmup_steps = -1)
SPOIL(bad_target, warmup_target = NAN)
SPOIL(bad_decay_rate, decay_rate = -1)
SPOIL(bad_alpha, alpha = -1)
SPOIL(bad_period, t_mul = 0.5f)
SPOIL(bad_factor, m_mul = -1)
SPOIL(bad_end, end_learning_rate = NAN)
SPOIL(bad_power, power = -1)
SPOIL(bad_staircase, staircase = 2)
SPOIL(bad_cycle, cycle = -1)
SPOIL(no_boundaries, boundaries = NULL)
SPOIL(no_values, values = NULL)
SPOIL(one_value, value_count = 0)
SPOIL(many_values, value_count = SIZE_MAX)
SPOIL(bad_size, struct_size = 2)

static const int64_t rising[] = {1, 3}, falling[] = {3, 1};
static const float rates[] = {0.5f, 0.25f, 0.125f}, negative[] = {0.5f, -1, 1};
SPOIL(falling_boundaries, boundaries = falling)
SPOIL(negative_values, values = negative)

static cnnlstm_schedule piecewise(void) {
  cnnlstm_schedule schedule = schedule_of(CNNLSTM_SCHEDULE_PIECEWISE_CONSTANT_DECAY);
  schedule.boundaries = rising;
  schedule.values = rates;
  schedule.value_count = COUNT(rates);
  return schedule;
}

static void test_schedules_refused(void **state) {
  static const bad_schedule bad[] = {
      {CNNLSTM_ERROR_ARGUMENT, "kind", bad_kind},
      {CNNLSTM_ERROR_ARGUMENT, "initial_learning_rate", negative_rate},
      {CNNLSTM_ERROR_ARGUMENT, "initial_learning_rate", endless_rate},
      {CNNLSTM_ERROR_ARGUMENT, "decay_steps", no_steps},
      {CNNLSTM_ERROR_ARGUMENT, "warmup_steps", negative_warmup},
      {CNNLSTM_ERROR_ARGUMENT, "warmup_target", bad_target},
      {CNNLSTM_ERROR_ARGUMENT, "decay_rate", bad_decay_rate},
      {CNNLSTM_ERROR_ARGUMENT, "alpha", bad_alpha},
      {CNNLSTM_ERROR_ARGUMENT, "t_mul", bad_period},
      {CNNLSTM_ERROR_ARGUMENT, "m_mul", bad_factor},
      {CNNLSTM_ERROR_ARGUMENT, "end_learning_rate", bad_end},
      {CNNLSTM_ERROR_ARGUMENT, "power", bad_power},
      {CNNLSTM_ERROR_ARGUMENT, "staircase", bad_staircase},
      {CNNLSTM_ERROR_ARGUMENT, "cycle", bad_cycle},
      {CNNLSTM_ERROR_NULL_POINTER, "boundaries", no_boundaries},
      {CNNLSTM_ERROR_NULL_POINTER, "values", no_values},
      {CNNLSTM_ERROR_ARGUMENT, "boundaries", one_value},
      {CNNLSTM_ERROR_ARGUMENT, "value_count", many_values},
      {CNNLSTM_ERROR_ARGUMENT, "boundaries", falling_boundaries},
      {CNNLSTM_ERROR_ARGUMENT, "values", negative_values},
      {CNNLSTM_ERROR_OPTIONS, "struct_size", bad_size}};
  cnnlstm_model *model = tiny_model(1);
  (void)state;
  for (size_t index = 0; index < COUNT(bad); ++index) {
    cnnlstm_schedule schedule = piecewise();
    cnnlstm_trainer_options options = adam_options();
    cnnlstm_trainer *trainer = NULL;
    bad[index].spoil(&schedule);
    options.schedule = &schedule;
    assert_refused(bad[index].status, bad[index].thing, "",
                   cnnlstm_trainer_create(model, &options, &trainer));
    assert_null(trainer);
  }
  cnnlstm_model_destroy(model);
}

static float rate_of(const cnnlstm_trainer *trainer) {
  float rate = NAN;
  assert_ok(cnnlstm_trainer_learning_rate(trainer, &rate));
  return rate;
}

/* A trainer keeps a copy; each step has its rate, and nobody else sets it. */
static void test_trainers_follow_a_schedule(void **state) {
  static const float wanted[] = {0.5f, 0.5f, 0.25f, 0.25f, 0.125f, 0.125f};
  cnnlstm_trainer_options options = sgd_options();
  cnnlstm_schedule schedule = piecewise();
  int64_t boundaries[] = {1, 3};
  float values[] = {0.5f, 0.25f, 0.125f};
  const cnnlstm_dataset data = labelled(8);
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_model *model = tiny_model(1);
  (void)state;
  schedule.boundaries = boundaries;
  schedule.values = values;
  options.schedule = &schedule;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  memset(boundaries, 0, sizeof boundaries);
  memset(values, 0, sizeof values);
  memset(&schedule, 0, sizeof schedule);
  for (size_t step = 0; step < COUNT(wanted); ++step) {
    assert_true(rate_of(trainer) == wanted[step]);
    assert_status(CNNLSTM_ERROR_STATE, cnnlstm_trainer_set_learning_rate(trainer, 1));
    assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  }
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* Without a schedule too. */
static void test_a_plain_rate_of_0(void **state) {
  cnnlstm_trainer_options options = adam_options();
  const cnnlstm_dataset data = labelled(8);
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_model *model = tiny_model(1), *untrained = tiny_model(1);
  unsigned char bytes[1 << 14];
  size_t size;
  (void)state;
  options.learning_rate = 0;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_same_weights(model, untrained);
  assert_ok(cnnlstm_trainer_save_to_memory(trainer, bytes, sizeof bytes, &size));
  assert_ok(cnnlstm_trainer_set_learning_rate(trainer, 0.5f));
  assert_ok(cnnlstm_trainer_load_from_memory(trainer, bytes, size, NULL));
  assert_true(rate_of(trainer) == 0);
  assert_ok(cnnlstm_trainer_set_learning_rate(trainer, 0.5f));
  assert_ok(cnnlstm_trainer_set_learning_rate(trainer, 0));
  assert_true(rate_of(trainer) == 0);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "learning_rate", "-1",
                 cnnlstm_trainer_set_learning_rate(trainer, -1));
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(untrained);
  cnnlstm_model_destroy(model);
}

/* Where a loss is not finite, the weights go back by one step, and so does the schedule; again only
 * if there was a step between. */
static void test_a_loss_that_is_not_finite(void **state) {
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_schedule schedule = piecewise();
  cnnlstm_dataset data = labelled(8), bad = labelled(8);
  static float inputs[8 * TINY_FLOATS];
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_model *model = tiny_model(1);
  (void)state;
  for (size_t at = 0; at < COUNT(inputs); ++at) inputs[at] = NAN;
  bad.inputs = inputs;
  options.schedule = &schedule;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  for (int step = 0; step < 4; ++step) {
    assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  }
  assert_true(rate_of(trainer) == 0.125f);
  for (int time = 0; time < 2; ++time) {
    assert_status(CNNLSTM_ERROR_NOT_FINITE,
                  cnnlstm_trainer_fit(trainer, &bad, NULL, &fit, NULL, NULL));
    assert_true(rate_of(trainer) == 0.25f);
  }
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_true(rate_of(trainer) == 0.125f);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(model);
}

/* Weights rest while a warm-up begins at 0. */
static void test_a_rate_of_0(void **state) {
  cnnlstm_trainer_options options = adam_options();
  cnnlstm_schedule schedule = schedule_of(CNNLSTM_SCHEDULE_COSINE_DECAY);
  const cnnlstm_dataset data = labelled(8);
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_model *model = tiny_model(1), *untrained = tiny_model(1);
  (void)state;
  options.weight_decay = 0.5f;
  schedule.initial_learning_rate = 0;
  schedule.warmup_target = 0.5f;
  schedule.warmup_steps = 2;
  options.schedule = &schedule;
  cnnlstm_trainer *trainer = trainer_of(model, &options);
  assert_ok(cnnlstm_trainer_fit(trainer, &data, NULL, &fit, NULL, NULL));
  assert_same_weights(model, untrained);
  assert_true(rate_of(trainer) == 0.25f);
  cnnlstm_trainer_destroy(trainer);
  cnnlstm_model_destroy(untrained);
  cnnlstm_model_destroy(model);
}

int run_schedule_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_schedule_defaults),
      cmocka_unit_test(test_schedules_refused),
      cmocka_unit_test(test_trainers_follow_a_schedule),
      cmocka_unit_test(test_a_rate_of_0),
      cmocka_unit_test(test_a_plain_rate_of_0),
      cmocka_unit_test(test_a_loss_that_is_not_finite),
  };
  return RUN_TESTS(tests);
}
