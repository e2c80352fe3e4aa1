/* first_prediction LIBRARY MODEL LENGTH CHANNELS: opens the library, loads the model and predicts
 * one sample. Prints the seconds that took and the most kilobytes the program had in memory. */
#define _POSIX_C_SOURCE 199309L
#include <cnnlstm.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_INPUTS = 65536, MOST_OUTPUTS = 1024 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A function of the library; the union turns the object pointer of dlsym into it. */
typedef union function {
  void *address;
  cnnlstm_status (*load)(const char *, const cnnlstm_load_options *, cnnlstm_model **);
  cnnlstm_status (*shape)(const cnnlstm_model *, int64_t, int64_t *, int64_t *);
  cnnlstm_status (*open)(const cnnlstm_model *, const cnnlstm_session_options *,
                         cnnlstm_session **);
  cnnlstm_status (*predict)(cnnlstm_session *, const float *, size_t, int64_t, int64_t, float *,
                            size_t);
} function;

static function find(void *library, const char *name) {
  const function found = {dlsym(library, name)};
  if (found.address == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return found;
}

static int first_prediction(const char *path, const char *file, int64_t length, int64_t channels) {
  static float inputs[MOST_INPUTS], outputs[MOST_OUTPUTS];
  const size_t input_count = (size_t)(length * channels);
  cnnlstm_model *model;
  cnnlstm_session *session;
  int64_t output_length, output_channels;
  void *const library = dlopen(path, RTLD_NOW);
  if (library == NULL || input_count > MOST_INPUTS) return 0;
  return find(library, "cnnlstm_model_load").load(file, NULL, &model) == CNNLSTM_OK &&
         find(library, "cnnlstm_model_output_shape")
                 .shape(model, length, &output_length, &output_channels) == CNNLSTM_OK &&
         find(library, "cnnlstm_session_create").open(model, NULL, &session) == CNNLSTM_OK &&
         find(library, "cnnlstm_session_predict")
                 .predict(session, inputs, input_count, 1, length, outputs,
                          (size_t)output_channels) == CNNLSTM_OK;
}

/* VmHWM and not getrusage, which counts the program that started this one. */
static long most_kilobytes(void) {
  char line[256];
  long kilobytes = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL)
    if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1) break;
  if (status != NULL) fclose(status);
  return kilobytes;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  const double start = seconds();
  if (!first_prediction(arguments[1], arguments[2], atol(arguments[3]), atol(arguments[4]))) {
    fprintf(stderr, "no prediction with %s and %s\n", arguments[1], arguments[2]);
    return 1;
  }
  const double elapsed = seconds() - start;
  printf("%.9f %ld\n", elapsed, most_kilobytes());
  return 0;
}
