"""Every source file of the core has a file of tests, in the same place under Tests."""

from support import ROOT, files, name, require


def check() -> str:
    problems, count = [], 0
    for module in ("CNNLSTM", "Kernels"):
        sources = ROOT / "Sources" / module
        for path in files(".swift", under=[f"Sources/{module}"]):
            twin = ROOT / f"Tests/{module}Tests" / path.relative_to(sources)
            twin = twin.with_name(f"{path.stem}Tests.swift")
            count += 1
            if not twin.exists():
                problems.append(f"{name(path)} has no {name(twin)}")
    require(problems)
    return f"{count} source files, each with its tests"
