"""Penalties that training adds to the loss, with Keras's names.

``"l1"``, ``"l2"`` and ``"l1l2"`` mean the classes with their defaults, which for the last are no
penalty; ``"l1_l2"`` is a function's name alone, as in Keras. With w the weights of an array, the
penalty is l1 · Σ |w| + l2 · Σ w².
"""

from __future__ import annotations

from typing import Any, Optional, Union

from . import _structures as structures
from ._values import number, short_float
from .errors import ArgumentError

__all__ = ["L1", "L1L2", "L2", "Regularizer", "get", "l1", "l1_l2", "l2"]


class Regularizer:
    """Base class: l1 · Σ |w| + l2 · Σ w²; both factors at least 0."""

    l1: float = 0.0
    l2: float = 0.0

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return dict(self.__dict__)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regularizer) and (self.l1, self.l2) == (other.l1, other.l2)

    __hash__ = None  # type: ignore[assignment]


class L1(Regularizer):
    """l1 · Σ |w|"""

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = number("l1", l1)


class L2(Regularizer):
    """l2 · Σ w²"""

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = number("l2", l2)


class L1L2(Regularizer):
    """l1 · Σ |w| + l2 · Σ w²"""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = number("l1", l1)
        self.l2 = number("l2", l2)


l1, l2, l1_l2 = L1, L2, L1L2
_BY_NAME: dict[str, type[Regularizer]] = {
    "l1": L1,
    "l2": L2,
    "l1l2": L1L2,
    "L1": L1,
    "L2": L2,
    "L1L2": L1L2,
}

RegularizerLike = Optional[Union[str, dict[str, Any], Regularizer]]


def get(identifier: RegularizerLike) -> Regularizer | None:
    """A regularizer from its name, itself, or None; ``ArgumentError`` for an unknown name."""
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    if isinstance(identifier, dict):
        return _named(identifier["class_name"])(**identifier["config"])
    if not isinstance(identifier, str):
        raise TypeError(f"a regularizer must be a name or a Regularizer, got {identifier!r}")
    return _named(identifier)()


def _named(name: str) -> type[Regularizer]:
    if name not in _BY_NAME:
        raise ArgumentError(f"unknown regularizer {name!r}; known are l1, l2 and l1l2")
    return _BY_NAME[name]


def to_native(regularizer: Regularizer | None) -> structures.Regularizer:
    """The library's structure."""
    if regularizer is None:
        return structures.Regularizer()
    return structures.Regularizer(l1=regularizer.l1, l2=regularizer.l2)


def from_native(native: structures.Regularizer) -> Regularizer | None:
    """From the library's structure; None where there is no penalty."""
    l1, l2 = short_float(native.l1), short_float(native.l2)
    if l1 and l2:
        return L1L2(l1, l2)
    if l1:
        return L1(l1)
    return L2(l2) if l2 else None
