"""Data sets that aeon brings along, standardized, and the seed architecture trained on them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from aeon.datasets import (
    load_basic_motions,
    load_gunpoint,
    load_italy_power_demand,
    load_japanese_vowels,
)

from cnnlstm.layers import LSTM, Conv1D, Dense, Input, MaxPooling1D
from cnnlstm.models import Sequential
from cnnlstm.utils import set_random_seed

SEEDS = range(5)


class Split(NamedTuple):
    """Samples (samples, length, channels) and their class numbers."""

    x: np.ndarray
    y: np.ndarray


class Data(NamedTuple):
    name: str
    train: Split
    test: Split
    epochs: int
    batch_size: int

    @property
    def class_count(self) -> int:
        return int(self.train.y.max()) + 1


def basic_motions() -> Data:
    return standardized(load_basic_motions, "BasicMotions", epochs=60, batch_size=8)


def gun_point() -> Data:
    return standardized(load_gunpoint, "GunPoint", epochs=100, batch_size=8)


def italy_power_demand() -> Data:
    return standardized(load_italy_power_demand, "ItalyPowerDemand", epochs=60, batch_size=16)


def japanese_vowels() -> Data:
    return standardized(load_japanese_vowels, "JapaneseVowels", epochs=40, batch_size=16)


def standardized(load: Any, name: str, epochs: int, batch_size: int) -> Data:
    """aeon has channels before time, samples of several lengths, and classes by name; what is
    missing at the end of a sample is filled with the mean, 0."""
    (train, train_names), (test, test_names) = load(split="train"), load(split="test")
    steps = np.concatenate([sample.T for sample in train])
    mean, deviation = steps.mean(axis=0), steps.std(axis=0)
    length = max(sample.shape[1] for sample in [*train, *test])
    classes = sorted(set(train_names))

    def split(samples: Any, names: Any) -> Split:
        x = np.zeros((len(samples), length, len(mean)), np.float32)
        for row, sample in zip(x, samples):
            row[: sample.shape[1]] = (sample.T - mean) / deviation
        return Split(x, np.array([classes.index(name) for name in names]))

    return Data(name, split(train, train_names), split(test, test_names), epochs, batch_size)


def trained(data: Data, seed: int) -> Sequential:
    set_random_seed(seed)
    model = Sequential(
        [
            Input(data.train.x.shape[1:]),
            Conv1D(32, kernel_size=3, activation="relu"),
            MaxPooling1D(pool_size=2),
            LSTM(128, dropout=0.2),
            Dense(data.class_count, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*data.train, batch_size=data.batch_size, epochs=data.epochs, verbose=0)
    return model


def accuracy(model: Sequential, split: Split) -> float:
    return float((model.predict(split.x).argmax(axis=1) == split.y).mean())
