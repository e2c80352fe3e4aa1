#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int status_matches(cnnlstm_status status, cnnlstm_status got) {
  switch (status) {
    case ANY_ERROR:
      return got >= 100;
    case ANY_FILE_ERROR:
      return (got >= 300 && got < 400) || got == CNNLSTM_ERROR_LIMIT;
    case ANY_SIZE_ERROR:
      return got == CNNLSTM_ERROR_ARGUMENT || got == CNNLSTM_ERROR_SHAPE ||
             got == CNNLSTM_ERROR_LIMIT || got == CNNLSTM_ERROR_OUT_OF_MEMORY;
    default:
      return got == status;
  }
}

static const char *wanted_name(cnnlstm_status status) {
  static const char *const sets[] = {"any error", "a file error", "an error of size"};
  return status < 0 ? sets[-1 - status] : cnnlstm_status_name(status);
}

void check_status(cnnlstm_status status, const char *thing, const char *value, cnnlstm_status got,
                  const char *call, const char *file, int line) {
  const char *text = got >= 100 ? last_error() : "";
  if (!status_matches(status, got)) {
    print_error("%s\n  wanted %s, got %s (%d) \"%s\"\n", call, wanted_name(status),
                cnnlstm_status_name(got), (int)got, text);
    _fail(file, line);
  }
  if (got >= 100 && (!*text || !strstr(text, thing) || !strstr(text, value))) {
    print_error("%s\n  the text must name \"%s\" and \"%s\": \"%s\"\n", call, thing, value, text);
    _fail(file, line);
  }
}

const char *last_error(void) {
  static _Thread_local char text[4096];
  text[0] = '\0';
  cnnlstm_last_error(text, sizeof text);
  return text;
}

cnnlstm_layer_options layer_of(int32_t kind) {
  cnnlstm_layer_options options;
  assert_ok(cnnlstm_layer_options_init(&options, sizeof options, kind));
  return options;
}

cnnlstm_layer_options input_of(int64_t length, int64_t channels) {
  cnnlstm_layer_options options = layer_of(CNNLSTM_LAYER_INPUT);
  options.length = length;
  options.channels = channels;
  return options;
}

cnnlstm_layer_options conv_of(int32_t filters, int32_t kernel_size) {
  cnnlstm_layer_options options = layer_of(CNNLSTM_LAYER_CONV1D);
  options.filters = filters;
  options.kernel_size = kernel_size;
  return options;
}

cnnlstm_layer_options lstm_of(int32_t units, int32_t return_sequences) {
  cnnlstm_layer_options options = layer_of(CNNLSTM_LAYER_LSTM);
  options.units = units;
  options.return_sequences = return_sequences;
  return options;
}

cnnlstm_layer_options both_ways_of(int32_t kind, int32_t units) {
  cnnlstm_layer_options options = layer_of(kind);
  options.units = units;
  options.return_sequences = 1;
  options.merge_mode = CNNLSTM_MERGE_MUL;
  return options;
}

cnnlstm_layer_options dense_of(int32_t units, int32_t activation) {
  cnnlstm_layer_options options = layer_of(CNNLSTM_LAYER_DENSE);
  options.units = units;
  options.activation = activation;
  return options;
}

cnnlstm_model *make_model(uint64_t seed, const cnnlstm_layer_options *layers, size_t count) {
  cnnlstm_model *model = NULL;
  assert_ok(cnnlstm_model_create(&model));
  for (size_t index = 0; index < count; ++index) {
    assert_ok(cnnlstm_model_add(model, &layers[index]));
  }
  if (seed != NOT_BUILT) assert_ok(cnnlstm_model_build(model, seed));
  return model;
}

cnnlstm_model *tiny_model(uint64_t seed) {
  static const char *const labels[TINY_CLASSES] = {"sit", "walk", "run"};
  const samples *data = tiny_samples();
  cnnlstm_layer_options conv = conv_of(3, 3), lstm = lstm_of(TINY_UNITS, 0);
  conv.activation = CNNLSTM_ACTIVATION_RELU;
  lstm.dropout = 0.2f;
  cnnlstm_model *model =
      model_of(seed, input_of(TINY_LENGTH, TINY_CHANNELS), layer_of(CNNLSTM_LAYER_NORMALIZATION),
               conv, layer_of(CNNLSTM_LAYER_MAX_POOLING1D), lstm,
               dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX));
  assert_ok(cnnlstm_model_adapt(model, 1, data->inputs, COUNT(data->inputs), SAMPLES, TINY_LENGTH));
  assert_ok(cnnlstm_model_set_labels(model, labels, TINY_CLASSES));
  assert_ok(cnnlstm_model_set_metadata(model, "sensor", "wrist"));
  return model;
}

cnnlstm_model *seed_model(uint64_t seed) {
  cnnlstm_layer_options conv = conv_of(32, 3), lstm = lstm_of(128, 0);
  conv.activation = CNNLSTM_ACTIVATION_RELU;
  lstm.dropout = 0.2f;
  return model_of(seed, input_of(100, 1), conv, layer_of(CNNLSTM_LAYER_MAX_POOLING1D), lstm,
                  dense_of(8, CNNLSTM_ACTIVATION_SOFTMAX));
}

/* Options of a layer as whole_model has it. */
static cnnlstm_layer_options whole_layer(int32_t kind) {
  cnnlstm_layer_options layer = layer_of(kind);
  switch (kind) {
    case CNNLSTM_LAYER_CONV1D: return conv_of(5, 3);
    case CNNLSTM_LAYER_LSTM: return lstm_of(17, 1);
    case CNNLSTM_LAYER_GRU: return both_ways_of(kind, 7);
    case CNNLSTM_LAYER_SIMPLE_RNN: return both_ways_of(kind, 3);
    case CNNLSTM_LAYER_DENSE: return dense_of(TINY_CLASSES, CNNLSTM_ACTIVATION_SOFTMAX);
    case CNNLSTM_LAYER_SEPARABLE_CONV1D: layer.filters = layer.kernel_size = 2; break;
    case CNNLSTM_LAYER_DEPTHWISE_CONV1D: layer.kernel_size = 2; break;
    case CNNLSTM_LAYER_UP_SAMPLING1D: layer.size = 3; break;
    case CNNLSTM_LAYER_ACTIVATION: layer.activation = CNNLSTM_ACTIVATION_GELU; break;
    case CNNLSTM_LAYER_DROPOUT:
    case CNNLSTM_LAYER_SPATIAL_DROPOUT1D: layer.rate = 0.25f; break;
    case CNNLSTM_LAYER_GAUSSIAN_NOISE: layer.stddev = 0.25f; break;
    case CNNLSTM_LAYER_PRELU: layer.shared_axes = 1; break;
    case CNNLSTM_LAYER_RESCALING: layer.factor = 0.5f; break;
    case CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D: layer.keepdims = 1; break;
    case CNNLSTM_LAYER_RESHAPE: layer.target_length = layer.target_channels = 2; break;
    case CNNLSTM_LAYER_REPEAT_VECTOR: layer.repeats = 4; break;
    default: break;
  }
  return layer;
}

cnnlstm_model *whole_model(uint64_t seed, int64_t length, int has_batch_normalization) {
  enum { FIRST = CNNLSTM_LAYER_INPUT, LAST = CNNLSTM_LAYER_RESCALING };
  static const int32_t kinds[] = {
      CNNLSTM_LAYER_NORMALIZATION,      CNNLSTM_LAYER_CONV1D,
      CNNLSTM_LAYER_BATCH_NORMALIZATION, CNNLSTM_LAYER_MAX_POOLING1D,
      CNNLSTM_LAYER_ZERO_PADDING1D,     CNNLSTM_LAYER_DEPTHWISE_CONV1D,
      CNNLSTM_LAYER_AVERAGE_POOLING1D,  CNNLSTM_LAYER_UP_SAMPLING1D,
      CNNLSTM_LAYER_PRELU,              CNNLSTM_LAYER_LEAKY_RELU,
      CNNLSTM_LAYER_ELU,                CNNLSTM_LAYER_GAUSSIAN_NOISE,
      CNNLSTM_LAYER_ACTIVATION,         CNNLSTM_LAYER_SEPARABLE_CONV1D,
      CNNLSTM_LAYER_RELU,               CNNLSTM_LAYER_SPATIAL_DROPOUT1D,
      CNNLSTM_LAYER_MASKING,            CNNLSTM_LAYER_GRU,
      CNNLSTM_LAYER_CROPPING1D,         CNNLSTM_LAYER_MASKING,
      CNNLSTM_LAYER_SIMPLE_RNN,         CNNLSTM_LAYER_LAYER_NORMALIZATION,
      CNNLSTM_LAYER_LSTM,               CNNLSTM_LAYER_RESCALING,
      CNNLSTM_LAYER_GLOBAL_MAX_POOLING1D, CNNLSTM_LAYER_REPEAT_VECTOR,
      CNNLSTM_LAYER_PERMUTE,            CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D,
      CNNLSTM_LAYER_RESHAPE,            CNNLSTM_LAYER_FLATTEN,
      CNNLSTM_LAYER_SOFTMAX,            CNNLSTM_LAYER_DROPOUT,
      CNNLSTM_LAYER_DENSE};
  cnnlstm_layer_options layers[COUNT(kinds) + 1] = {input_of(length, TINY_CHANNELS)};
  int is_there[LAST + 1] = {[CNNLSTM_LAYER_INPUT] = 1};
  size_t count = 1;
  for (size_t index = 0; index < COUNT(kinds); ++index) {
    is_there[kinds[index]] = 1;
    if (kinds[index] == CNNLSTM_LAYER_BATCH_NORMALIZATION && !has_batch_normalization) continue;
    layers[count++] = whole_layer(kinds[index]);
  }
  for (int32_t kind = FIRST; kind <= LAST; ++kind) assert_true(is_there[kind]);
  assert_null(cnnlstm_code_name("layer", LAST + 1));
  return make_model(seed, layers, count);
}

void fill(float *values, size_t count, uint32_t seed) {
  uint32_t state = seed * 2654435761u + 1;
  for (size_t index = 0; index < count; ++index) {
    state = state * 1664525u + 1013904223u;
    values[index] = (float)(state >> 8) / 8388608.0f - 1.0f;
  }
}

const samples *tiny_samples(void) {
  static samples data;
  if (data.targets[0] == 1.0f) return &data;
  fill(data.inputs, COUNT(data.inputs), 7);
  for (int sample = 0; sample < SAMPLES; ++sample) {
    const int label = sample % TINY_CLASSES;
    float *values = data.inputs + sample * TINY_FLOATS;
    for (int time = 0; time < TINY_LENGTH; ++time) {
      const double phase = 0.7 * label * time + 0.1 * sample;
      values[time * TINY_CHANNELS] = (float)(2 * sin(phase) + label) + 0.2f * values[time];
    }
    data.labels[sample] = label;
    data.targets[sample * TINY_CLASSES + label] = 1;
  }
  return &data;
}

static cnnlstm_dataset inputs_of(int64_t count) {
  cnnlstm_dataset data;
  assert_ok(cnnlstm_dataset_init(&data, sizeof data));
  data.sample_count = count;
  data.length = TINY_LENGTH;
  data.inputs = tiny_samples()->inputs;
  data.input_count = (size_t)count * TINY_FLOATS;
  return data;
}

cnnlstm_dataset labelled(int64_t count) {
  cnnlstm_dataset data = inputs_of(count);
  data.labels = tiny_samples()->labels;
  data.label_count = (size_t)count;
  return data;
}

cnnlstm_dataset targeted(int64_t count) {
  cnnlstm_dataset data = inputs_of(count);
  data.targets = tiny_samples()->targets;
  data.target_count = (size_t)count * TINY_CLASSES;
  return data;
}

static cnnlstm_trainer_options trainer_options_of(int32_t optimizer) {
  cnnlstm_trainer_options options;
  assert_ok(cnnlstm_trainer_options_init(&options, sizeof options, optimizer));
  options.loss = CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
  options.batch_size = 8;
  options.threads = 1;
  return options;
}

cnnlstm_trainer_options adam_options(void) { return trainer_options_of(CNNLSTM_OPTIMIZER_ADAM); }

cnnlstm_trainer_options sgd_options(void) { return trainer_options_of(CNNLSTM_OPTIMIZER_SGD); }

cnnlstm_trainer *trainer_of(cnnlstm_model *model, const cnnlstm_trainer_options *options) {
  cnnlstm_trainer *trainer = NULL;
  assert_ok(cnnlstm_trainer_create(model, options, &trainer));
  assert_non_null(trainer);
  return trainer;
}

cnnlstm_fit_options fit_of(int32_t epochs) {
  cnnlstm_fit_options options;
  assert_ok(cnnlstm_fit_options_init(&options, sizeof options));
  options.epochs = epochs;
  options.batch_size = 8;
  return options;
}

cnnlstm_session_options session_options_of(int32_t threads, int64_t batch_size) {
  cnnlstm_session_options options;
  assert_ok(cnnlstm_session_options_init(&options, sizeof options));
  options.threads = threads;
  options.batch_size = batch_size;
  return options;
}

const int32_t dtypes[] = {CNNLSTM_DTYPE_FLOAT32, CNNLSTM_DTYPE_BFLOAT16, CNNLSTM_DTYPE_INT8};

cnnlstm_model *converted_to(int32_t dtype, const cnnlstm_model *model) {
  cnnlstm_model *converted = NULL;
  assert_ok(cnnlstm_model_convert(model, dtype, NULL, 0, 0, 0, NULL, &converted));
  return converted;
}

cnnlstm_session *session_of(const cnnlstm_model *model, const cnnlstm_session_options *options) {
  cnnlstm_session *session = NULL;
  assert_ok(cnnlstm_session_create(model, options, &session));
  assert_non_null(session);
  return session;
}

size_t input_floats(const cnnlstm_model *model, int64_t length) {
  cnnlstm_layer_options input;
  input.struct_size = sizeof input;
  assert_ok(cnnlstm_model_layer_options(model, 0, &input));
  if (input.length == CNNLSTM_LENGTH_NO_TIME) return (size_t)input.channels;
  return (size_t)(length * input.channels);
}

size_t output_floats(const cnnlstm_model *model, int64_t length) {
  int64_t output_length, channels;
  assert_ok(cnnlstm_model_output_shape(model, length, &output_length, &channels));
  return (size_t)((output_length == CNNLSTM_LENGTH_NO_TIME ? 1 : output_length) * channels);
}

float *predict(const cnnlstm_model *model, const float *inputs, int64_t count, int64_t length) {
  const size_t output_count = (size_t)count * output_floats(model, length);
  float *outputs = calloc(output_count, sizeof *outputs);
  cnnlstm_session_options options = session_options_of(1, 32);
  if (length > 0) options.max_length = length;
  cnnlstm_session *session = session_of(model, &options);
  assert_ok(cnnlstm_session_predict(session, inputs, (size_t)count * input_floats(model, length),
                                    count, length, outputs, output_count));
  cnnlstm_session_destroy(session);
  return outputs;
}

float *weights_of(const cnnlstm_model *model) {
  const size_t count = cnnlstm_model_parameter_count(model);
  float *weights = malloc((count + 1) * sizeof *weights);
  assert_non_null(weights);
  assert_ok(cnnlstm_model_get_weights(model, weights, count));
  return weights;
}

unsigned char *bytes_of(const cnnlstm_model *model, size_t *size) {
  assert_ok(cnnlstm_model_save_to_memory(model, NULL, 0, size));
  unsigned char *bytes = malloc(*size);
  assert_non_null(bytes);
  assert_ok(cnnlstm_model_save_to_memory(model, bytes, *size, size));
  return bytes;
}

void assert_same_weights(const cnnlstm_model *left, const cnnlstm_model *right) {
  const size_t count = cnnlstm_model_parameter_count(left);
  float *left_weights = weights_of(left), *right_weights = weights_of(right);
  assert_int_equal(cnnlstm_model_parameter_count(right), count);
  assert_memory_equal(left_weights, right_weights, count * sizeof *left_weights);
  free(right_weights);
  free(left_weights);
}

void assert_finite(const float *values, size_t count) {
  for (size_t index = 0; index < count; ++index) {
    if (isfinite(values[index])) continue;
    print_error("value %zu of %zu is %g\n", index, count, (double)values[index]);
    fail();
  }
}
