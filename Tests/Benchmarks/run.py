"""Measures our library and others, prints a table and writes it as JSON; README.md says more.

    python Tests/Benchmarks/run.py [--peers NAMES] [--cases PATTERN] [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

import artifacts
from cases import DTYPES, Case, standard_cases
from limits import Limits, least_seconds
from measure import QUICK, THOROUGH, Effort, measure
from networks import NETWORKS, Network
from process import Refused, Worker
from rows import LEAST_WIDTH, OURS, SAMPLES, Row, print_rows

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parent.parent / "build" / "bench"
PEERS = ("onnxruntime", "openvino", "torch", "keras")


def worker(name: str, threads: int) -> Worker:
    environment = {**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": str(threads)}
    if name == OURS:
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
        self.workers: list[Worker] = []
        self.threads = 0

    def make_folders(self) -> dict[str, Network]:
        for network in NETWORKS:
            path = OUTPUT / "networks" / network.name
            artifacts.make_folder(path, network, for_peers=bool(self.peers), converted=True)
        return {network.name: network for network in NETWORKS}

    def start(self, threads: int) -> None:
        """Workers with a number of threads, in place of those before."""
        if threads != self.threads:
            self.stop()
            self.threads = threads
            self.workers = [worker(name, threads) for name in (OURS, *self.peers)]

    def stop(self) -> None:
        for it in self.workers:
            it.close()
        self.workers, self.threads = [], 0

    def measure_limits(self, dtype: str) -> Limits:
        """The best seen so far in this run."""
        multiply_adds, bytes_read = map(float, self.workers[0].ask("limits", dtype))
        self.multiply_adds[dtype] = max(multiply_adds, self.multiply_adds.get(dtype, 0))
        self.bytes_read = max(bytes_read, self.bytes_read)
        return Limits(self.multiply_adds, self.bytes_read)

    def measure(self, case: Case, network: Network) -> Row:
        self.start(case.threads)
        limits = self.measure_limits(case.dtype)
        row = measure(case, self.workers, self.effort)
        if OURS in row.values:
            row.limit = least_seconds(case, network, limits) / row.values[OURS]
        if case.kind == "training":
            row.unit = SAMPLES
            row.values = {name: network.samples / it for name, it in row.values.items()}
        return row

    def run(self, cases: list[Case]) -> None:
        networks = self.make_folders()
        with Progress(console=self.console, transient=True) as progress:
            task = progress.add_task("", total=len(cases))
            for case in cases:
                progress.update(task, description=case.label)
                self.rows.append(self.measure(case, networks[case.network]))
                progress.advance(task)
        self.stop()

    def write(self) -> None:
        content = {
            "cnnlstm": artifacts.version(),
            "multiply_adds_per_second": self.multiply_adds,
            "bytes_read_per_second": self.bytes_read,
            "rows": [asdict(row) for row in self.rows],
        }
        (OUTPUT / "results.json").write_text(json.dumps(content, indent=1) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default="", help=f"some of {','.join(PEERS)}, or all")
    parser.add_argument("--cases", default="", help="regular expression, searched in a case's name")
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    peers = list(PEERS) if given.peers == "all" else [it for it in given.peers.split(",") if it]
    console = Console()
    console.width = max(console.width, LEAST_WIDTH)
    bench = Bench(peers, QUICK if given.quick else THOROUGH, console)
    bench.run([case for case in standard_cases() if re.search(given.cases, case.label)])
    bench.write()
    bench.rows.sort(key=lambda row: row.section)
    print_rows(bench.rows, peers, console)
    return 1 if any(row.wrong for row in bench.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
