"""The last axis, by either of its numbers."""

from __future__ import annotations

from typing import Any

from ._layer import Layer, output_shape
from ._native import NativeModel
from .errors import ArgumentError


class LastAxis(Layer):
    """A layer along one axis, the channels: -1, or the number that a model finds it has."""

    axis: int

    def _take(self, arguments: dict[str, Any]) -> None:
        self.axis = _one(arguments["axis"])
        super()._take(arguments)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}

    def _bind(self, native: NativeModel) -> None:
        last = len(output_shape(native, native.layer_count - 1)) - 1
        if self.axis not in (-1, last):
            raise _refused(f"-1 or {last}", self.axis)
        super()._bind(native)
        self.axis = -1


def _one(axis: Any) -> int:
    """An axis, or Keras's list of one, that can be the last."""
    found = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    if isinstance(found, bool) or found not in (-1, 1, 2):
        raise _refused("-1", axis)
    return int(found)


def _refused(right: str, axis: Any) -> ArgumentError:
    return ArgumentError(f"axis must be {right}, the channels; got {axis!r}")
