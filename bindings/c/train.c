/* Trains a CNN-LSTM classifier on the samples of a CSV file and saves it.
 *
 *   cc -std=c99 train.c csv.c -o train $(pkg-config --cflags --libs cnnlstm) -lm
 *   ./train data.csv channels model.cnnlstm [epochs] [seed]
 *
 * A line of the CSV file holds the label of a sample and its values: the channels of the first time
 * step, of the second, and so on. Ctrl-C ends training after the batch it is at, and the model is
 * saved; a second Ctrl-C ends the program. */
#include <cnnlstm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "failure.h"

enum { BATCH_SIZE = 8 };

typedef struct program {
  csv_table table;
  int64_t length, channels; /* time steps of a sample, features of a step */
  long epochs, seed;
  const char **classes; /* names, sorted; they belong to the table */
  size_t class_count;
  int32_t *labels; /* class of every row */
  cnnlstm_model *model;
  cnnlstm_trainer *trainer;
} program;

static cnnlstm_trainer *volatile running_trainer;

static void cancel_training(int signal_number) {
  signal(signal_number, SIG_DFL);
  cnnlstm_trainer_cancel(running_trainer);
}

/* Reads a whole number in a range below LONG_MAX, which strtol gives for any larger. */
static int parse_argument(const char *name, const char *text, long least, long greatest,
                          long *number) {
  char *end;
  const long value = strtol(text, &end, 10);
  if (!*text || *end || value < least || value > greatest) {
    fprintf(stderr, "%s must be a whole number in %ld ... %ld, but is \"%s\"\n", name, least,
            greatest, text);
    return 0;
  }
  *number = value;
  return 1;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Sorts the names of the classes and numbers the labels by them. */
static int collect_classes(program *self) {
  const size_t row_count = self->table.row_count;
  size_t row, kept = 0;
  self->classes = malloc(row_count * sizeof *self->classes);
  self->labels = malloc(row_count * sizeof *self->labels);
  if (!self->classes || !self->labels) {
    fprintf(stderr, "out of memory\n");
    return 0;
  }
  for (row = 0; row < row_count; ++row) self->classes[row] = self->table.labels[row];
  qsort(self->classes, row_count, sizeof *self->classes, compare_names);
  for (row = 0; row < row_count; ++row) {
    if (row == 0 || strcmp(self->classes[row], self->classes[kept - 1])) {
      self->classes[kept++] = self->classes[row];
    }
  }
  self->class_count = kept;
  for (row = 0; row < row_count; ++row) {
    const char **found = bsearch(&self->table.labels[row], self->classes, kept, sizeof *found,
                                 compare_names);
    self->labels[row] = (int32_t)(found - self->classes);
  }
  if (kept >= 2) return 1;
  fprintf(stderr, "there must be two labels or more, but all samples are \"%s\"\n",
          self->classes[0]);
  return 0;
}

static int read_samples(program *self, const char *path) {
  if (!csv_read(&self->table, path, 1)) return 0;
  if (self->table.column_count % (size_t)self->channels) {
    fprintf(stderr, "%s: a line has %zu values, but it must have a multiple of %ld, the channels\n",
            path, self->table.column_count, (long)self->channels);
    return 0;
  }
  self->length = (int64_t)self->table.column_count / self->channels;
  return collect_classes(self);
}

static int add_layer(program *self, int32_t kind) {
  cnnlstm_layer_options layer;
  if (!succeeded(cnnlstm_layer_options_init(&layer, sizeof layer, kind))) return 0;
  if (kind == CNNLSTM_LAYER_INPUT) {
    layer.length = self->length;
    layer.channels = self->channels;
  } else if (kind == CNNLSTM_LAYER_CONV1D) {
    layer.filters = 32;
    layer.kernel_size = 3;
    layer.activation = CNNLSTM_ACTIVATION_RELU;
  } else if (kind == CNNLSTM_LAYER_LSTM) {
    layer.units = 128;
    layer.dropout = 0.2f;
  } else if (kind == CNNLSTM_LAYER_DENSE) {
    layer.units = (int32_t)self->class_count;
    layer.activation = CNNLSTM_ACTIVATION_SOFTMAX;
  }
  return succeeded(cnnlstm_model_add(self->model, &layer));
}

static int build_model(program *self) {
  static const int32_t kinds[] = {CNNLSTM_LAYER_INPUT,  CNNLSTM_LAYER_NORMALIZATION,
                                  CNNLSTM_LAYER_CONV1D, CNNLSTM_LAYER_MAX_POOLING1D,
                                  CNNLSTM_LAYER_LSTM,   CNNLSTM_LAYER_DENSE};
  const csv_table *table = &self->table;
  const size_t value_count = table->row_count * table->column_count;
  size_t index;
  if (!succeeded(cnnlstm_model_create(&self->model))) return 0;
  for (index = 0; index < sizeof kinds / sizeof *kinds; ++index) {
    if (!add_layer(self, kinds[index])) return 0;
  }
  return succeeded(cnnlstm_model_build(self->model, (uint64_t)self->seed)) &&
         succeeded(cnnlstm_model_set_labels(self->model, self->classes, self->class_count)) &&
         succeeded(cnnlstm_model_adapt(self->model, 1, table->values, value_count,
                                       (int64_t)table->row_count, self->length));
}

static int32_t print_progress(const cnnlstm_progress *progress, void *unused) {
  (void)unused;
  if (progress->event == CNNLSTM_EVENT_EPOCH_END) {
    printf("epoch %ld/%ld  loss %.4f  accuracy %.4f\n", (long)progress->epoch + 1,
           (long)progress->epochs, progress->loss, progress->accuracy);
    fflush(stdout);
  }
  return 0;
}

static int train(program *self) {
  cnnlstm_trainer_options options;
  cnnlstm_dataset data;
  cnnlstm_fit_options fit;
  cnnlstm_status status;
  if (!succeeded(cnnlstm_trainer_options_init(&options, sizeof options, CNNLSTM_OPTIMIZER_ADAM)))
    return 0;
  if (!succeeded(cnnlstm_dataset_init(&data, sizeof data))) return 0;
  if (!succeeded(cnnlstm_fit_options_init(&fit, sizeof fit))) return 0;
  options.loss = CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
  options.batch_size = fit.batch_size = BATCH_SIZE;
  options.seed = (uint64_t)self->seed;
  fit.epochs = (int32_t)self->epochs;
  data.sample_count = (int64_t)self->table.row_count;
  data.length = self->length;
  data.inputs = self->table.values;
  data.input_count = self->table.row_count * self->table.column_count;
  data.labels = self->labels;
  data.label_count = self->table.row_count;
  if (!succeeded(cnnlstm_trainer_create(self->model, &options, &self->trainer))) return 0;
  running_trainer = self->trainer;
  signal(SIGINT, cancel_training);
  status = cnnlstm_trainer_fit(self->trainer, &data, NULL, &fit, print_progress, NULL);
  signal(SIGINT, SIG_DFL);
  if (status == CNNLSTM_STOPPED) printf("stopped\n");
  return status == CNNLSTM_STOPPED || succeeded(status);
}

static int save(const program *self, const char *path) {
  if (!succeeded(cnnlstm_model_save(self->model, path))) return 0;
  printf("saved %s: %zu parameters, %zu classes\n", path,
         cnnlstm_model_parameter_count(self->model), self->class_count);
  return 1;
}

int main(int argument_count, char **arguments) {
  program self = {{NULL, NULL, 0, 0}, 0, 0, 0, 0, NULL, 0, NULL, NULL, NULL};
  const char *epochs = argument_count > 4 ? arguments[4] : "60";
  const char *seed = argument_count > 5 ? arguments[5] : "0";
  long channels = 1;
  int done;
  if (argument_count < 4 || argument_count > 6) {
    fprintf(stderr, "usage: train data.csv channels model.cnnlstm [epochs] [seed]\n");
    return 2;
  }
  done = parse_argument("channels", arguments[2], 1, 1000000, &channels) &&
         parse_argument("epochs", epochs, 1, 1000000, &self.epochs) &&
         parse_argument("seed", seed, 0, 1000000000, &self.seed);
  self.channels = channels;
  done = done && read_samples(&self, arguments[1]) && build_model(&self) && train(&self) &&
         save(&self, arguments[3]);
  cnnlstm_trainer_destroy(self.trainer);
  cnnlstm_model_destroy(self.model);
  free(self.labels);
  free(self.classes);
  csv_free(&self.table);
  return done ? 0 : 1;
}
