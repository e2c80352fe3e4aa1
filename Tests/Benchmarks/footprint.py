"""Start, memory, size on disk, and what the Python package adds to a call."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from networks import SEED
from process import Refused, Worker
from rows import MEGABYTES, OURS, SECONDS, Row

SECTION = "Start and size, seed"
MEBIBYTE, KIBIBYTES = 2**20, 2**10
C_STARTS, PYTHON_STARTS = 40, 5
# What a library needs of its own; NumPy and the like are not counted.
DISTRIBUTIONS = {
    "onnxruntime": ("onnxruntime",),
    "openvino": ("openvino",),
    "torch": ("torch",),
    "keras": ("keras", "tensorflow_cpu"),
}
START_C = "C: dlopen, load, first prediction"
MEMORY_C = "C: most memory of that program"
START_PYTHON = "Python: start to first prediction"
MEMORY_PYTHON = "Python: most memory of that process"
SIZE = "size on disk"
OVERHEAD = "Python: predict beyond the C call"
LABELS = (START_C, MEMORY_C, START_PYTHON, MEMORY_PYTHON, SIZE, OVERHEAD)

MakeWorker = Callable[[str], Worker]


def compared(label: str, unit: str, values: dict[str, float]) -> Row:
    ratios = {name: values[OURS] / it for name, it in values.items() if name != OURS}
    return Row(SECTION, label, unit, values, ratios)


def c_starts(output: Path, library: Path) -> Iterator[Row]:
    """Of many processes, one after the other."""
    program = [str(output / "first_prediction"), str(library)]
    model = str(output / "networks" / SEED.name / "float32.cnnlstm")
    command = [*program, model, str(SEED.length), str(SEED.channels)]
    starts = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        for _ in range(C_STARTS)
    ]
    seconds, kilobytes = zip(*((float(a), float(b)) for a, b in starts))
    yield compared(START_C, SECONDS, {OURS: statistics.median(seconds)})
    yield compared(MEMORY_C, MEGABYTES, {OURS: max(kilobytes) / KIBIBYTES})


def first_prediction(worker: Worker) -> tuple[float, float]:
    """Seconds and most kilobytes of a fresh process."""
    start = time.perf_counter()
    (kilobytes,) = worker.ask("first", f"networks/{SEED.name}")
    elapsed = time.perf_counter() - start
    worker.close()
    return elapsed, float(kilobytes)


def python_starts(peers: list[str], make_worker: MakeWorker) -> Iterator[Row]:
    names = [OURS, *peers]
    times: dict[str, list[float]] = {name: [] for name in names}
    memory, reasons = {}, {}
    for _ in range(PYTHON_STARTS):
        for name in names:
            try:
                elapsed, kilobytes = first_prediction(make_worker(name))
            except Refused as refused:
                reasons[name] = str(refused)
                continue
            times[name].append(elapsed)
            memory[name] = kilobytes / KIBIBYTES
    seconds = {name: statistics.median(it) for name, it in times.items() if it}
    for row in (
        compared(START_PYTHON, SECONDS, seconds),
        compared(MEMORY_PYTHON, MEGABYTES, memory),
    ):
        row.reasons = reasons
        yield row


def installed_size(distribution: str) -> float:
    found = metadata.distribution(distribution)
    paths = [Path(str(it.locate())) for it in found.files or ()]
    return sum(path.stat().st_size for path in paths if path.exists()) / MEBIBYTE


def size_row(peers: list[str], library: Path) -> Row:
    sizes = {OURS: library.stat().st_size / MEBIBYTE}
    for name in peers:
        sizes[name] = sum(map(installed_size, DISTRIBUTIONS[name]))
    return compared(SIZE, MEGABYTES, sizes)


def overhead_row(output: Path) -> Row:
    """In a process of its own, where no other thread runs."""
    program = "import sys, binding_overhead; print(binding_overhead.measure(sys.argv[1]))"
    model = str(output / "networks" / SEED.name / "float32.cnnlstm")
    done = subprocess.run(
        [sys.executable, "-c", program, model],
        cwd=Path(__file__).parent, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return compared(OVERHEAD, SECONDS, {OURS: float(done.stdout) * 1e-6})


def footprint_rows(
    peers: list[str], output: Path, library: Path, make_worker: MakeWorker
) -> Iterator[Row]:
    yield from c_starts(output, library)
    yield from python_starts(peers, make_worker)
    yield size_row(peers, library)
    yield overhead_row(output)
