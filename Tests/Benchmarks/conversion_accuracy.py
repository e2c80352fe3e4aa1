"""What bfloat16 and int8 kernels do to predictions on real data: two data sets, five seeds each.

Trains the seed architecture on the training split, standardized per channel, converts it with the
test split and prints a line for each data set and type. Ends with 1 if fewer than 99.5 % of the
labels of an int8 model agree with those of the float32 model, over all seeds of a data set.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from real_data import SEEDS, Data, accuracy, basic_motions, japanese_vowels, trained

from cnnlstm.models import ConversionReport

DTYPES = ("bfloat16", "int8")
NEEDED_AGREEMENT = 0.995


class Run(NamedTuple):
    """A converted model: its report, its accuracy and that of the float32 model."""

    report: ConversionReport
    accuracy: float
    accuracy_before: float


def runs(data: Data) -> dict[str, list[Run]]:
    """By dtype, a run for each seed."""
    found: dict[str, list[Run]] = {dtype: [] for dtype in DTYPES}
    for seed in SEEDS:
        model = trained(data, seed)
        before = accuracy(model, data.test)
        for dtype in DTYPES:
            small = model.convert(dtype, data.test.x)
            assert small.conversion_report is not None
            found[dtype].append(Run(small.conversion_report, accuracy(small, data.test), before))
    return found


def print_line(data: Data, dtype: str, found: list[Run]) -> float:
    """Returns the share of labels that agree, over all seeds."""
    reports = [run.report for run in found]
    agreement = float(np.mean([report.label_agreement for report in reports]))
    print(
        f"{data.name:15} {dtype:9} {len(data.test.x):7} "
        f"{max(report.max_difference for report in reports):11.2e} "
        f"{np.mean([report.mean_difference for report in reports]):11.2e} "
        f"{agreement:9.2%} {min(report.label_agreement for report in reports):9.2%} "
        f"{np.mean([run.accuracy_before for run in found]):8.4f} "
        f"{np.mean([run.accuracy for run in found]):9.4f}",
        flush=True,
    )
    return agreement


def main() -> None:
    print(f"Conversion of the seed architecture, {len(SEEDS)} seeds; differences are of outputs\n")
    print(
        f"{'data':15} {'dtype':9} {'samples':>7} {'largest':>11} {'mean':>11} {'agreement':>9} "
        f"{'least':>9} {'float32':>8} {'accuracy':>9}"
    )
    low = []
    for data in (basic_motions(), japanese_vowels()):
        for dtype, found in runs(data).items():
            agreement = print_line(data, dtype, found)
            if dtype == "int8" and agreement < NEEDED_AGREEMENT:
                low.append(f"{data.name}: {agreement:.2%} of the labels agree")
    if low:
        sys.exit("\n".join([f"int8 needs {NEEDED_AGREEMENT:.1%}", *low]))


if __name__ == "__main__":
    main()
