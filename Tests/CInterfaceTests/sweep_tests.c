/* Odd shapes: every output is what plain loops give, and the same in every batch. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "support.h"

enum { BATCH = 5 };

/* Predicts five samples together and one by one, compares both with the reference, and frees. */
static void check_model(cnnlstm_model *model, int64_t length) {
  const cnnlstm_session_options options = session_options_of(1, 3);
  const size_t in = input_floats(model, length), out = output_floats(model, length);
  float *inputs = malloc(BATCH * in * sizeof *inputs), *single = malloc(out * sizeof *single);
  float *outputs = calloc(BATCH * out, sizeof *outputs);
  cnnlstm_session *session = session_of(model, &options);
  fill(inputs, BATCH * in, (uint32_t)(in + out));
  assert_ok(
      cnnlstm_session_predict(session, inputs, BATCH * in, BATCH, length, outputs, BATCH * out));
  for (size_t sample = 0; sample < BATCH; ++sample) {
    double *wanted = reference_output(model, inputs + sample * in, length);
    assert_ok(cnnlstm_session_predict(session, inputs + sample * in, in, 1, length, single, out));
    assert_memory_equal(single, outputs + sample * out, out * sizeof *single);
    for (size_t at = 0; at < out; ++at) {
      const double difference = fabs((double)single[at] - wanted[at]);
      if (difference <= 2e-5 * (1 + fabs(wanted[at]))) continue;
      print_error("%zu in, %zu out: output %zu is %g, wanted %g\n", in, out, at,
                  (double)single[at], wanted[at]);
      fail();
    }
    free(wanted);
  }
  cnnlstm_session_destroy(session);
  free(outputs);
  free(single);
  free(inputs);
  cnnlstm_model_destroy(model);
}

static const int32_t channel_counts[] = {1, 2, 3, 5, 7, 9, 16, 17};
static const int32_t unit_counts[] = {1, 3, 7, 16, 17, 30};
static const int64_t lengths[] = {1, 2, 13};

static void test_lstm(void **state) {
  (void)state;
  for (size_t channels = 0; channels < COUNT(channel_counts); ++channels) {
    for (size_t units = 0; units < COUNT(unit_counts); ++units) {
      for (size_t length = 0; length < COUNT(lengths); ++length) {
        cnnlstm_layer_options lstm = lstm_of(unit_counts[units], (int32_t)(units + length) % 2);
        lstm.go_backwards = (int32_t)(channels + length) % 2;
        lstm.use_bias = units % 3 != 2;
        check_model(model_of(units, input_of(lengths[length], channel_counts[channels]), lstm,
                             dense_of(channel_counts[channels], CNNLSTM_ACTIVATION_SOFTMAX)),
                    lengths[length]);
      }
    }
  }
}

static void test_lstm_activations(void **state) {
  (void)state;
  for (int32_t activation = 0; activation < CNNLSTM_ACTIVATION_SOFTMAX; ++activation) {
    for (int32_t recurrent = 0; recurrent < CNNLSTM_ACTIVATION_SOFTMAX; ++recurrent) {
      cnnlstm_layer_options lstm = lstm_of(9, 1), second = lstm_of(5, 0);
      lstm.activation = activation;
      lstm.recurrent_activation = recurrent;
      check_model(model_of(1, input_of(4, 3), lstm, second), 4);
    }
  }
}

static void test_conv(void **state) {
  static const int32_t kernel_sizes[] = {1, 2, 3, 5};
  (void)state;
  for (int combination = 0; combination < 4 * 3 * 3 * 3 * 8; ++combination) {
    const int32_t strides = 1 + combination / 4 % 3, dilation = 1 + combination / 12 % 3;
    const int32_t channels = channel_counts[combination / 108];
    cnnlstm_layer_options conv = conv_of(1 + combination % 18, kernel_sizes[combination % 4]);
    const int64_t length = 13 + combination % 5;
    if (strides > 1 && dilation > 1) continue;
    conv.strides = strides;
    conv.dilation_rate = dilation;
    conv.padding = combination / 36 % 3;
    conv.activation = combination % (CNNLSTM_ACTIVATION_SOFTMAX + 1);
    conv.use_bias = combination % 7 != 0;
    check_model(model_of((uint64_t)combination, input_of(length, channels), conv), length);
  }
}

/* Fewer steps than the window: padding alone makes it fit. */
static void test_short_conv(void **state) {
  (void)state;
  for (int64_t length = 1; length <= 4; ++length) {
    for (int32_t kernel_size = 1; kernel_size <= 7; ++kernel_size) {
      for (int32_t strides = 1; strides <= 3; ++strides) {
        cnnlstm_layer_options conv = conv_of(5, kernel_size);
        conv.strides = strides;
        conv.padding = CNNLSTM_PADDING_SAME + (kernel_size + strides) % 2;
        check_model(model_of(1, input_of(length, 3), conv, layer_of(CNNLSTM_LAYER_FLATTEN)),
                    length);
      }
    }
  }
}

static void test_grouped_conv(void **state) {
  static const struct {
    int32_t channels, groups, filters;
  } shapes[] = {{2, 2, 2},  {6, 2, 4},   {6, 3, 9},   {6, 6, 6},    {16, 4, 20},
                {9, 9, 27}, {17, 17, 17}, {32, 2, 34}, {17, 1, 30}, {7, 7, 14}};
  (void)state;
  for (size_t index = 0; index < COUNT(shapes); ++index) {
    for (int32_t padding = 0; padding < 3; ++padding) {
      cnnlstm_layer_options conv = conv_of(shapes[index].filters, 3);
      conv.groups = shapes[index].groups;
      conv.padding = padding;
      conv.strides = 1 + (int32_t)index % 2;
      check_model(model_of(index, input_of(10, shapes[index].channels), conv), 10);
    }
  }
}

static void test_pooling(void **state) {
  (void)state;
  for (int32_t pool_size = 1; pool_size <= 5; ++pool_size) {
    for (int32_t strides = 0; strides <= 4; ++strides) {
      for (size_t channels = 0; channels < COUNT(channel_counts); ++channels) {
        cnnlstm_layer_options pooling = layer_of(CNNLSTM_LAYER_MAX_POOLING1D);
        const int64_t length = pool_size + (int64_t)channels;
        pooling.pool_size = pool_size;
        pooling.strides = strides;
        pooling.padding = (int32_t)channels % 2;
        check_model(model_of(1, input_of(length, channel_counts[channels]), pooling), length);
      }
    }
  }
}

static void test_dense(void **state) {
  (void)state;
  for (size_t channels = 0; channels < COUNT(channel_counts); ++channels) {
    for (size_t units = 0; units < COUNT(unit_counts); ++units) {
      for (int32_t activation = 0; activation <= CNNLSTM_ACTIVATION_SOFTMAX; ++activation) {
        const int64_t length = (int64_t)units == 2 ? CNNLSTM_LENGTH_NO_TIME : 1 + (int64_t)units;
        cnnlstm_layer_options dense = dense_of(unit_counts[units], activation);
        dense.use_bias = activation != CNNLSTM_ACTIVATION_TANH;
        check_model(model_of(channels, input_of(length, channel_counts[channels]), dense), length);
      }
    }
  }
}

/* Every activation in every layer that has one; inside an LSTM with the usual other one. */
static void test_activations(void **state) {
  (void)state;
  for (int32_t code = 0; code <= CNNLSTM_ACTIVATION_EXPONENTIAL; ++code) {
    cnnlstm_layer_options lstm = lstm_of(5, 1), gates = lstm_of(9, 1), conv = conv_of(7, 2);
    cnnlstm_layer_options activation = layer_of(CNNLSTM_LAYER_ACTIVATION);
    activation.activation = conv.activation = code;
    check_model(model_of(1, input_of(5, 3), conv, activation, dense_of(19, code)), 5);
    if (code == CNNLSTM_ACTIVATION_SOFTMAX) continue;
    lstm.activation = gates.recurrent_activation = code;
    check_model(model_of(1, input_of(2, 3), lstm), 2);
    check_model(model_of(1, input_of(2, 3), gates), 2);
  }
}

/* Layers that are a function of each element, and those that are at random in training alone. */
static void test_elementwise_layers(void **state) {
  (void)state;
  for (size_t channels = 0; channels < COUNT(channel_counts); ++channels) {
    cnnlstm_layer_options relu = layer_of(CNNLSTM_LAYER_RELU), elu = layer_of(CNNLSTM_LAYER_ELU);
    cnnlstm_layer_options leaky = layer_of(CNNLSTM_LAYER_LEAKY_RELU);
    cnnlstm_layer_options prelu = layer_of(CNNLSTM_LAYER_PRELU);
    cnnlstm_layer_options rescaling = layer_of(CNNLSTM_LAYER_RESCALING);
    cnnlstm_layer_options noise = layer_of(CNNLSTM_LAYER_GAUSSIAN_NOISE);
    assert_true(isinf(relu.max_value) && leaky.negative_slope == 0.3f && elu.alpha == 1);
    relu.max_value = 0.75f;
    relu.negative_slope = 0.25f;
    relu.threshold = channels % 2 ? 0.125f : 0;
    elu.alpha = 1.5f;
    leaky.negative_slope = -0.5f;
    prelu.shared_axes = (int32_t)channels % 2;
    prelu.alpha_initializer.kind = CNNLSTM_INITIALIZER_RANDOM_NORMAL;
    prelu.alpha_initializer.b = 1;
    rescaling.factor = 2;
    rescaling.offset = -0.5f;
    noise.stddev = 0.5f;
    check_model(model_of(channels, input_of(4, channel_counts[channels]), rescaling, relu), 4);
    check_model(model_of(channels, input_of(4, channel_counts[channels]), noise, elu), 4);
    check_model(model_of(channels, input_of(4, channel_counts[channels]), leaky,
                         layer_of(CNNLSTM_LAYER_SPATIAL_DROPOUT1D), prelu,
                         layer_of(CNNLSTM_LAYER_SOFTMAX)),
                4);
  }
}

/* All layers in one model, stacked as users stack them. */
static void test_deep_models(void **state) {
  cnnlstm_layer_options dropout = layer_of(CNNLSTM_LAYER_DROPOUT), first = conv_of(8, 3);
  cnnlstm_layer_options activation = layer_of(CNNLSTM_LAYER_ACTIVATION), causal = conv_of(17, 2);
  (void)state;
  dropout.rate = 0.5f;
  activation.activation = CNNLSTM_ACTIVATION_RELU;
  causal.padding = CNNLSTM_PADDING_CAUSAL;
  causal.dilation_rate = 3;
  check_model(tiny_model(1), TINY_LENGTH);
  check_model(seed_model(1), 100);
  check_model(model_of(2, input_of(30, 3), layer_of(CNNLSTM_LAYER_NORMALIZATION), first, activation,
                       causal, layer_of(CNNLSTM_LAYER_MAX_POOLING1D), dropout, lstm_of(17, 1),
                       lstm_of(9, 1), lstm_of(5, 1), layer_of(CNNLSTM_LAYER_FLATTEN),
                       dense_of(11, CNNLSTM_ACTIVATION_TANH),
                       dense_of(4, CNNLSTM_ACTIVATION_SOFTMAX)),
              30);
}

/* Whatever the logits, the rows of a softmax are finite and sum to 1. */
static void test_softmax_of_extremes(void **state) {
  static const float scales[] = {0, 1e-30f, 1, 88, 1000, 1e30f};
  cnnlstm_layer_options softmax = layer_of(CNNLSTM_LAYER_ACTIVATION);
  (void)state;
  softmax.activation = CNNLSTM_ACTIVATION_SOFTMAX;
  for (size_t channels = 0; channels < COUNT(channel_counts); ++channels) {
    const size_t count = (size_t)channel_counts[channels];
    cnnlstm_model *model =
        model_of(1, input_of(CNNLSTM_LENGTH_NO_TIME, channel_counts[channels]), softmax);
    for (size_t scale = 0; scale < COUNT(scales); ++scale) {
      float inputs[32], *outputs;
      double sum = 0;
      fill(inputs, count, (uint32_t)scale);
      for (size_t at = 0; at < count; ++at) inputs[at] *= scales[scale];
      outputs = predict(model, inputs, 1, CNNLSTM_LENGTH_NO_TIME);
      assert_finite(outputs, count);
      for (size_t at = 0; at < count; ++at) sum += (double)outputs[at];
      assert_true(fabs(sum - 1) < 1e-5);
      free(outputs);
    }
    cnnlstm_model_destroy(model);
  }
}

int run_sweep_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lstm),         cmocka_unit_test(test_lstm_activations),
      cmocka_unit_test(test_conv),         cmocka_unit_test(test_short_conv),
      cmocka_unit_test(test_grouped_conv), cmocka_unit_test(test_pooling),
      cmocka_unit_test(test_dense),        cmocka_unit_test(test_deep_models),
      cmocka_unit_test(test_softmax_of_extremes),
      cmocka_unit_test(test_activations),  cmocka_unit_test(test_elementwise_layers),
  };
  return RUN_TESTS(tests);
}
