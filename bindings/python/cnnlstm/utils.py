"""Seeds and one-hot targets."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import ArrayLike

from ._values import FloatArray, integer, labels
from .errors import DataError

__all__ = ["set_random_seed", "to_categorical"]

_seeds = random.Random()


def set_random_seed(seed: int) -> None:
    """Seeds Python, NumPy and what models and trainers made from now on will draw from.

    The same seed, code and data then give the same weights to the last bit, on every machine and
    with any number of threads.

    Parameters
    ----------
    seed : int
        0 ≤ seed < 2^32.
    """
    number = integer("seed", seed, 2**32 - 1, least=0)
    random.seed(number)
    np.random.seed(number)
    _seeds.seed(number)


def next_seed() -> int:
    """A seed for one model or one trainer."""
    return _seeds.getrandbits(63)


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> FloatArray:
    """One-hot targets of class numbers.

    Parameters
    ----------
    x : array of integers
        Shape (...,) or (..., 1), each 0 … num_classes - 1.
    num_classes : int, optional
        By default the greatest number plus one.

    Returns
    -------
    array of float32, shape (..., num_classes)

    Raises ``DataError`` if a number is out of range.
    """
    numbers = labels("x", x)
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers.reshape(numbers.shape[:-1])
    count = (
        integer("num_classes", num_classes)
        if num_classes is not None
        else (int(numbers.max(initial=-1)) + 1)
    )
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        raise DataError(
            f"class numbers must be 0 … {count - 1}, got {numbers.min()} … {numbers.max()}"
        )
    return np.eye(count, dtype=np.float32)[numbers]
