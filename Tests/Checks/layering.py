"""Imports point one way, between modules and between the folders of the core."""

from __future__ import annotations

import re
from pathlib import Path

from support import ROOT, code, files, name, require

# What a module may import.
MODULES = {
    "Kernels": {"CVector"},
    "KernelsSSE2": {"CVector", "Kernels"},
    "KernelsAVX2": {"CVector", "Kernels"},
    "KernelsAVX512": {"CVector", "Kernels"},
    "KernelsAVX512BF16": {"CVector", "Kernels", "KernelsAVX512"},
    "CNNLSTM": {
        "CPlatform",
        "Kernels",
        "KernelsSSE2",
        "KernelsAVX2",
        "KernelsAVX512",
        "KernelsAVX512BF16",
    },
    "CInterface": {"CHeader", "CNNLSTM"},
}
# The files that speak to the system.
IMPORTING_CPLATFORM = ("Sources/CNNLSTM/Platform/", "Sources/CNNLSTM/Base/FloatBuffer.swift")

# The folders of Sources/CNNLSTM, each with those it builds on; "" is Model and Session.
FOLDERS = {
    "Base": set(),
    "Platform": {"Base"},
    "Layers": {"Base", "Platform"},
    "Network": {"Base", "Platform", "Layers"},
    "Training": {"Base", "Platform", "Layers", "Network"},
    "Storage": {"Base", "Platform", "Layers", "Network"},
    "": {"Base", "Platform", "Layers", "Network", "Training", "Storage"},
}

IMPORT = re.compile(
    r"^(?:@\w+(?:\(\w+\))? +|(?:public|internal|package) +)*"
    r"import +(?:(?:struct|class|enum|protocol|typealias|func|let|var) +)?(\w+)",
    re.MULTILINE,
)
DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)\n]*\))? +|\w+ +)*?"
    r"(?:struct|class|enum|protocol|actor|typealias|func|let|var) +(\w+)",
    re.MULTILINE,
)
INCLUDE = re.compile(r'^ *# *include *([<"])([^>"]+)', re.MULTILINE)


def imports(path: Path) -> list[str]:
    """What a Swift file imports against the rule."""
    module = path.relative_to(ROOT / "Sources").parts[0]
    imported = set(IMPORT.findall(code(path.read_text())))
    problems = [f"{name(path)} imports {it}" for it in sorted(imported - MODULES[module])]
    if "CPlatform" in imported & MODULES[module] and not name(path).startswith(IMPORTING_CPLATFORM):
        problems.append(f"{name(path)} imports CPlatform, which Platform and FloatBuffer wrap")
    return problems


def declared(text: str) -> set[str]:
    """Names a file declares at its top level for other files."""
    found = DECLARATION.finditer(code(text))
    return {it[1] for it in found if not it[0].startswith(("private", "fileprivate"))}


def uses(text: str) -> set[str]:
    """Types a file mentions and functions it calls, but not members of something else."""
    return set(re.findall(r"(?<![\w.])(?:[A-Z]\w*|[a-z_]\w*(?=\())", code(text)))


def upward(texts: dict[str, dict[str, str]]) -> list[str]:
    """Names used below the folder that declares them. texts: folder → file → text."""
    names = {
        folder: set().union(*map(declared, content.values()), set())
        for folder, content in texts.items()
    }
    problems = []
    for folder, content in texts.items():
        for other in set(texts) - FOLDERS[folder] - {folder}:
            for file, text in content.items():
                for it in sorted(uses(text) & names[other] - names[folder]):
                    problems.append(f"{file} uses {it} of {other or 'the model'}")
    return sorted(problems)


def core() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {folder: {} for folder in FOLDERS}
    for path in files(".swift", under=["Sources/CNNLSTM"]):
        folder = path.relative_to(ROOT / "Sources/CNNLSTM").parts[0]
        texts["" if folder.endswith(".swift") else folder][name(path)] = path.read_text()
    return texts


def includes(path: Path) -> list[str]:
    """What a C file includes against the rule: of this project, cnnlstm.h and its neighbours."""
    problems = []
    for mark, included in INCLUDE.findall(path.read_text()):
        beside = [path.parent / included, path.parent / "include" / included]
        if mark == '"' and not any(it.exists() for it in beside):
            problems.append(f"{name(path)} includes {included}, which is not beside it")
        elif mark == "<" and list((ROOT / "Sources").rglob(included)):
            problems.append(f"{name(path)} includes {included} of Sources")
    return problems


def check() -> str:
    swift = [*files(".swift", under=["Sources"])]
    c_files = [*files(".c", ".h", under=["Sources", "include", "bindings"])]
    texts = core()
    require(
        [problem for path in swift for problem in imports(path)]
        + [problem for path in c_files for problem in includes(path)]
        + upward(texts)
    )
    count = sum(map(len, texts.values()))
    return f"imports of {len(swift) + len(c_files)} files and names of {count} point one way"
