"""What to measure besides the loss: Keras's metrics, as strings or as classes.

``"accuracy"`` (or ``"acc"``) is of the kind that the shapes ask for: binary with one output
channel, sparse with class numbers, categorical otherwise. Every other string is the name of a class
below, in lower case with underscores. In ``compile(metrics=...)`` weights of samples and classes do
not count, in ``compile(weighted_metrics=...)`` they do, as in Keras. Class numbers may stand for
one-hot targets everywhere.

A metric can also be used by itself::

    auc = AUC(curve="PR")
    auc.update_state(y_true, y_pred)
    auc.result()
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _structures as structures
from ._library import code, initialized, library
from ._measuring import Predictions, measured
from ._values import FloatArray, integer, number
from .errors import ArgumentError

__all__ = [
    "AUC",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "ConfusionMatrix",
    "F1Score",
    "FBetaScore",
    "Metric",
    "Precision",
    "Recall",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "confusion_matrix",
    "get",
]

Thresholds = Union[float, Sequence[float], None]


class Metric:
    """Base class.

    Attributes
    ----------
    name : str
        In logs and results.
    """

    native_name: ClassVar[str]
    # Whether more is better, for callbacks that look for the best.
    is_better_above: ClassVar[bool] = True

    def __init__(self, name: str | None) -> None:
        self.name = snake_case(type(self).__name__) if name is None else str(name)
        self.reset_state()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {name: it for name, it in self.__dict__.items() if not name.startswith("_")}

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_seen": []}

    def to_native(self, weighted: bool = False) -> structures.Metric:
        """The library's structure."""
        options = initialized(
            structures.Metric, library.cnnlstm_metric_init, code("metric", self.native_name)
        )
        options.weighted = weighted
        self._write(options)
        return options

    def _write(self, options: structures.Metric) -> None:
        """Writes the arguments into the library's structure."""

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Adds samples: predictions, and targets of their shape or class numbers."""
        self._seen.append(Predictions(y_true, y_pred, sample_weight))

    def reset_state(self) -> None:
        """Forgets all samples."""
        self._seen: list[Predictions] = []

    def result(self) -> Any:
        """The value for all samples so far: a float, or an array where there are several."""
        values = measured(self.to_native(weighted=True), self._seen)
        return self.shaped(values)

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """``update_state``, then ``result``."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def shaped(self, values: FloatArray) -> Any:
        """The library's numbers as ``result`` gives them."""
        return float(values[0]) if values.size == 1 else values


class _Accuracy(Metric):
    """What ``"accuracy"`` means."""

    native_name = "accuracy"


class BinaryAccuracy(Metric):
    """How often outputs above a threshold are where targets are 1."""

    native_name = "binary_accuracy"

    def __init__(self, name: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = number("threshold", threshold)

    def _write(self, options: structures.Metric) -> None:
        write_thresholds(options, [self.threshold])


class CategoricalAccuracy(Metric):
    """How often the largest output is where the largest target is."""

    native_name = "categorical_accuracy"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)


class SparseCategoricalAccuracy(CategoricalAccuracy):
    """The same for class numbers."""


class TopKCategoricalAccuracy(Metric):
    """How often the output of the target's class is one of the k largest."""

    native_name = "top_k_categorical_accuracy"

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        self.k = integer("k", k)

    def _write(self, options: structures.Metric) -> None:
        options.top_k = self.k


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The same for class numbers."""


class _Decision(Metric):
    """Precision and recall."""

    def __init__(
        self,
        thresholds: Thresholds = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.thresholds = checked_thresholds(thresholds)
        self.top_k = None if top_k is None else integer("top_k", top_k, least=1)
        self.class_id = None if class_id is None else integer("class_id", class_id, least=0)

    def _write(self, options: structures.Metric) -> None:
        write_thresholds(options, self.thresholds)
        options.top_k = self.top_k or 0
        options.class_id = -1 if self.class_id is None else self.class_id


class Precision(_Decision):
    """Of outputs above a threshold (0.5), the share with targets of 1; a value a threshold.

    With ``top_k`` only the k largest of a sample count, and all of these unless there are
    thresholds; with ``class_id`` that class alone.
    """

    native_name = "precision"


class Recall(_Decision):
    """Of targets of 1, the share with outputs above a threshold; arguments as Precision's."""

    native_name = "recall"


class FBetaScore(Metric):
    """(1 + β²) · precision · recall / (β² · precision + recall) of each class.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}
        None: a value for each class; the score of all counts together; the mean of classes; the
        same weighted by their targets.
    threshold : float, optional
        What is above is positive; by default the largest output.
    """

    native_name = "fbeta_score"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__("fbeta_score" if name is None else name)
        self.average = None if average is None else str(average)
        code("average", "none" if average is None else average)
        self.beta = number("beta", beta)
        self.threshold = None if threshold is None else number("threshold", threshold)

    def _write(self, options: structures.Metric) -> None:
        options.average = code("average", self.average or "none")
        options.beta = self.beta
        write_thresholds(options, self.threshold)


class F1Score(FBetaScore):
    """FBetaScore with beta 1."""

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str | None = None
    ) -> None:
        super().__init__(average, 1.0, threshold, "f1_score" if name is None else name)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config


class AUC(Metric):
    """The area under a curve: of false and true positive rate, or of recall and precision.

    Parameters
    ----------
    num_thresholds : int
        Evenly from 0 to 1.
    curve : {"ROC", "PR"}
    summation_method : {"interpolation", "majoring", "minoring"}
        The height between two thresholds.
    thresholds : list of float, optional
        In place of num_thresholds; 0 and 1 are added.
    multi_label : bool
        The mean of each channel's own area, instead of one curve for all.
    from_logits : bool
        Outputs go through a sigmoid first.
    """

    native_name = "auc"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name)
        self.num_thresholds = integer("num_thresholds", num_thresholds, least=2)
        self.curve, self.summation_method = str(curve), str(summation_method)
        code("curve", self.curve), code("summation_method", self.summation_method)
        self.thresholds = checked_thresholds(thresholds)
        self.multi_label = bool(multi_label)
        self.from_logits = bool(from_logits)

    def _write(self, options: structures.Metric) -> None:
        options.num_thresholds = self.num_thresholds
        options.curve = code("curve", self.curve)
        options.summation_method = code("summation_method", self.summation_method)
        options.multi_label = self.multi_label
        options.from_logits = self.from_logits
        write_thresholds(options, self.thresholds)


class ConfusionMatrix(Metric):
    """How many samples of each class (rows) were taken for each class (columns).

    With one output channel there are two classes: not above and above the threshold. Keras has no
    such metric.
    """

    native_name = "confusion_matrix"

    def __init__(self, name: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = number("threshold", threshold)

    def _write(self, options: structures.Metric) -> None:
        write_thresholds(options, [self.threshold])

    def shaped(self, values: FloatArray) -> Any:
        classes = round(values.size**0.5)
        return values.reshape(classes, classes)


def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
) -> FloatArray:
    """How many samples of each class (rows) were taken for each class (columns).

    Parameters
    ----------
    y_true : array
        Class numbers, or targets of the predictions' shape.
    y_pred : array
        What ``predict`` gave.
    sample_weight : array, optional
        What each sample counts.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    matrix: FloatArray = ConfusionMatrix()(y_true, y_pred, sample_weight)
    return matrix


def checked_thresholds(thresholds: Thresholds) -> Any:
    """A float, a list of floats, or None."""
    if thresholds is None:
        return None
    if isinstance(thresholds, (Sequence, np.ndarray)) and not isinstance(thresholds, str):
        return [number("a threshold", it) for it in thresholds]
    return number("thresholds", thresholds)  # type: ignore[arg-type]


def write_thresholds(options: structures.Metric, thresholds: Any) -> None:
    """Writes one threshold, or several; the structure keeps their array."""
    if thresholds is None:
        return
    values = thresholds if isinstance(thresholds, list) else [thresholds]
    array = (structures.c_float * len(values))(*values)
    options.thresholds, options.threshold_count = array, len(values)


def snake_case(name: str) -> str:
    """top_k_categorical_accuracy for TopKCategoricalAccuracy."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


_CLASSES: tuple[type[Metric], ...] = (
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    Precision,
    Recall,
    FBetaScore,
    F1Score,
    AUC,
    ConfusionMatrix,
)
_BY_NAME = {cls().name: cls for cls in _CLASSES} | {cls.__name__: cls for cls in _CLASSES}

MetricLike = Union[str, Metric]


def get(identifier: MetricLike) -> Metric:
    """A metric from its name or itself; ``ArgumentError`` for an unknown name."""
    if isinstance(identifier, Metric):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(f"a metric must be a name or a Metric, got {identifier!r}")
    if identifier in ("accuracy", "acc"):
        return _Accuracy(identifier)
    if identifier not in _BY_NAME:
        known = ", ".join(["accuracy", *(name for name in _BY_NAME if name.islower())])
        raise ArgumentError(f"unknown metric {identifier!r}; known are {known}")
    return _BY_NAME[identifier](name=identifier)
