"""How weights move: Keras's ``SGD`` and ``Adam``, as strings or as classes.

The learning rate may be changed at any time, also in a callback during ``fit``; everything else
holds from ``compile`` to the next ``compile``. Values out of range are refused by the library when
training starts, with ``ArgumentError`` (a ``ValueError``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Union

from . import _structures as structures
from ._library import code, initialized, library
from ._values import number
from .errors import ArgumentError

__all__ = ["SGD", "Adam", "Optimizer", "get"]


class Optimizer:
    """Base class of optimizers.

    Parameters
    ----------
    learning_rate : float
        Step size, above 0.
    global_clipnorm : float, optional
        The greatest L2 norm of all gradients together.
    """

    native_name: ClassVar[str]
    _numbers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, learning_rate: float, global_clipnorm: float | None) -> None:
        self.learning_rate = learning_rate
        self.global_clipnorm = (
            None if global_clipnorm is None else number("global_clipnorm", global_clipnorm)
        )

    @property
    def learning_rate(self) -> float:
        """Step size; a new value counts from the next batch on."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = number("learning_rate", value)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        names = ("learning_rate", *self._numbers, "global_clipnorm")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def to_native(self) -> structures.TrainerOptions:
        """The library's structure, with its defaults for what an optimizer does not say."""
        options = initialized(
            structures.TrainerOptions,
            library.cnnlstm_trainer_options_init,
            code("optimizer", self.native_name),
        )
        for name in ("learning_rate", *self._numbers):
            setattr(options, name, getattr(self, name))
        if self.global_clipnorm is not None:
            options.global_clipnorm = self.global_clipnorm
        return options


class SGD(Optimizer):
    """Gradient descent with momentum, plain or Nesterov's."""

    native_name = "sgd"
    _numbers = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        *,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, global_clipnorm)
        self.momentum = number("momentum", momentum)
        self.nesterov = bool(nesterov)


class Adam(Optimizer):
    """Adam with bias correction: steps of learning_rate · √(1-β₂ᵗ) / (1-β₁ᵗ) · m / (√v + ε)."""

    native_name = "adam"
    _numbers = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, global_clipnorm)
        self.beta_1 = number("beta_1", beta_1)
        self.beta_2 = number("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon)


_BY_NAME: dict[str, type[SGD] | type[Adam]] = {"sgd": SGD, "adam": Adam}

OptimizerLike = Union[str, Optimizer]


def get(identifier: OptimizerLike) -> Optimizer:
    """An optimizer from its name (in any case) or itself; ``ArgumentError`` if unknown."""
    if isinstance(identifier, Optimizer):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(f"an optimizer must be a name or an Optimizer, got {identifier!r}")
    if identifier.lower() not in _BY_NAME:
        raise ArgumentError(f"unknown optimizer {identifier!r}; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[identifier.lower()]()
