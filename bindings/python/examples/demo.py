"""Trains a CNN-LSTM on BasicMotions: four human activities, told from a watch's six sensors.

    demo.py [folder]

Five runs with the seeds 0 … 4, 60 epochs each. The first one's model, test data and pictures go
into the folder, build/demo by default. Ends with 1 if the mean test accuracy is below 0.95.
"""

from __future__ import annotations

import pathlib
import sys
from typing import NamedTuple

import numpy as np
import pictures
from aeon.datasets import load_basic_motions

from cnnlstm.callbacks import History
from cnnlstm.layers import LSTM, Conv1D, Dense, Input, MaxPooling1D, Normalization
from cnnlstm.models import Sequential
from cnnlstm.optimizers import Adam
from cnnlstm.utils import set_random_seed

SEEDS = range(5)
EPOCHS = 60
BATCH_SIZE = 8
NEEDED_ACCURACY = 0.95
FOLDER = pathlib.Path(__file__).resolve().parents[3] / "build" / "demo"


class Split(NamedTuple):
    """Samples (samples, 100, 6) and their class numbers (samples,)."""

    x: np.ndarray
    y: np.ndarray


def load(split: str, classes: list[str]) -> Split:
    """aeon has channels before time, and classes by name."""
    x, names = load_basic_motions(split=split)
    x = np.ascontiguousarray(x.transpose(0, 2, 1), np.float32)
    return Split(x, np.array([classes.index(name) for name in names]))


def seed_model(train: Split, classes: list[str]) -> Sequential:
    """Normalization, convolution, pooling, LSTM, softmax."""
    normalization = Normalization()
    normalization.adapt(train.x)
    model = Sequential(
        [
            Input(train.x.shape[1:]),
            normalization,
            Conv1D(32, kernel_size=3, activation="relu"),
            MaxPooling1D(pool_size=2),
            LSTM(128, dropout=0.2),
            Dense(len(classes), activation="softmax"),
        ]
    )
    model.compile(
        optimizer=Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.labels = classes
    return model


def run(
    seed: int, train: Split, test: Split, classes: list[str]
) -> tuple[Sequential, History, float]:
    """Trains with a seed: the model, how it went, and the accuracy on the test split."""
    first = seed == SEEDS[0]
    set_random_seed(seed)
    model = seed_model(train, classes)
    if first:
        model.summary()
    history = model.fit(
        train.x,
        train.y,
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        validation_data=test,
        verbose="auto" if first else 0,
    )
    _, accuracy = model.evaluate(test.x, test.y)
    print(f"seed {seed}: test accuracy {accuracy:.3f}", flush=True)
    return model, history, accuracy


def confusion(model: Sequential, test: Split) -> np.ndarray:
    """How often a class, the row, was taken for another, the column."""
    predicted = model.predict(test.x).argmax(axis=1)
    counts = np.zeros((len(model.labels),) * 2, int)
    np.add.at(counts, (test.y, predicted), 1)
    return counts


def print_confusion(counts: np.ndarray, classes: list[str]) -> None:
    width = max(map(len, classes)) + 2
    print("\nConfusion matrix of seed 0 (rows: true class, columns: predicted)")
    print(" " * width + "".join(name.rjust(width) for name in classes))
    for name, row in zip(classes, counts):
        print(name.rjust(width) + "".join(str(count).rjust(width) for count in row))
    print()


def save(folder: pathlib.Path, model: Sequential, test: Split) -> None:
    """The model, and the test samples a row each."""
    model.metadata["data"] = "BasicMotions"
    model.save(folder / "basic_motions.cnnlstm")
    rows = test.x.reshape(len(test.x), -1)
    np.savetxt(folder / "basic_motions_test.csv", rows, fmt="%.9g", delimiter=",")


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    classes = sorted(set(load_basic_motions(split="train")[1].tolist()))
    train, test = load("train", classes), load("test", classes)
    runs = [run(seed, train, test, classes) for seed in SEEDS]
    accuracies = [accuracy for _, _, accuracy in runs]
    model, history, _ = runs[0]
    counts = confusion(model, test)
    print_confusion(counts, classes)
    save(folder, model, test)
    pictures.learning_curves(folder / "learning_curves.png", history)
    pictures.confusion_matrix(folder / "confusion_matrix.png", counts, classes)
    mean = sum(accuracies) / len(accuracies)
    print(f"mean test accuracy {mean:.3f} ({min(accuracies):.3f} … {max(accuracies):.3f})")
    print(f"model, test data and pictures are in {folder}")
    if mean < NEEDED_ACCURACY:
        sys.exit(f"mean test accuracy {mean:.3f} is below {NEEDED_ACCURACY}")


if __name__ == "__main__":
    main()
