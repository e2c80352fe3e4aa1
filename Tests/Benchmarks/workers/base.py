"""A worker in Python: a library that is measured, behind the same lines as the C program.

    python -m workers.NAME THREADS

answers a line at a time:

    inference FOLDER DTYPE BATCH    prepares predictions; "ok VARIANT"
    training FOLDER BATCH           prepares training, trains an epoch in order; "ok VARIANT"
    run UNTIMED TIMED               "ok" and the seconds of each timed prediction or epoch
    outputs PATH                    writes the outputs as float32; "ok"
    first FOLDER                    predicts one sample; "ok" and the most kilobytes in memory

Any other answer is "error" and a text. Of several ways to do the same (variants), the fastest is
what is measured.
"""

from __future__ import annotations

import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from networks import FloatArray, Folder

# A variant is tried for as long, and at least as often, before the fastest is chosen.
TRIAL_SECONDS, TRIALS = 0.1, 3


class Unsupported(Exception):
    """The library cannot do what was asked; the text says why."""


class Task:
    """Something prepared, which can be run again and again."""

    def __init__(self, call: Callable[[], Any], outputs: Callable[[], FloatArray]) -> None:
        self.call = call
        self.outputs = outputs

    def run(self, count: int) -> list[float]:
        """Seconds of each of count runs."""
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.call()
            times.append(time.perf_counter() - start)
        return times


Variants = dict[str, Callable[[], Task]]


class Peer(ABC):
    """What a worker module implements."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    @abstractmethod
    def inference(self, folder: Folder, dtype: str, batch: int) -> Variants:
        """Ways to predict the first batch inputs; raises Unsupported."""

    def training(self, folder: Folder, batch: int) -> Variants:
        """Ways to train; making one trains the first epoch, without shuffling."""
        raise Unsupported("it does not train")


def tried(task: Task) -> float:
    """Median seconds of some runs."""
    task.run(1)
    times: list[float] = []
    while sum(times) < TRIAL_SECONDS and len(times) < 1000 or len(times) < TRIALS:
        times += task.run(1)
        if times[0] > TRIAL_SECONDS:
            break
    return statistics.median(times)


def fastest(variants: Variants) -> tuple[str, Task]:
    """The best variant; one that fails is none, unless all do."""
    tasks: dict[str, Task] = {}
    reasons = []
    for name, make in variants.items():
        try:
            tasks[name] = make()
            tasks[name].run(1)
        except Exception as error:
            tasks.pop(name, None)
            reasons.append(f"{name}: {type(error).__name__}: {error}")
    if not tasks:
        raise Unsupported("; ".join(reasons))
    if len(tasks) == 1:
        return next(iter(tasks.items()))
    return min(tasks.items(), key=lambda it: tried(it[1]))


def most_kilobytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


class Server:
    """Answers lines for a peer."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.task: Task | None = None

    def answer(self, command: str, *words: str) -> str:
        return str(getattr(self, f"do_{command}")(*words))

    def do_inference(self, folder: str, dtype: str, batch: str) -> str:
        self.task = None
        name, self.task = fastest(self.peer.inference(Folder(Path(folder)), dtype, int(batch)))
        return name

    def do_training(self, folder: str, batch: str) -> str:
        self.task = None
        name, self.task = fastest(self.peer.training(Folder(Path(folder)), int(batch)))
        return name

    def do_run(self, untimed: str, timed: str) -> str:
        task = self.prepared()
        if int(untimed):
            task.run(int(untimed))
        return " ".join(f"{it:.9f}" for it in task.run(int(timed)))

    def do_outputs(self, path: str) -> str:
        self.prepared().outputs().astype("float32").tofile(path)
        return ""

    def prepared(self) -> Task:
        if self.task is None:
            raise Unsupported("nothing is prepared")
        return self.task

    def do_first(self, folder: str) -> int:
        variants = self.peer.inference(Folder(Path(folder)), "float32", 1)
        task = next(iter(variants.values()))()
        task.call()
        return most_kilobytes()


def serve(make: Callable[[int], Peer]) -> None:
    """Answers until the input ends; what a library prints goes to stderr."""
    answers, sys.stdout = sys.stdout, sys.stderr
    server = Server(make(int(sys.argv[1])))
    for line in sys.stdin:
        try:
            answer = f"ok {server.answer(*line.split())}".strip()
        except Exception as error:
            text = str(error) if isinstance(error, Unsupported) else repr(error)
            answer = f"error {' '.join(text.split())[:400]}"
        print(answer, file=answers, flush=True)
