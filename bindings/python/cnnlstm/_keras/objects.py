"""What a Keras file describes as ``{class_name, config}``, made of this package's classes.

The tables are the classes themselves: one that has the name and the arguments of Keras's can be
read. Of the arguments that a class here does not have, only values without effect are accepted.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import optimizers
from .._layer import Layer
from .._neutral import FLOAT32_POLICIES, has_no_effect
from .._values import short_float
from ..errors import CnnLstmError, UnsupportedError

# Where the classes are that an argument may name, by the end of the argument's name.
MODULES = {
    "layer": "layers",
    "_initializer": "initializers",
    "_regularizer": "regularizers",
    "_constraint": "constraints",
    "learning_rate": "optimizers.schedules",
}
# Classes that only others are made from, or that a file cannot ask for.
NOT_MADE = frozenset(
    [
        "Initializer",
        "InputLayer",
        "Layer",
        "LearningRateSchedule",
        "Loss",
        "Optimizer",
        "Metric",
        "Regularizer",
    ]
)
ALIASES = {"OrthogonalInitializer": "Orthogonal", "IdentityInitializer": "Identity"}
# What a constructor takes as its ``**common``.
COMMON: dict[type, frozenset[str]] = {
    Layer: frozenset(["name", "trainable"]),
    optimizers.Optimizer: frozenset(optimizers._COMMON),
}
RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}


class Refused(UnsupportedError):
    """What a Place refuses: a message that names the place already."""


class Place(NamedTuple):
    """What is being read, for messages; the axes of its input, 0 if none; what was left out."""

    text: str
    rank: int
    notes: list[str]

    def refuse(self, why: str) -> Refused:
        return Refused(f"{self.text}: {why}")


def built(serialized: Any, module: str, place: Place) -> Any:
    """The object of a class in a module of this package; ``UnsupportedError`` if there is none."""
    class_name, config = described(serialized, place)
    cls = classes(module).get(ALIASES.get(class_name, class_name))
    if cls is None:
        raise place.refuse(unknown(class_name, module))
    if module == "layers":
        check_dtype(config.get("dtype"), place)
    try:
        return cls(**arguments(cls, config, place))
    except Refused:
        raise
    except (CnnLstmError, TypeError, ValueError, OverflowError) as error:
        own = place.text.endswith(f"({class_name})") or str(error).startswith(class_name)
        raise place.refuse(str(error) if own else f"{class_name}: {error}") from error


def unknown(class_name: str, module: str) -> str:
    if class_name == "Lambda":
        return "Lambda holds Python code, which is never run; use a layer instead"
    known = ", ".join(sorted(classes(module)))
    return f"{class_name} is not supported in {module}; known are {known}"


def described(serialized: Any, place: Place) -> tuple[str, dict[str, Any]]:
    """class_name and config; custom objects are refused."""
    if not isinstance(serialized, Mapping):
        raise place.refuse(f"expected an object with class_name and config, got {serialized!r}")
    class_name, config = serialized.get("class_name"), serialized.get("config", {})
    if not isinstance(class_name, str) or not isinstance(config, Mapping):
        raise place.refuse("class_name must be a text and config an object")
    package = serialized.get("module") or "keras"
    registered = serialized.get("registered_name") or class_name
    if not isinstance(package, str) or package.partition(".")[0] not in ("keras", "tf_keras"):
        raise place.refuse(f"{class_name} is a custom object of {package!r}")
    if registered != class_name:
        raise place.refuse(f"{class_name} is the custom object {registered!r}")
    return class_name, dict(config)


def function_name(serialized: Any, place: Place) -> Any:
    """The name of a function of Keras's, which a file has as an object; anything else as it is."""
    if not isinstance(serialized, Mapping) or serialized.get("class_name") != "function":
        return serialized
    name, module = serialized.get("config"), serialized.get("module") or "builtins"
    registered = serialized.get("registered_name") or "function"
    is_own = isinstance(module, str) and module.partition(".")[0] in ("builtins", "keras")
    if not isinstance(name, str) or not is_own or registered not in ("function", name):
        raise place.refuse(f"{name!r} is a custom function of {module!r}")
    return name


def only_one(serialized: Any) -> Any:
    """What is alone in a list or a dictionary, as Keras takes one for each output."""
    if isinstance(serialized, (list, tuple)) and len(serialized) == 1:
        return only_one(serialized[0])
    if isinstance(serialized, Mapping) and len(serialized) == 1 and "class_name" not in serialized:
        return only_one(next(iter(serialized.values())))
    return serialized


def classes(module: str) -> dict[str, type]:
    """The public classes of a module of this package by name."""
    found = importlib.import_module(f"..{module}", __package__)
    named = {name: getattr(found, name) for name in found.__all__ if name not in NOT_MADE}
    return {name: cls for name, cls in named.items() if inspect.isclass(cls)}


def arguments(cls: type, config: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The constructor's arguments from Keras's; ``UnsupportedError`` for what would get lost."""
    taken = taken_by(cls)
    if not issubclass(cls, Layer):
        place = place._replace(rank=0)
    found = {}
    for key, value in config.items():
        name = RENAMED.get((cls.__name__, key), key)
        converted = argument(name, value, place)
        if name in taken:
            found[name] = converted
        elif not has_no_effect(name, converted):
            raise place.refuse(f"{key}={value!r} is not supported")
    return found


def taken_by(cls: type) -> set[str]:
    """Names of the constructor's arguments, with those of all layers or all optimizers."""
    taken = set(inspect.signature(cls).parameters)
    if "common" in taken:
        taken |= next((names for base, names in COMMON.items() if issubclass(cls, base)), set())
    return taken


def argument(name: str, value: Any, place: Place) -> Any:
    """An argument's value: nested objects built, lists as tuples, an axis counted from the end."""
    if name == "axis" and place.rank:
        return last_axis(value, place.rank)
    if isinstance(value, Mapping):
        return nested(name, value, place)
    if isinstance(value, list):
        return tuple(argument("", item, place) for item in value)
    return shortest(value) if isinstance(value, float) else value


def shortest(value: float) -> float:
    """0.001 for what a float32 makes of it, 0.0010000000474974513."""
    with np.errstate(over="ignore"):
        return short_float(value) if np.float32(value) == value else value


def nested(name: str, value: Mapping[str, Any], place: Place) -> Any:
    if name == "dtype":
        return None
    for ending, module in MODULES.items():
        if name.endswith(ending):
            return built(value, module, place)
    raise place.refuse(f"{name or 'a list'} holds an object, {value.get('class_name')!r}")


def last_axis(value: Any, rank: int) -> Any:
    """-1 for the last of rank axes, however it is written."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    return -1 if value in (-1, rank - 1) and not isinstance(value, bool) else value


def check_dtype(dtype: Any, place: Place) -> None:
    """Policies other than float32 are refused; mixed ones are noted."""
    name = dtype
    if isinstance(dtype, Mapping):
        config = dtype.get("config")
        name = config.get("name") if isinstance(config, Mapping) else None
    if name is None or name == "float32":
        return
    if name not in FLOAT32_POLICIES:
        raise place.refuse(f"dtype {name!r} is not supported; known are {FLOAT32_POLICIES}")
    place.notes.append(f"{place.text}: {name} is computed in float32")
