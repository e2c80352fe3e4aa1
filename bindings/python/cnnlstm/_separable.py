"""Convolutions over time that take each channel on its own."""

from __future__ import annotations

from typing import Any

from ._layer import (
    ACTIVATION,
    CONSTRAINT,
    FLAG,
    INITIALIZER,
    INTEGER,
    PADDING,
    REGULARIZER,
    Layer,
    penalties,
)
from .constraints import ConstraintLike
from .initializers import Initializer, InitializerLike
from .regularizers import RegularizerLike


class _Depthwise(Layer):
    """What both layers of this module have."""

    kernel_size: int
    strides: int
    padding: str
    depth_multiplier: int
    dilation_rate: int
    activation: str
    use_bias: bool
    depthwise_initializer: Initializer
    bias_initializer: Initializer
    _fields = {
        "kernel_size": INTEGER,
        "strides": INTEGER,
        "padding": PADDING,
        "depth_multiplier": INTEGER,
        "dilation_rate": INTEGER,
        "activation": ACTIVATION,
        "use_bias": FLAG,
        "depthwise_initializer": INITIALIZER,
        "bias_initializer": INITIALIZER,
        "depthwise_regularizer": REGULARIZER.kept_as("kernel_regularizer"),
        "depthwise_constraint": CONSTRAINT.kept_as("kernel_constraint"),
        **penalties("bias"),
    }


class DepthwiseConv1D(_Depthwise):
    """Convolution of each channel over time: to (samples, new length, channels · multiplier).

    Parameters
    ----------
    kernel_size : int
        Time steps a window covers.
    strides, dilation_rate : int
        Of the window; both may be above 1.
    padding : {"valid", "same"}
        ``same`` gives ceil(length / strides) steps.
    depth_multiplier : int
        Outputs for each channel; those of one channel lie beside each other.

    Weights: kernel (kernel_size, channels, depth_multiplier), bias (channels · depth_multiplier,).
    """

    kind = "DepthwiseConv1D"

    def __init__(
        self,
        kernel_size: int | tuple[int],
        strides: int | tuple[int] = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        *,
        dilation_rate: int | tuple[int] = 1,
        activation: str | None = None,
        use_bias: bool = True,
        depthwise_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        depthwise_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        depthwise_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **common: Any,
    ) -> None:
        self._take(locals())


class SeparableConv1D(_Depthwise):
    """A DepthwiseConv1D, then a product over channels: to (samples, new length, filters).

    Weights: depthwise_kernel (kernel_size, channels, depth_multiplier), pointwise_kernel
    (1, channels · depth_multiplier, filters), bias (filters,).
    """

    kind = "SeparableConv1D"
    filters: int
    pointwise_initializer: Initializer
    _fields = {
        "filters": INTEGER,
        **_Depthwise._fields,
        "pointwise_initializer": INITIALIZER,
        **penalties("pointwise"),
    }

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int],
        strides: int | tuple[int] = 1,
        padding: str = "valid",
        *,
        dilation_rate: int | tuple[int] = 1,
        depth_multiplier: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        depthwise_initializer: InitializerLike = "glorot_uniform",
        pointwise_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        depthwise_regularizer: RegularizerLike = None,
        pointwise_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        depthwise_constraint: ConstraintLike = None,
        pointwise_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **common: Any,
    ) -> None:
        self._take(locals())
