"""Measures our library and others, prints a table and writes it as JSON; README.md says more."""

from __future__ import annotations

import argparse
import re
import sys

from rich.console import Console

import baseline
from bench import OUTPUT, PEERS, Bench
from cases import Case, standard_cases
from footprint import LABELS as FOOTPRINT
from goals import print_goals
from growth import points
from measure import QUICK, THOROUGH
from rows import LEAST_WIDTH, print_rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default="", help=f"some of {','.join(PEERS)}, or all")
    parser.add_argument("--cases", default="", help="regular expression, searched in a case's name")
    parser.add_argument("--quick", action="store_true", help="few repetitions, no growth")
    parser.add_argument("--check", action="store_true", help="compare with the baseline; quick")
    parser.add_argument("--write-baseline", action="store_true", help="keep the ratios")
    return parser.parse_args()


def print_limits(bench: Bench) -> None:
    versions = ", ".join(f"{name} {it}" for name, it in bench.versions().items())
    bench.console.print(versions, highlight=False)
    rates = [f"{it / 1e9:.1f} G {dtype}" for dtype, it in bench.multiply_adds.items()]
    if rates:
        bench.console.print(
            f"limits of a core: {', '.join(rates)} multiply-adds/s,"
            f" {bench.bytes_read / 1e9:.0f} GB/s from L2 to L1",
            highlight=False,
        )


def measure_again(bench: Bench, cases: list[Case], labels: set[str]) -> None:
    """Puts thorough measurements in the place of quick ones."""
    again = [case for case in cases if case.label in labels]
    rows = {it.label: it for it in (bench.measure(case, THOROUGH) for case in again)}
    bench.stop()
    if labels & set(FOOTPRINT):
        rows |= {row.label: row for row in bench.footprint()}
    bench.rows = [rows.get(row.label, row) for row in bench.rows]


def check(bench: Bench, cases: list[Case], ratios: dict[str, float]) -> int:
    """1 if something is worse than in ratios, also when it is measured once more, or if nothing can
    be compared with them."""
    worse = {row.label for row in bench.rows if baseline.regression(row, ratios)}
    measure_again(bench, cases, worse)
    regressions = [it for row in bench.rows if (it := baseline.regression(row, ratios))]
    for text in regressions:
        bench.console.print(f"[red]worse than the baseline: {text}")
    compared = sum(row.label in ratios and row.ratio is not None for row in bench.rows)
    bench.console.print(f"{compared} ratios compared with the baseline, {len(regressions)} worse")
    return 1 if regressions or not compared else 0


def main() -> int:
    given = arguments()
    peers = list(PEERS) if given.peers == "all" else [it for it in given.peers.split(",") if it]
    console = Console()
    console.width = max(console.width, LEAST_WIDTH)
    quick = given.quick or given.check
    ratios = baseline.read() if given.check else {}
    bench = Bench(peers, QUICK if quick else THOROUGH, console)
    cases = [case for case in standard_cases() if re.search(given.cases, case.label)]
    bench.measure_cases(cases)
    if any(re.search(given.cases, label) for label in FOOTPRINT):
        bench.rows += bench.footprint()
    growth = [it for it in points() if re.search(given.cases, it.label)]
    if peers and growth and not quick:
        bench.measure_growth(growth)
    failed = check(bench, cases, ratios) if given.check else 0
    bench.write()
    print_rows(bench.rows, peers, console)
    print_limits(bench)
    print_goals(bench.rows, console)
    files = "results.json" + (", growth.png" if bench.growth else "")
    console.print(f"in {OUTPUT.relative_to(OUTPUT.parent.parent)}: {files}", highlight=False)
    if given.write_baseline:
        baseline.write(bench.rows)
    return 1 if failed or any(row.wrong for row in bench.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
