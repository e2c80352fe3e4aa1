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


def check(bench: Bench, cases: list[Case]) -> int:
    """Measures what is worse than the baseline once more, thoroughly; 1 if it still is."""
    ratios, by_label = baseline.read(), {case.label: case for case in cases}
    worse = []
    for index, row in enumerate(bench.rows):
        if baseline.regression(row, ratios) and row.label in by_label:
            bench.rows[index] = row = bench.measure(by_label[row.label], THOROUGH)
        worse += filter(None, [baseline.regression(row, ratios)])
    bench.stop()
    for text in worse:
        bench.console.print(f"[red]slower than the baseline: {text}")
    compared = sum(row.label in ratios and row.ratio is not None for row in bench.rows)
    bench.console.print(f"{compared} ratios compared with the baseline, {len(worse)} worse")
    return 1 if worse else 0


def main() -> int:
    given = arguments()
    peers = list(PEERS) if given.peers == "all" else [it for it in given.peers.split(",") if it]
    console = Console()
    console.width = max(console.width, LEAST_WIDTH)
    quick = given.quick or given.check
    bench = Bench(peers, QUICK if quick else THOROUGH, console)
    cases = [case for case in standard_cases() if re.search(given.cases, case.label)]
    growth = [it for it in points() if re.search(given.cases, it.label)]
    bench.measure_cases(cases)
    if any(re.search(given.cases, label) for label in FOOTPRINT):
        bench.measure_footprint()
    if peers and growth and not quick:
        bench.measure_growth(growth)
    failed = check(bench, cases) if given.check else 0
    bench.write()
    print_rows(bench.rows, peers, console)
    print_limits(bench)
    print_goals(bench.rows, console)
    console.print(f"also in {OUTPUT.relative_to(OUTPUT.parent.parent)}: results.json, growth.png")
    if given.write_baseline:
        baseline.write(bench.rows)
    return 1 if failed or any(row.wrong for row in bench.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
