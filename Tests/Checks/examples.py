"""The C examples build against an installed library without a warning, learn and predict."""

from __future__ import annotations

import math
import os
import random
import tempfile
from pathlib import Path

from support import ROOT, Failed, run

INSTALLED = ROOT / "build/install/lib"
LENGTH, CHANNELS, SAMPLES, EPOCHS = 40, 2, 60, 12
LEAST_ACCURACY = 0.9


def build(program: str, folder: Path) -> Path:
    os.environ["PKG_CONFIG_PATH"] = str(INSTALLED / "pkgconfig")
    flags = run("pkg-config", "--cflags", "--libs", "cnnlstm").split()
    sources = [f"bindings/c/{it}.c" for it in (program, "csv")]
    flags += [f"-Wl,-rpath,{INSTALLED}", "-lm"]
    strict = ("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror")
    run("cc", *strict, *sources, "-o", folder / program, *flags)
    return folder / program


def sample(source: random.Random, label: str) -> list[str]:
    """Sine waves of a slow or a fast kind, with noise."""
    cycles, phase = (2 if label == "slow" else 5), source.random()
    waves = [
        math.sin(2 * math.pi * (cycles * step / LENGTH + phase + channel / 4))
        for step in range(LENGTH)
        for channel in range(CHANNELS)
    ]
    return [f"{wave + source.gauss(0, 0.1):.6f}" for wave in waves]


def write_samples(folder: Path) -> list[str]:
    """Writes train.csv, with labels, and predict.csv, without; returns the labels."""
    source = random.Random(1)
    labels = [("slow", "fast")[index % 2] for index in range(SAMPLES)]
    train = [[label, *sample(source, label)] for label in labels]
    predict = [sample(source, label) for label in labels]
    for name, rows in (("train.csv", train), ("predict.csv", predict)):
        (folder / name).write_text("".join(",".join(row) + "\n" for row in rows))
    return labels


def check() -> str:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        labels = write_samples(folder)
        model = folder / "model.cnnlstm"
        run(build("train", folder), folder / "train.csv", CHANNELS, model, EPOCHS)
        lines = run(build("predict", folder), model, folder / "predict.csv").splitlines()
    predicted = [line.split()[1] for line in lines]
    right = sum(map(str.__eq__, predicted, labels))
    if len(predicted) != len(labels) or right < LEAST_ACCURACY * len(labels):
        raise Failed(f"{right} of {len(labels)} predictions are right:\n" + "\n".join(lines))
    return f"train and predict build without a warning; {right} of {len(labels)} rows right"
