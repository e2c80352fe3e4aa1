"""Header, library, packages and texts name the same version."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

from support import LIBRARY, ROOT, Failed, header_constant, require, run

# Files that name a constant of the header, and how.
NAMED_IN = (
    ("bindings/python/pyproject.toml", r'^version\s*=\s*"([^"]+)"', "CNNLSTM_VERSION"),
    ("bindings/python/cnnlstm/_structures.py", r"^ABI_VERSION = (\d+)", "CNNLSTM_ABI_VERSION"),
    ("README.md", r"\bcnnlstm[ -]v?(\d+\.\d+\.\d+)", "CNNLSTM_VERSION"),
)


def named(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text, re.MULTILINE))


def in_files() -> list[str]:
    return [
        f"{path} has {other} for {constant}, the header {header_constant(constant)}"
        for path, pattern, constant in NAMED_IN
        for other in named((ROOT / path).read_text(), pattern) - {header_constant(constant)}
    ]


def in_library(path: Path, version: str, abi: str) -> list[str]:
    library = ctypes.CDLL(str(path))
    library.cnnlstm_version.restype = ctypes.c_char_p
    soname = re.search(r"\(SONAME\).*\[(.*)\]", run("readelf", "--dynamic", "--wide", path))
    found = {
        "cnnlstm_version()": (library.cnnlstm_version().decode(), version),
        "cnnlstm_abi_version()": (str(library.cnnlstm_abi_version()), abi),
        "the SONAME": (soname[1] if soname else "missing", f"libcnnlstm.so.{abi}"),
    }
    return [
        f"{what} is {value}, not {expected}"
        for what, (value, expected) in found.items()
        if value != expected
    ]


def check() -> str:
    version = header_constant("CNNLSTM_VERSION")
    abi = header_constant("CNNLSTM_ABI_VERSION")
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise Failed(f"CNNLSTM_VERSION is {version}, not major.minor.patch")
    require(in_files() + in_library(LIBRARY, version, abi))
    return f"{version}, ABI {abi}, in header, library, Python package and README"
