"""Seeds and one-hot targets."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cnnlstm.errors import ArgumentError, DataError
from cnnlstm.utils import next_seed, set_random_seed, to_categorical


def test_set_random_seed_seeds_everything() -> None:
    def draw() -> tuple[float, float, int]:
        set_random_seed(11)
        return random.random(), np.random.random(), next_seed()

    assert draw() == draw()
    assert next_seed() != next_seed()


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ArgumentError), (2**32, ArgumentError), (1.5, TypeError)]
)
def test_wrong_seeds(seed: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="seed"):
        set_random_seed(seed)


def test_to_categorical() -> None:
    one_hot = to_categorical([2, 0])
    assert one_hot.dtype == np.float32
    assert one_hot.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert to_categorical([[1], [0]], num_classes=4).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]
    assert to_categorical(np.zeros((2, 3), int), 2).shape == (2, 3, 2)
    assert to_categorical([], 3).shape == (0, 3)


@pytest.mark.parametrize("numbers", [[-1], [3], [0.5], [float("nan")]])
def test_numbers_that_are_no_class(numbers: list[float]) -> None:
    with pytest.raises(DataError):
        to_categorical(numbers, num_classes=3)
