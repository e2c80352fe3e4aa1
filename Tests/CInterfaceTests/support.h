/* What all tests share: checks that show the library's text, small models and their data. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cnnlstm.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* Sets of statuses, for checks where the header allows more than one. */
enum {
  ANY_ERROR = -1,      /* any error */
  ANY_FILE_ERROR = -2, /* what a file that was altered may give: CNNLSTM_ERROR_FILE_, or LIMIT */
  ANY_SIZE_ERROR = -3  /* what an absurd size may give: ARGUMENT, SHAPE, LIMIT, OUT_OF_MEMORY */
};

/* call gives a status (or one of a set). */
#define assert_status(status, call) \
  check_status(status, "", "", call, #call, __FILE__, __LINE__)
#define assert_ok(call) assert_status(CNNLSTM_OK, call)

/* call gives an error status whose text names a thing and a value. */
#define assert_refused(status, thing, value, call) \
  check_status(status, thing, value, call, #call, __FILE__, __LINE__)

/* 1 if got is the status, or in the set. */
int status_matches(cnnlstm_status status, cnnlstm_status got);
void check_status(cnnlstm_status status, const char *thing, const char *value, cnnlstm_status got,
                  const char *call, const char *file, int line);

/* The text of this thread's last failure; valid until the next call. */
const char *last_error(void);

/* Options with Keras's defaults. */
cnnlstm_layer_options layer_of(int32_t kind);
cnnlstm_layer_options input_of(int64_t length, int64_t channels);
cnnlstm_layer_options conv_of(int32_t filters, int32_t kernel_size);
cnnlstm_layer_options lstm_of(int32_t units, int32_t return_sequences);
cnnlstm_layer_options both_ways_of(int32_t kind, int32_t units); /* sequences, multiplied */
cnnlstm_layer_options dense_of(int32_t units, int32_t activation);

/* A model of some layers, built unless seed is NOT_BUILT. */
#define NOT_BUILT UINT64_MAX
#define model_of(seed, ...)                                      \
  make_model(seed, (const cnnlstm_layer_options[]){__VA_ARGS__}, \
             COUNT(((const cnnlstm_layer_options[]){__VA_ARGS__})))
cnnlstm_model *make_model(uint64_t seed, const cnnlstm_layer_options *layers, size_t count);

/* The seed architecture in small: Input, Normalization, Conv1D relu, MaxPooling1D, LSTM, Dense
 * softmax; with dropout, adapted, with labels and metadata. */
enum {
  TINY_LENGTH = 12,
  TINY_CHANNELS = 2,
  TINY_CLASSES = 3,
  TINY_UNITS = 4,
  TINY_FLOATS = TINY_LENGTH * TINY_CHANNELS, /* of one sample */
  TINY_LAYERS = 6
};
cnnlstm_model *tiny_model(uint64_t seed);

/* The seed architecture: 100 x 1, Conv1D 32 x 3, pooling, LSTM 128, Dense 8. */
cnnlstm_model *seed_model(uint64_t seed);

/* Every kind of layer in one model, for classes of TINY_CLASSES; steps of TINY_CHANNELS. Nothing in
 * it fixes the length. */
cnnlstm_model *whole_model(uint64_t seed, int64_t length, int has_batch_normalization);

/* What kernels may be kept as; a model that keeps them so, made of another. */
extern const int32_t dtypes[3];
cnnlstm_model *converted_to(int32_t dtype, const cnnlstm_model *model);

/* Deterministic values in -1 … 1. */
void fill(float *values, size_t count, uint32_t seed);

/* 60 samples of the tiny model that can be told apart: channel 0 is a sine of the label's speed. */
enum { SAMPLES = 60 };
typedef struct samples {
  float inputs[SAMPLES * TINY_FLOATS];
  int32_t labels[SAMPLES];
  float targets[SAMPLES * TINY_CLASSES]; /* the labels, one-hot */
} samples;
const samples *tiny_samples(void);

/* The first count of these samples, with labels or with targets. */
cnnlstm_dataset labelled(int64_t count);
cnnlstm_dataset targeted(int64_t count);

cnnlstm_trainer *trainer_of(cnnlstm_model *model, const cnnlstm_trainer_options *options);
cnnlstm_trainer_options adam_options(void); /* for labels, batches of 8, one thread */
cnnlstm_trainer_options sgd_options(void);  /* likewise */
cnnlstm_fit_options fit_of(int32_t epochs); /* batches of 8 */
cnnlstm_session_options session_options_of(int32_t threads, int64_t batch_size);
cnnlstm_session *session_of(const cnnlstm_model *model, const cnnlstm_session_options *options);

/* Outputs for samples of one length by a session of its own, in memory that the caller frees. */
float *predict(const cnnlstm_model *model, const float *inputs, int64_t count, int64_t length);

/* Values a sample has at the input, and at the output. */
size_t input_floats(const cnnlstm_model *model, int64_t length);
size_t output_floats(const cnnlstm_model *model, int64_t length);

/* All weights, or all bytes of the file, in memory that the caller frees. */
float *weights_of(const cnnlstm_model *model);
unsigned char *bytes_of(const cnnlstm_model *model, size_t *size);

/* Both have the same weights, to the last bit. */
void assert_same_weights(const cnnlstm_model *left, const cnnlstm_model *right);
void assert_finite(const float *values, size_t count);

/* Every group of tests; returns how many failed. */
int run_library_tests(void);
int run_options_tests(void);
int run_null_tests(void);
int run_layer_tests(void);
int run_model_tests(void);
int run_weights_tests(void);
int run_whole_tests(void);
int run_label_tests(void);
int run_file_tests(void);
int run_corruption_tests(void);
int run_conversion_tests(void);
int run_feed_forward_tests(void);
int run_length_tests(void);
int run_recurrent_tests(void);
int run_session_tests(void);
int run_sweep_tests(void);
int run_trainer_tests(void);
int run_penalty_tests(void);
int run_fit_tests(void);
int run_fit_data_tests(void);
int run_optimizer_tests(void);
int run_schedule_tests(void);
int run_metric_tests(void);
int run_checkpoint_tests(void);
int run_thread_tests(void);
int run_host_tests(void);
int run_memory_tests(void);

#endif
