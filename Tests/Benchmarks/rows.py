"""Rows of the table, and the table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from rich.console import Console
from rich.table import Table

OURS = "cnnlstm"
SECONDS, SAMPLES, MEGABYTES = "seconds", "samples/s", "MB"
LEAST_WIDTH = 150
# Outputs of float32 may differ by as much; other types are only reported.
TOLERANCE = 1e-5


@dataclass
class Row:
    """What was measured of one case, by library.

    ``ratios`` are of our time or size to a peer's: below 1 ours is better. ``limit`` is the share
    of the machine's limit that ours reached in its fastest turn, which took ``fastest`` seconds a
    run. ``differences`` are of a peer's outputs from ours.
    """

    section: str
    label: str
    unit: str = SECONDS
    values: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    fastest: float | None = None
    limit: float | None = None
    tolerance: float | None = None
    differences: dict[str, float] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def best(self) -> str | None:
        """The peer that ours is least ahead of."""
        return max(self.ratios, key=self.ratios.__getitem__, default=None)

    @property
    def ratio(self) -> float | None:
        return max(self.ratios.values(), default=None)

    @property
    def difference(self) -> float | None:
        return max(self.differences.values(), default=None)

    @property
    def wrong(self) -> list[str]:
        """Peers whose outputs are not ours."""
        if self.tolerance is None:
            return []
        return [name for name, it in self.differences.items() if not it <= self.tolerance]


def seconds_text(seconds: float) -> str:
    for scale, unit in ((1e6, "µs"), (1e3, "ms")):
        if seconds * scale < 1000:
            return f"{significant(seconds * scale)} {unit}"
    return f"{significant(seconds)} s"


def significant(value: float) -> str:
    """Three digits or all before the point."""
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:,.{max(0, min(2, digits))}f}"


FORMATS: dict[str, Callable[[float], str]] = {
    SECONDS: seconds_text,
    SAMPLES: lambda value: f"{value:,.0f} /s",
    MEGABYTES: lambda value: f"{significant(value)} MB",
}


def cells(row: Row, libraries: Iterable[str]) -> list[str]:
    values = [
        FORMATS[row.unit](row.values[name]) if name in row.values else "-" for name in libraries
    ]
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f} × {row.best}"
    limit = "-" if row.limit is None else f"{100 * row.limit:.0f} %"
    difference = "-" if row.difference is None else f"{row.difference:.0e}"
    if row.wrong:
        difference = f"[red]{difference}"
    return [row.label, *values, ratio, limit, difference]


def table(rows: list[Row], peers: list[str]) -> Table:
    """One line a row; the columns of peers and ratios only if there are peers."""
    made = Table(header_style="bold")
    titles = ["case", OURS, *peers, "ours to best", "of limit", "difference"]
    kept = [index for index, title in enumerate(titles) if peers or index in (0, 1, 3)]
    for index in kept:
        made.add_column(titles[index], justify="right" if index else "left", no_wrap=True)
    for section, content in groupby(rows, key=lambda it: it.section):
        made.add_section()
        made.add_row(f"[bold]{section}")
        for row in content:
            line = cells(row, [OURS, *peers])
            made.add_row(*(line[index] for index in kept))
    return made


def reasons(rows: list[Row]) -> list[str]:
    """Why there are dashes, once each."""
    counts = Counter(f"{name}: {text}" for row in rows for name, text in row.reasons.items())
    return [f"{reason} ({count} cases)" for reason, count in counts.items()]


def print_rows(rows: list[Row], peers: list[str], console: Console) -> None:
    console.print(table(rows, peers))
    for reason in reasons(rows):
        console.print(f"- {reason}", markup=False, highlight=False)
    for row in rows:
        for name in row.wrong:
            text = f"{row.label}: outputs of {name} differ by {row.differences[name]:.1e}"
            console.print(f"[red]{text}, more than {row.tolerance:.0e}")
