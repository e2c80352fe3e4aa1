"""What is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from networks import NETWORKS

DTYPES = ("float32", "bfloat16", "int8")
THREADS = (1, 2)
INFERENCE_BATCHES, TRAINING_BATCHES = (1, 32, 256), (32, 128)


@dataclass(frozen=True)
class Case:
    """Inference or training of a network, whose folder has its name."""

    kind: str
    network: str
    dtype: str
    batch: int
    threads: int

    @property
    def section(self) -> str:
        return "Training" if self.kind == "training" else f"Inference, {self.dtype}"

    @property
    def label(self) -> str:
        plural = "" if self.threads == 1 else "s"
        kind = self.dtype if self.kind == "inference" else self.kind
        return f"{self.network}, {kind}, batch {self.batch}, {self.threads} thread{plural}"

    @property
    def request(self) -> tuple[object, ...]:
        folder = f"networks/{self.network}"
        if self.kind == "training":
            return "training", folder, self.batch
        return "inference", folder, self.dtype, self.batch


def standard_cases() -> Iterator[Case]:
    """In the order of the table."""
    for dtype in DTYPES:
        for network in NETWORKS:
            for batch in INFERENCE_BATCHES:
                for threads in THREADS:
                    yield Case("inference", network.name, dtype, batch, threads)
    for network in NETWORKS:
        for batch in TRAINING_BATCHES:
            for threads in THREADS:
                yield Case("training", network.name, "float32", batch, threads)
