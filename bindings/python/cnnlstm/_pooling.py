"""Layers that take the largest value or the mean over time."""

from __future__ import annotations

from typing import Any

from ._layer import FLAG, INTEGER, PADDING, Field, Layer
from .errors import ArgumentError


class _Pooling1D(Layer):
    """A window of ``pool_size`` steps, every ``strides`` (None: ``pool_size``) steps."""

    pool_size: int
    strides: int
    padding: str
    _fields = {
        "pool_size": INTEGER,
        "strides": Field(INTEGER.check, INTEGER.write, lambda strides: strides or None),
        "padding": PADDING,
    }

    def __init__(
        self,
        pool_size: int | tuple[int] = 2,
        strides: int | tuple[int] | None = None,
        padding: str = "valid",
        **common: Any,
    ) -> None:
        strides = pool_size if strides is None else strides
        self._take(locals())
        if self.strides == 0:
            raise ArgumentError("strides must be 1 or more, got 0")


class MaxPooling1D(_Pooling1D):
    """The largest of ``pool_size`` steps, every ``strides`` (None: ``pool_size``) steps.

    ``padding`` is "valid" or "same".
    """

    kind = "MaxPooling1D"


class AveragePooling1D(_Pooling1D):
    """The mean of ``pool_size`` steps, every ``strides`` (None: ``pool_size``) steps.

    ``padding`` is "valid" or "same"; steps of padding are not counted.
    """

    kind = "AveragePooling1D"


class _GlobalPooling1D(Layer):
    keepdims: bool
    _fields = {"keepdims": FLAG}

    def __init__(self, *, keepdims: bool = False, **common: Any) -> None:
        self._take(locals())


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The largest value over time: (samples, length, channels) to (samples, channels).

    With ``keepdims`` to (samples, 1, channels).
    """

    kind = "GlobalMaxPooling1D"


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over time: (samples, length, channels) to (samples, channels).

    With ``keepdims`` to (samples, 1, channels).
    """

    kind = "GlobalAveragePooling1D"
