#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Values [length][channels]; vectors have length 1. */
typedef struct sequence {
  double *values;
  int64_t length, channels;
} sequence;

static sequence sequence_of(int64_t length, int64_t channels) {
  sequence made = {calloc((size_t)(length * channels), sizeof(double)), length, channels};
  assert_non_null(made.values);
  return made;
}

static double activated(double value, int32_t activation) {
  switch (activation) {
    case CNNLSTM_ACTIVATION_RELU:
      return value > 0 ? value : 0;
    case CNNLSTM_ACTIVATION_TANH:
      return tanh(value);
    case CNNLSTM_ACTIVATION_SIGMOID:
      return 1 / (1 + exp(-value));
    case CNNLSTM_ACTIVATION_RELU6:
      return fmin(6, fmax(0, value));
    case CNNLSTM_ACTIVATION_LEAKY_RELU:
      return value > 0 ? value : 0.2 * value;
    case CNNLSTM_ACTIVATION_ELU:
      return value > 0 ? value : expm1(value);
    case CNNLSTM_ACTIVATION_SELU:
      return 1.0507009873554805 * (value > 0 ? value : 1.6732632423543772 * expm1(value));
    case CNNLSTM_ACTIVATION_GELU:
      return value * erfc(-value / sqrt(2)) / 2;
    case CNNLSTM_ACTIVATION_SILU:
      return value / (1 + exp(-value));
    case CNNLSTM_ACTIVATION_SOFTPLUS:
      return log1p(exp(value));
    case CNNLSTM_ACTIVATION_SOFTSIGN:
      return value / (1 + fabs(value));
    case CNNLSTM_ACTIVATION_HARD_SIGMOID:
      return fmin(6, fmax(0, value + 3)) / 6;
    case CNNLSTM_ACTIVATION_EXPONENTIAL:
      return exp(value);
    default:
      return value;
  }
}

static void activate(sequence output, int32_t activation) {
  for (int64_t time = 0; time < output.length; ++time) {
    double *row = output.values + time * output.channels, greatest = row[0], sum = 0;
    for (int64_t at = 0; at < output.channels; ++at) row[at] = activated(row[at], activation);
    if (activation != CNNLSTM_ACTIVATION_SOFTMAX) continue;
    for (int64_t at = 0; at < output.channels; ++at) greatest = fmax(greatest, row[at]);
    for (int64_t at = 0; at < output.channels; ++at) sum += row[at] = exp(row[at] - greatest);
    for (int64_t at = 0; at < output.channels; ++at) row[at] /= sum;
  }
}

/* Windows of size steps, dilated: how many there are, and where the first one starts. */
static int64_t window_count(const cnnlstm_layer_options *layer, int64_t length, int64_t size,
                            int64_t strides, int64_t dilation, int64_t *first) {
  const int64_t reach = (size - 1) * dilation, count = (length + strides - 1) / strides;
  const int64_t padding = (count - 1) * strides + reach + 1 - length;
  *first = 0;
  if (layer->padding == CNNLSTM_PADDING_VALID) return (length - reach - 1) / strides + 1;
  if (layer->padding == CNNLSTM_PADDING_CAUSAL) *first = -reach;
  if (layer->padding == CNNLSTM_PADDING_SAME && padding > 0) *first = -(padding / 2);
  return count;
}

/* kernel [kernel_size][channels / groups][filters], bias [filters] */
static sequence convolve(sequence input, const cnnlstm_layer_options *layer, const float *kernel) {
  int64_t first;
  const int64_t filters = layer->filters, group = input.channels / layer->groups;
  const int64_t count = window_count(layer, input.length, layer->kernel_size, layer->strides,
                                     layer->dilation_rate, &first);
  const float *bias = kernel + layer->kernel_size * group * filters;
  sequence output = sequence_of(count, filters);
  for (int64_t at = 0; at < count * filters; ++at) {
    const int64_t filter = at % filters, from = filter / (filters / layer->groups) * group;
    double sum = layer->use_bias ? (double)bias[filter] : 0;
    for (int64_t tap = 0; tap < layer->kernel_size; ++tap) {
      const int64_t time = first + at / filters * layer->strides + tap * layer->dilation_rate;
      for (int64_t channel = 0; channel < group && time >= 0 && time < input.length; ++channel) {
        sum += input.values[time * input.channels + from + channel] *
               (double)kernel[(tap * group + channel) * filters + filter];
      }
    }
    output.values[at] = sum;
  }
  activate(output, layer->activation);
  return output;
}

static sequence pool(sequence input, const cnnlstm_layer_options *layer) {
  int64_t first;
  const int64_t strides = layer->strides ? layer->strides : layer->pool_size;
  const int64_t count = window_count(layer, input.length, layer->pool_size, strides, 1, &first);
  sequence output = sequence_of(count, input.channels);
  for (int64_t at = 0; at < count * input.channels; ++at) {
    double greatest = -INFINITY;
    for (int64_t tap = 0; tap < layer->pool_size; ++tap) {
      const int64_t time = first + at / input.channels * strides + tap;
      if (time < 0 || time >= input.length) continue;
      greatest = fmax(greatest, input.values[time * input.channels + at % input.channels]);
    }
    output.values[at] = greatest;
  }
  return output;
}

/* kernel [channels][units], bias [units]; every row of the input by itself */
static sequence multiply(sequence input, int64_t units, const float *kernel, const float *bias) {
  sequence output = sequence_of(input.length, units);
  for (int64_t at = 0; at < input.length * units; ++at) {
    double sum = bias ? (double)bias[at % units] : 0;
    for (int64_t channel = 0; channel < input.channels; ++channel) {
      sum += input.values[at / units * input.channels + channel] *
             (double)kernel[channel * units + at % units];
    }
    output.values[at] = sum;
  }
  return output;
}

/* c' = f c + i g and h' = o act(c'), with i, f, g, o from kernel [channels][4 units] on the input,
 * recurrent_kernel [units][4 units] on h, and bias [4 units] */
static sequence run_lstm(sequence input, const cnnlstm_layer_options *layer, const float *kernel) {
  const int64_t units = layer->units, width = 4 * units;
  const float *recurrent = kernel + input.channels * width, *bias = recurrent + units * width;
  sequence gates = multiply(input, width, kernel, layer->use_bias ? bias : NULL);
  sequence output = sequence_of(layer->return_sequences ? input.length : 1, units);
  sequence hidden = sequence_of(1, units), cell = sequence_of(1, units);
  for (int64_t step = 0; step < input.length; ++step) {
    const int64_t time = layer->go_backwards ? input.length - 1 - step : step;
    const double *row = gates.values + time * width;
    sequence state = multiply(hidden, width, recurrent, NULL);
    for (int64_t unit = 0; unit < units; ++unit) {
      double gate[4];
      for (int64_t at = 0; at < 4; ++at) {
        gate[at] = activated(row[at * units + unit] + state.values[at * units + unit],
                             at == 2 ? layer->activation : layer->recurrent_activation);
      }
      cell.values[unit] = gate[1] * cell.values[unit] + gate[0] * gate[2];
      hidden.values[unit] = gate[3] * activated(cell.values[unit], layer->activation);
    }
    memcpy(output.values + (layer->return_sequences ? step * units : 0), hidden.values,
           (size_t)units * sizeof(double));
    free(state.values);
  }
  free(cell.values);
  free(hidden.values);
  free(gates.values);
  return output;
}

/* mean [channels], variance [channels] */
static sequence normalize(sequence input, const float *mean) {
  sequence output = sequence_of(input.length, input.channels);
  for (int64_t at = 0; at < input.length * input.channels; ++at) {
    const int64_t channel = at % input.channels;
    const double variance = (double)mean[input.channels + channel];
    output.values[at] = (input.values[at] - (double)mean[channel]) / fmax(sqrt(variance), 1e-7);
  }
  return output;
}

static sequence copy_of(sequence input, int64_t length) {
  sequence output = sequence_of(length, input.length * input.channels / length);
  memcpy(output.values, input.values, (size_t)(input.length * input.channels) * sizeof(double));
  return output;
}

/* The layers that are a function of each element. alpha is as long as the input, or a row of it. */
static sequence apply(sequence input, const cnnlstm_layer_options *layer, const float *alpha) {
  sequence output = copy_of(input, input.length);
  for (int64_t at = 0; at < input.length * input.channels; ++at) {
    const double value = input.values[at], threshold = (double)layer->threshold;
    double *result = &output.values[at];
    if (layer->kind == CNNLSTM_LAYER_RESCALING) {
      *result = value * (double)layer->factor + (double)layer->offset;
    } else if (layer->kind == CNNLSTM_LAYER_RELU) {
      *result = value > threshold ? fmin(value, (double)layer->max_value)
                                  : (double)layer->negative_slope * (value - threshold);
    } else if (value > 0) {
      *result = value;
    } else if (layer->kind == CNNLSTM_LAYER_LEAKY_RELU) {
      *result = (double)layer->negative_slope * value;
    } else if (layer->kind == CNNLSTM_LAYER_ELU) {
      *result = (double)layer->alpha * expm1(value);
    } else {
      *result = (double)alpha[layer->shared_axes ? at % input.channels : at] * value;
    }
  }
  return output;
}

static sequence run_layer(sequence input, const cnnlstm_layer_options *layer,
                          const float *weights) {
  sequence output;
  switch (layer->kind) {
    case CNNLSTM_LAYER_CONV1D:
      return convolve(input, layer, weights);
    case CNNLSTM_LAYER_MAX_POOLING1D:
      return pool(input, layer);
    case CNNLSTM_LAYER_LSTM:
      return run_lstm(input, layer, weights);
    case CNNLSTM_LAYER_DENSE:
      output = multiply(input, layer->units, weights,
                        layer->use_bias ? weights + input.channels * layer->units : NULL);
      activate(output, layer->activation);
      return output;
    case CNNLSTM_LAYER_ACTIVATION:
      output = copy_of(input, input.length);
      activate(output, layer->activation);
      return output;
    case CNNLSTM_LAYER_SOFTMAX:
      output = copy_of(input, input.length);
      activate(output, CNNLSTM_ACTIVATION_SOFTMAX);
      return output;
    case CNNLSTM_LAYER_RESCALING:
    case CNNLSTM_LAYER_RELU:
    case CNNLSTM_LAYER_LEAKY_RELU:
    case CNNLSTM_LAYER_ELU:
    case CNNLSTM_LAYER_PRELU:
      return apply(input, layer, weights);
    case CNNLSTM_LAYER_FLATTEN:
      return copy_of(input, 1);
    case CNNLSTM_LAYER_NORMALIZATION:
      return normalize(input, weights);
    default:
      return copy_of(input, input.length); /* Input, and what is for training alone */
  }
}

double *reference_output(const cnnlstm_model *model, const float *inputs, int64_t length) {
  float *weights = weights_of(model), *next = weights;
  const size_t count = input_floats(model, length);
  const int64_t steps = length == CNNLSTM_LENGTH_NO_TIME ? 1 : length;
  sequence current = sequence_of(steps, (int64_t)count / steps);
  for (size_t at = 0; at < count; ++at) current.values[at] = (double)inputs[at];
  for (size_t index = 0; index < cnnlstm_model_layer_count(model); ++index) {
    cnnlstm_layer_options layer = {.struct_size = sizeof layer};
    cnnlstm_layer_info info = {.struct_size = sizeof info};
    assert_ok(cnnlstm_model_layer_options(model, index, &layer));
    assert_ok(cnnlstm_model_layer_info(model, index, &info));
    sequence output = run_layer(current, &layer, next);
    next += info.parameter_count;
    free(current.values);
    current = output;
  }
  free(weights);
  return current.values;
}
