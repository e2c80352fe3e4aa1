"""What the checks share: where things are, how to read code, how to fail."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/cnnlstm.h"
LIBRARY = ROOT / "build/libcnnlstm.so"
LIBRARY_WITH_SYMBOLS = ROOT / "build/libcnnlstm.debug.so"
FOLDERS = ("Sources", "include", "bindings", "Tests")
LEFT_BEHIND = {"__pycache__", "build", "dist", ".pytest_cache", ".hypothesis"}

COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|""".*?"""|"(?:\\.|[^"\\\n])*"', flags=re.DOTALL
)


class Failed(Exception):
    """A check that found something; its text says what and where, a line each."""


def require(problems: Iterable[str]) -> None:
    """Fails if there is a problem."""
    problems = list(problems)
    if problems:
        raise Failed("\n".join(problems))


def run(*command: object, text: str | None = None) -> str:
    """What a program prints; fails with its own words if it does."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=text, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise Failed(f"{done.stdout}{done.stderr}".strip() or f"{' '.join(words)} failed")
    return done.stdout


def files(*suffixes: str, under: Iterable[str] = FOLDERS) -> Iterator[Path]:
    """The project's files with these suffixes, sorted."""
    for folder in under:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = set(path.relative_to(ROOT).parts)
            if path.suffix in suffixes and path.is_file() and not parts & LEFT_BEHIND:
                yield path


def name(path: Path) -> str:
    """A path as people write it."""
    return path.relative_to(ROOT).as_posix()


def code(text: str) -> str:
    """Swift or C without its comments and strings; every line stays where it was."""
    return COMMENT_OR_STRING.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def header_constant(constant: str) -> str:
    """The value of a #define in the header, without quotation marks."""
    found = re.search(rf'^#define {constant} "?([^"\s]+)', HEADER.read_text(), re.MULTILINE)
    if not found:
        raise Failed(f"{name(HEADER)} does not define {constant}")
    return found[1]
