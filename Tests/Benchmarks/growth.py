"""How time grows with sequence length, units and batch, as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from cases import Case
from networks import SEED, Network, seed_network
from rows import OURS, Row

LENGTHS = (50, 100, 200, 500, 1000, 2000, 5000)
UNITS = (16, 32, 64, 128, 256, 512)
BATCHES = tuple(2**power for power in range(11))
PEERS = ("onnxruntime", "openvino", "torch")
TITLES = {
    "length": "by sequence length, batch 1",
    "units": "by LSTM units, batch 1",
    "batch": "by batch, 100 time steps",
}


@dataclass(frozen=True)
class Point:
    """A case, and where it is on an axis."""

    axis: str
    value: int
    case: Case
    network: Network

    @property
    def label(self) -> str:
        return f"growth, {self.axis} {self.value}"


def point(axis: str, value: int, network: Network, batch: int = 1) -> Point:
    return Point(axis, value, Case("inference", network.name, "float32", batch, 1), network)


def points() -> Iterator[Point]:
    for length in LENGTHS:
        network = seed_network(f"length-{length}", length=length, samples=1)
        yield point("length", length, network)
    for units in UNITS:
        yield point("units", units, seed_network(f"units-{units}", units=units, samples=1))
    for batch in BATCHES:
        yield point("batch", batch, SEED, batch)


# Ours is the dark and heavy line.
STYLES: dict[str, dict[str, Any]] = {
    OURS: {"color": "#111111", "marker": "o", "linewidth": 2.6, "zorder": 5},
    "onnxruntime": {"color": "#2a78d6", "marker": "s", "linewidth": 1.5},
    "openvino": {"color": "#e07b39", "marker": "^", "linewidth": 1.5},
    "torch": {"color": "#8a5cc2", "marker": "D", "linewidth": 1.5},
}


def draw(measured: list[tuple[Point, Row]], path: Path) -> None:
    """Three panels, an axis each; all scales are logarithmic."""
    figure = Figure(figsize=(15, 5.4), layout="constrained", facecolor="white")
    panels = figure.subplots(1, 3)
    for panel, axis in zip(panels, TITLES):
        draw_panel(panel, axis, [(it.value, row) for it, row in measured if it.axis == axis])
    figure.suptitle("Seed network, float32, one thread", fontsize=15, x=0.01, ha="left")
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper right", ncols=len(labels), frameon=False, fontsize=12
    )
    panels[0].set_ylabel("time of a prediction", fontsize=11)
    figure.savefig(path, dpi=130)


def time_text(seconds: float, _: object = None) -> str:
    scale, unit = next(it for it in ((1e6, "µs"), (1e3, "ms"), (1, "s")) if seconds * it[0] < 999)
    return f"{seconds * scale:g} {unit}"


def draw_panel(panel: Axes, axis: str, measured: list[tuple[int, Row]]) -> None:
    for name, style in STYLES.items():
        found = [(value, row.values[name]) for value, row in measured if name in row.values]
        if found:
            panel.plot(*zip(*found), label=name, markersize=5, **style)
    panel.set(xscale="log", yscale="log")
    panel.set_title(TITLES[axis], fontsize=12, loc="left")
    panel.set_xticks([value for value, _ in measured], [f"{value:,}" for value, _ in measured])
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
    panel.yaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_major_formatter(FuncFormatter(time_text))
    panel.grid(color="#e2e2e2", linewidth=0.8)
    panel.set_axisbelow(True)
    panel.tick_params(length=0, labelsize=10, labelcolor="#333333")
    panel.spines[:].set_visible(False)
