"""What the library is to reach beside the others, and whether it did in a run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

import footprint
from cases import standard_cases
from rows import OURS, Row

Rows = dict[str, Row]
Measured = Callable[[Rows], float]


@dataclass(frozen=True)
class Goal:
    """value raises KeyError or ValueError where the run has not what it needs."""

    text: str
    bound: float
    value: Measured
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


def ratio(label: str) -> Measured:
    """Our time for that of the best peer."""
    return lambda rows: max(rows[label].ratios.values())


def ratio_to(label: str, peer: str) -> Measured:
    return lambda rows: rows[label].ratios[peer]


def speedup(label: str, peer: str) -> Measured:
    return lambda rows: 1 / rows[label].ratios[peer]


def ours(label: str, scale: float = 1) -> Measured:
    return lambda rows: rows[label].values[OURS] * scale


def across(label: str, other: str) -> Measured:
    """Our time in a row for that of the best peer in another."""
    return lambda rows: rows[label].values[OURS] / rows[other].values[rows[other].best or ""]


def float32_ratios(rows: Rows, network: str = "") -> list[float]:
    """Of all networks or of one; KeyError unless the run has all cases."""
    labels = [
        it.label
        for it in standard_cases()
        if it.section == "Inference, float32" and it.network.startswith(network)
    ]
    return [ratio(label)(rows) for label in labels]


def slowest_of(network: str) -> Measured:
    return lambda rows: max(float32_ratios(rows, network))


def geometric_mean(rows: Rows) -> float:
    return statistics.geometric_mean(float32_ratios(rows))


def goals() -> Iterator[Goal]:
    seed = "seed, {}, batch {}, 1 thread"
    yield Goal("f32, batch 1, to the best", 0.82, ratio(seed.format("float32", 1)))
    for threads in ("1 thread", "2 threads"):
        for batch in (32, 256):
            label = f"seed, float32, batch {batch}, {threads}"
            yield Goal(f"f32, batch {batch}, {threads}, to the best", 0.88, ratio(label))
    for batch, bound in ((1, 0.62), (256, 0.88)):
        label = seed.format("bfloat16", batch)
        yield Goal(f"bf16, batch {batch}, to OpenVINO", bound, ratio_to(label, "openvino"))
    labels = seed.format("int8", 1), seed.format("float32", 1)
    yield Goal("int8, batch 1, to the best f32", 0.45, across(*labels))
    for threads in ("1 thread", "2 threads"):
        label = f"seed, training, batch 32, {threads}"
        for peer, bound in (("torch", 1.4), ("keras", 2.0)):
            text = f"training, batch 32, {threads}, times {peer}"
            yield Goal(text, bound, speedup(label, peer), at_least=True)
    yield Goal("start in C, ms", 3, ours(footprint.START_C, 1e3))
    yield Goal("memory in C, MB", 6, ours(footprint.MEMORY_C))
    yield Goal("Python beyond C, µs", 10, ours(footprint.OVERHEAD, 1e6))
    yield Goal("deep, f32, slowest case, to the best", 1, slowest_of("deep"))
    yield Goal("tiny, f32, slowest case, to the best", 1, slowest_of("tiny"))
    yield Goal("all f32, geometric mean, to the best", 0.8, geometric_mean)


def print_goals(rows: list[Row], console: Console) -> None:
    """The goals that this run measured."""
    by_label = {row.label: row for row in rows}
    table = Table("goal, seed network", "measured", "bound", "met", header_style="bold")
    for goal in goals():
        try:
            value = goal.value(by_label)
        except (KeyError, ValueError):
            continue
        sign = "≥" if goal.at_least else "≤"
        met = "yes" if goal.met(value) else "[red]no"
        table.add_row(goal.text, f"{value:.2f}", f"{sign} {goal.bound:g}", met)
    if table.row_count:
        console.print(table)
