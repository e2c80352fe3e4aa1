/* Every function with NULL for every pointer: the text names the argument. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define assert_null_refused(argument, call) \
  assert_refused(CNNLSTM_ERROR_NULL_POINTER, argument, "", call)

static cnnlstm_model *model;
static cnnlstm_session *session;
static cnnlstm_trainer *trainer;

static int create_objects(void **state) {
  const cnnlstm_trainer_options options = adam_options();
  (void)state;
  model = tiny_model(1);
  session = session_of(model, NULL);
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

static void test_destroy_takes_null(void **state) {
  (void)state;
  cnnlstm_model_destroy(NULL);
  cnnlstm_session_destroy(NULL);
  cnnlstm_trainer_destroy(NULL);
}

static void test_queries_of_null(void **state) {
  (void)state;
  assert_int_equal(cnnlstm_model_is_built(NULL), 0);
  assert_int_equal(cnnlstm_model_layer_count(NULL), 0);
  assert_int_equal(cnnlstm_model_weight_count(NULL), 0);
  assert_int_equal(cnnlstm_model_parameter_count(NULL), 0);
  assert_int_equal(cnnlstm_model_label_count(NULL), 0);
  assert_int_equal(cnnlstm_model_metadata_count(NULL), 0);
  assert_int_equal(cnnlstm_model_dtype(NULL), 0);
  assert_null(cnnlstm_code_name(NULL, 1));
}

static void test_constants_and_options(void **state) {
  const size_t size = sizeof(cnnlstm_layer_options);
  int32_t code;
  (void)state;
  assert_null_refused("group", cnnlstm_code(NULL, "LSTM", &code));
  assert_null_refused("name", cnnlstm_code("layer", NULL, &code));
  assert_null_refused("code", cnnlstm_code("layer", "LSTM", NULL));
  assert_null_refused("options", cnnlstm_layer_options_init(NULL, size, CNNLSTM_LAYER_LSTM));
  assert_null_refused("options", cnnlstm_load_options_init(NULL, sizeof(cnnlstm_load_options)));
  assert_null_refused("options",
                      cnnlstm_session_options_init(NULL, sizeof(cnnlstm_session_options)));
  assert_null_refused("options",
                      cnnlstm_trainer_options_init(NULL, sizeof(cnnlstm_trainer_options),
                                                   CNNLSTM_OPTIMIZER_ADAM));
  assert_null_refused("dataset", cnnlstm_dataset_init(NULL, sizeof(cnnlstm_dataset)));
  assert_null_refused("options", cnnlstm_fit_options_init(NULL, sizeof(cnnlstm_fit_options)));
}

static void test_layers(void **state) {
  cnnlstm_layer_options layer = input_of(4, 1);
  cnnlstm_layer_info info = {.struct_size = sizeof info};
  cnnlstm_model *empty = model_of(NOT_BUILT, input_of(4, 1));
  int64_t length, channels;
  (void)state;
  assert_null_refused("model", cnnlstm_model_create(NULL));
  assert_null_refused("model", cnnlstm_model_add(NULL, &layer));
  assert_null_refused("options", cnnlstm_model_add(empty, NULL));
  assert_null_refused("model", cnnlstm_model_build(NULL, 1));
  assert_null_refused("model", cnnlstm_model_set_trainable(NULL, 0, 1));
  assert_null_refused("model", cnnlstm_model_layer_options(NULL, 0, &layer));
  assert_null_refused("options", cnnlstm_model_layer_options(model, 0, NULL));
  assert_null_refused("model", cnnlstm_model_layer_info(NULL, 0, &info));
  assert_null_refused("info", cnnlstm_model_layer_info(model, 0, NULL));
  assert_null_refused("model", cnnlstm_model_output_shape(NULL, 4, &length, &channels));
  assert_null_refused("output_length", cnnlstm_model_output_shape(model, 4, NULL, &channels));
  assert_null_refused("output_channels", cnnlstm_model_output_shape(model, 4, &length, NULL));
  cnnlstm_model_destroy(empty);
}

static void test_weights(void **state) {
  cnnlstm_weight_info info = {.struct_size = sizeof info};
  const size_t count = cnnlstm_model_parameter_count(model);
  float *weights = weights_of(model);
  (void)state;
  assert_null_refused("model", cnnlstm_model_weight_info(NULL, 0, &info));
  assert_null_refused("info", cnnlstm_model_weight_info(model, 0, NULL));
  assert_null_refused("model", cnnlstm_model_get_weights(NULL, weights, count));
  assert_null_refused("values", cnnlstm_model_get_weights(model, NULL, count));
  assert_null_refused("model", cnnlstm_model_set_weights(NULL, weights, count));
  assert_null_refused("values", cnnlstm_model_set_weights(model, NULL, count));
  assert_null_refused("model", cnnlstm_model_adapt(NULL, 1, tiny_samples()->inputs, TINY_FLOATS, 1,
                                                   TINY_LENGTH));
  assert_null_refused("inputs",
                      cnnlstm_model_adapt(model, 1, NULL, TINY_FLOATS, 1, TINY_LENGTH));
  free(weights);
}

/* Functions that copy a text: they need a buffer once capacity is above 0, and never needed. */
static void test_texts(void **state) {
  char text[4096];
  size_t needed = 0;
  (void)state;
  assert_null_refused("model", cnnlstm_model_summary(NULL, text, sizeof text, &needed));
  assert_null_refused("buffer", cnnlstm_model_summary(model, NULL, 8, &needed));
  assert_ok(cnnlstm_model_summary(model, NULL, 0, NULL));
  assert_ok(cnnlstm_model_summary(model, text, sizeof text, NULL));
  assert_null_refused("model", cnnlstm_model_label(NULL, 0, text, sizeof text, &needed));
  assert_null_refused("buffer", cnnlstm_model_label(model, 0, NULL, 8, &needed));
  assert_ok(cnnlstm_model_label(model, 0, NULL, 0, NULL));
  assert_ok(cnnlstm_model_label(model, 0, text, sizeof text, NULL));
  assert_null_refused("model", cnnlstm_model_metadata_key(NULL, 0, text, sizeof text, &needed));
  assert_null_refused("buffer", cnnlstm_model_metadata_key(model, 0, NULL, 8, &needed));
  assert_ok(cnnlstm_model_metadata_key(model, 0, text, sizeof text, NULL));
  assert_null_refused("model", cnnlstm_model_metadata_value(NULL, 0, text, sizeof text, &needed));
  assert_null_refused("buffer", cnnlstm_model_metadata_value(model, 0, NULL, 8, &needed));
  assert_ok(cnnlstm_model_metadata_value(model, 0, text, sizeof text, NULL));
}

static void test_labels_and_metadata(void **state) {
  static const char *const labels[] = {"a", "b", "c"}, *const with_null[] = {"a", NULL, "c"};
  char label[8];
  (void)state;
  assert_null_refused("model", cnnlstm_model_set_labels(NULL, labels, 3));
  assert_null_refused("labels", cnnlstm_model_set_labels(model, NULL, 3));
  assert_null_refused("label", cnnlstm_model_set_labels(model, with_null, 3));
  assert_ok(cnnlstm_model_label(model, 0, label, sizeof label, NULL));
  assert_string_equal(label, "sit");
  assert_null_refused("model", cnnlstm_model_set_metadata(NULL, "key", "value"));
  assert_null_refused("key", cnnlstm_model_set_metadata(model, NULL, "value"));
  assert_ok(cnnlstm_model_set_metadata(model, "absent", NULL));
  assert_int_equal(cnnlstm_model_metadata_count(model), 1);
}

static void test_files(void **state) {
  cnnlstm_model *loaded = NULL;
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  (void)state;
  assert_null_refused("model", cnnlstm_model_save(NULL, "/tmp/never-written"));
  assert_null_refused("path", cnnlstm_model_save(model, NULL));
  assert_null_refused("model", cnnlstm_model_save_to_memory(NULL, bytes, size, &size));
  assert_null_refused("buffer", cnnlstm_model_save_to_memory(model, NULL, size, &size));
  assert_null_refused("needed", cnnlstm_model_save_to_memory(model, bytes, size, NULL));
  assert_null_refused("path", cnnlstm_model_load(NULL, NULL, &loaded));
  assert_null_refused("model", cnnlstm_model_load("/dev/null", NULL, NULL));
  assert_null_refused("bytes", cnnlstm_model_load_from_memory(NULL, size, NULL, &loaded));
  assert_status(ANY_ERROR, cnnlstm_model_load_from_memory(NULL, 0, NULL, &loaded));
  assert_null_refused("model", cnnlstm_model_load_from_memory(bytes, size, NULL, NULL));
  assert_null(loaded);
  free(bytes);
}

static void test_conversion(void **state) {
  const float *inputs = tiny_samples()->inputs;
  cnnlstm_conversion_report report = {.struct_size = sizeof report};
  cnnlstm_model *converted = NULL;
  (void)state;
  assert_null_refused("model", cnnlstm_model_convert(NULL, CNNLSTM_DTYPE_INT8, inputs, TINY_FLOATS,
                                                     1, TINY_LENGTH, &report, &converted));
  assert_null_refused("inputs", cnnlstm_model_convert(model, CNNLSTM_DTYPE_INT8, NULL, TINY_FLOATS,
                                                      1, TINY_LENGTH, &report, &converted));
  assert_null_refused("converted",
                      cnnlstm_model_convert(model, CNNLSTM_DTYPE_INT8, inputs, TINY_FLOATS, 1,
                                            TINY_LENGTH, &report, NULL));
  assert_null(converted);
  assert_int_equal(report.sample_count, 0);
  assert_ok(cnnlstm_model_convert(model, CNNLSTM_DTYPE_INT8, inputs, TINY_FLOATS, 1, TINY_LENGTH,
                                  NULL, &converted));
  cnnlstm_model_destroy(converted);
}

static void test_sessions(void **state) {
  const float *inputs = tiny_samples()->inputs;
  float outputs[TINY_CLASSES];
  cnnlstm_session *none = NULL;
  (void)state;
  assert_null_refused("model", cnnlstm_session_create(NULL, NULL, &none));
  assert_null_refused("session", cnnlstm_session_create(model, NULL, NULL));
  assert_null(none);
  assert_null_refused("session", cnnlstm_session_reset_states(NULL, CNNLSTM_ALL_LAYERS));
  assert_null_refused("session", cnnlstm_session_predict(NULL, inputs, TINY_FLOATS, 1, TINY_LENGTH,
                                                         outputs, TINY_CLASSES));
  assert_null_refused("inputs", cnnlstm_session_predict(session, NULL, TINY_FLOATS, 1, TINY_LENGTH,
                                                        outputs, TINY_CLASSES));
  assert_null_refused("outputs", cnnlstm_session_predict(session, inputs, TINY_FLOATS, 1,
                                                         TINY_LENGTH, NULL, TINY_CLASSES));
}

static void test_trainers(void **state) {
  const cnnlstm_fit_options fit = fit_of(1);
  cnnlstm_dataset data = labelled(SAMPLES), broken = data;
  cnnlstm_trainer *none = NULL;
  float value;
  (void)state;
  broken.inputs = NULL;
  assert_null_refused("model", cnnlstm_trainer_create(NULL, NULL, &none));
  assert_null_refused("trainer", cnnlstm_trainer_create(model, NULL, NULL));
  assert_null(none);
  assert_null_refused("trainer", cnnlstm_trainer_fit(NULL, &data, NULL, &fit, NULL, NULL));
  assert_null_refused("data", cnnlstm_trainer_fit(trainer, NULL, NULL, &fit, NULL, NULL));
  assert_null_refused("inputs", cnnlstm_trainer_fit(trainer, &broken, NULL, &fit, NULL, NULL));
  assert_null_refused("trainer", cnnlstm_trainer_evaluate(NULL, &data, &value, &value));
  assert_null_refused("data", cnnlstm_trainer_evaluate(trainer, NULL, &value, &value));
  assert_null_refused("inputs", cnnlstm_trainer_evaluate(trainer, &broken, &value, &value));
  assert_ok(cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL));
  assert_null_refused("trainer", cnnlstm_trainer_cancel(NULL));
  assert_null_refused("trainer", cnnlstm_trainer_reset_states(NULL, CNNLSTM_ALL_LAYERS));
  assert_null_refused("trainer", cnnlstm_trainer_set_learning_rate(NULL, 1));
  assert_null_refused("trainer", cnnlstm_trainer_learning_rate(NULL, &value));
  assert_null_refused("learning_rate", cnnlstm_trainer_learning_rate(trainer, NULL));
  broken = data;
  broken.labels = NULL;
  assert_null_refused("labels", cnnlstm_trainer_evaluate(trainer, &broken, &value, &value));
}

int run_null_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_destroy_takes_null),    cmocka_unit_test(test_queries_of_null),
      cmocka_unit_test(test_constants_and_options), cmocka_unit_test(test_layers),
      cmocka_unit_test(test_weights),               cmocka_unit_test(test_texts),
      cmocka_unit_test(test_labels_and_metadata),   cmocka_unit_test(test_files),
      cmocka_unit_test(test_sessions),              cmocka_unit_test(test_trainers),
      cmocka_unit_test(test_conversion),
  };
  return cmocka_run_group_tests(tests, create_objects, destroy_objects);
}
