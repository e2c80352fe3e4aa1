"""Measures a case on all libraries in turns, so that all see the machine in the same state."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cases import Case
from process import Refused, Worker
from rows import OURS, TOLERANCE, Row

# Rests before a library's turn: pools of the one before may spin for a while.
REST_SECONDS = 0.02
# Before the timed runs of a turn: threads wake up, and memory comes back into the caches. An epoch
# of training is long enough to need none.
WARM_UP_RUNS = {"inference": 2, "training": 0}


@dataclass(frozen=True)
class Effort:
    """Rounds, fewer of training because an epoch takes long; in each a library has some seconds for
    its runs, but at least one run."""

    rounds: int
    training_rounds: int
    turn_seconds: float
    most_runs: int = 200


THOROUGH, QUICK = Effort(15, 7, 0.03), Effort(4, 3, 0.02)


class Turns:
    """The seconds of every run by library and round."""

    def __init__(self, effort: Effort, kind: str) -> None:
        self.effort, self.warm_up_runs = effort, WARM_UP_RUNS[kind]
        self.times: dict[str, list[list[float]]] = {}

    def measure(self, workers: list[Worker], rounds: int, reasons: dict[str, str]) -> None:
        """A library that fails is left out, with its reason."""
        counts: dict[str, int] = {}
        for _ in range(rounds):
            for worker in workers:
                if worker.name not in reasons:
                    try:
                        self.turn(worker, counts)
                    except Refused as refused:
                        reasons[worker.name] = str(refused)
                        self.times.pop(worker.name, None)

    def turn(self, worker: Worker, counts: dict[str, int]) -> None:
        count = counts.get(worker.name) or self.count_of(worker)
        counts[worker.name] = count
        time.sleep(REST_SECONDS)
        answer = worker.ask("run", self.warm_up_runs, count)
        self.times.setdefault(worker.name, []).append([float(it) for it in answer])

    def count_of(self, worker: Worker) -> int:
        """Runs in a turn, after one that shows how long they take."""
        (seconds,) = worker.ask("run", self.warm_up_runs, 1)
        runs = self.effort.turn_seconds / max(float(seconds), 1e-6)
        return max(1, min(self.effort.most_runs, int(runs)))

    def median(self, name: str) -> float:
        return statistics.median(it for turn in self.times[name] for it in turn)

    def ratio(self, name: str, other: str) -> float:
        """Median over the rounds of what one took for what the other took."""
        turns = zip(self.times[name], self.times[other])
        return statistics.median(statistics.median(a) / statistics.median(b) for a, b in turns)


def prepare(case: Case, workers: list[Worker], row: Row) -> list[Worker]:
    """The workers that can do the case."""
    able = []
    for worker in workers:
        try:
            row.variants[worker.name] = " ".join(worker.ask(*case.request))
            able.append(worker)
        except Refused as refused:
            row.reasons[worker.name] = str(refused)
    return able


def outputs(worker: Worker) -> np.ndarray:
    name = f"{worker.name}.f32"
    worker.ask("outputs", name)
    return np.fromfile(Path(worker.folder, name), np.float32)


def compare(workers: list[Worker], row: Row) -> None:
    """Largest difference of anybody's outputs from ours."""
    if workers and workers[0].name == OURS:
        ours = outputs(workers[0])
        for worker in workers[1:]:
            theirs = outputs(worker)
            same = theirs.shape == ours.shape
            row.differences[worker.name] = float(abs(theirs - ours).max()) if same else np.inf


def measure(case: Case, workers: list[Worker], effort: Effort) -> Row:
    """Of workers, ours is the first."""
    row, turns = Row(case.section, case.label), Turns(effort, case.kind)
    row.tolerance = TOLERANCE if case.section == "Inference, float32" else None
    able = prepare(case, workers, row)
    compare(able, row)
    rounds = effort.training_rounds if case.kind == "training" else effort.rounds
    turns.measure(able, rounds, row.reasons)
    row.values = {name: turns.median(name) for name in turns.times}
    row.fastest = min(map(statistics.median, turns.times.get(OURS, [])), default=None)
    if OURS in row.values:
        row.ratios = {name: turns.ratio(OURS, name) for name in row.values if name != OURS}
    return row
