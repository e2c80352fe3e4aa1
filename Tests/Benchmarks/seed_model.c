/* Inference and training of the seed model on one core: medians of many repetitions. */
#define _POSIX_C_SOURCE 199309L
#include <cnnlstm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LENGTH = 100, CLASSES = 8, SAMPLES = 1024, RUNS = 401 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void check(cnnlstm_status status) {
  if (status == CNNLSTM_OK) return;
  char text[512];
  cnnlstm_last_error(text, sizeof text);
  fprintf(stderr, "%s: %s\n", cnnlstm_status_name(status), text);
  exit(1);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return values[count / 2];
}

static cnnlstm_layer_options layer(int32_t kind) {
  cnnlstm_layer_options options;
  check(cnnlstm_layer_options_init(&options, sizeof options, kind));
  return options;
}

static cnnlstm_model *seed_model(void) {
  cnnlstm_model *model;
  cnnlstm_layer_options input = layer(CNNLSTM_LAYER_INPUT), conv = layer(CNNLSTM_LAYER_CONV1D);
  cnnlstm_layer_options pool = layer(CNNLSTM_LAYER_MAX_POOLING1D), lstm = layer(CNNLSTM_LAYER_LSTM);
  cnnlstm_layer_options dense = layer(CNNLSTM_LAYER_DENSE);
  input.length = LENGTH;
  conv.filters = 32, conv.kernel_size = 3, conv.activation = CNNLSTM_ACTIVATION_RELU;
  lstm.units = 128, lstm.dropout = 0.2f;
  dense.units = CLASSES, dense.activation = CNNLSTM_ACTIVATION_SOFTMAX;
  check(cnnlstm_model_create(&model));
  const cnnlstm_layer_options *const all[] = {&input, &conv, &pool, &lstm, &dense};
  for (int at = 0; at < 5; at++) check(cnnlstm_model_add(model, all[at]));
  check(cnnlstm_model_build(model, 1));
  return model;
}

static void measure_inference(const cnnlstm_model *model, const float *inputs, int batch) {
  static double times[RUNS];
  const int runs = batch == 1 ? RUNS : RUNS / 8;
  float *outputs = malloc((size_t)batch * CLASSES * sizeof *outputs);
  cnnlstm_session *session;
  if (outputs == NULL) exit(1);
  check(cnnlstm_session_create(model, NULL, &session));
  for (int run = 0; run < runs; run++) {
    const double start = seconds();
    check(cnnlstm_session_predict(session, inputs, (size_t)batch * LENGTH, batch, LENGTH, outputs,
                                  (size_t)batch * CLASSES));
    times[run] = seconds() - start;
  }
  printf("inference, batch %3d, 1 thread: %9.1f us\n", batch, median(times, runs) * 1e6);
  cnnlstm_session_destroy(session);
  free(outputs);
}

static void measure_training(cnnlstm_model *model, const float *inputs, int32_t threads) {
  static int32_t labels[SAMPLES];
  double times[7];
  cnnlstm_trainer_options options;
  cnnlstm_dataset data;
  cnnlstm_trainer *trainer;
  for (int sample = 0; sample < SAMPLES; sample++) labels[sample] = sample % CLASSES;
  check(cnnlstm_trainer_options_init(&options, sizeof options, CNNLSTM_OPTIMIZER_ADAM));
  check(cnnlstm_dataset_init(&data, sizeof data));
  options.loss = CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
  options.threads = threads;
  data.sample_count = SAMPLES, data.length = LENGTH;
  data.inputs = inputs, data.input_count = SAMPLES * LENGTH;
  data.labels = labels, data.label_count = SAMPLES;
  check(cnnlstm_trainer_create(model, &options, &trainer));
  for (int run = 0; run < 7; run++) {
    const double start = seconds();
    check(cnnlstm_trainer_fit(trainer, &data, NULL, NULL, NULL, NULL));
    times[run] = seconds() - start;
  }
  printf("training, batch 32, %d thread%s: %6.0f samples/s\n", (int)threads,
         threads == 1 ? " " : "s", SAMPLES / median(times, 7));
  cnnlstm_trainer_destroy(trainer);
}

int main(void) {
  static float inputs[SAMPLES * LENGTH];
  cnnlstm_model *model = seed_model();
  for (int at = 0; at < SAMPLES * LENGTH; at++) inputs[at] = sinf((float)at * 0.37f);
  printf("cnnlstm %s, %s, seed model\n", cnnlstm_version(), cnnlstm_instruction_set());
  measure_inference(model, inputs, 1);
  measure_inference(model, inputs, 32);
  measure_inference(model, inputs, 256);
  measure_training(model, inputs, 1);
  measure_training(model, inputs, 2);
  cnnlstm_model_destroy(model);
  return 0;
}
