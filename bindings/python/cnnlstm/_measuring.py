"""Metrics on their way to the library, and their values back."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _structures as structures
from ._data import as_weights
from ._library import initialized, library
from ._values import FloatArray, address, floats, labels
from .errors import ShapeError, StateError

if TYPE_CHECKING:
    from .metrics import Metric

Logs = dict[str, Any]


class Predictions:
    """Predictions (samples, length, channels), and what they should be."""

    def __init__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None
    ) -> None:
        outputs, wanted = floats("y_pred", y_pred), np.asarray(y_true)
        if outputs.ndim == 1:
            outputs = outputs.reshape(-1, 1)
            wanted = wanted.reshape(-1, 1) if wanted.ndim == 1 else wanted
        if outputs.ndim not in (2, 3) or outputs.size == 0:
            raise ShapeError(f"y_pred must be (samples, [length,] channels), got {outputs.shape}")
        channels = outputs.shape[-1]
        self.takes_labels = wanted.shape != outputs.shape
        if self.takes_labels and wanted.shape not in (outputs.shape[:-1], (*outputs.shape[:-1], 1)):
            raise ShapeError(f"y_true has the shape {wanted.shape}, y_pred {outputs.shape}")
        # Copies: the caller may use its arrays for the next batch.
        self.outputs = outputs.reshape(len(outputs), -1, channels).copy()
        self.wanted: Any = (labels if self.takes_labels else floats)("y_true", wanted).copy()
        self.weights = sample_weights(sample_weight, outputs.shape[:-1]).copy()


def sample_weights(values: ArrayLike | None, rows: tuple[int, ...]) -> FloatArray:
    """A weight for each row of predictions, from those of samples, or of time steps too."""
    if values is None:
        return np.ones(rows, np.float32)
    weights = as_weights(rows, floats("sample_weight", values))
    missing = (1,) * (len(rows) - weights.ndim)
    return np.ascontiguousarray(np.broadcast_to(weights.reshape(*weights.shape, *missing), rows))


def measured(metric: structures.Metric, seen: Sequence[Predictions]) -> FloatArray:
    """A metric's values for all predictions."""
    if not seen:
        raise StateError("a metric has no value before update_state")
    tails = {(it.outputs.shape[1:], it.takes_labels) for it in seen}
    if len(tails) > 1:
        raise ShapeError("all predictions of a metric must have one shape, and targets or labels")
    outputs, wanted, weights = (
        np.concatenate([getattr(it, name) for it in seen])
        for name in ("outputs", "wanted", "weights")
    )
    data = initialized(structures.Dataset, library.cnnlstm_dataset_init)
    data.sample_count, data.length = outputs.shape[:2]
    data.inputs, data.input_count = address(outputs), outputs.size
    kind = "label" if seen[0].takes_labels else "target"
    setattr(data, f"{kind}s", address(wanted))
    setattr(data, f"{kind}_count", wanted.size)
    data.sample_weights, data.sample_weight_count = address(weights), weights.size
    channels = outputs.shape[-1]
    values = np.empty(value_count(metric, channels), np.float32)
    library.cnnlstm_measure(metric, 1, data, channels, address(values), values.size)
    return values


def value_count(metric: structures.Metric, channels: int) -> int:
    count = ctypes.c_size_t()
    library.cnnlstm_metric_value_count(metric, channels, count)
    return count.value


class Measures:
    """The metrics of a compiled model: their names in logs, and their values there.

    Without weights ``"accuracy"`` is what the library counts anyway; everything else is asked for.
    """

    def __init__(self, metrics: Sequence[Metric], weighted: Sequence[Metric]) -> None:
        self.names: dict[str, Metric] = {}
        self._asked: list[tuple[str, Metric, bool]] = []
        for is_weighted, group in ((False, metrics), (True, weighted)):
            for metric in group:
                name = self._free_name(metric.name, is_weighted)
                self.names[name] = metric
                if is_weighted or metric.native_name != "accuracy":
                    self._asked.append((name, metric, is_weighted))
        asked = {name for name, _, _ in self._asked}
        self._counted = [name for name in self.names if name not in asked]
        natives = [metric.to_native(weighted) for _, metric, weighted in self._asked]
        self._array = (structures.Metric * len(natives))(*natives)
        self._kept = natives  # with the arrays of their thresholds

    def _free_name(self, name: str, weighted: bool) -> str:
        """As Keras tells equal names apart."""
        if weighted and name in self.names:
            name = f"weighted_{name}"
        numbers = range(1, len(self.names) + 1)
        candidates = (name, *(f"{name}_{index}" for index in numbers))
        return next(it for it in candidates if it not in self.names)

    def write(self, options: structures.TrainerOptions) -> None:
        """Asks a trainer for the metrics."""
        options.metrics, options.metric_count = self._array, len(self._array)

    def counts(self, channels: int) -> list[int]:
        return [value_count(native, channels) for native in self._kept]

    def logs(self, loss: float, accuracy: float, values: FloatArray, counts: list[int]) -> Logs:
        """Loss and metrics by name, in Keras's order."""
        found: Logs = {name: accuracy for name in self._counted}
        place = 0
        for (name, metric, _), count in zip(self._asked, counts):
            found[name] = metric.shaped(values[place : place + count])
            place += count
        return {"loss": loss, **{name: found[name] for name in self.names}}


class LogReader:
    """The library's progress as logs."""

    def __init__(self, measures: Measures, channels: int) -> None:
        self._measures = measures
        self._counts = measures.counts(channels)

    def training(self, progress: structures.Progress) -> Logs:
        values = numbers(progress.metrics, progress.metric_value_count)
        return self._measures.logs(progress.loss, progress.accuracy, values, self._counts)

    def both(self, progress: structures.Progress) -> Logs:
        """Those of validation too, with ``val_`` before their names."""
        values = numbers(progress.validation_metrics, progress.metric_value_count)
        loss, accuracy = progress.validation_loss, progress.validation_accuracy
        held = self._measures.logs(loss, accuracy, values, self._counts)
        return {**self.training(progress), **{f"val_{name}": it for name, it in held.items()}}

    def evaluation(self, loss: float, accuracy: float, values: FloatArray) -> Logs:
        return self._measures.logs(loss, accuracy, values, self._counts)


Pointer = Union[Any, None]


def numbers(pointer: Pointer, count: int) -> FloatArray:
    """A copy of floats of the library."""
    if not pointer or not count:
        return np.empty(0, np.float32)
    return np.ctypeslib.as_array(pointer, (count,)).copy()
