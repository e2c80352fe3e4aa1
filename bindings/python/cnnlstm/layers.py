"""Layers, with Keras's names, arguments and defaults.

Shapes are ``(samples, length, channels)`` for sequences and ``(samples, features)`` for vectors.
Every layer also takes ``name``, ``trainable`` and, as the first of a model, ``input_shape`` (see
``Layer``). A layer with kernels takes a regularizer and a constraint for each, as in Keras.
Names of activations are ``linear``, ``relu``, ``relu6``, ``leaky_relu``, ``elu``, ``selu``,
``gelu``, ``silu``, ``softplus``, ``softsign``, ``tanh``, ``sigmoid``, ``hard_sigmoid``,
``exponential`` and ``softmax``; ``None`` is ``linear``. Integers out of range are refused with
``ArgumentError`` when a model takes the layer,
and a shape that does not fit on the layer before with ``ShapeError``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._activations import (
    ELU,
    GaussianNoise,
    LeakyReLU,
    PReLU,
    ReLU,
    Rescaling,
    Softmax,
    SpatialDropout1D,
)
from ._layer import (
    ACTIVATION,
    FLAG,
    INITIALIZER,
    INTEGER,
    NUMBER,
    PADDING,
    InputLayer,
    InputShape,
    Layer,
    penalties,
)
from ._masking import Masking
from ._normalization import Normalization
from ._pooling import AveragePooling1D, GlobalAveragePooling1D, GlobalMaxPooling1D, MaxPooling1D
from ._recurrent import GRU, LSTM, SimpleRNN
from ._reshaping import (
    Cropping1D,
    Permute,
    RepeatVector,
    Reshape,
    UpSampling1D,
    ZeroPadding1D,
)
from ._scaling import BatchNormalization, LayerNormalization
from ._separable import DepthwiseConv1D, SeparableConv1D
from ._wrappers import Bidirectional, TimeDistributed
from .constraints import ConstraintLike
from .errors import ArgumentError
from .initializers import Initializer, InitializerLike
from .regularizers import RegularizerLike

__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "Activation",
    "AveragePooling1D",
    "AvgPool1D",
    "BatchNormalization",
    "Bidirectional",
    "Conv1D",
    "Convolution1D",
    "Cropping1D",
    "Dense",
    "DepthwiseConv1D",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAvgPool1D",
    "GlobalMaxPool1D",
    "GlobalMaxPooling1D",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPool1D",
    "MaxPooling1D",
    "Normalization",
    "PReLU",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "SeparableConv1D",
    "SeparableConvolution1D",
    "SimpleRNN",
    "Softmax",
    "SpatialDropout1D",
    "TimeDistributed",
    "UpSampling1D",
    "ZeroPadding1D",
    "deserialize",
]


def Input(
    shape: InputShape | None = None,
    batch_size: int | None = None,
    *,
    batch_shape: InputShape | None = None,
    name: str | None = None,
    **common: Any,
) -> InputLayer:
    """The first element of a model, as in ``Sequential([Input((None, 6)), …])``."""
    return InputLayer(shape, batch_size, batch_shape=batch_shape, name=name, **common)


class Conv1D(Layer):
    """Convolution over time: (samples, length, channels) to (samples, new length, filters).

    Parameters
    ----------
    filters : int
        Output channels, a multiple of ``groups``.
    kernel_size : int
        Time steps a window covers.
    strides, dilation_rate : int
        At most one of them above 1.
    padding : {"valid", "same", "causal"}
        ``same`` gives ceil(length / strides) steps, ``causal`` none that sees a later input.
    groups : int
        Divides the channels of input and output into groups that do not mix.

    Weights: kernel (kernel_size, channels / groups, filters), bias (filters,).
    """

    kind = "Conv1D"
    filters: int
    kernel_size: int
    strides: int
    padding: str
    dilation_rate: int
    groups: int
    activation: str
    use_bias: bool
    kernel_initializer: Initializer
    bias_initializer: Initializer
    _fields = {
        "filters": INTEGER,
        "kernel_size": INTEGER,
        "strides": INTEGER,
        "padding": PADDING,
        "dilation_rate": INTEGER,
        "groups": INTEGER,
        "activation": ACTIVATION,
        "use_bias": FLAG,
        "kernel_initializer": INITIALIZER,
        "bias_initializer": INITIALIZER,
        **penalties("kernel", "bias"),
    }

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int],
        strides: int | tuple[int] = 1,
        padding: str = "valid",
        *,
        dilation_rate: int | tuple[int] = 1,
        groups: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **common: Any,
    ) -> None:
        self._take(locals())


class Dense(Layer):
    """A product with a matrix: (samples, [length,] channels) to (samples, [length,] units).

    Weights: kernel (channels, units), bias (units,).
    """

    kind = "Dense"
    units: int
    activation: str
    use_bias: bool
    kernel_initializer: Initializer
    bias_initializer: Initializer
    _fields = {
        "units": INTEGER,
        "activation": ACTIVATION,
        "use_bias": FLAG,
        "kernel_initializer": INITIALIZER,
        "bias_initializer": INITIALIZER,
        **penalties("kernel", "bias"),
    }

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **common: Any,
    ) -> None:
        self._take(locals())


class Dropout(Layer):
    """While training, zeroes a share 0 ≤ ``rate`` < 1 of its inputs and scales up the others."""

    kind = "Dropout"
    limits = "no noise_shape"
    rate: float
    _fields = {"rate": NUMBER}

    def __init__(
        self, rate: float, **common: Any
    ) -> None:
        self._take(locals())


class Activation(Layer):
    """A function of each element, or ``softmax`` over the last axis."""

    kind = "Activation"
    activation: str
    _fields = {"activation": ACTIVATION}

    def __init__(
        self,
        activation: str | None,
        **common: Any,
    ) -> None:
        self._take(locals())


class Flatten(Layer):
    """(samples, length, channels) to (samples, length · channels); needs a fixed length."""

    kind = "Flatten"


# Keras's other names of the same classes.
AvgPool1D = AveragePooling1D
Convolution1D = Conv1D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D
MaxPool1D = MaxPooling1D
SeparableConvolution1D = SeparableConv1D

CLASSES: tuple[type[Layer], ...] = (
    InputLayer,
    Conv1D,
    MaxPooling1D,
    LSTM,
    GRU,
    SimpleRNN,
    Dense,
    Dropout,
    Activation,
    Flatten,
    Normalization,
    ReLU,
    LeakyReLU,
    PReLU,
    ELU,
    Softmax,
    SpatialDropout1D,
    GaussianNoise,
    Rescaling,
    DepthwiseConv1D,
    SeparableConv1D,
    AveragePooling1D,
    GlobalMaxPooling1D,
    GlobalAveragePooling1D,
    BatchNormalization,
    LayerNormalization,
    Reshape,
    Permute,
    RepeatVector,
    ZeroPadding1D,
    Cropping1D,
    UpSampling1D,
    Masking,
)


def deserialize(config: Mapping[str, Any]) -> Layer:
    """A layer from its ``class_name`` and ``config``; ``ArgumentError`` for an unknown name."""
    name = config.get("class_name")
    cls = globals().get(name) if isinstance(name, str) and name in __all__ else None
    if not isinstance(cls, type) or not issubclass(cls, Layer):
        raise ArgumentError(f"there is no layer {name!r}")
    return cls.from_config(dict(config.get("config", {})))
