"""Python values on their way to C: checked, because ctypes wraps what does not fit."""

from __future__ import annotations

import operator
from ctypes import c_char, c_void_p
from typing import Any, Callable, SupportsFloat, SupportsIndex, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError, DataError

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]
Shape = tuple[Union[int, None], ...]

FLOAT32 = np.dtype(np.float32)
memory: Callable[[Any], Any] = (c_char * 0).from_buffer

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1


def integer(
    name: str, value: SupportsIndex, greatest: int = INT32_MAX, least: int | None = None
) -> int:
    """value as an int that C can hold; least is by default -greatest."""
    smallest = -greatest if least is None else least
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if not smallest <= number <= greatest:
        raise ArgumentError(f"{name} must be {smallest} … {greatest}, got {number}")
    return number


def single(name: str, value: SupportsIndex | tuple[int, ...] | list[int]) -> int:
    """An integer, or Keras's tuple of one."""
    if isinstance(value, (tuple, list)):
        if len(value) != 1:
            raise ArgumentError(f"{name} must be one integer, got {value!r}")
        value = value[0]
    return integer(name, value)


def number(name: str, value: SupportsFloat) -> float:
    """value as a float; TypeError if it is no number."""
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except TypeError:
        raise TypeError(f"{name} must be a number, got {value!r}") from None


def short_float(value: float) -> float:
    """A float32 as the shortest decimal that means it: 0.05, not 0.05000000074505806."""
    return float(str(np.float32(value)))


def floats(name: str, values: ArrayLike) -> FloatArray:
    """values as a contiguous float32 array: the same memory if they are one already."""
    if type(values) is np.ndarray and values.dtype == FLOAT32:
        flags = values.flags
        if flags.c_contiguous and flags.aligned:
            return values
    array = numeric(name, values)
    return np.require(array, dtype=np.float32, requirements=["C", "A"])


def labels(name: str, values: ArrayLike) -> IntArray:
    """values as an int32 array of its own; DataError if one of them is no such integer.

    The library checks class numbers once, and a callback may change the caller's array later.
    """
    array = numeric(name, values)
    with np.errstate(invalid="ignore"):
        whole = np.array(array, dtype=np.int32, order="C")
    if not np.array_equal(whole, array):
        raise DataError(f"{name} must hold class numbers, whole and below 2^31")
    return whole


def numeric(name: str, values: ArrayLike) -> NDArray[Any]:
    """values as an array of real numbers; TypeError if they are anything else."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ArgumentError(f"{name} cannot become one array: {error}") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array


def address(array: NDArray[Any]) -> int:
    """Where a contiguous array's first element is."""
    return int(array.__array_interface__["data"][0])


def pointer(array: NDArray[Any]) -> Any:
    """A contiguous array as ctypes passes it to C; the array must be kept meanwhile."""
    try:
        return memory(array)
    except TypeError:  # it is read-only; this takes four times as long
        return c_void_p(address(array))
