/* struct_size: structures of older and newer headers, and impossible ones. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { TAIL = 16 }; /* bytes that a newer header might have added */

/* A structure of options: how it is filled, and a call that reads it. */
typedef struct option_kind {
  const char *name;
  size_t size;
  size_t older_size; /* up to a field whose default a call can do with */
  cnnlstm_status (*init)(void *options, size_t struct_size);
  cnnlstm_status (*use)(void *options);
  void (*complete)(void *options); /* sets what has no default; may be NULL */
} option_kind;

static cnnlstm_model *model;

static cnnlstm_status init_layer(void *options, size_t size) {
  return cnnlstm_layer_options_init(options, size, CNNLSTM_LAYER_DENSE);
}

static void complete_layer(void *options) { ((cnnlstm_layer_options *)options)->units = 2; }

static cnnlstm_status use_layer(void *options) {
  cnnlstm_model *input = model_of(NOT_BUILT, input_of(CNNLSTM_LENGTH_NO_TIME, 3));
  const cnnlstm_status status = cnnlstm_model_add(input, options);
  assert_int_equal(cnnlstm_model_layer_count(input), status == CNNLSTM_OK ? 2 : 1);
  cnnlstm_model_destroy(input);
  return status;
}

static cnnlstm_status init_load(void *options, size_t size) {
  return cnnlstm_load_options_init(options, size);
}

static cnnlstm_status use_load(void *options) {
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  cnnlstm_model *copy = NULL;
  const cnnlstm_status status = cnnlstm_model_load_from_memory(bytes, size, options, &copy);
  assert_int_equal(copy != NULL, status == CNNLSTM_OK);
  cnnlstm_model_destroy(copy);
  free(bytes);
  return status;
}

static cnnlstm_status init_session(void *options, size_t size) {
  return cnnlstm_session_options_init(options, size);
}

static cnnlstm_status use_session(void *options) {
  cnnlstm_session *session = NULL;
  const cnnlstm_status status = cnnlstm_session_create(model, options, &session);
  assert_int_equal(session != NULL, status == CNNLSTM_OK);
  cnnlstm_session_destroy(session);
  return status;
}

static cnnlstm_status init_trainer(void *options, size_t size) {
  return cnnlstm_trainer_options_init(options, size, CNNLSTM_OPTIMIZER_ADAM);
}

static cnnlstm_status use_trainer(void *options) {
  cnnlstm_trainer *trainer = NULL;
  const cnnlstm_status status = cnnlstm_trainer_create(model, options, &trainer);
  assert_int_equal(trainer != NULL, status == CNNLSTM_OK);
  cnnlstm_trainer_destroy(trainer);
  return status;
}

static cnnlstm_status init_dataset(void *options, size_t size) {
  return cnnlstm_dataset_init(options, size);
}

static void complete_dataset(void *options) {
  const cnnlstm_dataset data = targeted(SAMPLES);
  memcpy((char *)options + sizeof data.struct_size, (const char *)&data + sizeof data.struct_size,
         offsetof(cnnlstm_dataset, labels) - sizeof data.struct_size);
}

static cnnlstm_status use_dataset(void *data) {
  cnnlstm_trainer *trainer = trainer_of(model, NULL);
  float loss = -1;
  const cnnlstm_status status = cnnlstm_trainer_evaluate(trainer, data, &loss, NULL);
  assert_int_equal(loss != -1, status == CNNLSTM_OK);
  assert_int_equal(cnnlstm_trainer_fit(trainer, data, NULL, NULL, NULL, NULL), status);
  cnnlstm_trainer_destroy(trainer);
  return status;
}

static cnnlstm_status init_fit(void *options, size_t size) {
  return cnnlstm_fit_options_init(options, size);
}

static cnnlstm_status use_fit(void *options) {
  cnnlstm_trainer *trainer = trainer_of(model, NULL);
  const cnnlstm_dataset data = targeted(SAMPLES);
  const cnnlstm_status status = cnnlstm_trainer_fit(trainer, &data, NULL, options, NULL, NULL);
  cnnlstm_trainer_destroy(trainer);
  return status;
}

static cnnlstm_status init_metric(void *options, size_t size) {
  return cnnlstm_metric_init(options, size, CNNLSTM_METRIC_AUC);
}

static cnnlstm_status use_metric(void *options) {
  size_t count = 0;
  const cnnlstm_status status = cnnlstm_metric_value_count(options, 3, &count);
  assert_int_equal(count, status == CNNLSTM_OK ? 1 : 0);
  return status;
}

static const option_kind kinds[] = {
    {"metric", sizeof(cnnlstm_metric), offsetof(cnnlstm_metric, thresholds), init_metric,
     use_metric, NULL},
    {"layer", sizeof(cnnlstm_layer_options), offsetof(cnnlstm_layer_options, kernel_initializer),
     init_layer, use_layer, complete_layer},
    {"load", sizeof(cnnlstm_load_options), offsetof(cnnlstm_load_options, max_layers), init_load,
     use_load, NULL},
    {"session", sizeof(cnnlstm_session_options), offsetof(cnnlstm_session_options, batch_size),
     init_session, use_session, NULL},
    {"trainer", sizeof(cnnlstm_trainer_options), offsetof(cnnlstm_trainer_options, seed),
     init_trainer, use_trainer, NULL},
    {"dataset", sizeof(cnnlstm_dataset), offsetof(cnnlstm_dataset, labels), init_dataset,
     use_dataset, complete_dataset},
    {"fit", sizeof(cnnlstm_fit_options), offsetof(cnnlstm_fit_options, class_weights), init_fit,
     use_fit, NULL}};

static uint32_t size_in(const void *options) {
  uint32_t size;
  memcpy(&size, options, sizeof size);
  return size;
}

static void set_size(void *options, uint32_t size) { memcpy(options, &size, sizeof size); }

/* The size of the structure, a shorter one and a longer one; bytes behind it stay untouched. */
static void test_init_fills_its_size(void **state) {
  unsigned char options[1024];
  (void)state;
  for (size_t kind = 0; kind < COUNT(kinds); ++kind) {
    const size_t sizes[] = {kinds[kind].size, kinds[kind].older_size, kinds[kind].size + TAIL};
    for (size_t index = 0; index < COUNT(sizes); ++index) {
      const size_t size = sizes[index];
      memset(options, 0xA5, sizeof options);
      assert_ok(kinds[kind].init(options, size));
      assert_int_equal(size_in(options), size);
      for (size_t at = size; at < sizeof options; ++at) assert_int_equal(options[at], 0xA5);
      for (size_t at = kinds[kind].size; at < size; ++at) assert_int_equal(options[at], 0);
    }
  }
}

static void test_init_refuses_impossible_sizes(void **state) {
  unsigned char options[1024];
  (void)state;
  for (size_t kind = 0; kind < COUNT(kinds); ++kind) {
    const size_t sizes[] = {0, 1, 3, kinds[kind].size - 4, SIZE_MAX, SIZE_MAX - 3,
                            ((size_t)UINT32_MAX + 1) + kinds[kind].size};
    for (size_t index = 0; index < COUNT(sizes); ++index) {
      memset(options, 0xA5, sizeof options);
      assert_refused(CNNLSTM_ERROR_OPTIONS, "struct_size", "",
                     kinds[kind].init(options, sizes[index]));
      for (size_t at = 0; at < sizeof options; ++at) assert_int_equal(options[at], 0xA5);
    }
  }
}

static void prepare(const option_kind *kind, void *options, size_t capacity) {
  memset(options, 0, capacity);
  assert_ok(kind->init(options, kind->size));
  if (kind->complete) kind->complete(options);
}

static void test_older_and_newer_structures_work(void **state) {
  unsigned char options[1024];
  (void)state;
  for (size_t kind = 0; kind < COUNT(kinds); ++kind) {
    prepare(&kinds[kind], options, sizeof options);
    assert_ok(kinds[kind].use(options));
    set_size(options, (uint32_t)(kinds[kind].size + TAIL));
    assert_ok(kinds[kind].use(options));
    set_size(options, (uint32_t)kinds[kind].older_size);
    memset(options + kinds[kind].older_size, 0xA5, sizeof options - kinds[kind].older_size);
    assert_ok(kinds[kind].use(options));
  }
}

static void test_unknown_fields_are_refused(void **state) {
  unsigned char options[1024];
  (void)state;
  for (size_t kind = 0; kind < COUNT(kinds); ++kind) {
    for (size_t at = 0; at < TAIL; ++at) {
      prepare(&kinds[kind], options, sizeof options);
      set_size(options, (uint32_t)(kinds[kind].size + TAIL));
      options[kinds[kind].size + at] = 1;
      assert_status(CNNLSTM_ERROR_OPTIONS, kinds[kind].use(options));
    }
  }
}

/* Also those that end inside a field of 8 bytes, such as a pointer. */
static void test_impossible_sizes_are_refused(void **state) {
  unsigned char options[1024];
  (void)state;
  for (size_t kind = 0; kind < COUNT(kinds); ++kind) {
    const uint32_t size = (uint32_t)kinds[kind].size;
    const uint32_t sizes[] = {0, 1, 3, size - 1, size - 4, size + 4, 0x80000000, UINT32_MAX};
    for (size_t index = 0; index < COUNT(sizes); ++index) {
      prepare(&kinds[kind], options, sizeof options);
      set_size(options, sizes[index]);
      assert_refused(CNNLSTM_ERROR_OPTIONS, "struct_size", "", kinds[kind].use(options));
    }
  }
}

/* What a shorter structure lacks has its default: the weights are the same. */
static void test_missing_fields_have_defaults(void **state) {
  cnnlstm_layer_options lstm = lstm_of(5, 0);
  cnnlstm_model *full, *shorter;
  (void)state;
  full = model_of(9, input_of(4, 3), lstm);
  lstm.struct_size = offsetof(cnnlstm_layer_options, kernel_initializer);
  memset((char *)&lstm + lstm.struct_size, 0xA5, sizeof lstm - lstm.struct_size);
  shorter = model_of(9, input_of(4, 3), lstm);
  assert_same_weights(full, shorter);
  cnnlstm_model_destroy(shorter);
  cnnlstm_model_destroy(full);
}

static cnnlstm_status get_layer(void *info) { return cnnlstm_model_layer_options(model, 4, info); }

static cnnlstm_status get_layer_info(void *info) {
  return cnnlstm_model_layer_info(model, 4, info);
}

static cnnlstm_status get_weight_info(void *info) {
  return cnnlstm_model_weight_info(model, 4, info);
}

static cnnlstm_status get_report(void *report) {
  cnnlstm_model *converted = NULL;
  const cnnlstm_status status =
      cnnlstm_model_convert(model, CNNLSTM_DTYPE_INT8, tiny_samples()->inputs, TINY_FLOATS, 1,
                            TINY_LENGTH, report, &converted);
  assert_int_equal(converted != NULL, status == CNNLSTM_OK);
  cnnlstm_model_destroy(converted);
  return status;
}

/* Structures that the library fills: only struct_size bytes are written, the size itself stays. */
static void test_filled_structures(void **state) {
  static const struct {
    cnnlstm_status (*get)(void *info);
    size_t size, older_size;
  } fills[] = {
      {get_layer, sizeof(cnnlstm_layer_options), offsetof(cnnlstm_layer_options, pool_size)},
      {get_layer_info, sizeof(cnnlstm_layer_info), offsetof(cnnlstm_layer_info, parameter_count)},
      {get_weight_info, sizeof(cnnlstm_weight_info), offsetof(cnnlstm_weight_info, layer)},
      {get_report, sizeof(cnnlstm_conversion_report),
       offsetof(cnnlstm_conversion_report, label_agreement)}};
  static const uint32_t impossible[] = {0, 1, 3, UINT32_MAX};
  unsigned char full[1024], info[1024];
  (void)state;
  for (size_t fill = 0; fill < COUNT(fills); ++fill) {
    const size_t sizes[] = {fills[fill].size, fills[fill].older_size, fills[fill].size + TAIL};
    memset(full, 0, sizeof full);
    set_size(full, (uint32_t)fills[fill].size);
    assert_ok(fills[fill].get(full));
    for (size_t index = 0; index < COUNT(sizes); ++index) {
      const size_t size = sizes[index];
      memset(info, 0, size);
      memset(info + size, 0xA5, sizeof info - size);
      set_size(info, (uint32_t)size);
      set_size(full, (uint32_t)size);
      assert_ok(fills[fill].get(info));
      assert_memory_equal(info, full, size);
      for (size_t at = size; at < sizeof info; ++at) assert_int_equal(info[at], 0xA5);
    }
    for (size_t index = 0; index < COUNT(impossible); ++index) {
      set_size(info, impossible[index]);
      assert_status(CNNLSTM_ERROR_OPTIONS, fills[fill].get(info));
    }
  }
}

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

int run_options_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_init_fills_its_size),
      cmocka_unit_test(test_init_refuses_impossible_sizes),
      cmocka_unit_test(test_older_and_newer_structures_work),
      cmocka_unit_test(test_unknown_fields_are_refused),
      cmocka_unit_test(test_impossible_sizes_are_refused),
      cmocka_unit_test(test_missing_fields_have_defaults),
      cmocka_unit_test(test_filled_structures),
  };
  return cmocka_run_group_tests(tests, create_model, destroy_model);
}
