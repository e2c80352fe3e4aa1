"""How weights move: Keras's optimizers, as strings or as classes.

The learning rate may be changed at any time, also in a callback during ``fit``, unless a schedule
gives it (:mod:`cnnlstm.optimizers.schedules`); everything else holds from ``compile`` to the next
``compile``. Values out of range are refused by the library when training starts, with
``ArgumentError`` (a ``ValueError``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, ClassVar, Union

from .. import _structures as structures
from .._library import code, initialized, library
from .._neutral import leave_out
from .._values import integer, number
from ..errors import ArgumentError
from . import schedules

__all__ = ["SGD", "Adam", "AdamW", "Nadam", "Optimizer", "RMSprop", "get", "schedules"]

RateLike = Union[float, schedules.LearningRateSchedule]


class Optimizer:
    """Base class of optimizers.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        Step size, at least 0.
    weight_decay : float, optional
        Each step weights lose this share, times the learning rate.
    clipnorm, clipvalue, global_clipnorm : float, optional
        The greatest L2 norm of each array's gradient, magnitude of each number, L2 norm of all
        gradients together; at most one of them.
    use_ema : bool
        Keep a moving average of the weights, which take its values at the end of ``fit`` and, with
        ``ema_overwrite_frequency``, after every so many steps.
    ema_momentum : float
        average ← ema_momentum · average + (1 - ema_momentum) · weights

    Keras's ``name`` and other arguments that change nothing here are accepted and left out.
    """

    native_name: ClassVar[str]
    _numbers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, learning_rate: RateLike, **common: Any) -> None:
        is_schedule = isinstance(learning_rate, schedules.LearningRateSchedule)
        self._learning_rate: RateLike = (
            learning_rate if is_schedule else number("learning_rate", learning_rate)
        )
        self.weight_decay = _optional("weight_decay", common.pop("weight_decay", None))
        self.clipnorm = _optional("clipnorm", common.pop("clipnorm", None))
        self.global_clipnorm = _optional("global_clipnorm", common.pop("global_clipnorm", None))
        self.clipvalue = _optional("clipvalue", common.pop("clipvalue", None))
        self.use_ema = bool(common.pop("use_ema", False))
        self.ema_momentum = number("ema_momentum", common.pop("ema_momentum", 0.99))
        frequency = common.pop("ema_overwrite_frequency", None)
        self.ema_overwrite_frequency = (
            None if frequency is None else integer("ema_overwrite_frequency", frequency)
        )
        leave_out(self, common)

    @property
    def learning_rate(self) -> RateLike:
        """Step size; a new value counts from the next batch on."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: RateLike) -> None:
        if isinstance(self._learning_rate, schedules.LearningRateSchedule):
            raise TypeError("the learning rate comes from a schedule and cannot be set")
        if isinstance(value, schedules.LearningRateSchedule):
            raise TypeError("a schedule cannot be set: make a new optimizer with it")
        self._learning_rate = number("learning_rate", value)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        names = ("learning_rate", *self._numbers, *_COMMON)
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
        for name in (*self._numbers, *_COMMON):
            value = getattr(self, name)
            setattr(options, name, 0 if value is None else value)
        if isinstance(self.learning_rate, schedules.LearningRateSchedule):
            options.schedule = self.learning_rate.to_native()
        else:
            options.learning_rate = self.learning_rate
        return options


_COMMON = (
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
)


def _optional(name: str, value: Any) -> float | None:
    return None if value is None else number(name, value)


class SGD(Optimizer):
    """Gradient descent with momentum, plain or Nesterov's."""

    native_name = "sgd"
    _numbers = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate: RateLike = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.momentum = number("momentum", momentum)
        self.nesterov = bool(nesterov)


class RMSprop(Optimizer):
    """Steps of learning_rate · g / √(v + ε), v a mean of g²; ``centered`` takes their variance."""

    native_name = "rmsprop"
    _numbers = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.rho = number("rho", rho)
        self.momentum = number("momentum", momentum)
        self.epsilon = number("epsilon", epsilon)
        self.centered = bool(centered)


class Adam(Optimizer):
    """Adam with bias correction: steps of learning_rate · √(1-β₂ᵗ) / (1-β₁ᵗ) · m / (√v + ε).

    ``amsgrad`` takes the largest v so far (Reddi et al. 2018).
    """

    native_name = "adam"
    _numbers = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.beta_1 = number("beta_1", beta_1)
        self.beta_2 = number("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon)
        self.amsgrad = bool(amsgrad)


class AdamW(Adam):
    """Adam whose weights decay apart from the gradient (Loshchilov and Hutter 2019)."""

    native_name = "adamw"

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **common
        )


class Nadam(Optimizer):
    """Adam with Nesterov momentum (Dozat 2016)."""

    native_name = "nadam"
    _numbers = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: RateLike = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.beta_1 = number("beta_1", beta_1)
        self.beta_2 = number("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon)


_BY_NAME: dict[str, type[SGD] | type[RMSprop] | type[Adam] | type[Nadam]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "nadam": Nadam,
}

OptimizerLike = Union[str, Mapping[str, Any], Optimizer]


def get(identifier: OptimizerLike) -> Optimizer:
    """An optimizer from its name (in any case), its ``class_name`` and ``config``, or itself.

    Raises ``ArgumentError`` for an unknown name.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, Mapping):
        config = dict(identifier.get("config", {}))
        if isinstance(config.get("learning_rate"), Mapping):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"])
        return _named(str(identifier.get("class_name")))(**config)
    if not isinstance(identifier, str):
        raise TypeError(f"an optimizer must be a name or an Optimizer, got {identifier!r}")
    return _named(identifier)()


def _named(name: str) -> Callable[..., Optimizer]:
    if name.lower() not in _BY_NAME:
        raise ArgumentError(f"unknown optimizer {name!r}; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[name.lower()]
