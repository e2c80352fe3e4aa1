"""The library exports exactly the functions that the header declares."""

import re

from support import HEADER, LIBRARY, code, require, run


def declared(header: str) -> set[str]:
    return set(re.findall(r"\b(cnnlstm_\w+)\s*\(", code(header)))


def compare(declared_names: set[str], exported_names: set[str]) -> list[str]:
    missing = [f"declared but not exported: {it}" for it in declared_names - exported_names]
    stray = [f"exported but not declared: {it}" for it in exported_names - declared_names]
    return sorted(missing + stray)


def check() -> str:
    names = declared(HEADER.read_text())
    exported = run("nm", "-D", "--defined-only", "--format=just-symbols", LIBRARY).split()
    require(compare(names, set(exported)))
    return f"{len(exported)} functions, all declared in the header and no other"
