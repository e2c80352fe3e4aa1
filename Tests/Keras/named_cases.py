"""The corners of Keras's layers that are easily got wrong, each by its name."""

from __future__ import annotations

from cases import Case
from options import L1L2, Spec, serialized
from options import RECURRENT_LAYERS as RECURRENT

DENSE = Spec("Dense", {"units": 3, "activation": "softmax"})
LOSS = Spec("SparseCategoricalCrossentropy", {})
ADAM = Spec("Adam", {"learning_rate": 0.002})


def conv(**options: object) -> Spec:
    return Spec("Conv1D", {"filters": 3, "kernel_size": 4, **options})


def recurrent(class_name: str, **options: object) -> Spec:
    return Spec(class_name, {"units": 4, **options})


def separable(**options: object) -> Spec:
    return Spec("SeparableConv1D", {"filters": 3, "kernel_size": 3, **options})


def sequential(*specs: Spec) -> Spec:
    return Spec("Sequential", {"layers": list(specs)})


def max_norm(*axes: int) -> dict[str, object]:
    return serialized("MaxNorm", max_value=0.4, axis=axes[0] if len(axes) == 1 else list(axes))


def frozen(class_name: str, units: int, **options: object) -> Spec:
    return Spec(class_name, {"units": units, "trainable": False, **options})


def turned(layer: Spec) -> Spec:
    """A Bidirectional whose layer goes backwards, and its backward_layer forwards."""
    backwards, forwards = (layer.with_options(go_backwards=it) for it in (True, False))
    return Spec("Bidirectional", {"layer": backwards, "backward_layer": forwards})


def last(*specs: Spec) -> list[Spec]:
    return [*specs, Spec("LSTM", {"units": 3}), DENSE]


PENALTIES = {
    "kernel_regularizer": L1L2,
    "recurrent_regularizer": "l1",
    "bias_regularizer": "l2",
    "kernel_constraint": max_norm(0),
    "recurrent_constraint": max_norm(1),
    "bias_constraint": max_norm(0),
}
LAYERS: dict[str, list[Spec]] = {
    "same pads unevenly": last(conv(padding="same")),
    "same with strides": last(conv(padding="same", strides=3)),
    "same with strides, pooling": last(
        Spec("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"})
    ),
    "same with strides, average": last(
        Spec("AveragePooling1D", {"pool_size": 3, "strides": 2, "padding": "same"})
    ),
    "same with strides, depthwise": last(
        Spec("DepthwiseConv1D", {"kernel_size": 4, "padding": "same", "strides": 3})
    ),
    "causal with dilation": last(conv(padding="causal", dilation_rate=3)),
    "causal with strides": last(conv(padding="causal", strides=2)),
    "groups": last(conv(groups=2, filters=4)),
    "flatten after convolution and pooling": [
        conv(),
        Spec("MaxPooling1D", {}),
        Spec("Flatten", {}),
        DENSE,
    ],
    "flatten a sequence of an LSTM": [
        recurrent("LSTM", return_sequences=True),
        Spec("Flatten", {}),
        DENSE,
    ],
    **{
        f"go_backwards with return_sequences, {name}": last(
            recurrent(name, go_backwards=True, return_sequences=True)
        )
        for name in RECURRENT
    },
    "reset_after": [recurrent("GRU", reset_after=True), DENSE],
    "reset_after not": [recurrent("GRU", reset_after=False), DENSE],
    **{
        f"bidirectional {name}, {merge_mode}": last(
            Spec(
                "Bidirectional",
                {"layer": recurrent(name, return_sequences=True), "merge_mode": merge_mode},
            )
        )
        for name in RECURRENT
        for merge_mode in ("concat", "sum", "mul", "ave")
    },
    **{
        f"bidirectional last outputs, {name}": [
            Spec("Bidirectional", {"layer": recurrent(name), "merge_mode": "ave"}),
            DENSE,
        ]
        for name in RECURRENT
    },
    **{
        f"masked steps, bidirectional of a {name} that goes backwards": [
            Spec("Masking", {}),
            turned(recurrent(name, return_sequences=True)),
            turned(recurrent(name)),
            DENSE,
        ]
        for name in RECURRENT
    },
    "stateful, bidirectional and masked": [
        Spec("Masking", {}),
        Spec("Bidirectional", {"layer": recurrent("GRU", stateful=True, return_sequences=True)}),
        recurrent("LSTM", stateful=True),
        DENSE,
    ],
    "frozen layers in wrappers": [
        Spec("Bidirectional", {"layer": frozen("GRU", 3, return_sequences=True)}),
        Spec("TimeDistributed", {"layer": frozen("Dense", 2)}),
        recurrent("SimpleRNN"),
        DENSE,
    ],
    "batch normalization": last(conv(), Spec("BatchNormalization", {"momentum": 0.8})),
    "batch normalization without scale": last(Spec("BatchNormalization", {"scale": False})),
    "frozen batch normalization": last(Spec("BatchNormalization", {"trainable": False})),
    "frozen layers": [conv(trainable=False), recurrent("LSTM", trainable=False), DENSE],
    "regularizers and a constraint": last(
        conv(kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="max_norm")
    ),
    "constraints over other axes": [
        conv(kernel_constraint=max_norm(0, 2), bias_constraint=max_norm(0)),
        recurrent("LSTM", kernel_constraint=max_norm(1), recurrent_constraint=max_norm(0, 1)),
        Spec("Dense", {"units": 3, "kernel_constraint": max_norm(1), "activation": "softmax"}),
    ],
    "depthwise and pointwise, regularizers": last(
        Spec("DepthwiseConv1D", {"kernel_size": 3, "depthwise_regularizer": L1L2}),
        separable(depthwise_regularizer="l1", pointwise_regularizer="l2", bias_regularizer=L1L2),
    ),
    "depthwise and pointwise, constraints": last(
        Spec("DepthwiseConv1D", {"kernel_size": 3, "depthwise_constraint": max_norm(0, 1)}),
        separable(depthwise_constraint=max_norm(2), pointwise_constraint=max_norm(1)),
    ),
    **{
        f"penalties of a recurrent layer, {name}": last(
            recurrent(name, return_sequences=True, **PENALTIES)
        )
        for name in RECURRENT
    },
    **{
        f"penalties in both directions, {name}": last(
            Spec(
                "Bidirectional",
                {"layer": recurrent(name, return_sequences=True, **PENALTIES)},
            )
        )
        for name in RECURRENT
    },
    **{
        f"stateful, {name}": last(recurrent(name, stateful=True, return_sequences=True))
        for name in RECURRENT
    },
    "stateful, bidirectional": [
        Spec("Bidirectional", {"layer": recurrent("GRU", stateful=True)}),
        DENSE,
    ],
    "models in models": [
        sequential(conv(trainable=False), Spec("BatchNormalization", {})),
        sequential(sequential(recurrent("LSTM")), DENSE),
    ],
    "masked steps in the middle": [
        Spec("Masking", {"mask_value": 1.0}),
        recurrent("LSTM", return_sequences=True),
        recurrent("LSTM"),
        DENSE,
    ],
    "masked steps, bidirectional": [
        Spec("Masking", {}),
        Spec("Bidirectional", {"layer": recurrent("GRU", return_sequences=True)}),
        recurrent("LSTM"),
        DENSE,
    ],
    "masked steps, go_backwards": [
        Spec("Masking", {}),
        recurrent("LSTM", go_backwards=True),
        DENSE,
    ],
    "masked steps reach the loss": [
        Spec("Masking", {}),
        recurrent("GRU", return_sequences=True),
        Spec("TimeDistributed", {"layer": DENSE}),
    ],
    "masked steps reach the loss, reset_after not": [
        Spec("Masking", {}),
        recurrent("GRU", return_sequences=True, reset_after=False),
        DENSE,
    ],
    "masked steps, batch normalization": [
        Spec("Masking", {}),
        Spec("BatchNormalization", {}),
        recurrent("SimpleRNN"),
        DENSE,
    ],
    "masked steps, global average": [
        Spec("Masking", {}),
        Spec("GlobalAveragePooling1D", {}),
        DENSE,
    ],
    "mask lost in a convolution": [Spec("Masking", {}), conv(), recurrent("LSTM"), DENSE],
    "dense for each step": last(Spec("TimeDistributed", {"layer": Spec("Dense", {"units": 2})})),
}


def named_cases() -> list[Case]:
    return [Case(name, (14, 2), specs, LOSS, ADAM) for name, specs in LAYERS.items()]
