"""activations.json: every activation in every layer that has one, and layers that are functions of
each element. The schema is that of layers.json; layers that are at random in training are there
without, as the input itself.
"""

import numpy as np

from fixture_models import layer, named, sequence, vector
from layer_cases import ACTIVATIONS, make

OTHERS = [
    "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "hard_sigmoid",
    "exponential",
]
# From far below to far above, and both sides of every corner; no corner itself.
WIDE = np.float32([-30, -9, -6.1, -3.01, -2.99, -1.3, -0.75, -0.01, -1e-6, 1e-6, 0.02, 0.6, 1.25,
                   2.99, 3.01, 5.99, 6.01, 12, 40]).reshape(1, -1, 1)


def one(name, entry, channels=3, samples=2, length=5, inputs=None):
    """A case of one layer on sequences."""
    return make(name, [sequence(channels, length), entry], samples, length, inputs)


def activation_cases():
    """Activations of each kind of layer, where the sums are large and where they are small."""
    cases = []
    for activation in ACTIVATIONS + OTHERS:
        wide = one(f"wide_{activation}", layer("Activation", activation=activation), 1, 1,
                   WIDE.shape[1], np.minimum(WIDE, 12) if activation == "exponential" else WIDE)
        cases += [wide, one(f"activation_{activation}", layer("Activation", activation=activation))]
    for activation in OTHERS:
        entries = [
            layer("Dense", activation=activation),
            layer("Conv1D", activation=activation, padding="same"),
            layer("DepthwiseConv1D", activation=activation, depth_multiplier=2),
            layer("SeparableConv1D", activation=activation, padding="same"),
            layer("LSTM", recurrent_activation=activation),
            layer("LSTM", activation=activation, return_sequences=1),
        ]
        for number, entry in enumerate(entries):
            prefix = named([entry])[0]["name"]
            size = entry["options"].get("kernel_size", 1)
            # Exponentials of exponentials soon leave all bounds.
            length = 1 if activation == "exponential" else 5
            cases.append(one(f"{prefix}_{activation}_{number}", entry, length=max(length, size)))
    mixed = layer("LSTM", activation="gelu", recurrent_activation="silu", return_sequences=1)
    return cases + [one("lstm_gelu_silu", mixed, samples=7)]


def layer_cases():
    """Layers of their own, with their arguments alone and together."""
    cases = []
    for slope, threshold, bound in [
        (0, 0, None), (0.25, 0, None), (0, 0.3, None), (0, 0, 0.5), (0, 0, 6), (0.25, 0.3, None),
        (0.25, 0, 0.5), (0, 0.3, 0.5), (0.25, 0.3, 0.5),
    ]:
        options = {} if bound is None else {"max_value": bound}
        entry = layer("ReLU", negative_slope=slope, threshold=threshold, **options)
        cases.append(one(f"re_lu_{slope}_{threshold}_{bound}", entry))
    for number in [0.3, 0.05, 1.5]:
        cases.append(one(f"leaky_re_lu_{number}", layer("LeakyReLU", negative_slope=number)))
        cases.append(one(f"elu_{number}", layer("ELU", alpha=number)))
    cases += [
        one("p_re_lu", layer("PReLU")),
        one("p_re_lu_shared", layer("PReLU", shared_axes=1)),
        one("p_re_lu_channels_19", layer("PReLU"), 19, 3, 2),
        make("p_re_lu_vector", [vector(5), layer("PReLU")], 3),
        make("p_re_lu_any_length", [sequence(4), layer("PReLU", shared_axes=1)], 2, 6),
        one("softmax", layer("Softmax")),
        make("softmax_vector", [vector(5), layer("Softmax")], 3),
        one("spatial_dropout1d", layer("SpatialDropout1D")),
        one("gaussian_noise", layer("GaussianNoise", stddev=0.5)),
        one("rescaling", layer("Rescaling", factor=0.5, offset=-1.25)),
        one("rescaling_scale", layer("Rescaling", factor=1 / 127.5)),
    ]
    return cases + [
        make("stack_of_activations", [
            sequence(2, 9), layer("Rescaling", factor=2.0, offset=0.5),
            layer("Conv1D", activation="gelu"), layer("PReLU"), layer("GaussianNoise", stddev=0.1),
            layer("SpatialDropout1D"), layer("LSTM", activation="softsign"), layer("LeakyReLU"),
            layer("Dense", units=4, activation="silu"), layer("ELU"), layer("Dense"),
            layer("Softmax"),
        ], 3, 9),
    ]


def cases():
    """All cases of activations.json."""
    return activation_cases() + layer_cases()
