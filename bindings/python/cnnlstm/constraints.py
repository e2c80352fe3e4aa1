"""What weights must keep to while they are trained, with Keras's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

from . import _structures as structures
from ._values import integer, number, short_float
from .errors import ArgumentError

__all__ = ["MaxNorm", "get", "max_norm"]


class MaxNorm:
    """After every step an array is scaled so that its norms are at most ``max_value``.

    Parameters
    ----------
    max_value : float
        Above 0.
    axis : int or sequence of int
        The norm is over these axes of the array: 0 is over the inputs of a Dense layer's unit,
        (0, 1) over those of a Conv1D's filter.
    """

    def __init__(self, max_value: float = 2.0, axis: int | Sequence[int] = 0) -> None:
        self.max_value = number("max_value", max_value)
        if not self.max_value > 0:
            raise ArgumentError(f"max_value must be above 0, got {max_value!r}")
        axes = [axis] if isinstance(axis, int) else list(axis)
        self.axis = axis if isinstance(axis, int) else axes
        self.bits = sum(1 << integer("axis", entry, 2, least=0) for entry in set(axes))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {"max_value": self.max_value, "axis": self.axis}

    def __repr__(self) -> str:
        return f"MaxNorm(max_value={self.max_value!r}, axis={self.axis!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaxNorm) and (self.max_value, self.bits) == (
            other.max_value,
            other.bits,
        )

    __hash__ = None  # type: ignore[assignment]


max_norm = MaxNorm
ConstraintLike = Optional[Union[str, dict[str, Any], MaxNorm]]


def get(identifier: ConstraintLike) -> MaxNorm | None:
    """A constraint from its name, itself, or None; ``ArgumentError`` for an unknown name."""
    if identifier is None or isinstance(identifier, MaxNorm):
        return identifier
    config = {}
    if isinstance(identifier, dict):
        identifier, config = identifier["class_name"], identifier["config"]
    if not isinstance(identifier, str):
        raise TypeError(f"a constraint must be a name or a MaxNorm, got {identifier!r}")
    if identifier not in ("max_norm", "MaxNorm"):
        raise ArgumentError(f"unknown constraint {identifier!r}; known is max_norm")
    return MaxNorm(**config)


def to_native(constraint: MaxNorm | None) -> structures.Constraint:
    """The library's structure."""
    if constraint is None:
        return structures.Constraint(max_norm=0, axes=1)
    return structures.Constraint(max_norm=constraint.max_value, axes=constraint.bits)


def from_native(native: structures.Constraint) -> MaxNorm | None:
    """From the library's structure; None where there is no constraint."""
    if not native.max_norm:
        return None
    axes = [axis for axis in range(3) if native.axes >> axis & 1]
    return MaxNorm(short_float(native.max_norm), axes[0] if len(axes) == 1 else axes)
