/* Feeds damaged models and checkpoints to the loaders; predicts with and saves what they accept.
 *
 * Built with libFuzzer and AddressSanitizer over the ordinary Swift build, where both see into
 * Swift code. Checksums are wrapped (--wrap=platformChecksum) to be always 0: otherwise nearly
 * every damaged file would be refused at its first section, and nothing behind it be tried. */
#include <cnnlstm.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_COUNT = 10, CHECKPOINT = 9, SEED_CAPACITY = 1 << 16, VALUE_LIMIT = 1 << 16 };
enum { STEPS = 4, CHANNELS = 2 }; /* of a sample */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

uint32_t __wrap_platformChecksum(uint32_t before, const uint8_t *bytes, size_t count) {
  (void)before, (void)bytes, (void)count;
  return 0;
}

static void require(int holds) {
  if (!holds) abort();
}

static void add_layer(cnnlstm_model *model, int32_t kind, int32_t size) {
  cnnlstm_layer_options layer;
  require(cnnlstm_layer_options_init(&layer, sizeof layer, kind) == CNNLSTM_OK);
  if (kind == CNNLSTM_LAYER_INPUT) layer.length = size, layer.channels = CHANNELS;
  if (kind == CNNLSTM_LAYER_CONV1D) layer.filters = size, layer.kernel_size = 2;
  if (kind == CNNLSTM_LAYER_LSTM || kind == CNNLSTM_LAYER_DENSE) layer.units = size;
  if (kind == CNNLSTM_LAYER_GRU || kind == CNNLSTM_LAYER_SIMPLE_RNN) {
    layer.units = size;
    layer.return_sequences = 1;
    layer.merge_mode = CNNLSTM_MERGE_CONCAT;
    layer.stateful = kind == CNNLSTM_LAYER_GRU;
  }
  if (kind == CNNLSTM_LAYER_GLOBAL_MAX_POOLING1D) layer.keepdims = 1;
  if (kind == CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D) layer.keepdims = 1;
  if (kind == CNNLSTM_LAYER_DROPOUT) layer.rate = 0.5f;
  if (kind == CNNLSTM_LAYER_ACTIVATION) layer.activation = size;
  require(cnnlstm_model_add(model, &layer) == CNNLSTM_OK);
}

/* Of fixed length, of any length, or without a time axis. */
static cnnlstm_model *make_model(int32_t length) {
  const int32_t pooling = length == STEPS ? CNNLSTM_LAYER_GLOBAL_MAX_POOLING1D
                                          : CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D;
  cnnlstm_model *model = NULL;
  require(cnnlstm_model_create(&model) == CNNLSTM_OK);
  add_layer(model, CNNLSTM_LAYER_INPUT, length);
  add_layer(model, CNNLSTM_LAYER_NORMALIZATION, 0);
  if (length != CNNLSTM_LENGTH_NO_TIME) {
    add_layer(model, CNNLSTM_LAYER_CONV1D, 1);
    add_layer(model, CNNLSTM_LAYER_MAX_POOLING1D, 0);
    add_layer(model, CNNLSTM_LAYER_ZERO_PADDING1D, 0);
    add_layer(model, CNNLSTM_LAYER_SEPARABLE_CONV1D, 0);
    add_layer(model, CNNLSTM_LAYER_AVERAGE_POOLING1D, 0);
    add_layer(model, CNNLSTM_LAYER_UP_SAMPLING1D, 0);
    add_layer(model, CNNLSTM_LAYER_SPATIAL_DROPOUT1D, 0);
    add_layer(model, CNNLSTM_LAYER_MASKING, 0);
    add_layer(model, CNNLSTM_LAYER_GRU, 1);
    add_layer(model, CNNLSTM_LAYER_SIMPLE_RNN, 1);
    add_layer(model, CNNLSTM_LAYER_LSTM, 1);
  }
  add_layer(model, CNNLSTM_LAYER_REPEAT_VECTOR, 0);
  add_layer(model, CNNLSTM_LAYER_ZERO_PADDING1D, 0);
  add_layer(model, CNNLSTM_LAYER_DEPTHWISE_CONV1D, 0);
  add_layer(model, CNNLSTM_LAYER_CROPPING1D, 0);
  add_layer(model, CNNLSTM_LAYER_BATCH_NORMALIZATION, 0);
  add_layer(model, CNNLSTM_LAYER_PERMUTE, 0);
  add_layer(model, pooling, 0);
  add_layer(model, CNNLSTM_LAYER_RESHAPE, 0);
  add_layer(model, CNNLSTM_LAYER_LAYER_NORMALIZATION, 0);
  for (int32_t kind = CNNLSTM_LAYER_GAUSSIAN_NOISE; kind <= CNNLSTM_LAYER_RELU; kind++) {
    add_layer(model, kind, 0);
  }
  add_layer(model, CNNLSTM_LAYER_RESCALING, 0);
  add_layer(model, CNNLSTM_LAYER_DROPOUT, 0);
  add_layer(model, CNNLSTM_LAYER_FLATTEN, 0);
  add_layer(model, CNNLSTM_LAYER_DENSE, 3);
  add_layer(model, CNNLSTM_LAYER_ACTIVATION, CNNLSTM_ACTIVATION_SOFTMAX);
  require(cnnlstm_model_build(model, 1) == CNNLSTM_OK);
  return model;
}

static cnnlstm_trainer *make_trainer(void) {
  cnnlstm_model *model = make_model(STEPS);
  cnnlstm_trainer *trainer = NULL;
  cnnlstm_trainer_options options;
  require(cnnlstm_trainer_options_init(&options, sizeof options, CNNLSTM_OPTIMIZER_ADAM) ==
          CNNLSTM_OK);
  options.threads = 1;
  options.batch_size = 1;
  require(cnnlstm_trainer_create(model, &options, &trainer) == CNNLSTM_OK);
  cnnlstm_model_destroy(model);
  return trainer;
}

static size_t make_checkpoint(uint8_t *bytes, size_t capacity) {
  cnnlstm_trainer *trainer = make_trainer();
  size_t size = 0;
  if (cnnlstm_trainer_save_to_memory(trainer, bytes, capacity, &size)) size = 0;
  cnnlstm_trainer_destroy(trainer);
  return size;
}

/* The bytes of a sound model, of each dtype. */
static size_t make_seed(int which, uint8_t *bytes, size_t capacity) {
  static const char *const labels[] = {"rest", "walk", "run"};
  static const int32_t lengths[] = {STEPS, CNNLSTM_LENGTH_ANY, CNNLSTM_LENGTH_NO_TIME};
  static const int32_t dtypes[] = {CNNLSTM_DTYPE_FLOAT32, CNNLSTM_DTYPE_BFLOAT16,
                                   CNNLSTM_DTYPE_INT8};
  cnnlstm_model *model = NULL, *original;
  size_t size = 0;
  if (which == CHECKPOINT) return make_checkpoint(bytes, capacity);
  model = make_model(lengths[which % 3]);
  require(cnnlstm_model_set_labels(model, labels, 3) == CNNLSTM_OK);
  require(cnnlstm_model_set_metadata(model, "data", "none") == CNNLSTM_OK);
  original = model;
  require(cnnlstm_model_convert(original, dtypes[which / 3], NULL, 0, 0, 0, NULL, &model) ==
          CNNLSTM_OK);
  cnnlstm_model_destroy(original);
  require(cnnlstm_model_save_to_memory(model, NULL, 0, &size) == CNNLSTM_OK);
  if (size > capacity || cnnlstm_model_save_to_memory(model, bytes, capacity, &size)) size = 0;
  cnnlstm_model_destroy(model);
  return size;
}

/* Damages what was interesting before; begins with a sound model, and at times returns to one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed) {
  static uint8_t seeds[SEED_COUNT][SEED_CAPACITY];
  static size_t sizes[SEED_COUNT];
  const unsigned which = seed % SEED_COUNT;
  if (!sizes[which]) sizes[which] = make_seed((int)which, seeds[which], SEED_CAPACITY);
  if ((size < 16 || seed % 64 == 0) && sizes[which] <= capacity) {
    memcpy(data, seeds[which], sizes[which]);
    size = sizes[which];
  }
  return LLVMFuzzerMutate(data, size, capacity);
}

static void predict(const cnnlstm_model *model) {
  float inputs[VALUE_LIMIT] = {0}, outputs[VALUE_LIMIT];
  cnnlstm_session *session = NULL;
  cnnlstm_session_options options;
  cnnlstm_layer_options input;
  int64_t length, channels, steps, half, output_length, output_channels;
  input.struct_size = sizeof input;
  require(cnnlstm_model_layer_options(model, 0, &input) == CNNLSTM_OK);
  length = input.length == CNNLSTM_LENGTH_ANY ? STEPS : input.length;
  steps = length > 0 ? length : 1;
  channels = input.channels;
  if (steps > VALUE_LIMIT || channels > VALUE_LIMIT / steps ||
      cnnlstm_model_output_shape(model, length, &output_length, &output_channels)) {
    return;
  }
  if (output_length == CNNLSTM_LENGTH_NO_TIME) output_length = 1;
  if (output_length > VALUE_LIMIT || output_channels > VALUE_LIMIT / output_length) return;
  require(cnnlstm_session_options_init(&options, sizeof options) == CNNLSTM_OK);
  options.batch_size = 1;
  if (input.length == CNNLSTM_LENGTH_ANY) options.max_length = length;
  if (cnnlstm_session_create(model, &options, &session)) return;
  require(cnnlstm_session_predict(session, inputs, (size_t)(steps * channels), 1, length, outputs,
                                  (size_t)(output_length * output_channels)) == CNNLSTM_OK);
  /* Half the sample, which may be too short. */
  half = (steps + 1) / 2;
  cnnlstm_session_predict_lengths(session, inputs, (size_t)(steps * channels), 1, length, &half, 1,
                                  outputs, (size_t)(output_length * output_channels));
  cnnlstm_session_destroy(session);
}

/* What was loaded can be saved, and loaded again. */
static void save(const cnnlstm_model *model) {
  cnnlstm_model *copy = NULL;
  size_t size = 0;
  uint8_t *bytes;
  require(cnnlstm_model_save_to_memory(model, NULL, 0, &size) == CNNLSTM_OK);
  bytes = malloc(size);
  require(bytes && cnnlstm_model_save_to_memory(model, bytes, size, &size) == CNNLSTM_OK);
  require(cnnlstm_model_load_from_memory(bytes, size, NULL, &copy) == CNNLSTM_OK);
  cnnlstm_model_destroy(copy);
  free(bytes);
}

static void evaluate(cnnlstm_trainer *trainer) {
  static const float inputs[STEPS * CHANNELS], targets[3];
  cnnlstm_dataset data;
  require(cnnlstm_dataset_init(&data, sizeof data) == CNNLSTM_OK);
  data.sample_count = 1;
  data.length = STEPS;
  data.inputs = inputs;
  data.input_count = STEPS * CHANNELS;
  data.targets = targets;
  data.target_count = 3;
  require(cnnlstm_trainer_evaluate(trainer, &data, NULL, NULL) == CNNLSTM_OK);
}

/* A trainer that takes up a damaged training can still save its own, and go on from there. */
static void resume(const uint8_t *data, size_t size, const cnnlstm_load_options *options) {
  static cnnlstm_trainer *trainer;
  size_t needed;
  if (!trainer) trainer = make_trainer();
  cnnlstm_trainer_load_from_memory(trainer, data, size, options);
  require(cnnlstm_trainer_save_to_memory(trainer, NULL, 0, &needed) == CNNLSTM_OK);
  evaluate(trainer);
  require(cnnlstm_trainer_reset_states(trainer, CNNLSTM_ALL_LAYERS) == CNNLSTM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cnnlstm_load_options options;
  cnnlstm_model *model = NULL;
  require(cnnlstm_load_options_init(&options, sizeof options) == CNNLSTM_OK);
  options.max_parameters = VALUE_LIMIT;
  resume(data, size, &options);
  if (cnnlstm_model_load_from_memory(data, size, &options, &model)) {
    require(model == NULL);
    return 0;
  }
  require(model != NULL);
  predict(model);
  save(model);
  cnnlstm_model_destroy(model);
  return 0;
}
