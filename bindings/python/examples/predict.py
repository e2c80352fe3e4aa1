"""Prints the class and the probabilities that a model gives for each row of a CSV.

    predict.py model.cnnlstm data.csv

A row is one sample, time-major: t0c0,t0c1,…,t1c0,…; empty lines and lines that start with # are
skipped. A line of output: the sample's number, its class, and a probability for each class, with
the nine digits that tell any float32 from the next.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from cnnlstm.models import Sequential, load_model


def rows(path: str) -> Iterator[list[float]]:
    """The samples of a CSV."""
    with open(path, encoding="utf-8-sig") as file:
        for line in map(str.strip, file):
            if line and not line.startswith("#"):
                yield [float(value) for value in line.split(",")]


def line(model: Sequential, labels: list[str], index: int, row: list[float]) -> str:
    """One line of output."""
    sample = np.array(row, np.float32).reshape(1, *shape(model, len(row)))
    probabilities = model.predict(sample)[0]
    best = int(probabilities.argmax())
    values = " ".join(f"{value:.9g}" for value in probabilities.tolist())
    return f"{index} {labels[best] if labels else best} {values}"


def shape(model: Sequential, count: int) -> tuple[int, ...]:
    """The shape of a sample of count values."""
    sizes = model.input_shape[1:]
    known = np.prod([size for size in sizes if size is not None], dtype=int)
    steps = count // known if None in sizes else None
    wanted = tuple(size if size is not None else steps for size in sizes)
    if np.prod(wanted) != count:
        raise ValueError(f"a row has {count} values, the model takes {sizes}")
    return wanted


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: predict.py model.cnnlstm data.csv")
    try:
        model = load_model(sys.argv[1])
        if len(model.output_shape) != 2:
            raise ValueError("the model gives an output a time step; it must give one a sample")
        labels = model.labels
        for index, row in enumerate(rows(sys.argv[2])):
            print(line(model, labels, index, row))
    except (OSError, ValueError) as error:
        sys.exit(f"predict.py: {error}")


if __name__ == "__main__":
    main()
