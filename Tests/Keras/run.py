"""Compares with Keras: named corner cases, then random models.

    run.py [--count N] [--seed S] [--random] [--case S] [--named TEXT]

``--case 17`` runs the model of that seed alone and prints it; ``--named same`` the named cases with
that in their names, ``--random`` none of them. Ends with 1 if any prediction is off by more than
1e-5 of the largest output (or of 1), or any loss of twenty training steps by more than 1e-4 of
itself.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile
import time
import traceback
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import absl.logging
import keras
from cases import Case, random_case
from comparison import LOSS_TOLERANCE, PREDICTION_TOLERANCE, Differences, compare
from named_cases import named_cases
from rich.console import Console
from rich.progress import track
from rich.table import Table

COUNT = 300
HEADINGS = {
    "imported": "imported from .keras",
    "imported_h5": "imported from .h5",
    "in_memory": "imported from memory",
    "exported": "exported, in Keras",
    "lengths": "lengths, each alone in Keras",
    "losses": "losses of 20 steps",
}
console = Console(width=100)


def chosen(arguments: argparse.Namespace) -> list[tuple[int, Case]]:
    """Seeds of weights and data, and cases."""
    if arguments.case is not None:
        return [(arguments.case, random_case(arguments.case))]
    named = [(0, case) for case in named_cases() if (arguments.named or "") in case.name]
    if arguments.named is not None:
        return named
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    return ([] if arguments.random else named) + [(seed, random_case(seed)) for seed in seeds]


def run(seed: int, case: Case, verbose: bool) -> tuple[Differences | None, str]:
    """The differences, and why they are not good enough."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = compare(case, seed, pathlib.Path(folder))
    except Exception as error:
        return None, traceback.format_exc() if verbose else f"{type(error).__name__}: {error}"
    return found, ", ".join(found.failures())


def summary(results: list[Differences], failed: int, seconds: float) -> Table:
    table = Table(title=f"{len(results) + failed} models beside Keras {keras.__version__}")
    for heading in ("difference", "largest", "allowed"):
        table.add_column(heading, justify="left" if heading == "difference" else "right")
    for field, heading in HEADINGS.items():
        largest = max((getattr(it, field) for it in results), default=float("nan"))
        allowed = LOSS_TOLERANCE if field == "losses" else PREDICTION_TOLERANCE
        table.add_row(heading, f"{largest:.1e}", f"{allowed:.0e}")
    table.caption = f"{failed} failed; {seconds:.0f} s"
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares with Keras.")
    parser.add_argument("--count", type=int, default=COUNT, help="random models")
    parser.add_argument("--seed", type=int, default=0, help="of the first random model")
    parser.add_argument("--random", action="store_true", help="without the named cases")
    parser.add_argument("--case", type=int, help="the random model of this seed alone")
    parser.add_argument("--named", help="named cases with this in their names alone")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    absl.logging.set_verbosity(absl.logging.ERROR)
    cases = chosen(arguments)
    if not cases:
        parser.error(f"no case has {arguments.named!r} in its name")
    if arguments.case is not None:
        console.print(str(cases[0][1]), markup=False)
    results, failed, started = [], 0, time.perf_counter()
    for seed, case in track(cases, "Comparing with Keras", console=console):
        found, reason = run(seed, case, arguments.case is not None)
        if reason:
            failed += 1
            console.print(f"FAILED {case}\n  {reason}", markup=False, highlight=False)
        elif found:
            results.append(found)
    console.print(summary(results, failed, time.perf_counter() - started))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
