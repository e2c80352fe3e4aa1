"""layers.json: outputs and gradients of every layer and option.

The gradients are those of sum(output * outputGradient), with a random outputGradient: what a
layer's backward pass must give when it receives that array.
"""

import keras
import numpy as np
import tensorflow as tf

import fixture_values as values
from fixture_models import build, case_of, get_flat, input_shape, layer, named, random_weights
from fixture_models import sequence, set_weights, vector

ACTIVATIONS = ["linear", "relu", "tanh", "sigmoid", "softmax"]
LSTM_ACTIVATIONS = ["linear", "relu", "tanh", "sigmoid"]


def tensor(array):
    """An array in the precision of the run."""
    return tf.constant(array, dtype=keras.config.floatx())


def evaluate(model, inputs, output_gradient, training=False):
    """Output, gradient of the inputs and gradients of the trainable weights."""
    inputs = tensor(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = model(inputs, training=training)
        total = tf.reduce_sum(output * tensor(output_gradient))
    gradients = tape.gradient(total, [inputs] + model.trainable_weights,
                              unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return output.numpy(), gradients[0].numpy(), [gradient.numpy() for gradient in gradients[1:]]


def make(name, layers, samples=2, length=7, inputs=None, weights=None):
    """One case; inputs and weights are random unless given."""
    generator = values.rng(name)
    layers = named(layers)
    model = build(layers)
    shape = input_shape(layers, samples, length)
    inputs = values.normal(generator, shape) if inputs is None else np.float32(inputs)
    set_weights(model, random_weights(model, generator) if weights is None else weights)
    output_shape = model(tensor(inputs)).shape
    output_gradient = values.normal(generator, output_shape)
    output, input_gradient, weight_gradients = evaluate(model, inputs, output_gradient)
    return case_of(name, layers, model, shape) | {
        "input": inputs, "weights": get_flat(model), "outputShape": list(output_shape),
        "output": output, "outputGradient": output_gradient, "inputGradient": input_gradient,
        "weightGradients": values.flat(weight_gradients),
    }


def convolution(name, channels=3, samples=2, length=9, **options):
    """A case of one Conv1D."""
    layers = [sequence(channels, length), layer("Conv1D", **options)]
    return make(f"conv1d_{name}", layers, samples, length)


def convolution_steps():
    """Padding by stride and by dilation; strides and dilation exclude each other in Keras."""
    cases = []
    for padding in ["valid", "same", "causal"]:
        for strides in [1, 2, 3]:
            name = f"{padding}_strides_{strides}"
            cases.append(convolution(name, padding=padding, strides=strides))
        for dilation in [2, 3]:
            name = f"{padding}_dilation_{dilation}"
            cases.append(convolution(name, padding=padding, dilation_rate=dilation))
    return cases


def convolution_groups():
    """Groups with each kind of padding, with strides and with dilation."""
    cases = []
    for groups, channels, filters in [(2, 4, 6), (3, 6, 3), (6, 6, 12)]:
        for padding in ["valid", "same", "causal"]:
            name = f"groups_{groups}_{padding}"
            options = {"groups": groups, "filters": filters, "padding": padding}
            cases.append(convolution(name, channels, **options))
    two = {"groups": 2, "filters": 4, "channels": 4}
    cases.append(convolution("groups_2_same_strides_2", padding="same", strides=2, **two))
    cases.append(convolution("groups_2_causal_dilation_2", padding="causal", dilation_rate=2,
                             **two))
    cases.append(convolution("groups_2_no_bias_relu", use_bias=0, activation="relu", **two))
    return cases


def convolution_uneven():
    """Padding "same" that is uneven, and kernels of even size."""
    cases = []
    for length in [7, 8, 10, 11]:
        for kernel, strides in [(2, 1), (2, 2), (3, 2), (4, 3), (5, 3), (2, 3)]:
            name = f"same_length_{length}_kernel_{kernel}_strides_{strides}"
            options = {"kernel_size": kernel, "strides": strides, "padding": "same", "filters": 2}
            cases.append(convolution(name, 2, 1, length, **options))
    return cases


def convolution_edges():
    """Activations, sizes above a vector, and the smallest and shortest inputs."""
    cases = [convolution(activation, activation=activation) for activation in ACTIVATIONS]
    cases += [
        convolution("no_bias", use_bias=0),
        convolution("no_bias_same_sigmoid", use_bias=0, padding="same", activation="sigmoid"),
        convolution("kernel_1", kernel_size=1),
        convolution("kernel_1_strides_2", kernel_size=1, strides=2),
        convolution("kernel_is_length", kernel_size=5, length=5),
        convolution("one_channel", 1, filters=8),
        convolution("one_filter", filters=1),
        convolution("one_sample", samples=1),
        convolution("filters_19", filters=19, activation="relu"),
        convolution("filters_33_channels_17", 17, 1, 5, filters=33),
        convolution("length_1_same", length=1, padding="same"),
        convolution("length_1_causal", length=1, padding="causal"),
        convolution("length_1_kernel_1", length=1, kernel_size=1),
        convolution("same_kernel_longer", length=3, kernel_size=6, padding="same"),
        convolution("causal_kernel_longer", length=3, kernel_size=6, padding="causal"),
        convolution("same_dilation_longer", length=4, dilation_rate=3, padding="same"),
        convolution("valid_leaves_steps", length=11, kernel_size=4, strides=3),
    ]
    return cases


def pooling(name, channels=3, samples=2, length=9, inputs=None, **options):
    """A case of one MaxPooling1D; no two inputs are equal unless they are given."""
    layers = [sequence(channels, length), layer("MaxPooling1D", **options)]
    if inputs is None:
        inputs = values.distinct(values.rng(f"pooling {name}"), (samples, length, channels))
    return make(f"max_pooling1d_{name}", layers, samples, length, inputs)


def pooling_cases():
    """Pool sizes and strides, both paddings, negative inputs beside padding, and ties."""
    cases = []
    for padding in ["valid", "same"]:
        for pool, strides in [(2, 0), (3, 0), (4, 0), (2, 1), (3, 1), (3, 2), (2, 3), (1, 2)]:
            for length in [8, 9]:
                name = f"{padding}_pool_{pool}_strides_{strides}_length_{length}"
                options = {"pool_size": pool, "strides": strides, "padding": padding}
                cases.append(pooling(name, 2, 1, length, **options))
    negative = -1 - np.abs(values.distinct(values.rng("negative"), (2, 5, 3)))
    ties = np.array([1, 1, 2, 2, 2, 0, 0, 3, 3, 3]).reshape(1, 10, 1)
    cases += [
        pooling("same_negative", length=5, inputs=negative, pool_size=3, padding="same"),
        pooling("ties", 1, 1, 10, ties, pool_size=2),
        pooling("ties_overlap", 1, 1, 10, ties, pool_size=3, strides=1, padding="same"),
        pooling("length_1_same", length=1, pool_size=3, padding="same"),
        pooling("pool_is_length", length=4, pool_size=4),
        pooling("pool_longer_same", length=3, pool_size=5, padding="same"),
        pooling("channels_19", 19, 1, 6, pool_size=2),
        pooling("one_channel", 1, 3, 7, pool_size=3, strides=2),
    ]
    return cases


def recurrent(name, channels=3, samples=2, length=6, **options):
    """A case of one LSTM."""
    layers = [sequence(channels, length), layer("LSTM", **options)]
    return make(f"lstm_{name}", layers, samples, length)


def recurrent_directions():
    """return_sequences and go_backwards, with one step, one channel and one sample too."""
    cases = []
    for suffix, sizes in [
        ("", {}), ("_one_step", {"length": 1}), ("_one_channel", {"channels": 1}),
        ("_one_sample", {"samples": 1}), ("_no_bias", {"use_bias": 0}),
        ("_units_1", {"units": 1}), ("_length_12", {"length": 12, "samples": 3}),
    ]:
        for sequences in [0, 1]:
            for backwards in [0, 1]:
                name = "backwards" if backwards else "forwards"
                name += "_sequences" if sequences else "_last"
                options = {"return_sequences": sequences, "go_backwards": backwards}
                cases.append(recurrent(name + suffix, **sizes, **options))
    return cases


def recurrent_cases():
    """Every pair of activations, both directions, and units above a vector."""
    cases = recurrent_directions()
    for activation in LSTM_ACTIVATIONS:
        for recurrent_activation in LSTM_ACTIVATIONS:
            options = {"activation": activation, "recurrent_activation": recurrent_activation}
            name = f"{activation}_{recurrent_activation}"
            cases.append(recurrent(name, return_sequences=1, **options))
    both = {"return_sequences": 1, "go_backwards": 1}
    cases += [
        recurrent("units_8", units=8),
        recurrent("units_16", 2, units=16),
        recurrent("units_17", 2, 2, 4, units=17, return_sequences=1),
        recurrent("units_17_backwards", 1, 2, 4, units=17, **both),
        recurrent("units_33", 5, 3, 4, units=33),
        recurrent("units_33_backwards", 1, 1, 3, units=33, **both),
        recurrent("samples_9", 2, 9, 3, units=3),
        recurrent("channels_19", 19, 2, 3, units=4),
        recurrent("dropout_in_inference", dropout=0.5, recurrent_dropout=0.5),
        recurrent("no_unit_forget_bias", unit_forget_bias=0),
    ]
    return cases


def dense_cases():
    """Dense on vectors and on sequences."""
    cases = []
    for activation in ACTIVATIONS:
        dense = layer("Dense", units=4, activation=activation)
        cases.append(make(f"dense_{activation}", [vector(5), dense], 3))
        cases.append(make(f"dense_sequence_{activation}", [sequence(3, 4), dense], 2))
    cases += [
        make("dense_no_bias", [vector(5), layer("Dense", use_bias=0)], 3),
        make("dense_sequence_no_bias", [sequence(2, 5), layer("Dense", use_bias=0)]),
        make("dense_units_1", [vector(3), layer("Dense", units=1, activation="sigmoid")], 4),
        make("dense_softmax_units_1", [vector(3), layer("Dense", units=1, activation="softmax")]),
        make("dense_one_channel", [vector(1), layer("Dense", units=6)]),
        make("dense_one_sample", [vector(7), layer("Dense", units=5, activation="tanh")], 1),
        make("dense_units_19", [vector(17), layer("Dense", units=19, activation="softmax")]),
        make("dense_units_33", [vector(2), layer("Dense", units=33, activation="relu")]),
    ]
    return cases


def activation_cases():
    """Activation layers, at ordinary, zero, negative-zero and extreme inputs."""
    extremes = np.array([-1000, -100, -20, -9, -1e-6, -0.0, 0.0, 1e-6, 9, 20, 100, 1000])
    cases = []
    for activation in ACTIVATIONS:
        entry = layer("Activation", activation=activation)
        name = f"activation_{activation}"
        cases.append(make(name, [sequence(5, 4), entry]))
        cases.append(make(f"{name}_vector", [vector(19), entry], 3))
        cases.append(make(f"{name}_extremes", [vector(6), entry], 2,
                          inputs=extremes.reshape(2, 6)))
    return cases


def other_cases():
    """Flatten and Dropout."""
    dense = layer("Dense", units=3)
    return [
        make("flatten", [sequence(3, 4), layer("Flatten")]),
        make("flatten_vector", [vector(5), layer("Flatten")]),
        make("flatten_dense", [sequence(3, 4), layer("Flatten"), dense]),
        make("dropout_in_inference", [sequence(3, 4), layer("Dropout", rate=0.5)]),
        make("dropout_in_inference_vector", [vector(5), layer("Dropout", rate=0.9), dense]),
    ]


def normalization_cases():
    """Normalization by given weights, by adapt, and where a variance is zero."""
    layers = [sequence(3, 4), layer("Normalization")]
    zero = [np.float32([0.5, -1, 2]), np.float32([1.5, 0, 1e-16]), np.int32(0)]
    inputs = np.tile(np.float32([[1.25, -1, 2], [0.5, -1.5, 2.0625]]), (2, 2, 1))
    cases = [
        make("normalization", layers),
        make("normalization_vector", [vector(5), layer("Normalization")], 3),
        make("normalization_one_channel", [sequence(1), layer("Normalization")], 2, 5),
        make("normalization_channels_19", [sequence(19), layer("Normalization")], 1, 2),
        make("normalization_zero_variance", layers, 2, 4, inputs, zero),
        make("normalization_then_dense", layers + [layer("Dense")], 2),
    ]
    for name, shape in [("sequence", (3, 4, 3)), ("vector", (6, 3)), ("one_sample", (1, 4, 3))]:
        cases.append(adapted(name, shape))
    return cases


def adapted(name, shape):
    """Normalization by adapt on the case's own input, whose channel 1 is constant."""
    inputs = values.normal(values.rng(f"adapt {name}"), shape, 3) + np.float32(10)
    inputs[..., 1] = 4
    normalization = keras.layers.Normalization()
    normalization.adapt(inputs.astype(keras.config.floatx()))
    first = vector(shape[-1]) if len(shape) == 2 else sequence(shape[-1])
    return make(f"normalization_adapt_{name}", [first, layer("Normalization")], shape[0],
                shape[1], inputs, normalization.get_weights())


def stack_cases():
    """Whole models, the ones that importers of Keras models get wrong among them."""
    convolution1 = layer("Conv1D", filters=4, activation="relu")
    softmax = layer("Dense", units=3, activation="softmax")
    last, steps = layer("LSTM", units=6), layer("LSTM", units=4, return_sequences=1)
    seed = [convolution1, layer("MaxPooling1D"), layer("LSTM", units=6, dropout=0.2), softmax]
    two = [
        layer("Conv1D", filters=5, activation="relu", padding="same"),
        layer("Conv1D", filters=3, kernel_size=2, activation="tanh", padding="causal"),
        steps, layer("LSTM", units=5, return_sequences=1), layer("Dense", units=2),
    ]
    backwards = layer("LSTM", units=4, return_sequences=1, go_backwards=1)
    return [
        make("stack_seed", [sequence(2, 12)] + seed),
        make("stack_seed_any_length_12", [sequence(2)] + seed, 2, 12),
        make("stack_seed_any_length_5", [sequence(2)] + seed, 3, 5),
        make("stack_two_conv1d_two_lstm", [sequence(2, 8)] + two),
        make("stack_two_conv1d_two_lstm_any_length_5", [sequence(2)] + two, 1, 5),
        make("stack_flatten", [sequence(2, 8), convolution1, steps, layer("Flatten"), softmax]),
        make("stack_conv1d_flatten", [sequence(3, 6), convolution1, layer("Flatten"), softmax]),
        make("stack_backwards_then_forwards", [sequence(2, 6), backwards, last, softmax]),
        make("stack_backwards_flatten", [sequence(2, 5), backwards, layer("Flatten"), softmax]),
        make("stack_all", [
            sequence(3, 11), layer("Normalization"), convolution1, layer("Dropout", rate=0.3),
            layer("MaxPooling1D", pool_size=3, strides=2, padding="same"), steps,
            layer("Activation", activation="relu"), layer("Flatten"),
            layer("Dense", units=4), layer("Activation", activation="softmax"),
        ]),
    ]


def cases():
    """All cases of layers.json."""
    return (
        convolution_steps() + convolution_groups() + convolution_uneven() + convolution_edges()
        + pooling_cases() + recurrent_cases() + dense_cases() + activation_cases()
        + other_cases() + normalization_cases() + stack_cases()
    )
