"""No unfinished work, no call that ends or talks over the host process, no path of one machine."""

from __future__ import annotations

import re
from pathlib import Path

from support import ROOT, code, files, name, require

ANYWHERE = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|(?<![\w.])/(?:home|root|Users|work)/")
IN_SOURCES = re.compile(
    r"\b(?:try|as)!"
    r"|(?<![\w.])(?:fatalError|precondition|preconditionFailure|assert|assertionFailure"
    r"|print|debugPrint|printf|fprintf|puts|perror|abort|_?exit)\s*\("
)
TEXTS = (".swift", ".c", ".h", ".py", ".md", ".toml", ".in", ".map", ".modulemap", ".cpp")
ALSO = ("Makefile", "README.md", "Package.swift", ".ci/run", ".gitignore")


def found(text: str, pattern: re.Pattern[str]) -> list[tuple[int, str]]:
    """Line numbers and words."""
    return [(text.count("\n", 0, it.start()) + 1, it[0]) for it in pattern.finditer(text)]


def problems(path: Path) -> list[str]:
    text = path.read_text()
    words = found(text, ANYWHERE)
    if path.is_relative_to(ROOT / "Sources"):
        words += found(code(text), IN_SOURCES)
    return [f"{name(path)}:{line}: {word}" for line, word in words]


def check() -> str:
    checks = ROOT / "Tests/Checks"
    paths = [path for path in files(*TEXTS) if not path.is_relative_to(checks)]
    paths += [ROOT / relative for relative in ALSO]
    require(problem for path in paths for problem in problems(path))
    return f"{len(paths)} files without forbidden words"
