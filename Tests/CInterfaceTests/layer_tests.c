/* Layers: their options one by one, and what each refuses. */
#include <math.h>
#include <string.h>

#include "support.h"

/* A field of cnnlstm_layer_options set to a value that its layer refuses. */
typedef struct bad_int {
  int32_t kind;
  const char *field, *text; /* what the error's text names: the field and the value */
  size_t offset;
  int32_t value;
} bad_int;

#define BAD(kind, field, value) \
  {CNNLSTM_LAYER_##kind, #field, #value, offsetof(cnnlstm_layer_options, field), value}
static const bad_int bad_ints[] = {
    BAD(CONV1D, filters, 0), BAD(CONV1D, filters, -7), BAD(CONV1D, kernel_size, 0),
    BAD(CONV1D, kernel_size, -3), BAD(CONV1D, strides, 0), BAD(CONV1D, strides, -1),
    BAD(CONV1D, padding, 3), BAD(CONV1D, padding, -1), BAD(CONV1D, dilation_rate, 0),
    BAD(CONV1D, dilation_rate, -2), BAD(CONV1D, groups, 0), BAD(CONV1D, groups, -1),
    BAD(CONV1D, activation, 15), BAD(CONV1D, activation, -1), BAD(MAX_POOLING1D, pool_size, 0),
    BAD(MAX_POOLING1D, pool_size, -2), BAD(MAX_POOLING1D, strides, -1),
    BAD(MAX_POOLING1D, padding, 3), BAD(LSTM, units, 0), BAD(LSTM, units, -5),
    BAD(LSTM, activation, 15), BAD(LSTM, recurrent_activation, 99),
    BAD(LSTM, recurrent_activation, -1), BAD(DENSE, units, 0), BAD(DENSE, units, -1),
    BAD(DENSE, activation, 77), BAD(ACTIVATION, activation, 15),
    BAD(ACTIVATION, activation, -1)};

static cnnlstm_model *model;

static int create_input(void **state) {
  (void)state;
  model = model_of(NOT_BUILT, input_of(16, 4));
  return 0;
}

static int destroy_input(void **state) {
  (void)state;
  cnnlstm_model_destroy(model);
  return 0;
}

/* Options of a kind that would be accepted. */
static cnnlstm_layer_options good(int32_t kind) {
  cnnlstm_layer_options options = layer_of(kind);
  if (kind == CNNLSTM_LAYER_CONV1D) options = conv_of(4, 3);
  if (kind == CNNLSTM_LAYER_LSTM) options = lstm_of(4, 1);
  if (kind == CNNLSTM_LAYER_DENSE) options = dense_of(4, CNNLSTM_ACTIVATION_LINEAR);
  return options;
}

static void test_integers_out_of_range(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(bad_ints); ++index) {
    const bad_int *bad = &bad_ints[index];
    cnnlstm_layer_options options = good(bad->kind);
    memcpy((char *)&options + bad->offset, &bad->value, sizeof bad->value);
    assert_refused(CNNLSTM_ERROR_ARGUMENT, bad->field, bad->text,
                   cnnlstm_model_add(model, &options));
    assert_int_equal(cnnlstm_model_layer_count(model), 1);
  }
}

static void test_rates_out_of_range(void **state) {
  static const float rates[] = {-0.25f, 1, 1.5f, NAN, INFINITY, -INFINITY};
  static const struct {
    int32_t kind;
    const char *field;
    size_t offset;
  } fields[] = {
      {CNNLSTM_LAYER_LSTM, "dropout", offsetof(cnnlstm_layer_options, dropout)},
      {CNNLSTM_LAYER_LSTM, "recurrent_dropout", offsetof(cnnlstm_layer_options, recurrent_dropout)},
      {CNNLSTM_LAYER_GAUSSIAN_NOISE, "stddev", offsetof(cnnlstm_layer_options, stddev)},
      {CNNLSTM_LAYER_SPATIAL_DROPOUT1D, "rate", offsetof(cnnlstm_layer_options, rate)},
      {CNNLSTM_LAYER_DROPOUT, "rate", offsetof(cnnlstm_layer_options, rate)}};
  (void)state;
  for (size_t field = 0; field < COUNT(fields); ++field) {
    for (size_t rate = 0; rate < COUNT(rates); ++rate) {
      if (rate == 1 && fields[field].kind == CNNLSTM_LAYER_GAUSSIAN_NOISE) continue;
      cnnlstm_layer_options options = good(fields[field].kind);
      memcpy((char *)&options + fields[field].offset, &rates[rate], sizeof rates[rate]);
      assert_refused(CNNLSTM_ERROR_ARGUMENT, fields[field].field, rate == 2 ? "1.5" : "",
                     cnnlstm_model_add(model, &options));
    }
  }
}

static void test_initializers_out_of_range(void **state) {
  static const size_t places[] = {offsetof(cnnlstm_layer_options, kernel_initializer),
                                  offsetof(cnnlstm_layer_options, recurrent_initializer),
                                  offsetof(cnnlstm_layer_options, bias_initializer)};
  static const char *const names[] = {"kernel_initializer", "recurrent_initializer",
                                      "bias_initializer"};
  static const cnnlstm_initializer bad[] = {
      {.kind = 15, .seed = -1},
      {.kind = -1, .seed = -1},
      {.kind = CNNLSTM_INITIALIZER_ZEROS, .seed = -2},
      {.kind = CNNLSTM_INITIALIZER_CONSTANT, .a = NAN, .seed = -1},
      {.kind = CNNLSTM_INITIALIZER_RANDOM_UNIFORM, .a = -1, .b = INFINITY, .seed = -1},
      {.kind = CNNLSTM_INITIALIZER_TRUNCATED_NORMAL, .b = -1, .seed = -1},
      {.kind = CNNLSTM_INITIALIZER_VARIANCE_SCALING, .a = 0, .seed = -1},
      {.kind = CNNLSTM_INITIALIZER_VARIANCE_SCALING, .a = 1, .b = 9, .seed = -1},
      {.kind = CNNLSTM_INITIALIZER_VARIANCE_SCALING, .a = 1, .b = 0.5f, .seed = -1}};
  (void)state;
  for (size_t place = 0; place < COUNT(places); ++place) {
    for (size_t index = 0; index < COUNT(bad); ++index) {
      cnnlstm_layer_options options = good(CNNLSTM_LAYER_LSTM);
      memcpy((char *)&options + places[place], &bad[index], sizeof bad[index]);
      assert_refused(CNNLSTM_ERROR_ARGUMENT, names[place], "", cnnlstm_model_add(model, &options));
    }
  }
}

static void test_combinations_that_do_not_exist(void **state) {
  cnnlstm_layer_options options = good(CNNLSTM_LAYER_CONV1D);
  (void)state;
  options.strides = options.dilation_rate = 2;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "dilation_rate", "2", cnnlstm_model_add(model, &options));
  options = good(CNNLSTM_LAYER_CONV1D);
  options.filters = 5;
  options.groups = 2;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "filters", "5", cnnlstm_model_add(model, &options));
  options = good(CNNLSTM_LAYER_MAX_POOLING1D);
  options.padding = CNNLSTM_PADDING_CAUSAL;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "padding", "", cnnlstm_model_add(model, &options));
  options = good(CNNLSTM_LAYER_DENSE);
  options.bias_constraint.axes = 3; /* counts only with a max_norm */
  options.kernel_constraint.max_norm = 1;
  options.kernel_constraint.axes = 5;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "max_norm", "bits 5",
                 cnnlstm_model_add(model, &options));
  options = good(CNNLSTM_LAYER_LSTM);
  options.activation = CNNLSTM_ACTIVATION_SOFTMAX;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "activation", "", cnnlstm_model_add(model, &options));
  options = good(CNNLSTM_LAYER_LSTM);
  options.recurrent_activation = CNNLSTM_ACTIVATION_SOFTMAX;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "recurrent_activation", "",
                 cnnlstm_model_add(model, &options));
}

/* A field that a layer does not have in Keras must be as the init function made it. */
static void test_fields_of_other_layers(void **state) {
  cnnlstm_layer_options dense = good(CNNLSTM_LAYER_DENSE), lstm = good(CNNLSTM_LAYER_LSTM);
  (void)state;
  dense.filters = 3;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "filters", "", cnnlstm_model_add(model, &dense));
  lstm.kernel_size = 9;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "kernel_size", "", cnnlstm_model_add(model, &lstm));
  dense = good(CNNLSTM_LAYER_DENSE);
  dense.dropout = 0.5f;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "dropout", "", cnnlstm_model_add(model, &dense));
  dense = good(CNNLSTM_LAYER_DENSE);
  dense.reserved = 1;
  assert_refused(ANY_ERROR, "reserved", "", cnnlstm_model_add(model, &dense));
  dense.reserved = 0;
  dense.reserved_2 = 7;
  assert_refused(ANY_ERROR, "reserved", "", cnnlstm_model_add(model, &dense));
  dense = good(CNNLSTM_LAYER_DENSE);
  dense.kernel_initializer.reserved = 1;
  assert_refused(ANY_ERROR, "reserved", "", cnnlstm_model_add(model, &dense));
}

static void test_unknown_kinds(void **state) {
  static const int32_t kinds[] = {0, 1000, -1, INT32_MIN, INT32_MAX};
  cnnlstm_layer_options options = good(CNNLSTM_LAYER_DENSE), copy;
  (void)state;
  for (size_t index = 0; index < COUNT(kinds); ++index) {
    options.kind = kinds[index];
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "kind", "", cnnlstm_model_add(model, &options));
    memcpy(&copy, &options, sizeof copy);
    assert_refused(CNNLSTM_ERROR_ARGUMENT, "kind", "",
                   cnnlstm_layer_options_init(&options, sizeof options, kinds[index]));
    assert_memory_equal(&copy, &options, sizeof copy);
  }
}

static void test_names(void **state) {
  cnnlstm_layer_options options = good(CNNLSTM_LAYER_DENSE), back = {.struct_size = sizeof back};
  (void)state;
  memset(options.name, 'n', sizeof options.name);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "name", "", cnnlstm_model_add(model, &options));
  strcpy(options.name, "caf\xe9");
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "name", "", cnnlstm_model_add(model, &options));
  strcpy(options.name, "caf\xc3\xa9");
  assert_ok(cnnlstm_model_add(model, &options));
  assert_ok(cnnlstm_model_layer_options(model, 1, &back));
  assert_string_equal(back.name, "caf\xc3\xa9");
  options.units = 0;
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "caf\xc3\xa9", "units",
                 cnnlstm_model_add(model, &options));
}

static void test_names_made_from_the_kind(void **state) {
  static const struct {
    int32_t kind;
    const char *name;
  } wanted[] = {{CNNLSTM_LAYER_CONV1D, "conv1d"},
                {CNNLSTM_LAYER_CONV1D, "conv1d_1"},
                {CNNLSTM_LAYER_MAX_POOLING1D, "max_pooling1d"},
                {CNNLSTM_LAYER_LSTM, "lstm"},
                {CNNLSTM_LAYER_LSTM, "lstm_1"},
                {CNNLSTM_LAYER_LSTM, "lstm_2"},
                {CNNLSTM_LAYER_NORMALIZATION, "normalization"},
                {CNNLSTM_LAYER_DROPOUT, "dropout"},
                {CNNLSTM_LAYER_ACTIVATION, "activation"},
                {CNNLSTM_LAYER_FLATTEN, "flatten"},
                {CNNLSTM_LAYER_DENSE, "dense"}};
  (void)state;
  for (size_t index = 0; index < COUNT(wanted); ++index) {
    const cnnlstm_layer_options options = good(wanted[index].kind);
    cnnlstm_layer_options back = {.struct_size = sizeof back};
    assert_ok(cnnlstm_model_add(model, &options));
    assert_ok(cnnlstm_model_layer_options(model, index + 1, &back));
    assert_string_equal(back.name, wanted[index].name);
    assert_int_equal(back.kind, wanted[index].kind);
  }
}

/* A model gives back the options that it was given. */
static void test_options_come_back(void **state) {
  cnnlstm_layer_options conv = conv_of(8, 5), lstm = lstm_of(7, 1), back = {.struct_size = 0};
  (void)state;
  strcpy(conv.name, "first");
  conv.groups = 2;
  conv.dilation_rate = 2;
  conv.padding = CNNLSTM_PADDING_CAUSAL;
  conv.activation = CNNLSTM_ACTIVATION_TANH;
  conv.use_bias = 0;
  conv.kernel_initializer.kind = CNNLSTM_INITIALIZER_RANDOM_NORMAL;
  conv.kernel_initializer.a = 0.5f;
  conv.kernel_initializer.b = 0.25f;
  conv.kernel_initializer.seed = 77;
  strcpy(lstm.name, "second");
  lstm.go_backwards = 1;
  lstm.unit_forget_bias = 0;
  lstm.dropout = 0.25f;
  lstm.recurrent_dropout = 0.5f;
  lstm.activation = CNNLSTM_ACTIVATION_RELU;
  assert_ok(cnnlstm_model_add(model, &conv));
  assert_ok(cnnlstm_model_add(model, &lstm));
  back.struct_size = sizeof back;
  assert_ok(cnnlstm_model_layer_options(model, 1, &back));
  assert_memory_equal(&back, &conv, sizeof back);
  assert_ok(cnnlstm_model_layer_options(model, 2, &back));
  assert_memory_equal(&back, &lstm, sizeof back);
}

static void test_options_init_gives_keras_defaults(void **state) {
  cnnlstm_layer_options lstm = layer_of(CNNLSTM_LAYER_LSTM), conv = layer_of(CNNLSTM_LAYER_CONV1D);
  cnnlstm_layer_options pooling = layer_of(CNNLSTM_LAYER_MAX_POOLING1D);
  (void)state;
  assert_int_equal(lstm.activation, CNNLSTM_ACTIVATION_TANH);
  assert_int_equal(lstm.recurrent_activation, CNNLSTM_ACTIVATION_SIGMOID);
  assert_int_equal(lstm.use_bias, 1);
  assert_int_equal(lstm.unit_forget_bias, 1);
  assert_int_equal(lstm.return_sequences, 0);
  assert_true(lstm.dropout == 0 && lstm.recurrent_dropout == 0);
  assert_int_equal(lstm.kernel_initializer.kind, CNNLSTM_INITIALIZER_GLOROT_UNIFORM);
  assert_int_equal(lstm.kernel_initializer.seed, -1);
  assert_int_equal(lstm.recurrent_initializer.kind, CNNLSTM_INITIALIZER_ORTHOGONAL);
  assert_true(lstm.recurrent_initializer.a == 1);
  assert_int_equal(lstm.bias_initializer.kind, CNNLSTM_INITIALIZER_ZEROS);
  assert_int_equal(conv.strides, 1);
  assert_int_equal(conv.dilation_rate, 1);
  assert_int_equal(conv.groups, 1);
  assert_int_equal(conv.padding, CNNLSTM_PADDING_VALID);
  assert_int_equal(conv.activation, CNNLSTM_ACTIVATION_LINEAR);
  assert_int_equal(pooling.pool_size, 2);
  assert_int_equal(pooling.strides, 0);
  assert_int_equal(pooling.name[0], 0);
}

int run_layer_tests(void) {
#define WITH_INPUT(test) cmocka_unit_test_setup_teardown(test, create_input, destroy_input)
  const struct CMUnitTest tests[] = {
      WITH_INPUT(test_integers_out_of_range),
      WITH_INPUT(test_rates_out_of_range),
      WITH_INPUT(test_initializers_out_of_range),
      WITH_INPUT(test_combinations_that_do_not_exist),
      WITH_INPUT(test_fields_of_other_layers),
      WITH_INPUT(test_unknown_kinds),
      WITH_INPUT(test_names),
      WITH_INPUT(test_names_made_from_the_kind),
      WITH_INPUT(test_options_come_back),
      cmocka_unit_test(test_options_init_gives_keras_defaults),
  };
  return RUN_TESTS(tests);
}
