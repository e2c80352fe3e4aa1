/* Saving and loading: what comes back, the sizes, the limits, and what a failure leaves behind. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static char folder[64];
static cnnlstm_model *model;

/* The path of a name in the folder of these tests; valid until the next call but three. */
static const char *path_of(const char *name) {
  static char paths[4][160];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static int create_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/cnnlstm-tests-XXXXXX");
  model = tiny_model(1);
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  static const char *const names[] = {"model", "other", "plain", "directory", "fifo"};
  (void)state;
  cnnlstm_model_destroy(model);
  for (size_t index = 0; index < COUNT(names); ++index) remove(path_of(names[index]));
  return rmdir(folder);
}

static int file_count(void) {
  DIR *entries = opendir(folder);
  int count = -2; /* . and .. */
  assert_non_null(entries);
  while (readdir(entries)) ++count;
  closedir(entries);
  return count;
}

static void write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

/* The file holds exactly these bytes. */
static void assert_file(const char *path, const void *bytes, size_t size) {
  unsigned char *read = malloc(size + 1);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fread(read, 1, size + 1, file), size);
  assert_memory_equal(read, bytes, size);
  fclose(file);
  free(read);
}

static void test_everything_comes_back(void **state) {
  const samples *data = tiny_samples();
  cnnlstm_model *loaded = NULL;
  char text[64];
  (void)state;
  assert_ok(cnnlstm_model_save(model, path_of("model")));
  assert_ok(cnnlstm_model_load(path_of("model"), NULL, &loaded));
  assert_int_equal(cnnlstm_model_is_built(loaded), 1);
  assert_same_weights(model, loaded);
  assert_int_equal(cnnlstm_model_layer_count(loaded), TINY_LAYERS);
  for (size_t index = 0; index < TINY_LAYERS; ++index) {
    cnnlstm_layer_options wanted = {.struct_size = sizeof wanted}, got = wanted;
    assert_ok(cnnlstm_model_layer_options(model, index, &wanted));
    assert_ok(cnnlstm_model_layer_options(loaded, index, &got));
    assert_memory_equal(&wanted, &got, sizeof got);
  }
  assert_int_equal(cnnlstm_model_label_count(loaded), TINY_CLASSES);
  assert_ok(cnnlstm_model_label(loaded, 1, text, sizeof text, NULL));
  assert_string_equal(text, "walk");
  assert_int_equal(cnnlstm_model_metadata_count(loaded), 1);
  assert_ok(cnnlstm_model_metadata_value(loaded, 0, text, sizeof text, NULL));
  assert_string_equal(text, "wrist");
  float *wanted = predict(model, data->inputs, SAMPLES, TINY_LENGTH);
  float *got = predict(loaded, data->inputs, SAMPLES, TINY_LENGTH);
  assert_memory_equal(got, wanted, SAMPLES * TINY_CLASSES * sizeof *got);
  free(got);
  free(wanted);
  cnnlstm_model_destroy(loaded);
}

/* A file, memory, a model loaded and one made anew: the same bytes. */
static void test_same_model_same_bytes(void **state) {
  cnnlstm_model *again = tiny_model(1), *loaded = NULL;
  size_t size, other_size;
  unsigned char *bytes = bytes_of(model, &size), *other = bytes_of(again, &other_size);
  (void)state;
  assert_int_equal(size, other_size);
  assert_memory_equal(bytes, other, size);
  free(other);
  assert_ok(cnnlstm_model_save(model, path_of("model")));
  assert_file(path_of("model"), bytes, size);
  assert_ok(cnnlstm_model_load(path_of("model"), NULL, &loaded));
  other = bytes_of(loaded, &other_size);
  assert_int_equal(size, other_size);
  assert_memory_equal(bytes, other, size);
  free(other);
  free(bytes);
  cnnlstm_model_destroy(loaded);
  cnnlstm_model_destroy(again);
}

static void test_sizes_of_save_to_memory(void **state) {
  size_t size = 0, needed = 0;
  unsigned char *bytes = bytes_of(model, &size);
  unsigned char *buffer = malloc(size + 8);
  (void)state;
  memset(buffer, 0xA5, size + 8);
  assert_refused(CNNLSTM_ERROR_SHAPE, "capacity", "",
                 cnnlstm_model_save_to_memory(model, buffer, size - 1, &needed));
  assert_int_equal(needed, size);
  for (size_t at = 0; at < size; ++at) assert_int_equal(buffer[at], 0xA5);
  assert_status(CNNLSTM_ERROR_SHAPE, cnnlstm_model_save_to_memory(model, buffer, 1, &needed));
  needed = 0;
  assert_ok(cnnlstm_model_save_to_memory(model, buffer, size + 8, &needed));
  assert_int_equal(needed, size);
  assert_memory_equal(buffer, bytes, size);
  for (size_t at = size; at < size + 8; ++at) assert_int_equal(buffer[at], 0xA5);
  free(buffer);
  free(bytes);
}

/* As long as a name of a file can be, new and over a file. */
static void test_long_names(void **state) {
  char name[256];
  (void)state;
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = 0;
  char *path = malloc(sizeof folder + sizeof name + 2);
  for (size_t length = 200; length < sizeof name; length += 11) {
    sprintf(path, "%s/%s", folder, name + sizeof name - 1 - length);
    assert_ok(cnnlstm_model_save(model, path));
    assert_ok(cnnlstm_model_save(model, path));
    assert_int_equal(file_count(), 1);
    assert_int_equal(remove(path), 0);
  }
  free(path);
}

/* Bytes at any address are read. */
static void test_load_from_unaligned_memory(void **state) {
  size_t size;
  unsigned char *bytes = bytes_of(model, &size), *shifted = malloc(size + 64);
  (void)state;
  for (size_t shift = 0; shift < 64; ++shift) {
    cnnlstm_model *loaded = NULL;
    memcpy(shifted + shift, bytes, size);
    assert_ok(cnnlstm_model_load_from_memory(shifted + shift, size, NULL, &loaded));
    assert_same_weights(model, loaded);
    cnnlstm_model_destroy(loaded);
  }
  free(shifted);
  free(bytes);
}

static void test_container_overhead(void **state) {
  cnnlstm_model *seed = seed_model(1);
  size_t size;
  (void)state;
  assert_ok(cnnlstm_model_save_to_memory(seed, NULL, 0, &size));
  assert_in_range(size, 334368, 334368 + 4096);
  cnnlstm_model_destroy(seed);
}

static void test_load_limits(void **state) {
  cnnlstm_load_options limits;
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  const uint64_t parameters = cnnlstm_model_parameter_count(model);
  struct {
    uint64_t *field, value;
  } const fields[] = {{&limits.max_file_bytes, size},
                      {&limits.max_parameters, parameters},
                      {&limits.max_layers, TINY_LAYERS}};
  (void)state;
  assert_ok(cnnlstm_model_save(model, path_of("model")));
  for (size_t index = 0; index < COUNT(fields); ++index) {
    cnnlstm_model *loaded = NULL;
    char value[24];
    assert_ok(cnnlstm_load_options_init(&limits, sizeof limits));
    *fields[index].field = fields[index].value - 1;
    sprintf(value, "%d", (int)fields[index].value - 1);
    assert_refused(CNNLSTM_ERROR_LIMIT, value, "",
                   cnnlstm_model_load(path_of("model"), &limits, &loaded));
    assert_refused(CNNLSTM_ERROR_LIMIT, value, "",
                   cnnlstm_model_load_from_memory(bytes, size, &limits, &loaded));
    *fields[index].field = 0;
    assert_status(CNNLSTM_ERROR_LIMIT, cnnlstm_model_load(path_of("model"), &limits, &loaded));
    assert_null(loaded);
    *fields[index].field = fields[index].value;
    assert_ok(cnnlstm_model_load(path_of("model"), &limits, &loaded));
    cnnlstm_model_destroy(loaded);
  }
  free(bytes);
}

static void test_skipping_the_self_test(void **state) {
  cnnlstm_load_options options;
  cnnlstm_model *loaded = NULL;
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  (void)state;
  assert_ok(cnnlstm_load_options_init(&options, sizeof options));
  assert_int_equal(options.skip_self_test, 0);
  options.skip_self_test = 1;
  assert_ok(cnnlstm_model_load_from_memory(bytes, size, &options, &loaded));
  assert_same_weights(model, loaded);
  cnnlstm_model_destroy(loaded);
  free(bytes);
}

static void test_what_is_no_model(void **state) {
  static const char text[] = "this is a text and no model, however long it may be: 0123456789\n";
  char long_path[5000];
  (void)state;
  write_file(path_of("plain"), text, sizeof text);
  assert_int_equal(mkdir(path_of("directory"), 0700), 0);
  memset(long_path, 'p', sizeof long_path - 1);
  long_path[0] = '/';
  long_path[sizeof long_path - 1] = '\0';
  const struct {
    const char *path, *named;
    cnnlstm_status status;
  } wanted[] = {{path_of("missing"), "missing", CNNLSTM_ERROR_FILE_ACCESS},
                {path_of("directory"), "directory", CNNLSTM_ERROR_FILE_ACCESS},
                {path_of("plain"), "plain", CNNLSTM_ERROR_FILE_NOT_MODEL},
                {"", "", CNNLSTM_ERROR_FILE_ACCESS},
                {long_path, "ppp", CNNLSTM_ERROR_FILE_ACCESS},
                {"/dev/null", "/dev/null", ANY_FILE_ERROR},
                {"/dev/zero", "/dev/zero", ANY_FILE_ERROR}};
  for (size_t index = 0; index < COUNT(wanted); ++index) {
    cnnlstm_load_options options;
    cnnlstm_model *untouched = (cnnlstm_model *)&options, *loaded = untouched;
    assert_ok(cnnlstm_load_options_init(&options, sizeof options));
    options.max_file_bytes = 1 << 20;
    assert_refused(wanted[index].status, wanted[index].named, "",
                   cnnlstm_model_load(wanted[index].path, &options, &loaded));
    assert_ptr_equal(loaded, untouched);
  }
}

/* A pipe that nobody writes to does not hang the host. */
static void test_loading_a_pipe_returns(void **state) {
  int result = 0;
  (void)state;
  assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
  const pid_t child = fork();
  if (child == 0) {
    cnnlstm_model *loaded = NULL;
    alarm(5);
    _exit(cnnlstm_model_load(path_of("fifo"), NULL, &loaded) >= 300 ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
}

static void test_saving_over_an_old_file(void **state) {
  cnnlstm_model *other = tiny_model(2);
  size_t size;
  unsigned char *bytes = bytes_of(other, &size);
  (void)state;
  assert_ok(cnnlstm_model_save(model, path_of("model")));
  assert_ok(cnnlstm_model_save(other, path_of("model")));
  assert_file(path_of("model"), bytes, size);
  assert_int_equal(file_count(), 1);
  free(bytes);
  cnnlstm_model_destroy(other);
}

static void test_failed_save_leaves_nothing(void **state) {
  (void)state;
  write_file(path_of("plain"), "old", 3);
  assert_int_equal(mkdir(path_of("directory"), 0700), 0);
  assert_refused(CNNLSTM_ERROR_FILE_ACCESS, "missing/model", "",
                 cnnlstm_model_save(model, path_of("missing/model")));
  assert_refused(CNNLSTM_ERROR_FILE_ACCESS, "plain/model", "",
                 cnnlstm_model_save(model, path_of("plain/model")));
  assert_refused(CNNLSTM_ERROR_FILE_ACCESS, "directory", "",
                 cnnlstm_model_save(model, path_of("directory")));
  assert_status(CNNLSTM_ERROR_FILE_ACCESS, cnnlstm_model_save(model, ""));
  assert_file(path_of("plain"), "old", 3);
  assert_int_equal(file_count(), 2);
}

/* The disk is full after 512 bytes: the old file stays, and nothing beside it. */
static void test_write_that_fails_midway(void **state) {
  struct rlimit old, limited;
  size_t size;
  unsigned char *bytes = bytes_of(model, &size);
  cnnlstm_model *other = tiny_model(2);
  (void)state;
  assert_ok(cnnlstm_model_save(model, path_of("model")));
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  limited = old;
  limited.rlim_cur = 512;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
  const cnnlstm_status over_old = cnnlstm_model_save(other, path_of("model"));
  const cnnlstm_status fresh = cnnlstm_model_save(other, path_of("other"));
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  signal(SIGXFSZ, handler);
  assert_refused(CNNLSTM_ERROR_FILE_ACCESS, "other", "", fresh);
  assert_status(CNNLSTM_ERROR_FILE_ACCESS, over_old);
  assert_file(path_of("model"), bytes, size);
  assert_int_equal(file_count(), 1);
  free(bytes);
  cnnlstm_model_destroy(other);
}

int run_file_tests(void) {
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, create_folder, remove_folder)
  const struct CMUnitTest tests[] = {
      WITH_FOLDER(test_everything_comes_back),      WITH_FOLDER(test_same_model_same_bytes),
      WITH_FOLDER(test_long_names),
      WITH_FOLDER(test_sizes_of_save_to_memory),    WITH_FOLDER(test_load_from_unaligned_memory),
      WITH_FOLDER(test_container_overhead),         WITH_FOLDER(test_load_limits),
      WITH_FOLDER(test_skipping_the_self_test),     WITH_FOLDER(test_what_is_no_model),
      WITH_FOLDER(test_loading_a_pipe_returns),     WITH_FOLDER(test_saving_over_an_old_file),
      WITH_FOLDER(test_failed_save_leaves_nothing), WITH_FOLDER(test_write_that_fails_midway),
  };
  return RUN_TESTS(tests);
}
