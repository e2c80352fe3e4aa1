"""feed_forward.json: convolutions of single channels, poolings, normalizations, and layers that
only move numbers. The schema is that of layers.json.

BatchNormalization in a step of training has ``training`` 1 and ``weightsAfter``, all weights after
Keras has moved the moving statistics.
"""

import numpy as np

import fixture_values as values
from fixture_models import build, case_of, get_flat, input_shape, layer, named, random_weights
from fixture_models import sequence, set_weights, vector
from layer_cases import ACTIVATIONS, evaluate, make


def one(kind, name, channels=3, samples=2, length=9, inputs=None, **options):
    """A case of one layer on sequences."""
    prefix = named([layer(kind)])[0]["name"]
    layers = [sequence(channels, length), layer(kind, **options)]
    return make(f"{prefix}_{name}", layers, samples, length, inputs)


def convolution_cases(kind):
    """Padding, strides and dilation alone and together, several outputs a channel, and edges."""
    cases = []
    for padding in ["valid", "same"]:
        for multiplier in [1, 3]:
            for strides, dilation in [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3), (2, 2), (3, 2)]:
                name = f"{padding}_strides_{strides}_dilation_{dilation}_multiplier_{multiplier}"
                cases.append(one(kind, name, padding=padding, strides=strides,
                                 dilation_rate=dilation, depth_multiplier=multiplier))
    for length in [7, 8]:
        for kernel, strides in [(2, 1), (2, 2), (4, 3), (5, 3), (2, 3)]:
            name = f"same_length_{length}_kernel_{kernel}_strides_{strides}"
            cases.append(one(kind, name, 2, 1, length, kernel_size=kernel, strides=strides,
                             padding="same"))
    cases += [one(kind, activation, activation=activation) for activation in ACTIVATIONS]
    return cases + [
        one(kind, "no_bias", use_bias=0),
        one(kind, "kernel_1", kernel_size=1),
        one(kind, "one_channel", 1, depth_multiplier=2),
        one(kind, "channels_19", 19, 1, 5, padding="same", activation="relu"),
        one(kind, "channels_17_multiplier_2", 17, 1, 4, depth_multiplier=2),
        one(kind, "same_kernel_longer", length=3, kernel_size=6, padding="same"),
        one(kind, "same_dilation_longer", length=4, dilation_rate=3, padding="same"),
        one(kind, "length_1_same", length=1, padding="same"),
    ]


def pooling_cases():
    """AveragePooling1D, whose padding counts for nothing, and the global poolings."""
    cases, kind = [], "AveragePooling1D"
    for padding in ["valid", "same"]:
        for pool, strides in [(2, 0), (3, 0), (2, 1), (3, 1), (3, 2), (2, 3), (1, 2)]:
            for length in [8, 9]:
                name = f"{padding}_pool_{pool}_strides_{strides}_length_{length}"
                cases.append(one(kind, name, 2, 1, length, pool_size=pool, strides=strides,
                                 padding=padding))
    cases += [
        one(kind, "pool_longer_same", length=3, pool_size=5, padding="same"),
        one(kind, "length_1_same", length=1, pool_size=3, padding="same"),
        one(kind, "channels_19", 19, 1, 6),
    ]
    ties = np.array([[[1, 0], [3, 0], [3, 0], [2, 0], [3, 0]]])
    for kind in ["GlobalMaxPooling1D", "GlobalAveragePooling1D"]:
        cases += [
            one(kind, "last", keepdims=0),
            one(kind, "keepdims", keepdims=1),
            one(kind, "channels_19", 19, 1, 6),
            one(kind, "length_300", 2, 1, 300),
            one(kind, "length_1", length=1),
            one(kind, "ties", 2, 1, 5, inputs=ties),
        ]
    return cases


def normalization_cases():
    """Both normalizations in inference, where BatchNormalization has its moving statistics."""
    cases = []
    for kind, stem in [("BatchNormalization", "batch"), ("LayerNormalization", "layer")]:
        cases += [
            one(kind, "default"),
            one(kind, "no_center", center=0),
            one(kind, "no_scale", scale=0),
            one(kind, "no_center_no_scale", center=0, scale=0),
            one(kind, "epsilon", epsilon=0.5),
            one(kind, "channels_19", 19, 2, 3),
            one(kind, "one_channel", 1, 2, 4),
            make(f"{stem}_normalization_vector", [vector(5), layer(kind)], 3),
            make(f"{stem}_normalization_then_dense", [vector(4), layer("Dense", units=6),
                                                      layer(kind), layer("Dense")], 4),
        ]
    return cases + [one("BatchNormalization", "not_trainable", trainable=0)]


def training(name, layers, samples=3, length=5, inputs=None):
    """A case in a step of training, with the weights after it."""
    generator = values.rng(name)
    layers = named(layers)
    model = build(layers)
    shape = input_shape(layers, samples, length)
    inputs = values.normal(generator, shape, 2) if inputs is None else np.float32(inputs)
    set_weights(model, random_weights(model, generator))
    weights = get_flat(model)
    output_gradient = values.normal(generator, (samples, *model.output_shape[1:]))
    output, input_gradient, weight_gradients = evaluate(model, inputs, output_gradient, True)
    return case_of(name, layers, model, shape) | {
        "training": 1, "input": inputs, "weights": weights, "outputShape": list(output.shape),
        "output": output, "outputGradient": output_gradient, "inputGradient": input_gradient,
        "weightGradients": values.flat(weight_gradients), "weightsAfter": get_flat(model),
    }


def training_cases():
    """BatchNormalization on the statistics of its batch."""
    kind, dense = "BatchNormalization", layer("Dense", units=4)
    shifted = values.normal(values.rng("shifted"), (4, 5, 3)) + np.float32([100, 0, -30])
    cases = [
        training("batch_training", [sequence(3, 5), layer(kind)]),
        training("batch_training_vector", [vector(5), layer(kind)], 7),
        training("batch_training_momentum", [sequence(2, 4), layer(kind, momentum=0.6)]),
        training("batch_training_epsilon", [sequence(2, 4), layer(kind, epsilon=0.25)]),
        training("batch_training_no_center_no_scale",
                 [sequence(2, 4), dense, layer(kind, center=0, scale=0)]),
        training("batch_training_no_scale", [sequence(2, 4), layer(kind, scale=0)]),
        training("batch_training_no_center", [sequence(2, 4), layer(kind, center=0)]),
        training("batch_training_not_trainable", [sequence(3, 5), layer(kind, trainable=0)]),
        training("batch_training_samples_20", [sequence(3, 5), dense, layer(kind)], 20),
        training("batch_training_channels_19", [sequence(19, 3), layer(kind)], 4),
        training("batch_training_one_row", [vector(3), layer(kind)], 1),
        training("batch_training_length_150", [sequence(2, 150), layer(kind)], 2, 150),
        training("batch_training_far_from_0", [sequence(3, 5), layer(kind)], 4, 5, shifted),
        training("batch_training_stack",
                 [sequence(3, 8), layer(kind), layer("Conv1D"), layer(kind),
                  layer("Activation", activation="relu"), layer("LSTM"), layer(kind), dense], 6),
    ]
    return cases


def reshaping_cases():
    """Layers that only move numbers, on inputs of a fixed and of any length."""
    def chain(name, *layers, start=None, samples=2, length=6):
        return make(name, [start or sequence(4, length), *layers], samples, length)

    cases = [
        chain(f"reshape_{length}_{channels}",
              layer("Reshape", target_length=length, target_channels=channels))
        for length, channels in [(-1, 24), (-1, 0), (8, 3), (0, 3), (8, 0), (1, 24), (24, 1)]
    ]
    steps = layer("LSTM", units=3, return_sequences=1)
    return cases + [
        chain("reshape_vector", layer("Reshape", target_length=3, target_channels=2),
              start=vector(6)),
        chain("reshape_any_length", layer("Reshape", target_length=0, target_channels=2), steps,
              start=sequence(4)),
        chain("permute_2_1", layer("Permute")),
        chain("permute_1_2", layer("Permute", first_dimension=1)),
        chain("permute_any_length", layer("Permute", first_dimension=1), start=sequence(2)),
        chain("permute_then_lstm", layer("Permute"), steps),
        chain("repeat_vector", layer("RepeatVector", repeats=3), start=vector(5)),
        chain("repeat_vector_behind_lstm", layer("LSTM", units=3),
              layer("RepeatVector", repeats=4), steps, start=sequence(4)),
        chain("zero_padding1d", layer("ZeroPadding1D")),
        chain("zero_padding1d_0_3", layer("ZeroPadding1D", before=0, after=3)),
        chain("zero_padding1d_any_length", layer("ZeroPadding1D", before=2, after=0), steps,
              start=sequence(2)),
        chain("cropping1d", layer("Cropping1D")),
        chain("cropping1d_0_3", layer("Cropping1D", before=0, after=3)),
        chain("cropping1d_leaves_one", layer("Cropping1D", before=3, after=2)),
        chain("cropping1d_any_length", layer("Cropping1D", before=2, after=0), steps,
              start=sequence(2)),
        chain("up_sampling1d", layer("UpSampling1D")),
        chain("up_sampling1d_3_any_length", layer("UpSampling1D", size=3), steps,
              start=sequence(2)),
        chain("up_sampling1d_behind_dense", layer("Dense"), layer("UpSampling1D")),
    ]


def stack_cases():
    """Whole models of these layers."""
    separable = layer("SeparableConv1D", filters=6, padding="same", strides=2, activation="relu")
    return [
        make("stack_separable", [
            sequence(3, 12), layer("BatchNormalization"), separable, layer("LayerNormalization"),
            layer("AveragePooling1D"), layer("LSTM", units=5, return_sequences=1),
            layer("GlobalAveragePooling1D"), layer("Dense", activation="softmax"),
        ], 2, 12),
        make("stack_any_length", [
            sequence(2), layer("ZeroPadding1D"), layer("DepthwiseConv1D", depth_multiplier=3),
            layer("UpSampling1D"), layer("Cropping1D", before=1, after=2),
            layer("LSTM", units=4, return_sequences=1), layer("GlobalMaxPooling1D"),
            layer("RepeatVector", repeats=3), layer("Permute"), layer("Flatten"),
            layer("Dense", activation="softmax"),
        ], 2, 7),
    ]


def cases():
    """All cases of feed_forward.json."""
    return (
        convolution_cases("DepthwiseConv1D") + convolution_cases("SeparableConv1D")
        + pooling_cases() + normalization_cases() + training_cases() + reshaping_cases()
        + stack_cases()
    )
