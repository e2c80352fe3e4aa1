"""Learning rates that follow the number of steps: Keras's schedules, names and defaults.

Steps are batches, counted over all calls of ``fit``. A schedule takes the place of the learning
rate: ``Adam(CosineDecay(0.001, decay_steps=1000))``. Below, s is the number of steps taken before.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from .. import _structures as structures
from .._library import code, initialized, library
from .._neutral import leave_out
from .._values import INT64_MAX, integer, number
from ..errors import ArgumentError

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
]


class LearningRateSchedule:
    """Base class of schedules; Keras's ``name`` is left out."""

    native_name: ClassVar[str]

    def __init__(self, **common: Any) -> None:
        leave_out(self, common)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return dict(self.__dict__)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def to_native(self) -> Any:
        """A pointer to the library's structure."""
        native = initialized(
            structures.Schedule, library.cnnlstm_schedule_init, code("schedule", self.native_name)
        )
        self._write(native)
        return ctypes.pointer(native)

    def _write(self, native: structures.Schedule) -> None:
        for name, value in self.get_config().items():
            setattr(native, name, 0 if value is None else value)


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate · decay_rate^(s / decay_steps); ``staircase``: whole numbers of it."""

    native_name = "exponential_decay"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.initial_learning_rate = number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = integer("decay_steps", decay_steps, INT64_MAX)
        self.decay_rate = number("decay_rate", decay_rate)
        self.staircase = bool(staircase)


class InverseTimeDecay(ExponentialDecay):
    """initial_learning_rate / (1 + decay_rate · s / decay_steps); ``staircase`` likewise."""

    native_name = "inverse_time_decay"


class CosineDecay(LearningRateSchedule):
    """From the initial rate to ``alpha`` of it along a cosine.

    With ``warmup_target`` the rate first rises to that in ``warmup_steps``, and falls from there.
    Source: Loshchilov and Hutter 2017.
    """

    native_name = "cosine_decay"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.initial_learning_rate = number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = integer("decay_steps", decay_steps, INT64_MAX)
        self.alpha = number("alpha", alpha)
        self.warmup_target = (
            None if warmup_target is None else number("warmup_target", warmup_target)
        )
        self.warmup_steps = integer("warmup_steps", warmup_steps, INT64_MAX)


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decays one after the other.

    Each is ``t_mul`` times as long as the one before and starts at ``m_mul`` of its rate.
    """

    native_name = "cosine_decay_restarts"

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.initial_learning_rate = number("initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = integer("first_decay_steps", first_decay_steps, INT64_MAX)
        self.t_mul = number("t_mul", t_mul)
        self.m_mul = number("m_mul", m_mul)
        self.alpha = number("alpha", alpha)

    def _write(self, native: structures.Schedule) -> None:
        super()._write(native)
        native.decay_steps = self.first_decay_steps


class PolynomialDecay(LearningRateSchedule):
    """(initial - end) · (1 - s / decay_steps)^power + end; ``cycle`` starts over, for longer."""

    native_name = "polynomial_decay"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.initial_learning_rate = number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = integer("decay_steps", decay_steps, INT64_MAX)
        self.end_learning_rate = number("end_learning_rate", end_learning_rate)
        self.power = number("power", power)
        self.cycle = bool(cycle)


class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[i]`` as far as and with step ``boundaries[i]``, the last value from there on."""

    native_name = "piecewise_constant_decay"

    def __init__(self, boundaries: Sequence[int], values: Sequence[float], **common: Any) -> None:
        super().__init__(**common)
        if len(boundaries) != len(values) - 1:
            raise ArgumentError(
                "there must be one value more than boundaries, got "
                f"{len(values)} and {len(boundaries)}"
            )
        self.boundaries = [integer("boundaries", it, INT64_MAX) for it in boundaries]
        self.values = [number("values", it) for it in values]

    def _write(self, native: structures.Schedule) -> None:
        native.boundaries = (ctypes.c_int64 * len(self.boundaries))(*self.boundaries)
        native.values = (ctypes.c_float * len(self.values))(*self.values)
        native.value_count = len(self.values)


_CLASSES: tuple[type[LearningRateSchedule], ...] = (
    ExponentialDecay,
    InverseTimeDecay,
    CosineDecay,
    CosineDecayRestarts,
    PolynomialDecay,
    PiecewiseConstantDecay,
)
_BY_NAME = {cls.__name__: cls for cls in _CLASSES}


def deserialize(config: Mapping[str, Any]) -> LearningRateSchedule:
    """A schedule from its ``class_name`` and ``config``; ``ArgumentError`` for an unknown name."""
    name = config.get("class_name")
    if name not in _BY_NAME:
        raise ArgumentError(f"unknown schedule {name!r}; known are {', '.join(_BY_NAME)}")
    return _BY_NAME[name](**config.get("config", {}))
