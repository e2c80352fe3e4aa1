"""The networks that are measured, and how the folder of one looks.

A folder has ``network.json``, ``weights.npz`` (arrays in Keras's order and shapes), ``inputs.f32``
and ``targets.f32`` (float32, one sample after the other) and the model files that
``artifacts.py`` makes of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Layer = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Network:
    """A chain of layers, in Keras's words; ``samples`` is how many its folder has."""

    name: str
    length: int
    channels: int
    samples: int
    layers: tuple[Layer, ...]

    @property
    def classes(self) -> int:
        return int(self.layers[-1][1]["units"])

    def add_to(self, model: Any, layers: Any) -> Any:
        """model, a Sequential, with these layers of Keras's ``layers`` or of our own."""
        model.add(layers.Input((self.length, self.channels)))
        for kind, options in self.layers:
            model.add(getattr(layers, kind)(**options))
        return model


@dataclass(frozen=True)
class Folder:
    """The folder of a network."""

    path: Path

    def write(self, network: Network) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "network.json").write_text(json.dumps(asdict(network)))

    @property
    def network(self) -> Network:
        content = json.loads((self.path / "network.json").read_text())
        layers = tuple((kind, options) for kind, options in content.pop("layers"))
        return Network(layers=layers, **content)

    def weights(self) -> list[FloatArray]:
        with np.load(self.path / "weights.npz") as arrays:
            return [arrays[name] for name in arrays.files]

    def layers_with_weights(self) -> Iterator[tuple[str, dict[str, Any], list[FloatArray]]]:
        """Kind, options and arrays of each layer."""
        arrays = iter(self.weights())
        counts = {"Conv1D": 2, "LSTM": 3, "Dense": 2}
        for kind, options in self.network.layers:
            yield kind, options, [next(arrays) for _ in range(counts.get(kind, 0))]

    def inputs(self, count: int | None = None) -> FloatArray:
        """The first count samples, (count, length, channels)."""
        network = self.network
        values = np.fromfile(self.path / "inputs.f32", np.float32)
        return values.reshape(-1, network.length, network.channels)[:count]

    def targets(self) -> FloatArray:
        """One-hot, (samples, classes)."""
        values = np.fromfile(self.path / "targets.f32", np.float32)
        return values.reshape(-1, self.network.classes)


def conv1d(filters: int) -> Layer:
    return "Conv1D", {"filters": filters, "kernel_size": 3, "activation": "relu"}


def lstm(units: int, return_sequences: bool = False) -> Layer:
    return "LSTM", {"units": units, "return_sequences": return_sequences}


def dense(units: int) -> Layer:
    return "Dense", {"units": units, "activation": "softmax"}


POOLING: Layer = ("MaxPooling1D", {"pool_size": 2})


def seed_network(
    name: str = "seed", length: int = 100, units: int = 128, samples: int = 1024
) -> Network:
    layers = (conv1d(32), POOLING, lstm(units), dense(8))
    return Network(name, length, 1, samples, layers)


SEED = seed_network()
DEEP = Network(
    "deep", 128, 9, 256,
    (conv1d(64), conv1d(64), POOLING, lstm(256, return_sequences=True), lstm(256), dense(6)),
)  # fmt: skip
TINY = Network("tiny", 50, 3, 1024, (conv1d(8), POOLING, lstm(16), dense(4)))
NETWORKS = (SEED, DEEP, TINY)
