"""Layers that are a function of each element, some of them at random while training."""

from __future__ import annotations

import math
from typing import Any

from ._axis import LastAxis
from ._layer import INITIALIZER, NUMBER, Field, Layer
from ._values import number, short_float
from .errors import ArgumentError
from .initializers import Initializer, InitializerLike


def _max_value(field: str, value: Any) -> float | None:
    return None if value is None else number(field, value)


MAX_VALUE = Field(
    _max_value,
    lambda value: math.inf if value is None else value,
    lambda native: None if math.isinf(native) else short_float(native),
)


def _shared_axes(field: str, value: Any) -> list[int] | None:
    axes = list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
    if axes not in ([], [1]):
        raise ArgumentError(f"{field} must be None or [1], the time axis; got {value!r}")
    return axes or None


SHARED_AXES = Field(_shared_axes, lambda axes: int(bool(axes)), lambda flag: [1] if flag else None)


class ReLU(Layer):
    """x above ``threshold``, at most ``max_value``; ``negative_slope`` · (x - threshold) below."""

    kind = "ReLU"
    max_value: float | None
    negative_slope: float
    threshold: float
    _fields = {"max_value": MAX_VALUE, "negative_slope": NUMBER, "threshold": NUMBER}

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **common: Any,
    ) -> None:
        self._take(locals())


class LeakyReLU(Layer):
    """x above 0, ``negative_slope`` · x below."""

    kind = "LeakyReLU"
    negative_slope: float
    _fields = {"negative_slope": NUMBER}

    def __init__(self, negative_slope: float = 0.3, **common: Any) -> None:
        self._take(locals())


class PReLU(Layer):
    """x above 0, alpha · x below, with an alpha learned for each time step and channel.

    ``shared_axes=[1]`` gives all time steps one alpha, which inputs of any length need. Weights:
    alpha (length, channels), (1, channels) if shared, (features,) for vectors. There is no
    regularizer and no constraint of alpha.
    """

    kind = "PReLU"
    limits = "alpha has no regularizer and no constraint; shared_axes: None or time"
    alpha_initializer: Initializer
    shared_axes: list[int] | None
    _fields = {"alpha_initializer": INITIALIZER, "shared_axes": SHARED_AXES}

    def __init__(
        self,
        alpha_initializer: InitializerLike = "zeros",
        shared_axes: int | list[int] | tuple[int, ...] | None = None,
        **common: Any,
    ) -> None:
        self._take(locals())


class ELU(Layer):
    """x above 0, ``alpha`` · (exp(x) - 1) below."""

    kind = "ELU"
    alpha: float
    _fields = {"alpha": NUMBER}

    def __init__(self, alpha: float = 1.0, **common: Any) -> None:
        self._take(locals())


class Softmax(LastAxis):
    """exp(x) over its sum along the channels, the last ``axis``."""

    kind = "Softmax"
    limits = "axis: the last"

    def __init__(self, axis: int = -1, **common: Any) -> None:
        self._take(locals())


class SpatialDropout1D(Layer):
    """While training, zeroes a share 0 ≤ ``rate`` < 1 of the channels and scales up the others."""

    kind = "SpatialDropout1D"
    rate: float
    _fields = {"rate": NUMBER}

    def __init__(self, rate: float, **common: Any) -> None:
        self._take(locals())


class GaussianNoise(Layer):
    """While training, adds normal noise of a standard deviation 0 ≤ ``stddev`` ≤ 1."""

    kind = "GaussianNoise"
    stddev: float
    _fields = {"stddev": NUMBER}

    def __init__(self, stddev: float, **common: Any) -> None:
        self._take(locals())


class Rescaling(Layer):
    """x · ``scale`` + ``offset``, single numbers: for numbers of each channel there is
    ``Normalization``.
    """

    kind = "Rescaling"
    limits = "one scale and one offset for all channels"
    scale: float
    offset: float
    _fields = {"scale": NUMBER.kept_as("factor"), "offset": NUMBER}

    def __init__(self, scale: float, offset: float = 0.0, **common: Any) -> None:
        self._take(locals())
