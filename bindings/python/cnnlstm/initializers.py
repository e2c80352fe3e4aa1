"""How weights start: Keras's names, as strings or as classes with arguments.

``"glorot_uniform"``, ``"orthogonal"``, ``"zeros"`` and so on mean the classes below with their
defaults. A class
with ``seed=None`` draws from the model's seed (see :func:`cnnlstm.utils.set_random_seed`); with a
seed, the same weights come each time.
"""

from __future__ import annotations

from typing import Any, ClassVar, Union

from . import _structures as structures
from ._library import code, code_name
from ._values import INT64_MAX, integer, number, short_float
from .errors import ArgumentError

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "get",
]


class Initializer:
    """Base class. ``native_name`` is the string that means the class."""

    native_name: ClassVar[str]
    _numbers: ClassVar[tuple[str, ...]] = ()
    seed: int | None = None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        config: dict[str, Any] = {name: getattr(self, name) for name in self._numbers}
        if "seed" in self.__dict__:
            config["seed"] = self.seed
        return config

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def to_native(self) -> structures.Initializer:
        """The library's structure."""
        native = structures.Initializer(kind=code("initializer", self.native_name), seed=-1)
        for field, value in zip(("a", "b"), self._native_numbers()):
            setattr(native, field, value)
        if self.seed is not None:
            native.seed = self.seed
        return native

    def _native_numbers(self) -> tuple[float, ...]:
        return tuple(getattr(self, name) for name in self._numbers)

    @classmethod
    def _from_numbers(cls, a: float, b: float) -> dict[str, Any]:
        return dict(zip(cls._numbers, (a, b)))

    def _take_seed(self, seed: int | None) -> None:
        self.seed = None if seed is None else integer("seed", seed, INT64_MAX, least=0)


class Zeros(Initializer):
    """All 0."""

    native_name = "zeros"


class Ones(Initializer):
    """All 1."""

    native_name = "ones"


class Constant(Initializer):
    """All one value."""

    native_name = "constant"
    _numbers = ("value",)

    def __init__(self, value: float = 0.0) -> None:
        self.value = number("value", value)


class GlorotUniform(Initializer):
    """Uniform within ±sqrt(6 / (fan_in + fan_out))."""

    native_name = "glorot_uniform"

    def __init__(self, seed: int | None = None) -> None:
        self._take_seed(seed)


class HeNormal(Initializer):
    """Normal, cut at two sigma, of the variance 2 / fan_in."""

    native_name = "he_normal"

    def __init__(self, seed: int | None = None) -> None:
        self._take_seed(seed)


class Orthogonal(Initializer):
    """Orthogonal rows or columns times a gain."""

    native_name = "orthogonal"
    _numbers = ("gain",)

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain = number("gain", gain)
        self._take_seed(seed)


class RandomNormal(Initializer):
    """Normal."""

    native_name = "random_normal"
    _numbers = ("mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = number("mean", mean)
        self.stddev = number("stddev", stddev)
        self._take_seed(seed)


class RandomUniform(Initializer):
    """Uniform in minval … maxval."""

    native_name = "random_uniform"
    _numbers = ("minval", "maxval")

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        self.minval = number("minval", minval)
        self.maxval = number("maxval", maxval)
        self._take_seed(seed)


class TruncatedNormal(Initializer):
    """Normal, drawn again beyond two deviations."""

    native_name = "truncated_normal"
    _numbers = ("mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = number("mean", mean)
        self.stddev = number("stddev", stddev)
        self._take_seed(seed)


class GlorotNormal(Initializer):
    """Normal, cut at two sigma, of the variance 2 / (fan_in + fan_out)."""

    native_name = "glorot_normal"

    def __init__(self, seed: int | None = None) -> None:
        self._take_seed(seed)


class HeUniform(Initializer):
    """Uniform within ±sqrt(6 / fan_in)."""

    native_name = "he_uniform"

    def __init__(self, seed: int | None = None) -> None:
        self._take_seed(seed)


class LecunUniform(Initializer):
    """Uniform within ±sqrt(3 / fan_in)."""

    native_name = "lecun_uniform"

    def __init__(self, seed: int | None = None) -> None:
        self._take_seed(seed)


class LecunNormal(Initializer):
    """Normal, cut at two sigma, of the variance 1 / fan_in."""

    native_name = "lecun_normal"

    def __init__(self, seed: int | None = None) -> None:
        self._take_seed(seed)


class Identity(Initializer):
    """A gain on the diagonal, 0 elsewhere; of matrices alone."""

    native_name = "identity"
    _numbers = ("gain",)

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = number("gain", gain)


class VarianceScaling(Initializer):
    """Weights of mean 0 and of the variance ``scale`` / n.

    ``mode`` says what n is: "fan_in", "fan_out" or "fan_avg"; ``distribution`` from what is drawn:
    "truncated_normal" (cut at two sigma), "untruncated_normal" or "uniform".
    """

    native_name = "variance_scaling"
    MODES = ("fan_in", "fan_out", "fan_avg")
    DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        self.scale = number("scale", scale)
        distribution = "truncated_normal" if distribution == "normal" else distribution
        for field, value, known in (
            ("mode", mode, self.MODES),
            ("distribution", distribution, self.DISTRIBUTIONS),
        ):
            if value not in known:
                raise ArgumentError(f"{field} must be one of {', '.join(known)}; got {value!r}")
        self.mode = mode
        self.distribution = distribution
        self._take_seed(seed)

    def get_config(self) -> dict[str, Any]:
        config = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution}
        return {**config, "seed": self.seed}

    def _native_numbers(self) -> tuple[float, ...]:
        code = self.MODES.index(self.mode) + 3 * self.DISTRIBUTIONS.index(self.distribution)
        return self.scale, code

    @classmethod
    def _from_numbers(cls, a: float, b: float) -> dict[str, Any]:
        distribution, mode = divmod(int(b), 3)
        return {
            "scale": a,
            "mode": cls.MODES[mode],
            "distribution": cls.DISTRIBUTIONS[distribution],
        }


_CLASSES: tuple[type[Initializer], ...] = (
    Zeros,
    Ones,
    Constant,
    GlorotUniform,
    HeNormal,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    GlorotNormal,
    HeUniform,
    LecunUniform,
    LecunNormal,
    Identity,
    VarianceScaling,
)
_BY_NAME = {cls.native_name: cls for cls in _CLASSES} | {cls.__name__: cls for cls in _CLASSES}

InitializerLike = Union[str, Initializer, dict[str, Any]]


def get(identifier: InitializerLike) -> Initializer:
    """An initializer from its name, its dictionary in a layer's configuration, or itself.

    Raises ``ArgumentError`` (a ``ValueError``) for an unknown name, ``TypeError`` for anything
    else.
    """
    if isinstance(identifier, Initializer):
        return identifier
    if isinstance(identifier, dict):
        return _named(identifier["class_name"])(**identifier["config"])
    if isinstance(identifier, str):
        return _named(identifier)()
    raise TypeError(f"an initializer must be a name or an Initializer, got {identifier!r}")


def from_native(native: structures.Initializer) -> Initializer:
    """The initializer a structure of the library describes."""
    cls = _BY_NAME[code_name("initializer", native.kind)]
    config = cls._from_numbers(short_float(native.a), short_float(native.b))
    if native.seed >= 0:
        config["seed"] = native.seed
    return cls(**config)


def _named(name: str) -> type[Initializer]:
    if name not in _BY_NAME:
        known = ", ".join(cls.native_name for cls in _CLASSES)
        raise ArgumentError(f"unknown initializer {name!r}; known are {known}")
    return _BY_NAME[name]
