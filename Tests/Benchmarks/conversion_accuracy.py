"""What bfloat16 and int8 kernels do to predictions on real data: two data sets, five seeds each.

Trains the seed architecture on the training split, standardized per channel, converts it with the
test split and prints a line for each data set and type. Ends with 1 if fewer than 99.5 % of the
labels of an int8 model agree with those of the float32 model, over all seeds of a data set.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from aeon.datasets import load_basic_motions, load_japanese_vowels

from cnnlstm.layers import LSTM, Conv1D, Dense, Input, MaxPooling1D
from cnnlstm.models import ConversionReport, Sequential
from cnnlstm.utils import set_random_seed

SEEDS = range(5)
DTYPES = ("bfloat16", "int8")
NEEDED_AGREEMENT = 0.995


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


class Run(NamedTuple):
    """A converted model: its report, its accuracy and that of the float32 model."""

    report: ConversionReport
    accuracy: float
    accuracy_before: float


def standardized(load, name: str, epochs: int, batch_size: int) -> Data:
    """aeon has channels before time, samples of several lengths, and classes by name; what is
    missing at the end of a sample is filled with the mean, 0."""
    (train, train_names), (test, test_names) = load(split="train"), load(split="test")
    steps = np.concatenate([sample.T for sample in train])
    mean, deviation = steps.mean(axis=0), steps.std(axis=0)
    length = max(sample.shape[1] for sample in [*train, *test])
    classes = sorted(set(train_names))

    def split(samples, names) -> Split:
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
            Dense(int(data.train.y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*data.train, batch_size=data.batch_size, epochs=data.epochs, verbose=0)
    return model


def accuracy(model: Sequential, split: Split) -> float:
    return float((model.predict(split.x).argmax(axis=1) == split.y).mean())


def runs(data: Data) -> dict[str, list[Run]]:
    """By dtype, a run for each seed."""
    found: dict[str, list[Run]] = {dtype: [] for dtype in DTYPES}
    for seed in SEEDS:
        model = trained(data, seed)
        before = accuracy(model, data.test)
        for dtype in DTYPES:
            small = model.convert(dtype, data.test.x)
            assert small.conversion_report is not None
            found[dtype].append(Run(small.conversion_report, accuracy(small, data.test), before))
    return found


def print_line(data: Data, dtype: str, found: list[Run]) -> float:
    """Returns the share of labels that agree, over all seeds."""
    reports = [run.report for run in found]
    agreement = float(np.mean([report.label_agreement for report in reports]))
    print(
        f"{data.name:15} {dtype:9} {len(data.test.x):7} "
        f"{max(report.max_difference for report in reports):11.2e} "
        f"{np.mean([report.mean_difference for report in reports]):11.2e} "
        f"{agreement:9.2%} {min(report.label_agreement for report in reports):9.2%} "
        f"{np.mean([run.accuracy_before for run in found]):8.4f} "
        f"{np.mean([run.accuracy for run in found]):9.4f}",
        flush=True,
    )
    return agreement


def main() -> None:
    print(f"Conversion of the seed architecture, {len(SEEDS)} seeds; differences are of outputs\n")
    print(
        f"{'data':15} {'dtype':9} {'samples':>7} {'largest':>11} {'mean':>11} {'agreement':>9} "
        f"{'least':>9} {'float32':>8} {'accuracy':>9}"
    )
    low = []
    for data in (
        standardized(load_basic_motions, "BasicMotions", epochs=60, batch_size=8),
        standardized(load_japanese_vowels, "JapaneseVowels", epochs=40, batch_size=16),
    ):
        for dtype, found in runs(data).items():
            agreement = print_line(data, dtype, found)
            if dtype == "int8" and agreement < NEEDED_AGREEMENT:
                low.append(f"{data.name}: {agreement:.2%} of the labels agree")
    if low:
        sys.exit("\n".join([f"int8 needs {NEEDED_AGREEMENT:.1%}", *low]))


if __name__ == "__main__":
    main()
