/* cnnlstm: 1-D CNN-LSTM classifiers of time series, built, trained, saved, loaded and run.
 *
 * This header is the specification of the library.
 *
 * Arrays    Row-major float32. A batch of sequences is [sample][time][channel], as in Keras; a
 *           batch of vectors is [sample][feature]. Every pointer comes with a count of elements.
 *           Arrays are read or written during the call only; the library keeps no pointer to them
 *           after it returned, and no output may overlap an input.
 * Status    Every function returns a cnnlstm_status, but for pure queries and the *_destroy
 *           functions. On failure no output is changed unless its text says so, and
 *           cnnlstm_last_error has a text that names what was wrong.
 * Threads   "any": may be called from any number of threads at once on one object.
 *           "one": one thread at a time on one object; other objects are not concerned.
 * Options   An option structure starts with struct_size, its sizeof. Fill it by *_init, then
 *           change what you need. A structure of an older header works; one of a newer header
 *           works as long as the fields this library does not know are zero.
 * Hosts     No call prints, exits, aborts, changes signal handlers, the locale or (after it
 *           returned) the floating-point environment. No thread outlives the object it serves.
 *           In a forked child an object that no call was running on works with the caller's thread
 *           alone, and is destroyed as ever.
 */
#ifndef CNNLSTM_H
#define CNNLSTM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNNLSTM_VERSION "0.1.0"
#define CNNLSTM_ABI_VERSION 1

/* ---- Status ------------------------------------------------------------------------------- */

/* Numbers are never reused. */
typedef int32_t cnnlstm_status;
enum {
  CNNLSTM_OK = 0,
  CNNLSTM_STOPPED = 1, /* not an error: a callback or cnnlstm_trainer_cancel ended the call */

  CNNLSTM_ERROR_NULL_POINTER = 100, /* a pointer that must not be NULL is */
  CNNLSTM_ERROR_ARGUMENT = 101,     /* a value outside its range */
  CNNLSTM_ERROR_SHAPE = 102,        /* a count, length or shape that does not fit the model */
  CNNLSTM_ERROR_STATE = 103,        /* the object is not ready for this call */
  CNNLSTM_ERROR_DATA = 104,         /* a label out of range, a target that is NaN */
  CNNLSTM_ERROR_OPTIONS = 105,      /* struct_size is impossible, or unknown fields are set */

  CNNLSTM_ERROR_OUT_OF_MEMORY = 200,
  CNNLSTM_ERROR_THREAD = 201, /* the system gave no thread */
  CNNLSTM_ERROR_LIMIT = 202,  /* larger than a limit of the library or of the caller */

  CNNLSTM_ERROR_FILE_ACCESS = 300,    /* cannot be opened, read, written or renamed */
  CNNLSTM_ERROR_FILE_NOT_MODEL = 301, /* not a cnnlstm model */
  CNNLSTM_ERROR_FILE_VERSION = 302,   /* of a newer version, or needs what is unknown here */
  CNNLSTM_ERROR_FILE_TRUNCATED = 303, /* shorter than it says it is */
  CNNLSTM_ERROR_FILE_CORRUPT = 304,   /* a checksum, an offset or a record is wrong */
  CNNLSTM_ERROR_FILE_SELF_TEST = 305, /* does not compute what it computed when it was saved */

  CNNLSTM_ERROR_NOT_FINITE = 400 /* the loss became NaN or infinite */
};

/* ---- The library -------------------------------------------------------------------------- */

/* The library's version, "major.minor.patch". Threads: any. */
const char *cnnlstm_version(void);

/* CNNLSTM_ABI_VERSION of the library; it grows when a program must be compiled anew. Threads:
 * any. */
int32_t cnnlstm_abi_version(void);

/* The kernels in use: "sse2", "avx2", "avx512" or "avx512_bf16". The best the processor has, or at
 * most the one the environment variable CNNLSTM_INSTRUCTION_SET named when the library was first
 * called. Threads: any. */
const char *cnnlstm_instruction_set(void);

/* A status as text, such as "CNNLSTM_ERROR_SHAPE"; "unknown" for any other number. Threads: any. */
const char *cnnlstm_status_name(cnnlstm_status status);

/* The text of the calling thread's last failure: copies at most capacity - 1 bytes of UTF-8 and a
 * NUL into buffer (NULL with capacity 0 is fine) and returns the length of the whole text without
 * the NUL; 0 if nothing failed yet. A call that succeeds leaves the text as it was. Threads:
 * any. */
size_t cnnlstm_last_error(char *buffer, size_t capacity);

/* Constants by name, for languages that cannot read this header.
 * group is "layer", "activation", "padding", "merge_mode", "initializer", "dtype", "loss",
 * "optimizer", "schedule", "metric", "average", "curve", "summation_method", "event" or "status";
 * name is as Keras writes it ("LSTM", "relu", "glorot_uniform"; statuses as above).
 * Statuses: NULL_POINTER, ARGUMENT. Threads: any. */
cnnlstm_status cnnlstm_code(const char *group, const char *name, int32_t *code);

/* The name of a constant, a string of the library's own, or NULL if there is none. Threads: any. */
const char *cnnlstm_code_name(const char *group, int32_t code);

/* ---- Layers ------------------------------------------------------------------------------- */

enum {
  CNNLSTM_LAYER_INPUT = 1,
  CNNLSTM_LAYER_CONV1D = 2,
  CNNLSTM_LAYER_MAX_POOLING1D = 3,
  CNNLSTM_LAYER_LSTM = 4,
  CNNLSTM_LAYER_DENSE = 5,
  CNNLSTM_LAYER_DROPOUT = 6,
  CNNLSTM_LAYER_ACTIVATION = 7,
  CNNLSTM_LAYER_FLATTEN = 8,
  CNNLSTM_LAYER_NORMALIZATION = 9,
  CNNLSTM_LAYER_DEPTHWISE_CONV1D = 10,
  CNNLSTM_LAYER_SEPARABLE_CONV1D = 11,
  CNNLSTM_LAYER_AVERAGE_POOLING1D = 12,
  CNNLSTM_LAYER_GLOBAL_MAX_POOLING1D = 13,
  CNNLSTM_LAYER_GLOBAL_AVERAGE_POOLING1D = 14,
  CNNLSTM_LAYER_GRU = 15,
  CNNLSTM_LAYER_SIMPLE_RNN = 16,
  CNNLSTM_LAYER_BATCH_NORMALIZATION = 17, /* a step of training then has one thread */
  CNNLSTM_LAYER_LAYER_NORMALIZATION = 18,
  CNNLSTM_LAYER_SPATIAL_DROPOUT1D = 19,
  CNNLSTM_LAYER_GAUSSIAN_NOISE = 20,
  CNNLSTM_LAYER_LEAKY_RELU = 21,
  CNNLSTM_LAYER_PRELU = 22,
  CNNLSTM_LAYER_ELU = 23,
  CNNLSTM_LAYER_SOFTMAX = 24, /* over the last axis */
  CNNLSTM_LAYER_RELU = 25,
  CNNLSTM_LAYER_RESHAPE = 26,
  CNNLSTM_LAYER_PERMUTE = 27,
  CNNLSTM_LAYER_REPEAT_VECTOR = 28,
  CNNLSTM_LAYER_ZERO_PADDING1D = 29,
  CNNLSTM_LAYER_CROPPING1D = 30,
  CNNLSTM_LAYER_UP_SAMPLING1D = 31,
  CNNLSTM_LAYER_MASKING = 32, /* steps whose channels all are mask_value do not count, see below */
  CNNLSTM_LAYER_RESCALING = 33 /* one factor and one offset for all channels */
};

/* Masks, as in Keras. A Masking layer masks a step if all its channels are mask_value, makes it
 * zero, and tells the layers behind it:
 *   the mask goes on  through Dense, activations (layers of them too), dropouts, GaussianNoise,
 *                     normalizations, Rescaling, and recurrent layers with return_sequences; a
 *                     second Masking makes a mask of its own
 *   the mask ends     at recurrent layers without return_sequences, GlobalAveragePooling1D, and
 *                     layers that know no masks: convolutions, other poolings, Flatten, Reshape,
 *                     Permute and layers that change the length take masked steps as they are
 *   who looks at it   Recurrent layers keep their state over masked steps and repeat their last
 *                     output, zero before the first step that counts; with a merge_mode sequences
 *                     are zero at all masked steps. With go_backwards sequences are turned, but not
 *                     their mask. GlobalAveragePooling1D takes the mean of the steps that count,
 *                     BatchNormalization in training their mean and variance. All other layers
 *                     compute masked steps as any.
 * Of a sample without any step that counts recurrent layers and GlobalAveragePooling1D give zeros
 * (Keras's mean of none is NaN).
 * Where a mask reaches the output, loss, accuracy and metrics are means over the steps that count;
 * a batch without any has loss 0. (Keras's Precision, Recall and AUC ignore masks.) */

enum {
  CNNLSTM_ACTIVATION_LINEAR = 0,
  CNNLSTM_ACTIVATION_RELU = 1,
  CNNLSTM_ACTIVATION_TANH = 2,
  CNNLSTM_ACTIVATION_SIGMOID = 3,
  CNNLSTM_ACTIVATION_SOFTMAX = 4, /* over the last axis; not inside a recurrent layer */
  CNNLSTM_ACTIVATION_RELU6 = 5,
  CNNLSTM_ACTIVATION_LEAKY_RELU = 6, /* slope 0.2; the layer has its own */
  CNNLSTM_ACTIVATION_ELU = 7,
  CNNLSTM_ACTIVATION_SELU = 8,
  CNNLSTM_ACTIVATION_GELU = 9, /* exact, not by tanh */
  CNNLSTM_ACTIVATION_SILU = 10,
  CNNLSTM_ACTIVATION_SOFTPLUS = 11,
  CNNLSTM_ACTIVATION_SOFTSIGN = 12,
  CNNLSTM_ACTIVATION_HARD_SIGMOID = 13, /* relu6(x + 3) / 6 */
  CNNLSTM_ACTIVATION_EXPONENTIAL = 14
};

enum {
  CNNLSTM_PADDING_VALID = 0,
  CNNLSTM_PADDING_SAME = 1,  /* ceil(length / strides) outputs; the odd zero goes to the end */
  CNNLSTM_PADDING_CAUSAL = 2 /* Conv1D only: no output sees a later input */
};

enum {
  CNNLSTM_INITIALIZER_ZEROS = 0,
  CNNLSTM_INITIALIZER_ONES = 1,
  CNNLSTM_INITIALIZER_CONSTANT = 2,       /* a: value (0) */
  CNNLSTM_INITIALIZER_GLOROT_UNIFORM = 3, /* ±sqrt(6 / (fan_in + fan_out)) */
  CNNLSTM_INITIALIZER_HE_NORMAL = 4,      /* normal cut at two sigma, variance 2 / fan_in */
  CNNLSTM_INITIALIZER_ORTHOGONAL = 5,     /* a: gain (1) */
  CNNLSTM_INITIALIZER_RANDOM_NORMAL = 6,  /* a: mean (0), b: standard deviation (0.05) */
  CNNLSTM_INITIALIZER_RANDOM_UNIFORM = 7, /* a: least (-0.05), b: greatest (0.05) */
  CNNLSTM_INITIALIZER_TRUNCATED_NORMAL = 8, /* as RANDOM_NORMAL, drawn again beyond two sigma */
  CNNLSTM_INITIALIZER_GLOROT_NORMAL = 9,  /* cut at two sigma, variance 2 / (fan_in + fan_out) */
  CNNLSTM_INITIALIZER_HE_UNIFORM = 10,    /* ±sqrt(6 / fan_in) */
  CNNLSTM_INITIALIZER_LECUN_UNIFORM = 11, /* ±sqrt(3 / fan_in) */
  CNNLSTM_INITIALIZER_LECUN_NORMAL = 12,  /* cut at two sigma, variance 1 / fan_in */
  CNNLSTM_INITIALIZER_IDENTITY = 13,      /* a: gain (1); of matrices alone */
  CNNLSTM_INITIALIZER_VARIANCE_SCALING = 14 /* a: scale (1); b: two of CNNLSTM_VARIANCE_ (0) */
};

/* Of VARIANCE_SCALING: the variance is scale / n. What n counts, and from what is drawn. */
enum {
  CNNLSTM_VARIANCE_FAN_IN = 0,
  CNNLSTM_VARIANCE_FAN_OUT = 1,
  CNNLSTM_VARIANCE_FAN_AVG = 2,
  CNNLSTM_VARIANCE_TRUNCATED_NORMAL = 0, /* cut at two sigma */
  CNNLSTM_VARIANCE_UNTRUNCATED_NORMAL = 3,
  CNNLSTM_VARIANCE_UNIFORM = 6
};

#define CNNLSTM_LENGTH_ANY 0       /* Input: sequences of any length (Keras's None) */
#define CNNLSTM_LENGTH_NO_TIME (-1) /* Input: vectors, no time axis */
#define CNNLSTM_ALL_LAYERS (-1)
#define CNNLSTM_NAME_CAPACITY 64

/* How an array of weights starts. */
typedef struct cnnlstm_initializer {
  int32_t kind; /* CNNLSTM_INITIALIZER_ */
  float a, b;   /* see the constants above */
  uint32_t reserved; /* 0 */
  int64_t seed; /* -1: drawn from the seed given to cnnlstm_model_build; else 0 or more */
} cnnlstm_initializer;

/* A penalty that training adds to the loss: l1 sum |w| + l2 sum w^2, both 0 or more. */
typedef struct cnnlstm_regularizer {
  float l1, l2;
} cnnlstm_regularizer;

/* After every step of training an array is scaled so that its norms along some axes are at most
 * max_norm; 0 for none. Source: Keras's MaxNorm. */
typedef struct cnnlstm_constraint {
  float max_norm;
  int32_t axes; /* 1; bit i: the norm is over axis i of the array, which must have it */
} cnnlstm_constraint;

/* How a recurrent layer that runs both ways joins their outputs (Keras's Bidirectional). The
 * sequence of the way against go_backwards is turned back to the order of the other. */
enum {
  CNNLSTM_MERGE_NONE = 0, /* one direction */
  CNNLSTM_MERGE_CONCAT = 1,
  CNNLSTM_MERGE_SUM = 2,
  CNNLSTM_MERGE_MUL = 3,
  CNNLSTM_MERGE_AVE = 4
};

/* One layer, in Keras's words. A layer reads only the fields that it has in Keras, and every other
 * field must be left as cnnlstm_layer_options_init made it. */
typedef struct cnnlstm_layer_options {
  uint32_t struct_size;
  int32_t kind;                     /* CNNLSTM_LAYER_ */
  char name[CNNLSTM_NAME_CAPACITY]; /* UTF-8; empty: made from the kind, "lstm", "lstm_1", … */
  int64_t length;   /* Input: time steps, or CNNLSTM_LENGTH_ANY or CNNLSTM_LENGTH_NO_TIME */
  int64_t channels; /* Input: features a step, or a vector */
  int32_t filters;       /* Conv1D, SeparableConv1D: output channels, a multiple of groups */
  int32_t kernel_size;   /* Conv1D, DepthwiseConv1D, SeparableConv1D */
  int32_t strides;       /* convolutions: 1; pooling: 0, which means pool_size */
  int32_t padding;       /* convolutions, pooling: CNNLSTM_PADDING_ */
  int32_t dilation_rate; /* convolutions: 1; in Conv1D above 1 only with strides 1 */
  int32_t groups;        /* Conv1D: 1; divides the input's channels */
  int32_t pool_size;     /* MaxPooling1D, AveragePooling1D: 2 */
  int32_t units;         /* recurrent layers (LSTM, GRU, SimpleRNN), Dense */
  int32_t activation;    /* convolutions, Dense, Activation: linear; recurrent layers: tanh */
  int32_t recurrent_activation; /* LSTM, GRU: sigmoid */
  int32_t use_bias;             /* convolutions, recurrent layers, Dense: 1 */
  int32_t unit_forget_bias;     /* LSTM: 1, the forget gate's bias starts at 1 */
  int32_t return_sequences;     /* recurrent layers: 0, the last step's output only */
  int32_t go_backwards;         /* recurrent layers: 0; 1: from the last step to the first, and
                                   sequences in that order */
  float dropout; /* recurrent layers, on their input: 0 ≤ rate < 1, one mask for all time steps */
  float recurrent_dropout; /* recurrent layers, on their state: likewise, for all gates too */
  float rate;              /* Dropout, SpatialDropout1D: 0 ≤ rate < 1 */
  uint32_t reserved;       /* 0 */
  cnnlstm_initializer kernel_initializer;    /* Conv1D, recurrent, Dense: glorot_uniform */
  cnnlstm_initializer recurrent_initializer; /* recurrent layers: orthogonal */
  cnnlstm_initializer bias_initializer;      /* convolutions, recurrent, Dense: zeros */
  int32_t depth_multiplier; /* DepthwiseConv1D, SeparableConv1D: 1 */
  int32_t reset_after; /* GRU: 1 */
  int32_t stateful; /* recurrent layers: 0; 1: sample i of a batch begins with the state that sample
                       i of the batch before ended with, see cnnlstm_session_predict and
                       cnnlstm_trainer_create */
  int32_t merge_mode; /* recurrent layers: CNNLSTM_MERGE_ */
  int32_t time_distributed; /* Dense: 0; 1: written by Keras as TimeDistributed(Dense) */
  int32_t center; /* BatchNormalization, LayerNormalization: 1, adds beta */
  int32_t scale; /* likewise: 1, multiplies by gamma */
  int32_t keepdims; /* GlobalMaxPooling1D, GlobalAveragePooling1D: 0 */
  int32_t shared_axes; /* PReLU: 0; 1: one alpha for all time steps */
  int32_t target_length; /* Reshape: time steps, 0 for what follows from target_channels, or
                            CNNLSTM_LENGTH_NO_TIME */
  int32_t target_channels; /* Reshape: 0 for what follows from target_length */
  int32_t first_dimension; /* Permute: 2; the axis that comes first, 1 is time */
  int32_t repeats; /* RepeatVector: 1 */
  int32_t before; /* ZeroPadding1D, Cropping1D: 1, time steps at the start */
  int32_t after; /* likewise: 1, at the end */
  int32_t size; /* UpSampling1D: 2 */
  float momentum; /* BatchNormalization: 0.99 */
  float epsilon; /* BatchNormalization, LayerNormalization: 0.001 */
  float negative_slope; /* LeakyReLU: 0.3; ReLU: 0 */
  float alpha; /* ELU: 1 */
  float max_value; /* ReLU: infinity */
  float threshold; /* ReLU: 0 */
  float stddev; /* GaussianNoise: 0, in 0 … 1 */
  float mask_value; /* Masking: 0 */
  float factor; /* Rescaling: what inputs are multiplied by */
  float offset; /* Rescaling: 0 */
  int32_t trainable; /* any layer: 1; 0: training leaves its weights alone */
  uint32_t reserved_2; /* 0 */
  cnnlstm_initializer depthwise_initializer; /* DepthwiseConv1D, SeparableConv1D: glorot_uniform */
  cnnlstm_initializer pointwise_initializer; /* SeparableConv1D: glorot_uniform */
  cnnlstm_initializer beta_initializer;  /* BatchNormalization, LayerNormalization: zeros */
  cnnlstm_initializer gamma_initializer; /* likewise: ones */
  cnnlstm_initializer moving_mean_initializer;     /* BatchNormalization: zeros */
  cnnlstm_initializer moving_variance_initializer; /* BatchNormalization: ones */
  cnnlstm_initializer alpha_initializer;           /* PReLU: zeros */
  cnnlstm_regularizer kernel_regularizer;    /* convolutions, recurrent, Dense: none; of Depthwise-
                                                and SeparableConv1D it is Keras's
                                                depthwise_regularizer */
  cnnlstm_regularizer recurrent_regularizer; /* recurrent layers: none */
  cnnlstm_regularizer bias_regularizer;      /* convolutions, recurrent, Dense: none */
  cnnlstm_regularizer pointwise_regularizer; /* SeparableConv1D: none */
  cnnlstm_constraint kernel_constraint;      /* as kernel_regularizer; depthwise_constraint too */
  cnnlstm_constraint recurrent_constraint;   /* recurrent layers: none */
  cnnlstm_constraint bias_constraint;        /* convolutions, recurrent, Dense: none */
  cnnlstm_constraint pointwise_constraint;   /* SeparableConv1D: none */
} cnnlstm_layer_options;

/* What a built model says of a layer. Lengths as in cnnlstm_layer_options. */
typedef struct cnnlstm_layer_info {
  uint32_t struct_size;
  uint32_t weight_count;  /* arrays of weights */
  int64_t output_length;
  int64_t output_channels;
  int64_t parameter_count; /* floats in these arrays */
  int64_t trainable_count; /* of these, what training changes */
} cnnlstm_layer_info;

/* What a built model says of one array of weights, in Keras's order and shapes:
 *   Conv1D  kernel [kernel_size, channels / groups, filters], bias [filters]
 *   LSTM    kernel [channels, 4 units], recurrent_kernel [units, 4 units], bias [4 units];
 *           gates in the order i, f, c, o
 *   GRU     kernel [channels, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units], of
 *           the inputs and of the state, without reset_after bias [3 units]; gates z, r, h
 *   SimpleRNN  kernel [channels, units], recurrent_kernel [units, units], bias [units]
 *           with a merge_mode these twice: forward_kernel …, then backward_kernel …, forward being
 *           the direction that go_backwards says
 *   Dense   kernel [channels, units], bias [units]
 *   PReLU   alpha [length, channels], [1, channels] with shared_axes, [channels] without time
 *   Normalization  mean [channels], variance [channels], count []
 *   DepthwiseConv1D  kernel [kernel_size, channels, depth_multiplier],
 *           bias [channels depth_multiplier]
 *   SeparableConv1D  depthwise_kernel [kernel_size, channels, depth_multiplier],
 *           pointwise_kernel [1, channels depth_multiplier, filters], bias [filters]
 *   BatchNormalization  gamma, beta, moving_mean, moving_variance, all [channels]
 *   LayerNormalization  gamma, beta, both [channels] */
typedef struct cnnlstm_weight_info {
  uint32_t struct_size;
  uint32_t rank;        /* 0 … 3; the entries of shape in use */
  int64_t shape[4];
  int64_t element_count;
  int64_t offset;       /* of its first element in cnnlstm_model_get_weights, in floats */
  int32_t layer;        /* index of its layer */
  int32_t trainable;    /* 0 or 1 */
  char name[2 * CNNLSTM_NAME_CAPACITY]; /* "lstm/recurrent_kernel" */
} cnnlstm_weight_info;

/* Fills options with Keras's defaults of a layer. struct_size is sizeof(cnnlstm_layer_options).
 * Statuses: NULL_POINTER, ARGUMENT (no such layer), OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_layer_options_init(cnnlstm_layer_options *options, size_t struct_size,
                                          int32_t kind);

/* ---- Model -------------------------------------------------------------------------------- */

/* Architecture, weights, labels and metadata: what a file holds. Weights are replaced as a whole:
 * a session that predicts meanwhile uses the old ones or the new ones, never a mixture. */
typedef struct cnnlstm_model cnnlstm_model;

/* A model without layers. The caller destroys it. Statuses: NULL_POINTER, OUT_OF_MEMORY. */
cnnlstm_status cnnlstm_model_create(cnnlstm_model **model);

/* Gives the model back; sessions and trainers made from it go on working. NULL is fine. */
void cnnlstm_model_destroy(cnnlstm_model *model);

/* Appends a layer; its input is the output of the one before. The first must be an Input.
 * Statuses: NULL_POINTER, ARGUMENT, SHAPE (does not fit on the layer before), STATE (already
 * built), OPTIONS, LIMIT. A failed call adds nothing. Threads: one. */
cnnlstm_status cnnlstm_model_add(cnnlstm_model *model, const cnnlstm_layer_options *options);

/* Whether trainers created from now on change a layer's weights: its option trainable, before or
 * after the model is built or loaded. Statuses: NULL_POINTER, ARGUMENT. Threads: one. */
cnnlstm_status cnnlstm_model_set_trainable(cnnlstm_model *model, size_t layer, int32_t trainable);

/* Takes memory for the weights and initializes them; the same seed gives the same weights on every
 * machine. No layer can be added afterwards. Statuses: NULL_POINTER, STATE (no layers, or built),
 * OUT_OF_MEMORY, LIMIT. Threads: one. */
cnnlstm_status cnnlstm_model_build(cnnlstm_model *model, uint64_t seed);

/* 1 once the model is built (or was loaded), else 0; 0 for NULL. Threads: any. */
int32_t cnnlstm_model_is_built(const cnnlstm_model *model);

/* Number of layers, the Input counted; 0 for NULL. Threads: any. */
size_t cnnlstm_model_layer_count(const cnnlstm_model *model);

/* A layer's options, with its final name. Set options->struct_size first.
 * Statuses: NULL_POINTER, ARGUMENT (no such index), OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_model_layer_options(const cnnlstm_model *model, size_t index,
                                           cnnlstm_layer_options *options);

/* A layer's shape and size; the model need not be built. Set info->struct_size first.
 * Statuses: NULL_POINTER, ARGUMENT, OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_model_layer_info(const cnnlstm_model *model, size_t index,
                                        cnnlstm_layer_info *info);

/* Number of arrays of weights; 0 for NULL. Threads: any. */
size_t cnnlstm_model_weight_count(const cnnlstm_model *model);

/* Name, shape and place of an array of weights. Set info->struct_size first.
 * Statuses: NULL_POINTER, ARGUMENT, OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_model_weight_info(const cnnlstm_model *model, size_t index,
                                         cnnlstm_weight_info *info);

/* Number of floats in all weights together; 0 for NULL. Threads: any. */
size_t cnnlstm_model_parameter_count(const cnnlstm_model *model);

/* Copies all weights, one array after the other. count must be the parameter count.
 * Statuses: NULL_POINTER, SHAPE, STATE (not built). Threads: any. */
cnnlstm_status cnnlstm_model_get_weights(const cnnlstm_model *model, float *values, size_t count);

/* Replaces all weights at once, or none. A model that is not float32 (cnnlstm_model_dtype) takes
 * the nearest that its type can hold. Statuses: NULL_POINTER, SHAPE, STATE, DATA (not finite),
 * OUT_OF_MEMORY. Threads: any. */
cnnlstm_status cnnlstm_model_set_weights(cnnlstm_model *model, const float *values, size_t count);

/* Sets a Normalization layer's mean and variance from data [sample_count][length][channels], the
 * population variance per channel, as Keras's adapt does. layer is its index; inputs are what
 * that layer sees. length is ignored where there is no time axis. Statuses: NULL_POINTER, ARGUMENT,
 * SHAPE, STATE, DATA (not finite, or a variance that is not), OUT_OF_MEMORY. Threads: any. */
cnnlstm_status cnnlstm_model_adapt(cnnlstm_model *model, size_t layer, const float *inputs,
                                   size_t input_count, int64_t sample_count, int64_t length);

/* The output for inputs of a length: time steps (CNNLSTM_LENGTH_NO_TIME if the output has no time
 * axis) and channels. length is ignored if the model's own is fixed; with CNNLSTM_LENGTH_ANY, an
 * output that depends on it is CNNLSTM_LENGTH_ANY too.
 * Statuses: NULL_POINTER, SHAPE (too short), STATE (no layers). Threads: any. */
cnnlstm_status cnnlstm_model_output_shape(const cnnlstm_model *model, int64_t length,
                                          int64_t *output_length, int64_t *output_channels);

/* A table of layers, output shapes and parameters. Copies at most capacity - 1 bytes and a NUL;
 * *needed, unless NULL, becomes the capacity that holds all of it.
 * Statuses: NULL_POINTER. Threads: any. */
cnnlstm_status cnnlstm_model_summary(const cnnlstm_model *model, char *buffer, size_t capacity,
                                     size_t *needed);

/* Names of the classes, one an output channel; count 0 removes them. Strings are UTF-8, at most
 * 1,024 bytes each. Statuses: NULL_POINTER, SHAPE (count is not the output's channels), STATE (not
 * built), ARGUMENT (too long, or not UTF-8). Threads: one, with cnnlstm_model_set_metadata. */
cnnlstm_status cnnlstm_model_set_labels(cnnlstm_model *model, const char *const *labels,
                                        size_t count);

/* Number of labels; 0 if none are set, and for NULL. Threads: any, but not beside a set. */
size_t cnnlstm_model_label_count(const cnnlstm_model *model);

/* A label; buffer as in cnnlstm_model_summary. Statuses: NULL_POINTER, ARGUMENT. Threads:
 * likewise. */
cnnlstm_status cnnlstm_model_label(const cnnlstm_model *model, size_t index, char *buffer,
                                   size_t capacity, size_t *needed);

/* Free-form text that travels in the file. NULL as value removes the key. Keys are at most 256
 * bytes, values 1 MiB, 1,024 pairs. Statuses: NULL_POINTER, ARGUMENT, LIMIT. Threads: one. */
cnnlstm_status cnnlstm_model_set_metadata(cnnlstm_model *model, const char *key,
                                          const char *value);

/* Number of metadata pairs; 0 for NULL. Threads: any, but not beside a set. */
size_t cnnlstm_model_metadata_count(const cnnlstm_model *model);

/* Key and value of a pair, in order of key (by bytes); buffers as in cnnlstm_model_summary.
 * Statuses: NULL_POINTER, ARGUMENT. Threads: any, but not beside a set. */
cnnlstm_status cnnlstm_model_metadata_key(const cnnlstm_model *model, size_t index, char *buffer,
                                          size_t capacity, size_t *needed);
cnnlstm_status cnnlstm_model_metadata_value(const cnnlstm_model *model, size_t index, char *buffer,
                                            size_t capacity, size_t *needed);

/* ---- Conversion --------------------------------------------------------------------------- */

/* How a model keeps its kernels: the weights whose names end so. Biases, alphas and the weights
 * of a Normalization are float32 in any model, and so are inputs, outputs and what
 * cnnlstm_model_get_weights gives.
 *   FLOAT32   as trained
 *   BFLOAT16  the upper half of a float32, rounded to nearest even: 8 significant bits. A file has
 *             half the size. Beyond the largest finite one a weight becomes that; denormals stay.
 *   INT8      a step of -127 … 127 times a scale, one for each output channel (the last axis): the
 *             largest magnitude there / 127, so a weight is off by at most half of that. A file has
 *             a quarter of the size. A channel with a scale below 2^-100 becomes 0.
 * Models of the last two are for prediction alone, and faster where an LSTM takes most of the time:
 * its steps wait for the kernel to be read. There the state that one step hands to the next is
 * rounded too, with any instructions: to bfloat16, and the LSTM's inputs with it, or to 16-bit
 * integers where both activations are tanh or sigmoid. With those, an int8 LSTM of 64 ... 65535
 * input channels also has its inputs rounded: to 8 bits, with a scale for each time step of a
 * sample. Everything else is computed in float32: GRU, SimpleRNN and stateful LSTMs too, with
 * rounded kernels.
 * Instruction sets whose sums differ in the last bit may so round a state to different neighbours;
 * of networks we measured, probabilities then differ by at most 5e-3 with bfloat16 and with int8
 * where inputs are rounded, 5e-4 with int8 elsewhere, and 1e-5 with FLOAT32. */
enum {
  CNNLSTM_DTYPE_FLOAT32 = 1,
  CNNLSTM_DTYPE_BFLOAT16 = 3,
  CNNLSTM_DTYPE_INT8 = 4
};

/* How far a converted model is from the one it was made of. NaN where there were no samples. */
typedef struct cnnlstm_conversion_report {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t sample_count;  /* predicted by both models */
  float max_difference;  /* of all outputs: the largest absolute difference */
  float mean_difference; /* likewise, the mean */
  float label_agreement; /* share of predictions (one a sample, or one a time step) whose largest
                            channel is the same; with one channel: on the same side of 0.5 */
  uint32_t reserved_2;
} cnnlstm_conversion_report;

/* Makes a new model with the layers, labels, metadata and weights of a built one, the kernels
 * rounded to dtype (CNNLSTM_DTYPE_). The caller destroys it; neither needs the other. A model
 * without kernels stays float32. Converting a converted model starts from its rounded weights.
 * inputs [sample_count][length][channels], as in cnnlstm_session_predict, are predicted by both
 * models, and *report says how far apart they are; set report->struct_size first, or pass NULL.
 * Samples that the model was not trained with say most; the new model does not depend on them.
 * sample_count 0 leaves the comparison out, and length is then ignored.
 * Statuses: NULL_POINTER, ARGUMENT (no such dtype), OPTIONS, STATE (not built, or weights that are
 * not finite), SHAPE, DATA (inputs not finite), LIMIT, OUT_OF_MEMORY. Threads: any. */
cnnlstm_status cnnlstm_model_convert(const cnnlstm_model *model, int32_t dtype,
                                     const float *inputs, size_t input_count, int64_t sample_count,
                                     int64_t length, cnnlstm_conversion_report *report,
                                     cnnlstm_model **converted);

/* CNNLSTM_DTYPE_ of a model; 0 for NULL. Threads: any. */
int32_t cnnlstm_model_dtype(const cnnlstm_model *model);

/* ---- Files -------------------------------------------------------------------------------- */

/* What a file may ask for before loading it is refused with CNNLSTM_ERROR_LIMIT. */
typedef struct cnnlstm_load_options {
  uint32_t struct_size;
  uint32_t skip_self_test;  /* 0; 1: do not run the self-test of the file */
  uint64_t max_file_bytes;  /* 4 GiB */
  uint64_t max_parameters;  /* 2^30 floats */
  uint64_t max_layers;      /* 4,096 */
} cnnlstm_load_options;

/* Statuses: NULL_POINTER, OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_load_options_init(cnnlstm_load_options *options, size_t struct_size);

/* Writes a built model to a file: to a temporary file beside it, synced, then renamed over path, so
 * that a failure leaves the old file as it was. The same model gives the same bytes.
 * Statuses: NULL_POINTER, STATE, FILE_ACCESS, OUT_OF_MEMORY. Threads: any. */
cnnlstm_status cnnlstm_model_save(const cnnlstm_model *model, const char *path);

/* Likewise into memory. *needed becomes the size in bytes; nothing is written if capacity is
 * smaller, and the status is then SHAPE. buffer NULL with capacity 0 asks for the size and is
 * OK. */
cnnlstm_status cnnlstm_model_save_to_memory(const cnnlstm_model *model, void *buffer,
                                            size_t capacity, size_t *needed);

/* Reads a model. options NULL means the defaults. Whatever the file holds, the call returns: a
 * model or a status. Statuses: NULL_POINTER, OPTIONS, LIMIT, OUT_OF_MEMORY, FILE_*. Threads:
 * any. */
cnnlstm_status cnnlstm_model_load(const char *path, const cnnlstm_load_options *options,
                                  cnnlstm_model **model);
cnnlstm_status cnnlstm_model_load_from_memory(const void *bytes, size_t count,
                                              const cnnlstm_load_options *options,
                                              cnnlstm_model **model);

/* ---- Session ------------------------------------------------------------------------------ */

/* One caller's scratch memory. Many sessions may share one model. */
typedef struct cnnlstm_session cnnlstm_session;

typedef struct cnnlstm_session_options {
  uint32_t struct_size;
  int32_t threads;    /* 1; 0: one a core; at most 256 */
  int64_t max_length; /* 0: the model's own; needed if the model takes any length */
  int64_t batch_size; /* 32: samples computed together by a thread; 1 takes the least memory */
} cnnlstm_session_options;

/* Statuses: NULL_POINTER, OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_session_options_init(cnnlstm_session_options *options, size_t struct_size);

/* Takes all memory and threads that predictions will need. options NULL means the defaults. The
 * caller destroys it. Statuses: NULL_POINTER, OPTIONS, ARGUMENT, STATE (model not built), SHAPE
 * (too short for the model), LIMIT, OUT_OF_MEMORY, THREAD. Threads: any. */
cnnlstm_status cnnlstm_session_create(const cnnlstm_model *model,
                                      const cnnlstm_session_options *options,
                                      cnnlstm_session **session);

/* NULL is fine. Not while a prediction runs on it. */
void cnnlstm_session_destroy(cnnlstm_session *session);

/* Predicts sample_count samples of one length. inputs [sample_count][length][channels], or
 * [sample_count][channels] if the model's input has no time axis (length is then ignored);
 * outputs as cnnlstm_model_output_shape says, times sample_count. A sample's output does not
 * depend, to the last bit, on the samples beside it, on batch_size or on threads. Takes no memory.
 * Where layers are stateful a call is one batch: sample i goes on from sample i of the call before
 * on this session, on any number of threads; sample_count is at most batch_size and, until states
 * are reset, always the same, else SHAPE. New weights and other sessions do not touch the states.
 * Statuses: NULL_POINTER, ARGUMENT, SHAPE. Threads: one. */
cnnlstm_status cnnlstm_session_predict(cnnlstm_session *session, const float *inputs,
                                       size_t input_count, int64_t sample_count, int64_t length,
                                       float *outputs, size_t output_count);

/* Likewise, for samples of different lengths that are padded to one: lengths holds one for each
 * sample, 1 … length, and whatever is behind that in inputs is not read. A sample's output is, to
 * the last bit, that of the sample alone at its own length. Outputs with a time axis are zero
 * behind the steps that the sample gives. A model of a fixed length takes shorter samples too, but
 * for those layers that need all of it (Flatten, Reshape, Permute, PReLU without shared_axes).
 * Lengths must be equal where a layer is stateful. Takes no memory.
 * Statuses: NULL_POINTER, ARGUMENT, SHAPE: a length outside its range, or too short for the model,
 * of a sample that the text names. Threads: one. */
cnnlstm_status cnnlstm_session_predict_lengths(cnnlstm_session *session, const float *inputs,
                                               size_t input_count, int64_t sample_count,
                                               int64_t length, const int64_t *lengths,
                                               size_t length_count, float *outputs,
                                               size_t output_count);

/* States of zero for a stateful layer, by its index, or for all with CNNLSTM_ALL_LAYERS; after all,
 * any sample_count may follow. Statuses: NULL_POINTER, ARGUMENT (no such layer). Threads: one. */
cnnlstm_status cnnlstm_session_reset_states(cnnlstm_session *session, int32_t layer);

/* ---- Trainer ------------------------------------------------------------------------------ */

/* Optimizer state, gradients and random state for one model. */
typedef struct cnnlstm_trainer cnnlstm_trainer;

/* With y the output, t the target, over the last axis; a loss is the mean over samples (and time
 * steps). Formulas and clipping as in Keras. Where the model ends in softmax or sigmoid, a
 * cross-entropy takes the logits of that, by a function of its own: log softmax for the categorical
 * ones, log sigmoid for the binary one. */
enum {
  CNNLSTM_LOSS_CATEGORICAL_CROSSENTROPY = 1,        /* -sum t log y; targets */
  CNNLSTM_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY = 2, /* -log y[label]; labels */
  CNNLSTM_LOSS_BINARY_CROSSENTROPY = 3,             /* -mean(t log y + (1-t) log(1-y)); targets */
  CNNLSTM_LOSS_MSE = 4,                             /* mean (y - t)^2; targets */
  CNNLSTM_LOSS_CATEGORICAL_FOCAL_CROSSENTROPY = 5,  /* -alpha sum t (1-y)^gamma log y; targets */
  CNNLSTM_LOSS_BINARY_FOCAL_CROSSENTROPY = 6,       /* mean (1-p)^gamma (binary cross-entropy), p
                                                       the probability of the target; targets */
  CNNLSTM_LOSS_KL_DIVERGENCE = 7,                   /* sum t log(t / y); targets */
  CNNLSTM_LOSS_MAE = 8,                             /* mean |y - t|; targets */
  CNNLSTM_LOSS_HUBER = 9 /* mean of (y - t)^2 / 2 as far as delta, then linear; targets */
};

enum {
  CNNLSTM_OPTIMIZER_SGD = 1,
  CNNLSTM_OPTIMIZER_ADAM = 2,
  CNNLSTM_OPTIMIZER_RMSPROP = 3,
  CNNLSTM_OPTIMIZER_ADAMW = 4,
  CNNLSTM_OPTIMIZER_NADAM = 5
};

/* With s the steps taken so far, r the initial rate, d decay_steps; formulas and defaults as in
 * Keras. */
enum {
  CNNLSTM_SCHEDULE_NONE = 0,
  CNNLSTM_SCHEDULE_EXPONENTIAL_DECAY = 1,  /* r decay_rate^(s/d) */
  CNNLSTM_SCHEDULE_COSINE_DECAY = 2,       /* after a linear warm-up: from its end to alpha of it */
  CNNLSTM_SCHEDULE_COSINE_DECAY_RESTARTS = 3, /* periods of d, then t_mul times as long, … */
  CNNLSTM_SCHEDULE_POLYNOMIAL_DECAY = 4,   /* to end_learning_rate by (1 - s/d)^power */
  CNNLSTM_SCHEDULE_PIECEWISE_CONSTANT_DECAY = 5, /* values[i] as far as step boundaries[i] */
  CNNLSTM_SCHEDULE_INVERSE_TIME_DECAY = 6  /* r / (1 + decay_rate s/d) */
};

/* A learning rate by the number of steps. */
typedef struct cnnlstm_schedule {
  uint32_t struct_size;
  int32_t kind;                /* CNNLSTM_SCHEDULE_ */
  float initial_learning_rate; /* 0.001; 0 or more */
  float decay_rate;            /* exponential and inverse time: 0.96 */
  int64_t decay_steps;         /* 1000; 1 or more */
  int64_t warmup_steps;        /* cosine: 0 */
  float warmup_target;         /* cosine: the rate after the warm-up; 0: no warm-up */
  float alpha;                 /* cosine: 0 */
  float t_mul, m_mul;          /* restarts: 2, 1: of a period's length and first rate */
  float end_learning_rate;     /* polynomial: 0.0001 */
  float power;                 /* polynomial: 1 */
  int32_t staircase;           /* exponential and inverse time: 0; 1: s/d in whole numbers */
  int32_t cycle;               /* polynomial: 0; 1: starts over, over a multiple of d */
  const int64_t *boundaries;   /* piecewise: value_count - 1, rising */
  const float *values;         /* piecewise */
  size_t value_count;          /* 0; at most 1,024 */
} cnnlstm_schedule;

/* What to measure besides the loss, with Keras's formulas. A label counts as a target of 1 in its
 * channel and 0 in the others. */
enum {
  CNNLSTM_METRIC_ACCURACY = 1,        /* binary with one channel and targets, else categorical */
  CNNLSTM_METRIC_BINARY_ACCURACY = 2, /* outputs above 0.5 (thresholds[0]) where targets are 1 */
  CNNLSTM_METRIC_CATEGORICAL_ACCURACY = 3, /* the largest output is where the target is largest */
  CNNLSTM_METRIC_TOP_K_CATEGORICAL_ACCURACY = 4, /* one of the top_k largest outputs is there */
  CNNLSTM_METRIC_PRECISION = 5,   /* of what is above 0.5 (or each of thresholds), what share is 1;
                                     a value for each threshold */
  CNNLSTM_METRIC_RECALL = 6,      /* of targets of 1, what share is above; likewise */
  CNNLSTM_METRIC_FBETA_SCORE = 7, /* (1 + b^2) p r / (b^2 p + r); the largest output is positive,
                                     or those above thresholds[0]; a value a channel, or one */
  CNNLSTM_METRIC_AUC = 8,         /* area under a curve, of num_thresholds thresholds from 0 to 1,
                                     or of 0, thresholds, 1 */
  CNNLSTM_METRIC_CONFUSION_MATRIX = 9 /* [class][predicted class], how many; at most 1,000 classes;
                                     with one channel: not above 0.5 (thresholds[0]), and above */
};
enum {
  CNNLSTM_AVERAGE_NONE = 0, /* a value for each channel */
  CNNLSTM_AVERAGE_MICRO = 1,
  CNNLSTM_AVERAGE_MACRO = 2,
  CNNLSTM_AVERAGE_WEIGHTED = 3 /* by the targets of 1 */
};
enum { CNNLSTM_CURVE_ROC = 0, CNNLSTM_CURVE_PR = 1 };
enum {
  CNNLSTM_SUMMATION_INTERPOLATION = 0,
  CNNLSTM_SUMMATION_MAJORING = 1,
  CNNLSTM_SUMMATION_MINORING = 2
};

typedef struct cnnlstm_metric {
  uint32_t struct_size;
  int32_t kind;     /* CNNLSTM_METRIC_ */
  int32_t weighted; /* 0; 1: weights of samples and classes count, as in Keras's weighted_metrics */
  int32_t top_k;    /* top-k accuracy: 5; precision, recall: 0, or only the top_k largest outputs
                       are positive, and of these all unless there are thresholds */
  int32_t class_id; /* precision, recall: -1; or of this class alone */
  int32_t average;  /* F-score: CNNLSTM_AVERAGE_NONE */
  float beta;       /* F-score: 1 */
  int32_t curve;    /* AUC: CNNLSTM_CURVE_ROC */
  int32_t summation_method; /* AUC: CNNLSTM_SUMMATION_INTERPOLATION */
  int32_t num_thresholds;   /* AUC: 200; 2 … 10,000 */
  int32_t multi_label;      /* AUC: 0; 1: the mean of each channel's area */
  int32_t from_logits;      /* AUC: 0; 1: outputs go through a sigmoid first */
  const float *thresholds;  /* NULL; else each in 0 … 1 */
  size_t threshold_count;   /* 0; at most 10,000 */
} cnnlstm_metric;

/* How a model is trained. A loss refuses fields of other losses; momentum, nesterov, the betas,
 * epsilon, rho and centered must be in range, and mean nothing to optimizers without them. */
typedef struct cnnlstm_trainer_options {
  uint32_t struct_size;
  int32_t loss;          /* CNNLSTM_LOSS_; categorical_crossentropy */
  int32_t optimizer;     /* CNNLSTM_OPTIMIZER_ */
  float learning_rate;   /* SGD 0.01, others 0.001; at least 0 */
  float momentum;        /* SGD, RMSprop: 0, in 0 … 1 */
  int32_t nesterov;      /* SGD: 0 */
  float beta_1, beta_2;  /* Adam, AdamW, Nadam: 0.9, 0.999; 0 ≤ beta < 1 */
  float epsilon;         /* all but SGD: 1e-7; above 0 */
  float global_clipnorm; /* 0: none; else the greatest L2 norm of all gradients together */
  int32_t threads;       /* 0: one a core; at most 256. Results do not depend on it. */
  int32_t batch_size;    /* 32: the largest batch; memory is taken for it */
  int64_t max_length;    /* 0: the model's own; needed if the model takes any length */
  uint64_t seed;         /* 0: of shuffling and dropout */
  float rho;             /* RMSprop: 0.9; 0 ≤ rho < 1 */
  int32_t centered;      /* RMSprop: 0 */
  int32_t amsgrad;       /* Adam, AdamW: 0 */
  float weight_decay;    /* AdamW 0.004, others 0: each step w loses w learning_rate weight_decay */
  float clipnorm;        /* 0: none; else the greatest L2 norm of each array's gradient */
  float clipvalue;       /* 0: none; else the greatest magnitude. One kind of clipping at most. */
  int32_t use_ema;       /* 0; 1: at the end of a fit weights become their moving average */
  float ema_momentum;    /* 0.99, in 0 … 1 */
  int32_t ema_overwrite_frequency; /* 0; else weights become the average every so many steps */
  int32_t from_logits;   /* 0; 1: outputs are logits; cross-entropies, also focal */
  float label_smoothing; /* 0 … 1: 0; cross-entropies but the sparse one, also focal */
  float alpha, gamma;    /* focal losses: 0.25, 2 */
  int32_t apply_class_balancing; /* binary focal loss: 0; 1: times alpha or 1 - alpha */
  float delta;           /* Huber: 1; above 0 */
  uint32_t reserved;     /* 0 */
  const cnnlstm_schedule *schedule; /* NULL; else in place of learning_rate. It is copied. */
  const cnnlstm_metric *metrics;    /* NULL; else an array, copied; all of one struct_size */
  size_t metric_count;              /* 0; at most 64 */
} cnnlstm_trainer_options;

/* Samples and what they should give. Exactly one of targets and labels, as the loss asks.
 * inputs as in cnnlstm_session_predict. targets [output]: the shape of the predictions; labels: one
 * a sample, or one a time step where the output has a time axis, in 0 … channels - 1. */
typedef struct cnnlstm_dataset {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  int64_t sample_count;
  int64_t length;
  const float *inputs;
  size_t input_count;
  const float *targets;
  size_t target_count;
  const int32_t *labels;
  size_t label_count;
  const float *sample_weights; /* NULL: 1 each. Losses are multiplied by them, and by those of
                                  classes, and the sum is still divided by the number of samples */
  size_t sample_weight_count;  /* one a sample, or one a time step of the output; each 0 or more */
  const int64_t *lengths; /* NULL: length each; else one a sample, 1 … length. What is behind it in
                             inputs, and in targets, labels and weights behind the steps that the
                             sample gives, is not read. Training a BatchNormalization, whose
                             statistics are of whole batches, or a stateful layer takes samples of
                             one length: else ARGUMENT. */
  size_t length_count;    /* sample_count, or 0 */
} cnnlstm_dataset;

typedef struct cnnlstm_fit_options {
  uint32_t struct_size;
  int32_t epochs;          /* 1 */
  int32_t initial_epoch;   /* 0: the number of the first epoch */
  int32_t batch_size;      /* 32; at most the trainer's */
  int32_t shuffle;         /* 1: a new order each epoch, drawn from the trainer's seed */
  uint32_t reserved;       /* 0 */
  double validation_split; /* 0 ≤ share < 1: taken from the end of the data, before shuffling */
  const float *class_weights; /* NULL: 1 each */
  size_t class_weight_count;  /* output channels (2 if there is one channel) */
} cnnlstm_fit_options;

enum {
  CNNLSTM_EVENT_EPOCH_BEGIN = 1,
  CNNLSTM_EVENT_BATCH_BEGIN = 2,
  CNNLSTM_EVENT_BATCH_END = 3,
  CNNLSTM_EVENT_EPOCH_END = 4 /* the model has this epoch's weights, and they may be replaced */
};

/* Where training is. Means over the epoch so far; NaN where there is no value (yet). */
typedef struct cnnlstm_progress {
  uint32_t struct_size;
  int32_t event;        /* CNNLSTM_EVENT_ */
  int32_t epoch, epochs; /* from 0; the one after the last */
  int64_t batch, batch_count; /* from 0 */
  int64_t sample, sample_count; /* samples done in this epoch, of how many */
  float loss, accuracy;
  float validation_loss, validation_accuracy; /* at the end of an epoch with validation data */
  float learning_rate;
  uint32_t reserved;
  const float *metrics;            /* the trainer's metrics, one after the other, readable during
                                      the call; NULL where there are none (yet) */
  const float *validation_metrics; /* likewise, at the end of an epoch with validation data; until
                                      the callback calls evaluate */
  size_t metric_value_count;
} cnnlstm_progress;

/* Called on the thread that called. Returns 0 to go on, anything else to stop. It may call anything
 * but this trainer's fit and destroy; evaluate there is of the weights of that moment. */
typedef int32_t (*cnnlstm_callback)(const cnnlstm_progress *progress, void *user_data);

/* Defaults of an optimizer. struct_size is sizeof(cnnlstm_trainer_options).
 * Statuses: NULL_POINTER, ARGUMENT (no such optimizer), OPTIONS. Threads: any. */
cnnlstm_status cnnlstm_trainer_options_init(cnnlstm_trainer_options *options, size_t struct_size,
                                            int32_t optimizer);
/* Keras's defaults of a schedule, CNNLSTM_SCHEDULE_. Statuses likewise. Threads: any. */
cnnlstm_status cnnlstm_schedule_init(cnnlstm_schedule *schedule, size_t struct_size, int32_t kind);
/* Defaults of a metric, CNNLSTM_METRIC_. Statuses likewise. Threads: any. */
cnnlstm_status cnnlstm_metric_init(cnnlstm_metric *metric, size_t struct_size, int32_t kind);
cnnlstm_status cnnlstm_dataset_init(cnnlstm_dataset *dataset, size_t struct_size);
cnnlstm_status cnnlstm_fit_options_init(cnnlstm_fit_options *options, size_t struct_size);

/* Takes the memory and threads of training. options NULL means Adam's defaults. The caller destroys
 * it. Where layers are stateful the batches of fit, of its validation and of evaluate go on from
 * one another, sample by sample, as in Keras; gradients do not. All batches then have the trainer's
 * batch_size: any other, and samples that are no multiple of it, are ARGUMENT and SHAPE there.
 * Statuses: NULL_POINTER, OPTIONS, ARGUMENT, STATE (model not built, or not float32), SHAPE
 * (loss and output do not fit), LIMIT, OUT_OF_MEMORY, THREAD. Threads: any. */
cnnlstm_status cnnlstm_trainer_create(cnnlstm_model *model, const cnnlstm_trainer_options *options,
                                      cnnlstm_trainer **trainer);

/* NULL is fine. Not while a call runs on it. */
void cnnlstm_trainer_destroy(cnnlstm_trainer *trainer);

/* Trains. options NULL means the defaults, validation NULL none (or validation_split). All data is
 * checked before the first step. The model receives the new weights at the end of each epoch and
 * when the call returns, whatever the status; the optimizer's state stays for the next call. The
 * same model, data, options and seed give the same bytes with any number of threads.
 * Statuses: OK; STOPPED (after a whole batch); NOT_FINITE (the weights are those that gave
 * the last finite loss, the optimizer starts anew, and a schedule goes on from the steps that led
 * to them); NULL_POINTER, OPTIONS, ARGUMENT, SHAPE, DATA, OUT_OF_MEMORY: nothing was trained.
 * Threads: one. */
cnnlstm_status cnnlstm_trainer_fit(cnnlstm_trainer *trainer, const cnnlstm_dataset *data,
                                   const cnnlstm_dataset *validation,
                                   const cnnlstm_fit_options *options, cnnlstm_callback callback,
                                   void *user_data);

/* One step on the samples of data, at most the trainer's batch_size, in their order; the model has
 * the new weights then. options give the class weights alone; NULL is fine. Loss, accuracy (either
 * pointer may be NULL) and cnnlstm_trainer_metrics are those of before the step, with dropout.
 * Statuses: NULL_POINTER, OPTIONS, ARGUMENT, SHAPE, DATA, STATE (inside its fit), OUT_OF_MEMORY,
 * NOT_FINITE (as in fit). Threads: one. */
cnnlstm_status cnnlstm_trainer_train_on_batch(cnnlstm_trainer *trainer, const cnnlstm_dataset *data,
                                              const cnnlstm_fit_options *options, float *loss,
                                              float *accuracy);

/* Mean loss and accuracy of the model on data, without dropout: Keras's evaluate, and for as many
 * samples as a batch has its test_on_batch. Either pointer may be NULL.
 * Accuracy is of the kind Keras resolves it to by shapes: with one output channel whether the
 * output is above 0.5 where the target is 1, else whether the largest output is where the label or
 * largest target is.
 * Statuses: NULL_POINTER, OPTIONS, SHAPE, DATA. Threads: one. */
cnnlstm_status cnnlstm_trainer_evaluate(cnnlstm_trainer *trainer, const cnnlstm_dataset *data,
                                        float *loss, float *accuracy);

/* States of zero for a stateful layer, or for all, as cnnlstm_session_reset_states. Statuses:
 * NULL_POINTER, ARGUMENT (no such layer). Threads: one, or inside a callback. */
cnnlstm_status cnnlstm_trainer_reset_states(cnnlstm_trainer *trainer, int32_t layer);

/* The trainer's metrics, one after the other, for the data of the last evaluate or train_on_batch.
 * count must be cnnlstm_trainer_metric_value_count. Statuses: NULL_POINTER, SHAPE. Threads: one. */
cnnlstm_status cnnlstm_trainer_metrics(cnnlstm_trainer *trainer, float *values, size_t count);

/* How many numbers all metrics of a trainer give together; 0 for NULL. Threads: any. */
size_t cnnlstm_trainer_metric_value_count(const cnnlstm_trainer *trainer);

/* How many numbers a metric gives for outputs of so many channels. Set metric->struct_size first.
 * Statuses: NULL_POINTER, OPTIONS, ARGUMENT, LIMIT. Threads: any. */
cnnlstm_status cnnlstm_metric_value_count(const cnnlstm_metric *metric, int64_t channels,
                                          size_t *count);

/* Metrics of predictions that are there already: predictions->inputs [sample_count][length]
 * [channels], length 1 where there is no time axis, with targets or labels, and weights if there
 * are any. Statuses: NULL_POINTER, OPTIONS, ARGUMENT, SHAPE (also a value_count that is not the sum
 * of the metrics'), DATA, LIMIT, OUT_OF_MEMORY. Threads: any. */
cnnlstm_status cnnlstm_measure(const cnnlstm_metric *metrics, size_t metric_count,
                               const cnnlstm_dataset *predictions, int64_t channels, float *values,
                               size_t value_count);

/* ---- Checkpoints of a training ------------------------------------------------------------ */

/* Writes the model's file with the trainer's weights and, besides, all that training needs to go on
 * as if it had never stopped: the state of the optimizer and of stateful layers, seed, counters,
 * and the learning rate unless a schedule gives it. cnnlstm_model_load reads the model from it.
 * Saved between calls of fit or by a callback at CNNLSTM_EVENT_EPOCH_END, then loaded, the next
 * epochs give the same bytes as without a stop. (With use_ema save in the callback: at its end fit
 * replaces the weights by their average.
 * Within an epoch the weights of that moment are saved, and the next fit starts an epoch anew.)
 * Statuses: NULL_POINTER, STATE (numbers that are not finite), FILE_ACCESS, OUT_OF_MEMORY.
 * Threads: one, or inside a callback. */
cnnlstm_status cnnlstm_trainer_save(cnnlstm_trainer *trainer, const char *path);

/* Likewise into memory, as cnnlstm_model_save_to_memory. */
cnnlstm_status cnnlstm_trainer_save_to_memory(cnnlstm_trainer *trainer, void *buffer,
                                              size_t capacity, size_t *needed);

/* Takes up a training that was saved: the trainer's model gets its weights. The trainer must be of
 * a model with the same layers and have the same kind of optimizer; its seed becomes that of the
 * file, and its other options stay. States of batches of another size start at zero. A failure
 * changes nothing. options as in cnnlstm_model_load.
 * Statuses: NULL_POINTER, OPTIONS, STATE (inside its fit), ARGUMENT (no training in the file, or
 * one with another optimizer), SHAPE (other layers), LIMIT, OUT_OF_MEMORY, FILE_*. Threads: one. */
cnnlstm_status cnnlstm_trainer_load(cnnlstm_trainer *trainer, const char *path,
                                    const cnnlstm_load_options *options);
cnnlstm_status cnnlstm_trainer_load_from_memory(cnnlstm_trainer *trainer, const void *bytes,
                                                size_t count, const cnnlstm_load_options *options);

/* The number of the epoch after the last whole one, also of a training that was loaded: what
 * initial_epoch should be to go on; 0 for a new trainer and for NULL. Threads: one. */
int32_t cnnlstm_trainer_epoch(const cnnlstm_trainer *trainer);

/* ---- Control of a training ---------------------------------------------------------------- */

/* Makes a running cnnlstm_trainer_fit return STOPPED after the batch it is at; without one, nothing
 * happens. Statuses: NULL_POINTER. Threads: any, signal handlers too. */
cnnlstm_status cnnlstm_trainer_cancel(cnnlstm_trainer *trainer);

/* The learning rate, at least 0, from the next step on. Statuses: NULL_POINTER, ARGUMENT, STATE (a
 * schedule gives it). Threads: one, or inside a callback. */
cnnlstm_status cnnlstm_trainer_set_learning_rate(cnnlstm_trainer *trainer, float learning_rate);
cnnlstm_status cnnlstm_trainer_learning_rate(const cnnlstm_trainer *trainer,
                                             float *learning_rate);

#ifdef __cplusplus
}
#endif

#endif
