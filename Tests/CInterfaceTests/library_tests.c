/* Version, constants, error texts and loading. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

static void test_versions(void **state) {
  (void)state;
  assert_string_equal(cnnlstm_version(), CNNLSTM_VERSION);
  assert_int_equal(cnnlstm_abi_version(), CNNLSTM_ABI_VERSION);
}

static void test_instruction_set(void **state) {
  static const char *const sets[] = {"sse2", "avx2", "avx512", "avx512_bf16"};
  int found = 0;
  (void)state;
  for (size_t index = 0; index < COUNT(sets); ++index) {
    found += !strcmp(cnnlstm_instruction_set(), sets[index]);
  }
  assert_int_equal(found, 1);
}

typedef struct constant {
  const char *group, *name;
  int32_t code;
} constant;

#define STATUS(name) {"status", #name, name}
static const constant constants[] = {
    STATUS(CNNLSTM_OK),
    STATUS(CNNLSTM_STOPPED),
    STATUS(CNNLSTM_ERROR_NULL_POINTER),
    STATUS(CNNLSTM_ERROR_ARGUMENT),
    STATUS(CNNLSTM_ERROR_SHAPE),
    STATUS(CNNLSTM_ERROR_STATE),
    STATUS(CNNLSTM_ERROR_DATA),
    STATUS(CNNLSTM_ERROR_OPTIONS),
    STATUS(CNNLSTM_ERROR_OUT_OF_MEMORY),
    STATUS(CNNLSTM_ERROR_THREAD),
    STATUS(CNNLSTM_ERROR_LIMIT),
    STATUS(CNNLSTM_ERROR_FILE_ACCESS),
    STATUS(CNNLSTM_ERROR_FILE_NOT_MODEL),
    STATUS(CNNLSTM_ERROR_FILE_VERSION),
    STATUS(CNNLSTM_ERROR_FILE_TRUNCATED),
    STATUS(CNNLSTM_ERROR_FILE_CORRUPT),
    STATUS(CNNLSTM_ERROR_FILE_SELF_TEST),
    STATUS(CNNLSTM_ERROR_NOT_FINITE),
    {"layer", "InputLayer", CNNLSTM_LAYER_INPUT},
    {"layer", "Conv1D", CNNLSTM_LAYER_CONV1D},
    {"layer", "MaxPooling1D", CNNLSTM_LAYER_MAX_POOLING1D},
    {"layer", "LSTM", CNNLSTM_LAYER_LSTM},
    {"layer", "Dense", CNNLSTM_LAYER_DENSE},
    {"layer", "Dropout", CNNLSTM_LAYER_DROPOUT},
    {"layer", "Activation", CNNLSTM_LAYER_ACTIVATION},
    {"layer", "Flatten", CNNLSTM_LAYER_FLATTEN},
    {"layer", "Normalization", CNNLSTM_LAYER_NORMALIZATION},
    {"layer", "DepthwiseConv1D", CNNLSTM_LAYER_DEPTHWISE_CONV1D},
    {"layer", "SeparableConv1D", CNNLSTM_LAYER_SEPARABLE_CONV1D},
    {"layer", "AveragePooling1D", CNNLSTM_LAYER_AVERAGE_POOLING1D},
    {"layer", "GlobalMaxPooling1D", CNNLSTM_LAYER_GLOBAL_MAX_POOLING1D},
    {"layer", "GlobalAveragePooling1D", CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D},
    {"layer", "GRU", CNNLSTM_LAYER_GRU},
    {"layer", "SimpleRNN", CNNLSTM_LAYER_SIMPLE_RNN},
    {"layer", "BatchNormalization", CNNLSTM_LAYER_BATCH_NORMALIZATION},
    {"layer", "LayerNormalization", CNNLSTM_LAYER_LAYER_NORMALIZATION},
    {"layer", "Reshape", CNNLSTM_LAYER_RESHAPE},
    {"layer", "Permute", CNNLSTM_LAYER_PERMUTE},
    {"layer", "RepeatVector", CNNLSTM_LAYER_REPEAT_VECTOR},
    {"layer", "ZeroPadding1D", CNNLSTM_LAYER_ZERO_PADDING1D},
    {"layer", "Cropping1D", CNNLSTM_LAYER_CROPPING1D},
    {"layer", "UpSampling1D", CNNLSTM_LAYER_UP_SAMPLING1D},
    {"layer", "Masking", CNNLSTM_LAYER_MASKING},
    {"layer", "SpatialDropout1D", CNNLSTM_LAYER_SPATIAL_DROPOUT1D},
    {"layer", "GaussianNoise", CNNLSTM_LAYER_GAUSSIAN_NOISE},
    {"layer", "LeakyReLU", CNNLSTM_LAYER_LEAKY_RELU},
    {"layer", "PReLU", CNNLSTM_LAYER_PRELU},
    {"layer", "ELU", CNNLSTM_LAYER_ELU},
    {"layer", "Softmax", CNNLSTM_LAYER_SOFTMAX},
    {"layer", "ReLU", CNNLSTM_LAYER_RELU},
    {"layer", "Rescaling", CNNLSTM_LAYER_RESCALING},
    {"activation", "linear", CNNLSTM_ACTIVATION_LINEAR},
    {"activation", "relu", CNNLSTM_ACTIVATION_RELU},
    {"activation", "tanh", CNNLSTM_ACTIVATION_TANH},
    {"activation", "sigmoid", CNNLSTM_ACTIVATION_SIGMOID},
    {"activation", "softmax", CNNLSTM_ACTIVATION_SOFTMAX},
    {"activation", "relu6", CNNLSTM_ACTIVATION_RELU6},
    {"activation", "leaky_relu", CNNLSTM_ACTIVATION_LEAKY_RELU},
    {"activation", "elu", CNNLSTM_ACTIVATION_ELU},
    {"activation", "selu", CNNLSTM_ACTIVATION_SELU},
    {"activation", "gelu", CNNLSTM_ACTIVATION_GELU},
    {"activation", "silu", CNNLSTM_ACTIVATION_SILU},
    {"activation", "softplus", CNNLSTM_ACTIVATION_SOFTPLUS},
    {"activation", "softsign", CNNLSTM_ACTIVATION_SOFTSIGN},
    {"activation", "hard_sigmoid", CNNLSTM_ACTIVATION_HARD_SIGMOID},
    {"activation", "exponential", CNNLSTM_ACTIVATION_EXPONENTIAL},
    {"padding", "valid", CNNLSTM_PADDING_VALID},
    {"padding", "same", CNNLSTM_PADDING_SAME},
    {"padding", "causal", CNNLSTM_PADDING_CAUSAL},
    {"initializer", "zeros", CNNLSTM_INITIALIZER_ZEROS},
    {"initializer", "ones", CNNLSTM_INITIALIZER_ONES},
    {"initializer", "constant", CNNLSTM_INITIALIZER_CONSTANT},
    {"initializer", "glorot_uniform", CNNLSTM_INITIALIZER_GLOROT_UNIFORM},
    {"initializer", "he_normal", CNNLSTM_INITIALIZER_HE_NORMAL},
    {"initializer", "orthogonal", CNNLSTM_INITIALIZER_ORTHOGONAL},
    {"initializer", "random_normal", CNNLSTM_INITIALIZER_RANDOM_NORMAL},
    {"initializer", "random_uniform", CNNLSTM_INITIALIZER_RANDOM_UNIFORM},
    {"initializer", "truncated_normal", CNNLSTM_INITIALIZER_TRUNCATED_NORMAL},
    {"initializer", "glorot_normal", CNNLSTM_INITIALIZER_GLOROT_NORMAL},
    {"initializer", "he_uniform", CNNLSTM_INITIALIZER_HE_UNIFORM},
    {"initializer", "lecun_uniform", CNNLSTM_INITIALIZER_LECUN_UNIFORM},
    {"initializer", "lecun_normal", CNNLSTM_INITIALIZER_LECUN_NORMAL},
    {"initializer", "identity", CNNLSTM_INITIALIZER_IDENTITY},
    {"initializer", "variance_scaling", CNNLSTM_INITIALIZER_VARIANCE_SCALING},
    {"dtype", "float32", CNNLSTM_DTYPE_FLOAT32},
    {"dtype", "bfloat16", CNNLSTM_DTYPE_BFLOAT16},
    {"dtype", "int8", CNNLSTM_DTYPE_INT8},
    {"loss", "categorical_crossentropy", CNNLSTM_LOSS_CATEGORICAL_CROSSENTROPY},
    {"loss", "sparse_categorical_crossentropy", CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY},
    {"loss", "binary_crossentropy", CNNLSTM_LOSS_BINARY_CROSSENTROPY},
    {"loss", "mse", CNNLSTM_LOSS_MSE},
    {"loss", "categorical_focal_crossentropy", CNNLSTM_LOSS_CATEGORICAL_FOCAL_CROSSENTROPY},
    {"loss", "binary_focal_crossentropy", CNNLSTM_LOSS_BINARY_FOCAL_CROSSENTROPY},
    {"loss", "kl_divergence", CNNLSTM_LOSS_KL_DIVERGENCE},
    {"loss", "mae", CNNLSTM_LOSS_MAE},
    {"loss", "huber", CNNLSTM_LOSS_HUBER},
    {"merge_mode", "concat", CNNLSTM_MERGE_CONCAT},
    {"merge_mode", "sum", CNNLSTM_MERGE_SUM},
    {"merge_mode", "mul", CNNLSTM_MERGE_MUL},
    {"merge_mode", "ave", CNNLSTM_MERGE_AVE},
    {"optimizer", "sgd", CNNLSTM_OPTIMIZER_SGD},
    {"optimizer", "adam", CNNLSTM_OPTIMIZER_ADAM},
    {"optimizer", "rmsprop", CNNLSTM_OPTIMIZER_RMSPROP},
    {"optimizer", "adamw", CNNLSTM_OPTIMIZER_ADAMW},
    {"optimizer", "nadam", CNNLSTM_OPTIMIZER_NADAM},
    {"metric", "binary_accuracy", CNNLSTM_METRIC_BINARY_ACCURACY},
    {"metric", "categorical_accuracy", CNNLSTM_METRIC_CATEGORICAL_ACCURACY},
    {"metric", "precision", CNNLSTM_METRIC_PRECISION},
    {"metric", "recall", CNNLSTM_METRIC_RECALL},
    {"metric", "auc", CNNLSTM_METRIC_AUC},
    {"average", "macro", CNNLSTM_AVERAGE_MACRO},
    {"curve", "PR", CNNLSTM_CURVE_PR},
    {"summation_method", "majoring", CNNLSTM_SUMMATION_MAJORING},
};

static void test_constants_have_codes(void **state) {
  (void)state;
  for (size_t index = 0; index < COUNT(constants); ++index) {
    const constant *wanted = &constants[index];
    int32_t code = -1;
    assert_ok(cnnlstm_code(wanted->group, wanted->name, &code));
    assert_int_equal(code, wanted->code);
  }
}

/* Every code of every group has a name, and the name leads back to it. */
static void test_codes_have_names(void **state) {
  static const struct {
    const char *group;
    int32_t least, greatest;
  } groups[] = {{"activation", CNNLSTM_ACTIVATION_LINEAR, CNNLSTM_ACTIVATION_EXPONENTIAL},
                {"padding", CNNLSTM_PADDING_VALID, CNNLSTM_PADDING_CAUSAL},
                {"initializer", CNNLSTM_INITIALIZER_ZEROS, CNNLSTM_INITIALIZER_VARIANCE_SCALING},
                {"loss", CNNLSTM_LOSS_CATEGORICAL_CROSSENTROPY, CNNLSTM_LOSS_HUBER},
                {"optimizer", CNNLSTM_OPTIMIZER_SGD, CNNLSTM_OPTIMIZER_NADAM},
                {"metric", CNNLSTM_METRIC_ACCURACY, CNNLSTM_METRIC_CONFUSION_MATRIX},
                {"average", CNNLSTM_AVERAGE_NONE, CNNLSTM_AVERAGE_WEIGHTED},
                {"curve", CNNLSTM_CURVE_ROC, CNNLSTM_CURVE_PR},
                {"summation_method", CNNLSTM_SUMMATION_INTERPOLATION,
                 CNNLSTM_SUMMATION_MINORING},
                {"schedule", CNNLSTM_SCHEDULE_NONE, CNNLSTM_SCHEDULE_INVERSE_TIME_DECAY},
                {"merge_mode", CNNLSTM_MERGE_NONE, CNNLSTM_MERGE_AVE},
                {"event", CNNLSTM_EVENT_EPOCH_BEGIN, CNNLSTM_EVENT_EPOCH_END}};
  (void)state;
  for (size_t group = 0; group < COUNT(groups); ++group) {
    const char *name = groups[group].group;
    for (int32_t code = groups[group].least; code <= groups[group].greatest; ++code) {
      int32_t back = -1;
      assert_non_null(cnnlstm_code_name(name, code));
      assert_ok(cnnlstm_code(name, cnnlstm_code_name(name, code), &back));
      assert_int_equal(back, code);
    }
    assert_null(cnnlstm_code_name(name, groups[group].least - 1));
    assert_null(cnnlstm_code_name(name, groups[group].greatest + 1));
    assert_null(cnnlstm_code_name(name, INT32_MIN));
    assert_null(cnnlstm_code_name(name, INT32_MAX));
  }
}

/* Numbers of layers have gaps. */
static void test_layer_names(void **state) {
  int32_t back, count = 0;
  (void)state;
  for (int32_t code = -1; code < 256; ++code) {
    if (!cnnlstm_code_name("layer", code)) continue;
    assert_ok(cnnlstm_code("layer", cnnlstm_code_name("layer", code), &back));
    assert_int_equal(back, code);
    ++count;
  }
  assert_true(count >= 22);
  assert_null(cnnlstm_code_name("layer", 0));
}

/* 2 is kept for a type that does not exist yet. */
static void test_dtype_names(void **state) {
  (void)state;
  assert_string_equal(cnnlstm_code_name("dtype", CNNLSTM_DTYPE_BFLOAT16), "bfloat16");
  assert_null(cnnlstm_code_name("dtype", 0));
  assert_null(cnnlstm_code_name("dtype", 2));
  assert_null(cnnlstm_code_name("dtype", 5));
}

static void test_status_names(void **state) {
  static const cnnlstm_status unknown[] = {-1, 2, 99, 106, 401, INT32_MIN, INT32_MAX};
  (void)state;
  for (size_t index = 0; index < COUNT(constants); ++index) {
    const constant *wanted = &constants[index];
    if (strcmp(wanted->group, "status")) continue;
    assert_string_equal(cnnlstm_status_name(wanted->code), wanted->name);
    assert_string_equal(cnnlstm_code_name("status", wanted->code), wanted->name);
  }
  for (size_t index = 0; index < COUNT(unknown); ++index) {
    assert_string_equal(cnnlstm_status_name(unknown[index]), "unknown");
    assert_null(cnnlstm_code_name("status", unknown[index]));
  }
}

static void test_unknown_constants(void **state) {
  static const char *const names[] = {"", "lstm ", "LST", "LSTM2", "RNN", "\xff\xfe"};
  int32_t code = 77;
  (void)state;
  for (size_t index = 0; index < COUNT(names); ++index) {
    assert_status(CNNLSTM_ERROR_ARGUMENT, cnnlstm_code("layer", names[index], &code));
  }
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "layer", "RNN", cnnlstm_code("layer", "RNN", &code));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "group", "colour", cnnlstm_code("colour", "red", &code));
  assert_int_equal(code, 77);
  assert_null(cnnlstm_code_name("colour", 1));
  assert_null(cnnlstm_code_name("", 1));
}

static void test_error_text(void **state) {
  int32_t code;
  char text[1024], part[8];
  (void)state;
  assert_status(CNNLSTM_ERROR_ARGUMENT, cnnlstm_code("colour", "red", &code));
  memset(text, 'x', sizeof text);
  const size_t length = cnnlstm_last_error(text, sizeof text);
  assert_in_range(length, 8, sizeof text - 1);
  assert_int_equal(strlen(text), length);
  assert_int_equal(text[length + 1], 'x');
  assert_int_equal(cnnlstm_last_error(NULL, 0), length);
  assert_int_equal(cnnlstm_last_error(part, 0), length);
  assert_int_equal(cnnlstm_last_error(part, sizeof part), length);
  assert_int_equal(strlen(part), sizeof part - 1);
  assert_memory_equal(part, text, sizeof part - 1);
  memset(part, 'x', sizeof part);
  assert_int_equal(cnnlstm_last_error(part, 1), length);
  assert_memory_equal(part, "\0xxxxxxx", sizeof part);
  assert_ok(cnnlstm_code("layer", "LSTM", &code));
  assert_string_equal(last_error(), text);
  assert_status(CNNLSTM_ERROR_ARGUMENT, cnnlstm_code("layer", "red", &code));
  assert_string_not_equal(last_error(), text);
}

/* A name of any length is refused safely. */
static void test_error_text_of_a_long_name(void **state) {
  static char name[100001];
  int32_t code;
  (void)state;
  memset(name, 'n', sizeof name - 1);
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "name", "", cnnlstm_code("layer", name, &code));
  assert_refused(CNNLSTM_ERROR_ARGUMENT, "group", "", cnnlstm_code(name, "LSTM", &code));
}

/* A host may load and unload the library more often than a process has keys for threads' data. */
static void test_loading_again_and_again(void **state) {
  char copy[] = "/tmp/libcnnlstm-XXXXXX", command[4096];
  Dl_info own;
  (void)state;
  assert_true(dladdr((void *)(uintptr_t)cnnlstm_version, &own));
  close(mkstemp(copy));
  snprintf(command, sizeof command, "cp '%s' %s", own.dli_fname, copy);
  assert_int_equal(system(command), 0);
  for (int round = 0; round < 1100; ++round) {
    void *library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    cnnlstm_status (*create)(cnnlstm_model **);
    size_t (*text)(char *, size_t);
    *(void **)&create = dlsym(library, "cnnlstm_model_create");
    *(void **)&text = dlsym(library, "cnnlstm_last_error");
    assert_ptr_not_equal(create, cnnlstm_model_create);
    assert_int_equal(create(NULL), CNNLSTM_ERROR_NULL_POINTER);
    assert_true(text(NULL, 0) > 0);
    dlclose(library);
  }
  unlink(copy);
}

int run_library_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_versions),          cmocka_unit_test(test_instruction_set),
      cmocka_unit_test(test_constants_have_codes), cmocka_unit_test(test_codes_have_names),
      cmocka_unit_test(test_layer_names),
      cmocka_unit_test(test_dtype_names),       cmocka_unit_test(test_status_names),
      cmocka_unit_test(test_unknown_constants),
      cmocka_unit_test(test_error_text),        cmocka_unit_test(test_error_text_of_a_long_name),
      cmocka_unit_test(test_loading_again_and_again),
  };
  return RUN_TESTS(tests);
}
