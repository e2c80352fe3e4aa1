#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

static task open_folder(const char *folder, const char *dtype) {
  task opened = {0};
  char path[512];
  cnnlstm_layer_options input = {.struct_size = sizeof input};
  snprintf(path, sizeof path, "%s/%s.cnnlstm", folder, dtype);
  check(cnnlstm_model_load(path, NULL, &opened.model));
  check(cnnlstm_model_layer_options(opened.model, 0, &input));
  opened.inputs = read_array(folder, "inputs.f32");
  opened.length = input.length;
  opened.samples = (int64_t)opened.inputs.count / (input.length * input.channels);
  return opened;
}

static void open_session(task *task, int64_t samples, int32_t threads) {
  int64_t length, channels;
  cnnlstm_session_options options;
  if (samples > task->samples) fail("inputs.f32", "has too few samples");
  check(cnnlstm_session_options_init(&options, sizeof options));
  options.threads = threads;
  check(cnnlstm_session_create(task->model, &options, &task->session));
  check(cnnlstm_model_output_shape(task->model, task->length, &length, &channels));
  task->inputs.count = task->inputs.count / (size_t)task->samples * (size_t)samples;
  task->outputs = array_of((size_t)(samples * channels));
  task->samples = samples;
}

task open_inference(const char *folder, const char *dtype, int64_t batch, int32_t threads) {
  task opened = open_folder(folder, dtype);
  open_session(&opened, batch, threads);
  predict(&opened);
  return opened;
}

void predict(task *task) {
  check(cnnlstm_session_predict(task->session, task->inputs.values, task->inputs.count,
                                task->samples, task->length, task->outputs.values,
                                task->outputs.count));
}

task open_training(const char *folder, int64_t batch, int32_t threads) {
  task opened = open_folder(folder, "float32");
  cnnlstm_trainer_options options;
  opened.batch = batch;
  opened.targets = read_array(folder, "targets.f32");
  check(cnnlstm_trainer_options_init(&options, sizeof options, CNNLSTM_OPTIMIZER_ADAM));
  options.threads = threads;
  options.batch_size = (int32_t)batch;
  check(cnnlstm_trainer_create(opened.model, &options, &opened.trainer));
  train_epoch(&opened, 0);
  open_session(&opened, opened.samples, threads);
  predict(&opened);
  return opened;
}

void train_epoch(task *task, int32_t shuffle) {
  cnnlstm_fit_options options;
  cnnlstm_dataset data;
  check(cnnlstm_fit_options_init(&options, sizeof options));
  check(cnnlstm_dataset_init(&data, sizeof data));
  options.batch_size = (int32_t)task->batch;
  options.shuffle = shuffle;
  data.sample_count = task->samples, data.length = task->length;
  data.inputs = task->inputs.values, data.input_count = task->inputs.count;
  data.targets = task->targets.values, data.target_count = task->targets.count;
  check(cnnlstm_trainer_fit(task->trainer, &data, NULL, &options, NULL, NULL));
}

void close_task(task *task) {
  cnnlstm_trainer_destroy(task->trainer);
  cnnlstm_session_destroy(task->session);
  cnnlstm_model_destroy(task->model);
  free(task->inputs.values), free(task->targets.values), free(task->outputs.values);
  *task = (struct task){0};
}
