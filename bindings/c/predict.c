/* Predicts the samples of a CSV file with a saved model.
 *
 *   cc -std=c99 predict.c csv.c -o predict $(pkg-config --cflags --libs cnnlstm) -lm
 *   ./predict model.cnnlstm data.csv
 *
 * A line of the CSV file holds the values of a sample: the channels of the first time step, of the
 * second, and so on. Prints a line a sample: its index from 0, its class, and the probability of
 * every class. */
#include <cnnlstm.h>
#include <stdio.h>
#include <stdlib.h>

#include "csv.h"
#include "failure.h"

enum { LABEL_CAPACITY = 1025 };

typedef struct program {
  cnnlstm_model *model;
  cnnlstm_session *session;
  csv_table table;
  int64_t length;      /* time steps of a sample; CNNLSTM_LENGTH_NO_TIME for vectors */
  int64_t class_count; /* outputs of a sample */
  float *outputs;      /* [row_count][class_count] */
} program;

/* Reads the data and finds how many time steps its rows have. */
static int read_samples(program *self, const char *path) {
  cnnlstm_layer_options input;
  size_t channels, columns;
  input.struct_size = sizeof input;
  if (!succeeded(cnnlstm_model_layer_options(self->model, 0, &input))) return 0;
  if (!csv_read(&self->table, path, 0)) return 0;
  channels = (size_t)input.channels;
  columns = self->table.column_count;
  self->length = input.length;
  if (input.length == CNNLSTM_LENGTH_ANY) self->length = (int64_t)(columns / channels);
  if (columns != (self->length > 0 ? (size_t)self->length : 1) * channels) {
    fprintf(stderr, "%s: a line has %zu values, but the model takes ", path, columns);
    if (input.length == CNNLSTM_LENGTH_ANY) fprintf(stderr, "a multiple of %zu\n", channels);
    if (input.length == CNNLSTM_LENGTH_NO_TIME) fprintf(stderr, "%zu\n", channels);
    if (input.length > 0) fprintf(stderr, "%ld x %zu\n", (long)input.length, channels);
    return 0;
  }
  return 1;
}

static int predict(program *self) {
  const csv_table *table = &self->table;
  cnnlstm_session_options options;
  int64_t output_length;
  size_t output_count;
  if (!succeeded(cnnlstm_model_output_shape(self->model, self->length, &output_length,
                                            &self->class_count))) {
    return 0;
  }
  if (output_length != CNNLSTM_LENGTH_NO_TIME) {
    fprintf(stderr, "the model gives an output a time step; it must give one a sample\n");
    return 0;
  }
  output_count = table->row_count * (size_t)self->class_count;
  self->outputs = calloc(output_count, sizeof *self->outputs);
  if (!self->outputs) {
    fprintf(stderr, "out of memory\n");
    return 0;
  }
  if (!succeeded(cnnlstm_session_options_init(&options, sizeof options))) return 0;
  if (self->length > 0) options.max_length = self->length;
  if (!succeeded(cnnlstm_session_create(self->model, &options, &self->session))) return 0;
  return succeeded(cnnlstm_session_predict(
      self->session, table->values, table->row_count * table->column_count,
      (int64_t)table->row_count, self->length, self->outputs, output_count));
}

static size_t index_of_largest(const float *values, size_t count) {
  size_t largest = 0, index;
  for (index = 1; index < count; ++index) {
    if (values[index] > values[largest]) largest = index;
  }
  return largest;
}

static int print_results(const program *self) {
  const size_t class_count = (size_t)self->class_count;
  const int has_labels = cnnlstm_model_label_count(self->model) > 0;
  char label[LABEL_CAPACITY];
  size_t row, index;
  for (row = 0; row < self->table.row_count; ++row) {
    const float *outputs = self->outputs + row * class_count;
    index = index_of_largest(outputs, class_count);
    sprintf(label, "%zu", index);
    if (has_labels &&
        !succeeded(cnnlstm_model_label(self->model, index, label, sizeof label, NULL))) {
      return 0;
    }
    printf("%zu %s", row, label);
    for (index = 0; index < class_count; ++index) printf(" %.9g", outputs[index]);
    putchar('\n');
  }
  if (fflush(stdout) == 0) return 1;
  fprintf(stderr, "the results cannot be written\n");
  return 0;
}

int main(int argument_count, char **arguments) {
  program self = {NULL, NULL, {NULL, NULL, 0, 0}, 0, 0, NULL};
  int done;
  if (argument_count != 3) {
    fprintf(stderr, "usage: predict model.cnnlstm data.csv\n");
    return 2;
  }
  done = succeeded(cnnlstm_model_load(arguments[1], NULL, &self.model)) &&
         read_samples(&self, arguments[2]) && predict(&self) && print_results(&self);
  free(self.outputs);
  csv_free(&self.table);
  cnnlstm_session_destroy(self.session);
  cnnlstm_model_destroy(self.model);
  return done ? 0 : 1;
}
