"""Samples of different lengths: padded to one, with the length of each."""

from __future__ import annotations

from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._values import FloatArray, Shape, floats, numeric
from .errors import ArgumentError, DataError, ShapeError

Lengths = NDArray[np.int64]


class Padded:
    """Samples that are padded behind their own length; what the padding holds does not matter.

    Wherever a model takes samples it also takes this, as it takes a list of arrays of different
    lengths, which it pads itself. To train a BatchNormalization or a stateful layer all samples
    must have one length.

    Parameters
    ----------
    x : array
        (samples, length, channels), or (samples, length) of one channel.
    lengths : array of int
        One a sample, 1 … length.
    """

    def __init__(self, x: ArrayLike, lengths: ArrayLike) -> None:
        self.values: FloatArray = floats("x", x)
        self.lengths = as_lengths(lengths)

    def __len__(self) -> int:
        return len(self.values)


SamplesLike = Union[ArrayLike, Padded]


def as_lengths(lengths: ArrayLike) -> Lengths:
    """A copy: the library checks them once, and a callback may change the caller's array later."""
    array = numeric("lengths", lengths)
    with np.errstate(invalid="ignore"):
        whole = np.array(array, dtype=np.int64, order="C")
    if not np.array_equal(whole, array):
        raise DataError("lengths must be whole numbers")
    if whole.shape[1:] == (1,):
        whole = whole.reshape(-1)
    if whole.ndim != 1:
        raise ShapeError(f"expected lengths of shape (samples,), got {whole.shape}")
    return whole


def with_lengths(x: SamplesLike, lengths: ArrayLike | None = None) -> Any:
    """x as the other modules take it: an array, or padded."""
    if lengths is not None:
        if isinstance(x, Padded) or is_ragged(x):
            raise ArgumentError("lengths are for an array; x brings its own")
        return Padded(x, lengths)
    return padded(x) if is_ragged(x) else x


def is_ragged(x: Any) -> bool:
    """Whether x is a list of samples that differ in length."""
    if isinstance(x, np.ndarray) and x.dtype != object:
        return False
    if not isinstance(x, (list, tuple, np.ndarray)) or not all(hasattr(it, "__len__") for it in x):
        return False
    return isinstance(x, np.ndarray) or len({len(sample) for sample in x}) > 1


def padded(samples: Any) -> Padded:
    """Samples (length, channels), or (length,) of one channel, with zeros behind them."""
    arrays = [floats(f"sample {index}", sample) for index, sample in enumerate(samples)]
    steps = [it.reshape(*it.shape, 1) if it.ndim == 1 else it for it in arrays]
    channels = steps[0].shape[1] if steps and steps[0].ndim == 2 else 1
    for index, sample in enumerate(steps):
        if sample.ndim != 2 or sample.shape[1] != channels:
            raise ShapeError(
                f"expected samples of shape (length, {channels}), sample {index} has "
                f"{arrays[index].shape}"
            )
    lengths = [len(sample) for sample in steps]
    values = np.zeros((len(steps), max(lengths, default=0), channels), np.float32)
    for row, sample in zip(values, steps):
        row[: len(sample)] = sample
    return Padded(values, lengths)


def fitted(x: Padded, expected: Shape) -> FloatArray:
    """The values of x, padded to the length of a model that has one."""
    values = x.values
    length = expected[1] if len(expected) == 3 else None
    if length is None or values.ndim < 2 or values.shape[1] >= length:
        return values
    behind = np.zeros((len(values), length - values.shape[1], *values.shape[2:]), np.float32)
    return np.concatenate([values, behind], axis=1)


def padded_targets(y: Any, predicted: tuple[int, ...]) -> Any:
    """y with zeros behind each sample, if it is a list of samples that differ in length."""
    if len(predicted) != 3 or not is_ragged(y):
        return y
    arrays = [numeric(f"y of sample {index}", sample) for index, sample in enumerate(y)]
    steps = predicted[1]
    for index, sample in enumerate(arrays):
        if sample.ndim == 0 or len(sample) > steps or sample.shape[1:] != arrays[0].shape[1:]:
            raise ShapeError(
                f"expected y of at most {steps} steps, sample {index} has the shape {sample.shape}"
            )
    result = np.zeros((len(arrays), steps, *arrays[0].shape[1:]), np.result_type(*arrays))
    for row, sample in zip(result, arrays):
        row[: len(sample)] = sample
    return result
