/* Measures the library on the networks that the folders of a benchmark run describe. A folder has
 * inputs.f32 and targets.f32, float32 as the machine has them, and a model file for each type of
 * weights. */
#pragma once

#include <cnnlstm.h>

typedef struct array {
  float *values;
  size_t count;
} array;

/* What is prepared: a session, or a trainer. */
typedef struct task {
  cnnlstm_model *model;
  cnnlstm_session *session;
  cnnlstm_trainer *trainer;
  int64_t batch, length, samples;
  array inputs, targets, outputs;
} task;

/* Answers "ended" and a text, and ends the program. */
void check(cnnlstm_status status);
void fail(const char *text, const char *detail);

double seconds(void);
array array_of(size_t count);
array read_array(const char *folder, const char *file);
void write_array(array values, const char *path);

/* Opens a folder's model and inputs; the first batch samples will be predicted. */
task open_inference(const char *folder, const char *dtype, int64_t batch, int32_t threads);
void predict(task *task);

/* Opens a folder's model and data, trains one epoch without shuffling and predicts all inputs. */
task open_training(const char *folder, int64_t batch, int32_t threads);
void train_epoch(task *task, int32_t shuffle);

void close_task(task *task);

/* Greatest multiply-adds of one core a second, on weights of a type. */
double multiply_add_limit(const char *dtype);
/* Greatest bytes one core reads a second from 256 KB that it read before. */
double read_limit(void);
