"""Layers that move numbers and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _structures as structures
from ._layer import INTEGER, Field, Layer
from ._values import integer
from .errors import ArgumentError

INFERRED = -1
"""A size in a ``target_shape`` that follows from the other."""


def _checked_target(name: str, value: Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(integer(name, size) for size in value)
    if len(sizes) not in (1, 2) or any(size < 1 and size != INFERRED for size in sizes):
        raise ArgumentError(
            f"{name} is (length, channels) or (features,), each 1 or more or -1; got {sizes}"
        )
    return sizes


def _written_target(sizes: tuple[int, ...]) -> tuple[int, int]:
    length = sizes[0] if len(sizes) == 2 else None
    channels = max(0, sizes[-1])
    return (structures.LENGTH_NO_TIME if length is None else max(0, length), channels)


def _read_target(length: int, channels: int) -> tuple[int, ...]:
    last = channels or INFERRED
    return (last,) if length == structures.LENGTH_NO_TIME else (length or INFERRED, last)


def _checked_dimensions(name: str, value: Sequence[int]) -> tuple[int, ...]:
    dimensions = tuple(integer(name, dimension) for dimension in value)
    if sorted(dimensions) != [1, 2]:
        raise ArgumentError(f"{name} must be (1, 2) or (2, 1), got {dimensions}")
    return dimensions


def _checked_pair(name: str, value: int | Sequence[int]) -> tuple[int, ...]:
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ArgumentError(f"{name} must be one integer or two, got {value!r}")
    return tuple(integer(name, steps) for steps in pair)


PAIR = Field(
    _checked_pair,
    tuple,
    lambda before, after: (before, after),
    members=("before", "after"),
)


class Reshape(Layer):
    """The same numbers in another shape, ``(length, channels)`` or ``(features,)``.

    One size may be -1: it follows from the other. An input of any length needs ``(-1, channels)``
    with channels that divide its own.
    """

    kind = "Reshape"
    target_shape: tuple[int, ...]
    _fields = {
        "target_shape": Field(
            _checked_target,
            _written_target,
            _read_target,
            members=("target_length", "target_channels"),
        )
    }

    def __init__(self, target_shape: Sequence[int], **common: Any) -> None:
        self._take(locals())


class Permute(Layer):
    """Time and channels in the order of ``dims``: (1, 2), or (2, 1) for a fixed length."""

    kind = "Permute"
    dims: tuple[int, ...]
    _fields = {
        "dims": Field(
            _checked_dimensions,
            lambda dims: dims[:1],
            lambda first: (first, 3 - first),
            members=("first_dimension",),
        )
    }

    def __init__(self, dims: Sequence[int], **common: Any) -> None:
        self._take(locals())


class RepeatVector(Layer):
    """The input ``n`` times: (samples, features) to (samples, n, features)."""

    kind = "RepeatVector"
    n: int
    _fields = {"n": INTEGER.kept_as("repeats")}

    def __init__(self, n: int, **common: Any) -> None:
        self._take(locals())


class ZeroPadding1D(Layer):
    """``padding`` time steps of zeros at both ends, or (before, after)."""

    kind = "ZeroPadding1D"
    padding: tuple[int, int]
    _fields = {"padding": PAIR}

    def __init__(self, padding: int | Sequence[int] = 1, **common: Any) -> None:
        self._take(locals())


class Cropping1D(Layer):
    """The input without ``cropping`` time steps at both ends, or without (before, after)."""

    kind = "Cropping1D"
    cropping: tuple[int, int]
    _fields = {"cropping": PAIR}

    def __init__(self, cropping: int | Sequence[int] = (1, 1), **common: Any) -> None:
        self._take(locals())


class UpSampling1D(Layer):
    """Every time step ``size`` times, one after the other."""

    kind = "UpSampling1D"
    size: int
    _fields = {"size": INTEGER}

    def __init__(self, size: int = 2, **common: Any) -> None:
        self._take(locals())
