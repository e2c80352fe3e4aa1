"""What training makes small: Keras's names, as strings or as classes.

A loss is the mean over samples (and time steps). With y the output and t the target, over the last
axis:

===================================  ===========================  =============================
name                                 formula                      y_true
===================================  ===========================  =============================
``categorical_crossentropy``         -Σ t log y                   shape of the predictions
``sparse_categorical_crossentropy``  -log y[label]                class numbers, one a sample
                                                                  (or a time step)
``binary_crossentropy``              -mean(t log y + (1-t)        shape of the predictions
                                     log(1-y))
``categorical_focal_crossentropy``   -α Σ t (1-y)^γ log y         shape of the predictions
``binary_focal_crossentropy``        mean (1-p)^γ of the binary   shape of the predictions
                                     one, p the probability of t
``kl_divergence``                    Σ t log(t / y)               shape of the predictions
``mse``, ``mae``                     mean (y - t)², mean |y - t|  shape of the predictions
``huber``                            ½ (y - t)² as far as delta,  shape of the predictions
                                     linear from there
===================================  ===========================  =============================

With ``from_logits=True`` outputs go through softmax or sigmoid first. A cross-entropy that is not
focal looks behind a last softmax or sigmoid of the model by itself. ``label_smoothing`` gives this
share of a target to all classes alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Union

from . import _structures as structures
from ._library import code
from ._neutral import leave_out
from ._values import number
from .errors import ArgumentError

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "Huber",
    "KLDivergence",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]


class Loss:
    """Base class. ``name`` is the string that means the class.

    Arguments of Keras's that change nothing here (``name``, ``axis=-1``, …) are left out.
    """

    name: ClassVar[str]
    takes_labels: ClassVar[bool] = False

    def __init__(self, **common: Any) -> None:
        leave_out(self, common)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss."""
        return dict(self.__dict__)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def write(self, options: structures.TrainerOptions) -> None:
        """Writes the loss into the library's structure."""
        options.loss = code("loss", self.name)
        for name, value in self.get_config().items():
            setattr(options, name, value)


class CategoricalCrossentropy(Loss):
    """-Σ t log y, for one-hot or soft targets of the predictions' shape."""

    name = "categorical_crossentropy"

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, **common: Any
    ) -> None:
        super().__init__(**common)
        self.from_logits = bool(from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing)


class SparseCategoricalCrossentropy(Loss):
    """-log y[label], for class numbers."""

    name = "sparse_categorical_crossentropy"
    takes_labels = True

    def __init__(self, from_logits: bool = False, **common: Any) -> None:
        super().__init__(**common)
        self.from_logits = bool(from_logits)


class BinaryCrossentropy(Loss):
    """-mean(t log y + (1-t) log(1-y)), for targets of the predictions' shape in 0 … 1."""

    name = "binary_crossentropy"

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, **common: Any
    ) -> None:
        super().__init__(**common)
        self.from_logits = bool(from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing)


class CategoricalFocalCrossentropy(Loss):
    """-alpha Σ t (1-y)^gamma log y. Source: Lin et al. 2017."""

    name = "categorical_focal_crossentropy"

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.alpha = number("alpha", alpha)
        self.gamma = number("gamma", gamma)
        self.from_logits = bool(from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing)


class BinaryFocalCrossentropy(Loss):
    """mean (1-p)^gamma · binary cross-entropy, p the probability given to the target.

    With ``apply_class_balancing`` targets of 1 count ``alpha``, those of 0 ``1 - alpha``.
    Source: Lin et al. 2017.
    """

    name = "binary_focal_crossentropy"

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.apply_class_balancing = bool(apply_class_balancing)
        self.alpha = number("alpha", alpha)
        self.gamma = number("gamma", gamma)
        self.from_logits = bool(from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing)


class KLDivergence(Loss):
    """Σ t log(t / y), both held within 1e-7 … 1."""

    name = "kl_divergence"


class MeanSquaredError(Loss):
    """mean (y - t)², for targets of the predictions' shape."""

    name = "mse"


class MeanAbsoluteError(Loss):
    """mean |y - t|, for targets of the predictions' shape."""

    name = "mae"


class Huber(Loss):
    """mean of ½ (y - t)² as far as ``delta``, and delta |y - t| - ½ delta² from there."""

    name = "huber"

    def __init__(self, delta: float = 1.0, **common: Any) -> None:
        super().__init__(**common)
        self.delta = number("delta", delta)


_CLASSES: tuple[type[Loss], ...] = (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    BinaryCrossentropy,
    CategoricalFocalCrossentropy,
    BinaryFocalCrossentropy,
    KLDivergence,
    MeanSquaredError,
    MeanAbsoluteError,
    Huber,
)
_OTHER_NAMES: dict[str, type[Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "MAE": MeanAbsoluteError,
    "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy,
    "kld": KLDivergence,
    "KLD": KLDivergence,
    "kullback_leibler_divergence": KLDivergence,
}
_BY_NAME = {name: cls for cls in _CLASSES for name in (cls.name, cls.__name__)} | _OTHER_NAMES

LossLike = Union[str, Mapping[str, Any], Loss]


def get(identifier: LossLike) -> Loss:
    """A loss from its name, its ``class_name`` and ``config``, or itself.

    Raises ``ArgumentError`` for an unknown name.
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, Mapping):
        return _named(str(identifier.get("class_name")))(**identifier.get("config", {}))
    if not isinstance(identifier, str):
        raise TypeError(f"a loss must be a name or a Loss, got {identifier!r}")
    return _named(identifier)()


def _named(name: str) -> type[Loss]:
    if name not in _BY_NAME:
        known = ", ".join(cls.name for cls in _CLASSES)
        raise ArgumentError(f"unknown loss {name!r}; known are {known}")
    return _BY_NAME[name]
