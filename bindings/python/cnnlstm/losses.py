"""What training makes small: Keras's names, as strings or as classes.

A loss is the mean over samples (and time steps). With y the output and t the target, over the last
axis:

==================================  ============================  =============================
name                                formula                       y_true
==================================  ============================  =============================
``categorical_crossentropy``        -Σ t log y                    shape of the predictions
``sparse_categorical_crossentropy`` -log y[label]                 class numbers, one a sample
                                                                  (or a time step)
``binary_crossentropy``             -mean(t log y + (1-t)         shape of the predictions
                                    log(1-y))
``mse``                             mean (y - t)²                 shape of the predictions
==================================  ============================  =============================
"""

from __future__ import annotations

from typing import Any, ClassVar, Union

from .errors import ArgumentError

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]


class Loss:
    """Base class. ``name`` is the string that means the class."""

    name: ClassVar[str]
    takes_labels: ClassVar[bool] = False

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss: none."""
        return {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class CategoricalCrossentropy(Loss):
    """-Σ t log y, for one-hot or soft targets of the predictions' shape."""

    name = "categorical_crossentropy"


class SparseCategoricalCrossentropy(Loss):
    """-log y[label], for class numbers."""

    name = "sparse_categorical_crossentropy"
    takes_labels = True


class BinaryCrossentropy(Loss):
    """-mean(t log y + (1-t) log(1-y)), for targets of the predictions' shape in 0 … 1."""

    name = "binary_crossentropy"


class MeanSquaredError(Loss):
    """mean (y - t)², for targets of the predictions' shape."""

    name = "mse"


_CLASSES: tuple[type[Loss], ...] = (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    BinaryCrossentropy,
    MeanSquaredError,
)
_BY_NAME = {cls.name: cls for cls in _CLASSES} | {"mean_squared_error": MeanSquaredError}

LossLike = Union[str, Loss]


def get(identifier: LossLike) -> Loss:
    """A loss from its name or itself; ``ArgumentError`` for an unknown name."""
    if isinstance(identifier, Loss):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(f"a loss must be a name or a Loss, got {identifier!r}")
    if identifier not in _BY_NAME:
        known = ", ".join(cls.name for cls in _CLASSES)
        raise ArgumentError(f"unknown loss {identifier!r}; known are {known}")
    return _BY_NAME[identifier]()
