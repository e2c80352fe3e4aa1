#define _POSIX_C_SOURCE 199309L
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void fail(const char *text, const char *detail) {
  printf("ended %s: %s\n", text, detail);
  exit(1);
}

void check(cnnlstm_status status) {
  char text[512] = "";
  if (status == CNNLSTM_OK) return;
  cnnlstm_last_error(text, sizeof text);
  fail(cnnlstm_status_name(status), text);
}

double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

array array_of(size_t count) {
  const array made = {calloc(count, sizeof(float)), count};
  if (made.values == NULL) fail("out of memory", "an array");
  return made;
}

array read_array(const char *folder, const char *file) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  FILE *stream = fopen(path, "rb");
  if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) fail("cannot read", path);
  const array values = array_of((size_t)ftell(stream) / sizeof(float));
  rewind(stream);
  if (fread(values.values, sizeof(float), values.count, stream) != values.count)
    fail("cannot read", path);
  fclose(stream);
  return values;
}

void write_array(array values, const char *path) {
  FILE *stream = fopen(path, "wb");
  if (stream == NULL) fail("cannot write", path);
  const size_t written = fwrite(values.values, sizeof(float), values.count, stream);
  if (fclose(stream) != 0 || written != values.count) fail("cannot write", path);
}
