"""The Normalization layer, whose weights come from data and may be there before the model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._axis import LastAxis
from ._layer import InputLayer
from ._native import NativeModel
from ._values import FloatArray, Shape, floats
from .errors import ArgumentError, ShapeError


class Normalization(LastAxis):
    """(x - mean) / √variance, a mean and a variance for each channel.

    They come from data by :meth:`adapt`, before or after the layer is in a model, or as
    arguments: a number or an array of shape (channels,). They travel in the model's file.

    Weights: mean (channels,), variance (channels,), count (); training does not change them.
    """

    kind = "Normalization"
    limits = "axis: the last; no invert"

    def __init__(
        self,
        axis: int = -1,
        mean: ArrayLike | None = None,
        variance: ArrayLike | None = None,
        **common: Any,
    ) -> None:
        if (mean is None) != (variance is None):
            raise ArgumentError("mean and variance must be given together, or neither")
        self._take(locals())
        self._waiting: list[FloatArray] = []
        if mean is not None and variance is not None:
            self._waiting = [
                floats("mean", mean),
                floats("variance", variance),
                np.zeros((), np.float32),
            ]

    @property
    def mean(self) -> FloatArray | None:
        """A mean for each channel; None if there is none yet."""
        return self._current(0)

    @property
    def variance(self) -> FloatArray | None:
        """A variance for each channel; None if there is none yet."""
        return self._current(1)

    def adapt(self, data: ArrayLike) -> None:
        """Sets mean and variance from data that the layer would see.

        Parameters
        ----------
        data : array
            (samples, length, channels) or (samples, channels).

        Raises ``ShapeError`` if the model the layer is in has other inputs, ``DataError`` if a
        value is not finite.
        """
        values = floats("data", data)
        if self._native is not None:
            self._check(self.input_shape, values.shape)
        if self._native is not None and self._native.built:
            self._native.adapt(self._index, values, has_time=values.ndim == 3)
        else:
            self._wait_with(_adapted(values))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for key, value in (("mean", self.mean), ("variance", self.variance)):
            config[key] = None if value is None else value.tolist()
        return config

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state["_waiting"] = self._weights_so_far()
        return state

    def _current(self, which: int) -> FloatArray | None:
        weights = self._weights_so_far()
        return weights[which].copy() if weights else None

    def _weights_so_far(self) -> list[FloatArray]:
        """Of the model once it is built; until then what waits, perhaps nothing."""
        if self._native is not None and self._native.built:
            return self.get_weights()
        return self._waiting

    def _wait_with(self, weights: list[FloatArray]) -> None:
        self._waiting = weights
        if self._native is not None:
            self._native.pending[self._index] = weights

    def _bind(self, native: NativeModel) -> None:
        channels = native.layer_info(native.layer_count - 1).output_channels
        spread = _spread(self._waiting, channels)
        super()._bind(native)
        if spread:
            self._wait_with(spread)

    def _check(self, expected: Shape, shape: tuple[int, ...]) -> None:
        if len(shape) != len(expected) or shape[-1] != expected[-1]:
            raise ShapeError(f"{self.name} takes data of shape {expected}, got {shape}")


def _spread(weights: list[FloatArray], channels: int) -> list[FloatArray]:
    """mean, variance, count with one number for all channels repeated for each."""
    shapes = ((channels,), (channels,), ())
    try:
        return [np.broadcast_to(array, shape) for array, shape in zip(weights, shapes)]
    except ValueError:
        raise ShapeError(
            f"mean and variance must have the shape ({channels},) or be numbers, "
            f"got the shapes {weights[0].shape} and {weights[1].shape}"
        ) from None


def _adapted(data: FloatArray) -> list[FloatArray]:
    """Mean, variance and count of data, from a model of nothing but the layer."""
    if data.ndim not in (2, 3) or 0 in data.shape:
        raise ShapeError(
            f"data must be (samples, length, channels) or (samples, channels), got {data.shape}"
        )
    native = NativeModel.empty(seed=0)
    InputLayer(data.shape[1:])._bind(native)
    Normalization()._bind(native)
    native.adapt(1, data, has_time=data.ndim == 3)
    return native.layer_weights(1)
