"""Layers as the fixtures describe them, and the Keras models they stand for.

A layer is a dictionary with kind, name and options. Options have the names of
``cnnlstm_layer_options`` and of Keras, and all of a layer's options are written: numbers, booleans
as 0 and 1, and names as strings.
"""

import keras
import numpy as np

import fixture_values as values

ANY_LENGTH = 0
NO_TIME = -1
# No number comes near it; JSON has no infinity.
NO_BOUND = 1e30

DEFAULTS = {
    "Input": {"length": NO_TIME, "channels": 1},
    "Conv1D": {
        "filters": 4, "kernel_size": 3, "strides": 1, "padding": "valid", "dilation_rate": 1,
        "groups": 1, "activation": "linear", "use_bias": 1,
    },
    "MaxPooling1D": {"pool_size": 2, "strides": 0, "padding": "valid"},
    "LSTM": {
        "units": 5, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": 1,
        "unit_forget_bias": 1, "dropout": 0.0, "recurrent_dropout": 0.0, "return_sequences": 0,
        "go_backwards": 0,
    },
    "GRU": {
        "units": 5, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": 1,
        "reset_after": 1, "dropout": 0.0, "recurrent_dropout": 0.0, "return_sequences": 0,
        "go_backwards": 0,
    },
    "SimpleRNN": {
        "units": 5, "activation": "tanh", "use_bias": 1, "dropout": 0.0,
        "recurrent_dropout": 0.0, "return_sequences": 0, "go_backwards": 0,
    },
    "Dense": {"units": 3, "activation": "linear", "use_bias": 1},
    "Dropout": {"rate": 0.5},
    "Activation": {"activation": "linear"},
    "Flatten": {},
    "Normalization": {},
    "DepthwiseConv1D": {
        "kernel_size": 3, "strides": 1, "padding": "valid", "depth_multiplier": 1,
        "dilation_rate": 1, "activation": "linear", "use_bias": 1,
    },
    "SeparableConv1D": {
        "filters": 4, "kernel_size": 3, "strides": 1, "padding": "valid", "dilation_rate": 1,
        "depth_multiplier": 1, "activation": "linear", "use_bias": 1,
    },
    "AveragePooling1D": {"pool_size": 2, "strides": 0, "padding": "valid"},
    "GlobalMaxPooling1D": {"keepdims": 0},
    "GlobalAveragePooling1D": {"keepdims": 0},
    "BatchNormalization": {
        "momentum": 0.99, "epsilon": 0.001, "center": 1, "scale": 1, "trainable": 1,
    },
    "LayerNormalization": {"epsilon": 0.001, "center": 1, "scale": 1},
    "Reshape": {"target_length": NO_TIME, "target_channels": 0},
    "Permute": {"first_dimension": 2},
    "RepeatVector": {"repeats": 1},
    "ZeroPadding1D": {"before": 1, "after": 1},
    "Cropping1D": {"before": 1, "after": 1},
    "UpSampling1D": {"size": 2},
    "Masking": {"mask_value": 0.0},
    "ReLU": {"max_value": NO_BOUND, "negative_slope": 0.0, "threshold": 0.0},
    "LeakyReLU": {"negative_slope": 0.3},
    "PReLU": {"shared_axes": 0},
    "ELU": {"alpha": 1.0},
    "Softmax": {},
    "SpatialDropout1D": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
    "Rescaling": {"factor": 1.0, "offset": 0.0},
}

# Written only where they are given.
OPTIONAL = {kind: {"stateful", "merge_mode"} for kind in ("LSTM", "GRU", "SimpleRNN")}

DEFAULT_NAMES = {
    "Input": "input", "Conv1D": "conv1d", "MaxPooling1D": "max_pooling1d", "LSTM": "lstm",
    "Dense": "dense", "Dropout": "dropout", "Activation": "activation", "Flatten": "flatten",
    "Normalization": "normalization", "DepthwiseConv1D": "depthwise_conv1d",
    "SeparableConv1D": "separable_conv1d", "AveragePooling1D": "average_pooling1d",
    "GlobalMaxPooling1D": "global_max_pooling1d",
    "GlobalAveragePooling1D": "global_average_pooling1d",
    "BatchNormalization": "batch_normalization", "LayerNormalization": "layer_normalization",
    "Reshape": "reshape", "Permute": "permute", "RepeatVector": "repeat_vector",
    "ZeroPadding1D": "zero_padding1d", "Cropping1D": "cropping1d",
    "UpSampling1D": "up_sampling1d", "GRU": "gru", "SimpleRNN": "simple_rnn",
    "Masking": "masking", "ReLU": "re_lu", "LeakyReLU": "leaky_re_lu", "PReLU": "p_re_lu",
    "ELU": "elu", "Softmax": "softmax", "SpatialDropout1D": "spatial_dropout1d",
    "GaussianNoise": "gaussian_noise", "Rescaling": "rescaling",
}

FLAGS = {
    "use_bias", "unit_forget_bias", "return_sequences", "go_backwards", "keepdims", "center",
    "scale", "trainable", "reset_after", "stateful",
}


def target_shape(target_length, target_channels):
    """Keras's name for a shape: -1 is what follows from the rest."""
    last = target_channels or -1
    return (last,) if target_length == NO_TIME else (target_length or -1, last)


# Arguments that Keras calls otherwise, from the options of a layer.
ARGUMENTS = {
    "Reshape": lambda **options: {"target_shape": target_shape(**options)},
    "Permute": lambda first_dimension: {"dims": (first_dimension, 3 - first_dimension)},
    "RepeatVector": lambda repeats: {"n": repeats},
    "ZeroPadding1D": lambda before, after: {"padding": (before, after)},
    "Cropping1D": lambda before, after: {"cropping": (before, after)},
    "ReLU": lambda max_value, **options: {
        **options, "max_value": None if max_value == NO_BOUND else max_value,
    },
    "PReLU": lambda shared_axes: {"shared_axes": [1] if shared_axes else None},
    "Rescaling": lambda factor, offset: {"scale": factor, "offset": offset},
}


def layer(kind, **options):
    """One layer; what is not given is Keras's default."""
    unknown = set(options) - set(DEFAULTS[kind]) - OPTIONAL.get(kind, set())
    if unknown:
        raise ValueError(f"{kind} has no {unknown}")
    return {"kind": kind, "options": {**DEFAULTS[kind], **options}}


def penalized(entry, **penalties):
    """A layer with regularizers (l1, l2) and constraints (max_norm, axes as bits) by name."""
    return {**entry, "penalties": penalties}


def penalty_arguments(entry):
    """The penalties of a description as Keras's objects."""
    arguments = {}
    for name, (first, second) in entry.get("penalties", {}).items():
        if name.endswith("regularizer"):
            arguments[name] = keras.regularizers.L1L2(first, second)
        else:
            axes = [axis for axis in range(3) if second >> axis & 1]
            arguments[name] = keras.constraints.MaxNorm(first, axes)
    return arguments


def sequence(channels, length=ANY_LENGTH):
    """The Input of sequences."""
    return layer("Input", length=length, channels=channels)


def vector(channels):
    """The Input of vectors."""
    return layer("Input", length=NO_TIME, channels=channels)


def named(layers):
    """The layers with the names Keras gives in a fresh process: lstm, lstm_1, ..."""
    seen = {}
    result = []
    for entry in layers:
        base = DEFAULT_NAMES[entry["kind"]]
        count = seen.get(base, 0)
        seen[base] = count + 1
        name = base if count == 0 else f"{base}_{count}"
        result.append({**entry, "name": name})
    return result


def keras_layer(entry, samples=None):
    """The Keras layer of a description; stateful ones need to know the samples of a batch."""
    kind, options = entry["kind"], dict(entry["options"])
    if kind == "Input":
        length, channels = options["length"], options["channels"]
        shape = (channels,) if length == NO_TIME else (length or None, channels)
        return keras.Input(shape, batch_size=samples)
    for flag in FLAGS & set(options):
        options[flag] = bool(options[flag])
    if kind in ARGUMENTS:
        options = ARGUMENTS[kind](**options)
    if "pool_size" in options:
        options["strides"] = options["strides"] or None
    options |= penalty_arguments(entry)
    merge_mode = options.pop("merge_mode", "none")
    made = getattr(keras.layers, kind)(name=entry["name"], **options)
    if merge_mode == "none":
        return made
    other = None
    if options["go_backwards"]:
        options["go_backwards"] = False
        other = getattr(keras.layers, kind)(**options)
    return keras.layers.Bidirectional(made, merge_mode, backward_layer=other, name=entry["name"])


def build(layers, samples=None):
    """A Sequential model of described layers, with Keras's own initial weights."""
    return keras.Sequential([keras_layer(entry, samples) for entry in layers])


def input_shape(layers, samples, length):
    """The shape of a batch for these layers; length matters where the Input has any."""
    options = layers[0]["options"]
    if options["length"] == NO_TIME:
        return (samples, options["channels"])
    return (samples, options["length"] or length, options["channels"])


def random_weights(model, generator):
    """Weights of the size that keeps activations near 1, with three decimals."""
    result = []
    for weight in model.weights:
        limit = 0.4
        if len(weight.shape) > 1:
            limit = min(0.8, 1.5 / np.sqrt(np.prod(weight.shape[:-1])))
        array = generator.uniform(-limit, limit, size=weight.shape)
        if weight.name in ("variance", "moving_variance"):
            array = 0.2 + np.abs(array) * 5
        result.append(np.round(array, 3).astype(np.float32) if weight.name != "count" else array)
    return [np.zeros_like(w) if v.name == "count" else w for v, w in zip(model.weights, result)]


def set_weights(model, weights):
    """Sets all weights. A Normalization sees its new ones only after finalize_state."""
    model.set_weights(weights)
    for entry in model.layers:
        if isinstance(entry, keras.layers.Normalization):
            entry.finalize_state()


def set_flat(model, flat):
    """Sets all weights from one flat array."""
    arrays, start = [], 0
    for weight in model.weights:
        count = int(np.prod(weight.shape))
        arrays.append(np.reshape(flat[start:start + count], weight.shape))
        start += count
    if start != len(flat):
        raise ValueError(f"{len(flat)} weights for a model of {start}")
    set_weights(model, arrays)


def get_flat(model):
    """All weights, flat, in the order of get_weights."""
    return values.flat(model.get_weights())


def case_of(name, layers, model, shape):
    """The part that every case has."""
    return {
        "name": name,
        "layers": layers,
        "weightShapes": [list(weight.shape) for weight in model.weights],
        "trainable": [int(weight.trainable) for weight in model.weights],
        "inputShape": list(shape),
    }
