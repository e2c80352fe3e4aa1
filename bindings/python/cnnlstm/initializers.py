"""How weights start: Keras's names, as strings or as classes with arguments.

``"glorot_uniform"``, ``"orthogonal"``, ``"zeros"``, ``"ones"``, ``"constant"``, ``"he_normal"``,
``"random_normal"`` and ``"random_uniform"`` mean the classes below with their defaults. A class
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
    "GlorotUniform",
    "HeNormal",
    "Initializer",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
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
        for field, name in zip(("a", "b"), self._numbers):
            setattr(native, field, getattr(self, name))
        if self.seed is not None:
            native.seed = self.seed
        return native

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


_CLASSES: tuple[type[Initializer], ...] = (
    Zeros,
    Ones,
    Constant,
    GlorotUniform,
    HeNormal,
    Orthogonal,
    RandomNormal,
    RandomUniform,
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
    config: dict[str, Any] = {
        name: short_float(getattr(native, field)) for field, name in zip(("a", "b"), cls._numbers)
    }
    if native.seed >= 0:
        config["seed"] = native.seed
    return cls(**config)


def _named(name: str) -> type[Initializer]:
    if name not in _BY_NAME:
        known = ", ".join(cls.native_name for cls in _CLASSES)
        raise ArgumentError(f"unknown initializer {name!r}; known are {known}")
    return _BY_NAME[name]
