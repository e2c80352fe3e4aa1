"""Ratios of an earlier run, to see regressions."""

from __future__ import annotations

import json
from pathlib import Path

from rows import Row

PATH = Path(__file__).parent / "baseline.json"
# A ratio may be so much worse: other machines and noise.
ALLOWANCE = 1.25


def read() -> dict[str, float]:
    if not PATH.exists():
        raise SystemExit(f"there is no {PATH.name}; make bench-baseline writes it")
    return dict(json.loads(PATH.read_text()))


def write(rows: list[Row]) -> None:
    """Ratios of these rows, in place of those before; others stay."""
    ratios = read() if PATH.exists() else {}
    ratios |= {row.label: round(row.ratio, 3) for row in rows if row.ratio is not None}
    PATH.write_text(json.dumps(ratios, indent=1) + "\n")


def regression(row: Row, ratios: dict[str, float]) -> str | None:
    """What is worse than in the baseline, if anything is."""
    before = ratios.get(row.label)
    if before is None or row.ratio is None or row.ratio <= ALLOWANCE * before:
        return None
    return f"{row.label}: {row.ratio:.2f} × {row.best}, was {before:.2f}"
