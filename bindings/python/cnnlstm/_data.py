"""Arrays on their way to the library: shapes checked against the model, counts filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _structures as structures
from ._layer import output_shape
from ._lengths import Padded, fitted, padded_targets, with_lengths
from ._library import initialized, library
from ._native import NativeModel
from ._values import FloatArray, IntArray, Shape, address, floats, integer, labels, number
from .errors import ArgumentError, ShapeError
from .losses import Loss


class Samples:
    """A ``cnnlstm_dataset`` and the arrays it points into.

    ``x`` has the shape of the model's inputs, or one axis less if they have one channel; ``y`` the
    shape of its outputs likewise, or for a loss that takes class numbers one number a sample (or a
    time step), with or without an axis of 1 at the end.
    """

    def __init__(
        self,
        native: NativeModel,
        loss: Loss,
        x: ArrayLike,
        y: ArrayLike,
        weights: ArrayLike | None = None,
    ) -> None:
        x = with_lengths(x)
        self.inputs = as_inputs(output_shape(native, 0), sample_values(native, x))
        self.length = sequence_length(self.inputs)
        expected = (len(self.inputs), *output_tail(native, self.length))
        self.structure = initialized(structures.Dataset, library.cnnlstm_dataset_init)
        self.structure.sample_count = len(self.inputs)
        self.structure.length = self.length
        self.structure.inputs = address(self.inputs)
        self.structure.input_count = self.inputs.size
        if isinstance(x, Padded):
            self.lengths = x.lengths
            self.structure.lengths = address(self.lengths)
            self.structure.length_count = self.lengths.size
        y = padded_targets(y, expected)
        if loss.takes_labels:
            self._take_labels(as_labels(expected, labels("y", y)))
        else:
            self._take_targets(as_targets(expected, floats("y", y)))
        if weights is not None:
            self.weights = as_weights(expected[:-1], floats("sample_weight", weights))
            self.structure.sample_weights = address(self.weights)
            self.structure.sample_weight_count = self.weights.size

    def _take_labels(self, values: IntArray) -> None:
        self.wanted: Any = values
        self.structure.labels = address(values)
        self.structure.label_count = values.size

    def _take_targets(self, values: FloatArray) -> None:
        self.wanted = values
        self.structure.targets = address(values)
        self.structure.target_count = values.size


def sample_values(native: NativeModel, x: Any) -> FloatArray:
    """The array of x, padded to the model's length if x is of different lengths."""
    return fitted(x, output_shape(native, 0)) if isinstance(x, Padded) else floats("x", x)


def as_inputs(expected: Shape, values: FloatArray) -> FloatArray:
    """values as the model's inputs, of Keras's shape expected."""
    shaped = with_channel_axis(expected, values)
    if shaped.ndim != len(expected) or any(
        got == 0 if size is None else got != size
        for size, got in zip(expected[1:], shaped.shape[1:])
    ):
        raise ShapeError(f"expected inputs of shape {written(expected)}, got {values.shape}")
    return shaped


def as_targets(expected: tuple[int, ...], values: FloatArray) -> FloatArray:
    """values as targets of the shape of the predictions."""
    shaped = with_channel_axis(expected, values)
    if shaped.shape != expected:
        hint = (
            "; for class numbers use sparse_categorical_crossentropy or to_categorical"
            if values.shape in (expected[:-1], (*expected[:-1], 1))
            else ""
        )
        raise ShapeError(f"expected targets of shape {expected}, got {values.shape}{hint}")
    return shaped


def as_labels(predicted: tuple[int, ...], values: IntArray) -> IntArray:
    """values as one class number for each prediction."""
    expected = predicted[:-1]
    if values.shape == (*expected, 1):
        return values.reshape(expected)
    if values.shape != expected:
        hint = "; for one-hot targets use categorical_crossentropy"
        raise ShapeError(
            f"expected class numbers of shape {expected}, got {values.shape}"
            f"{hint if values.shape == predicted else ''}"
        )
    return values


def as_weights(rows: tuple[int, ...], values: FloatArray) -> FloatArray:
    """values as a weight for each sample, or for each time step of the output."""
    if values.shape == (*rows[:1], 1):
        values = values.reshape(rows[:1])
    if values.shape not in (rows[:1], rows):
        steps = f" or {rows}" if len(rows) > 1 else ""
        raise ShapeError(f"expected sample_weight of shape {rows[:1]}{steps}, got {values.shape}")
    return values


def with_channel_axis(expected: Shape, values: FloatArray) -> FloatArray:
    """An axis of 1 at the end, where it is left out of values."""
    if values.ndim == len(expected) - 1 and expected[-1] == 1:
        return values.reshape(*values.shape, 1)
    return values


def sequence_length(inputs: FloatArray) -> int:
    """The time steps of inputs; 0, which the library ignores, without a time axis."""
    return inputs.shape[1] if inputs.ndim == 3 else 0


def output_tail(native: NativeModel, length: int) -> tuple[int, ...]:
    """The shape of one sample's output."""
    steps, channels = native.output_shape(length)
    return (channels,) if steps == structures.LENGTH_NO_TIME else (steps, channels)


def reserved_length(native: NativeModel, length: int) -> int:
    """What a session or a trainer is made for: 0, the model's own, unless that is any."""
    return length if takes_any_length(native) else 0


def takes_any_length(native: NativeModel) -> bool:
    shape = output_shape(native, 0)
    return len(shape) == 3 and shape[1] is None


def class_weights(weights: Mapping[int, float], native: NativeModel) -> FloatArray:
    """Keras's dictionary as an array: a weight for each class, 1 where it names none."""
    if not isinstance(weights, Mapping):
        raise TypeError(f"class_weight must be a dictionary of class to weight, got {weights!r}")
    channels = output_shape(native, native.layer_count - 1)[-1]
    assert channels is not None
    values = np.ones(2 if channels == 1 else channels, np.float32)
    for key, weight in weights.items():
        index = integer("a class in class_weight", key)
        if not 0 <= index < len(values):
            raise ArgumentError(f"class_weight has a class {key}, there are {len(values)}")
        values[index] = number("a weight in class_weight", weight)
    return values


def written(shape: Shape) -> str:
    """(samples, any, 6) for (None, None, 6)."""
    rest = ", ".join("any" if size is None else str(size) for size in shape[1:])
    return f"(samples, {rest})"
