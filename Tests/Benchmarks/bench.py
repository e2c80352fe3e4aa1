"""A run of the benchmark: starts the libraries' workers and measures cases on them."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

import artifacts
from cases import Case
from footprint import DISTRIBUTIONS, footprint_rows
from growth import PEERS as GROWTH_PEERS
from growth import Point, draw
from limits import Limits, least_seconds
from measure import Effort, measure
from networks import NETWORKS, Network
from process import Worker
from rows import OURS, SAMPLES, Row

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build"
OUTPUT, LIBRARY = BUILD / "bench", BUILD / "libcnnlstm.so"
PEERS = tuple(DISTRIBUTIONS)
# A point of the growth needs fewer rounds than a figure that is quoted.
GROWTH_EFFORT = Effort(7, 7, 0.02)

Item = TypeVar("Item", Case, Point)


def make_worker(name: str, threads: int, python: bool = False) -> Worker:
    """A library's worker; python: our Python package instead of the C program."""
    environment = {**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": str(threads)}
    if name == OURS and not python:
        command = [str(OUTPUT / "worker"), str(threads)]
    else:
        command = [sys.executable, "-m", f"workers.{name}_worker", str(threads)]
    return Worker(name, command, OUTPUT, environment)


class Bench:
    """A run: who takes part, how thoroughly, and what came of it."""

    def __init__(self, peers: list[str], effort: Effort, console: Console) -> None:
        self.peers, self.effort, self.console = peers, effort, console
        self.multiply_adds: dict[str, float] = {}
        self.bytes_read = 0.0
        self.rows: list[Row] = []
        self.growth: list[tuple[Point, Row]] = []
        self.workers: list[Worker] = []
        self.running: tuple[int, list[str]] | None = None
        self.folders: set[str] = set()

    def make_folder(self, network: Network) -> None:
        if network.name not in self.folders:
            self.folders.add(network.name)
            path = OUTPUT / "networks" / network.name
            artifacts.make_folder(path, network, bool(self.peers), converted=network in NETWORKS)

    def start(self, threads: int, peers: list[str]) -> None:
        """Workers with a number of threads, in place of others."""
        if self.running != (threads, peers):
            self.stop()
            self.running = threads, peers
            self.workers = [make_worker(name, threads) for name in (OURS, *peers)]

    def stop(self) -> None:
        for it in self.workers:
            it.close()
        self.workers, self.running = [], None

    def limits(self, dtype: str) -> Limits:
        """The best seen so far in this run."""
        multiply_adds, bytes_read = map(float, self.workers[0].ask("limits", dtype))
        self.multiply_adds[dtype] = max(multiply_adds, self.multiply_adds.get(dtype, 0))
        self.bytes_read = max(bytes_read, self.bytes_read)
        return Limits(self.multiply_adds, self.bytes_read)

    def measure(self, case: Case, effort: Effort | None = None) -> Row:
        (network,) = (it for it in NETWORKS if it.name == case.network)
        self.make_folder(network)
        self.start(case.threads, self.peers)
        limits = self.limits(case.dtype)
        row = measure(case, self.workers, effort or self.effort)
        if row.fastest is not None:
            row.limit = least_seconds(case, network, limits) / row.fastest
        if case.kind == "training":
            row.unit = SAMPLES
            row.values = {name: network.samples / it for name, it in row.values.items()}
        return row

    def each(self, items: list[Item], label: Callable[[Item], str]) -> Iterable[Item]:
        """items, with a bar that shows how far it is."""
        with Progress(console=self.console, transient=True) as progress:
            task = progress.add_task("", total=len(items))
            for item in items:
                progress.update(task, description=label(item))
                yield item
                progress.advance(task)

    def measure_cases(self, cases: list[Case]) -> None:
        """By threads, because workers keep theirs; the rows are in the order of the cases."""
        by_threads = sorted(cases, key=lambda it: it.threads)
        rows = {it: self.measure(it) for it in self.each(by_threads, lambda it: it.label)}
        self.rows += [rows[case] for case in cases]
        self.stop()

    def measure_growth(self, points: list[Point]) -> None:
        peers = [it for it in self.peers if it in GROWTH_PEERS]
        for point in self.each(points, lambda it: it.label):
            self.make_folder(point.network)
            self.start(point.case.threads, peers)
            row = measure(point.case, self.workers, GROWTH_EFFORT)
            self.growth.append((point, replace(row, section="Growth", label=point.label)))
        self.stop()
        draw(self.growth, OUTPUT / "growth.png")

    def footprint(self) -> list[Row]:
        self.make_folder(NETWORKS[0])
        with self.console.status("start and size"):
            start = lambda name: make_worker(name, 1, python=True)  # noqa: E731
            return [*footprint_rows(self.peers, OUTPUT, LIBRARY, start)]

    def versions(self) -> dict[str, str]:
        peers = [it for name in self.peers for it in DISTRIBUTIONS[name]]
        return {OURS: artifacts.version()} | {it: metadata.version(it) for it in peers}

    def write(self) -> None:
        rows = [*self.rows, *(row for _, row in self.growth)]
        content = {
            "machine": processor(),
            "versions": self.versions(),
            "multiply_adds_per_second": self.multiply_adds,
            "bytes_read_per_second": self.bytes_read,
            "rows": [{**asdict(row), "best": row.best, "ratio": row.ratio} for row in rows],
        }
        (OUTPUT / "results.json").write_text(json.dumps(content, indent=1) + "\n")


def processor() -> str:
    names = [it for it in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in it]
    name = names[0].partition(":")[2].strip() if names else platform.machine()
    return f"{name}, {os.cpu_count()} processors"
