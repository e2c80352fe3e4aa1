"""Models and data that many tests use."""

from __future__ import annotations

import pathlib
from typing import Callable

import numpy as np
import pytest
from hypothesis import settings

from cnnlstm.layers import LSTM, Conv1D, Dense, Input, MaxPooling1D
from cnnlstm.models import Sequential
from cnnlstm.utils import set_random_seed

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


def small_model(length: int | None = 20, dropout: float = 0.2) -> Sequential:
    """(samples, length, 2) to three classes."""
    return Sequential(
        [
            Input((length, 2)),
            Conv1D(8, kernel_size=3, activation="relu"),
            MaxPooling1D(2),
            LSTM(8, dropout=dropout),
            Dense(3, activation="softmax"),
        ]
    )


def waves(count: int = 96, length: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Noisy sines of three frequencies: (count, length, 2) and class numbers (count,)."""
    random = np.random.default_rng(1)
    labels = np.arange(count) % 3
    phase = random.uniform(0, 2 * np.pi, (count, 1))
    angle = np.arange(length) * (0.25 + 0.5 * labels[:, None]) + phase
    x = np.stack([np.sin(angle), np.cos(angle)], axis=2)
    return (x + random.normal(0, 0.1, x.shape)).astype(np.float32), labels.astype(np.int32)


@pytest.fixture
def model() -> Sequential:
    """A small model, compiled for class numbers, the same in each test."""
    set_random_seed(7)
    made = small_model()
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    return waves()


@pytest.fixture
def flat() -> Callable[[Sequential], bytes]:
    """All weights of a model as bytes."""
    return lambda model: b"".join(array.tobytes() for array in model.get_weights())
