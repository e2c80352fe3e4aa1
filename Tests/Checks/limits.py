"""Files, functions and lines stay short."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Iterator

from support import ROOT, code, files, name, require

FILE_LINES, FUNCTION_LINES, COLUMNS = 400, 50, 100
# The header is the whole specification, in one file.
LONG_FILES = {"include/cnnlstm.h"}

SWIFT_FUNCTION = re.compile(
    r"^ *(?:@\w+(?:\([^)]*\))? +|[a-z]+(?:\(set\))? +)*?"
    r"(func\s+[^\s(<]+|init\b[?!]?|deinit\b|subscript\b)",
    re.MULTILINE,
)
C_FUNCTION = re.compile(r"^(?!typedef|enum|struct|extern)\w[^;{}#=]*?\b(\w+)\([^;{}]*\)\s*\{", re.M)
Function = "tuple[str, int, int]"  # name, first line, number of lines


def body_start(text: str, position: int) -> int | None:
    """Where the brace after a Swift signature is; None if there is no body."""
    depth = 0
    for at in range(position, len(text)):
        character = text[at]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth == 0 and character == "{":
            return at
        elif depth < 0 or depth == 0 and character in "}=;":
            return None
        elif depth == 0 and character == "\n":
            following = text[at:].lstrip()
            if not re.match(r"[){]|->|where\b|throws\b|async\b|rethrows\b", following):
                return None
    return None


def matching_brace(text: str, start: int) -> int:
    depth = 0
    for brace in re.finditer(r"[{}]", text[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    return len(text)


def brace_functions(text: str, swift: bool) -> Iterator[Function]:
    text = code(text)
    for found in (SWIFT_FUNCTION if swift else C_FUNCTION).finditer(text):
        start = body_start(text, found.end(1)) if swift else found.end() - 1
        if start is not None:
            end = matching_brace(text, start)
            first = text.count("\n", 0, found.start(1)) + 1
            yield found[1], first, text.count("\n", found.start(1), end) + 1


def python_functions(text: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            documentation = ast.get_docstring(node, clean=False)
            lines = 0 if documentation is None else documentation.count("\n") + 1
            yield node.name, node.lineno, length - lines


def functions(path: Path, text: str) -> list[Function]:
    if path.suffix == ".py":
        return [*python_functions(text)]
    return [*brace_functions(text, swift=path.suffix == ".swift")]


def problems(path: Path) -> Iterator[str]:
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) > FILE_LINES and name(path) not in LONG_FILES:
        yield f"{name(path)}: {len(lines)} lines, more than {FILE_LINES}"
    for number, line in enumerate(lines, start=1):
        if len(line) > COLUMNS:
            yield f"{name(path)}:{number}: {len(line)} columns, more than {COLUMNS}"
    for function, line, length in functions(path, text):
        if length > FUNCTION_LINES:
            yield f"{name(path)}:{line}: {function}: {length} lines, more than {FUNCTION_LINES}"


def check() -> str:
    paths = [*files(".swift", ".c", ".h", ".cpp", ".py"), ROOT / "Package.swift"]
    require(problem for path in paths for problem in problems(path))
    texts = {path: path.read_text() for path in paths}
    all_functions = [it for path, text in texts.items() for it in functions(path, text)]
    longest, _, length = max(all_functions, key=lambda it: it[2])
    lines = sum(text.count("\n") for text in texts.values())
    return f"{lines:,} lines in {len(paths)} files; the longest function, {longest}, has {length}"
