"""No AVX instruction outside the kernels made for processors that have it.

One that strays ends the process on a processor without it, and only there. Instructions are told
apart by their encoding: VEX (AVX, AVX2, FMA, BMI) and EVEX (AVX-512). Those for short numbers,
which not all processors with AVX-512 have, are told by their names.
"""

from __future__ import annotations

import re
from collections import Counter

from support import LIBRARY_WITH_SYMBOLS, Failed, require, run

BASELINE, VEX, EVEX, SHORT = range(4)
NAMES = ("baseline", "AVX", "AVX-512", "BF16 or VNNI")
PREFIXES = {"26", "2e", "36", "3e", "64", "65", "66", "67", "f0", "f2", "f3"}
SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\t((?:[0-9a-f]{2} )+)\s*\t?(.*)$")


def level_needed(encoding: str, text: str) -> int:
    """What a processor must have to run an instruction."""
    opcode = next((byte for byte in encoding.split() if byte not in PREFIXES), "")
    if opcode == "62":
        return SHORT if re.match(r"vdpbf16|vcvtne2?ps2bf16|vpdp", text) else EVEX
    if opcode not in ("c4", "c5"):
        return BASELINE
    return EVEX if re.search(r"%k[0-7]\b", text) else VEX  # mask registers are AVX-512's


def level_allowed(function: str) -> int:
    """What a function, by its readable name, may assume."""
    levels = {"KernelsAVX512BF16": SHORT, "KernelsAVX512": EVEX, "KernelsAVX2": VEX}
    return next((level for module, level in levels.items() if module in function), BASELINE)


def levels(disassembly: str) -> dict[str, Counter[int]]:
    """How many instructions of each level a function has."""
    counts: dict[str, Counter[int]] = {}
    function = Counter[int]()
    for line in disassembly.splitlines():
        if symbol := SYMBOL.match(line):
            function = counts.setdefault(symbol[1], Counter())
        elif instruction := INSTRUCTION.match(line):
            function[level_needed(*instruction.groups())] += 1
    return counts


def stray(counts: dict[str, Counter[int]]) -> list[str]:
    """A line for every function with instructions above its level. Functions by readable names."""
    return [
        f"{count} {NAMES[level]} instructions in {function}"
        for function, found in counts.items()
        for level, count in sorted(found.items())
        if level > level_allowed(function)
    ]


def by_readable_name(counts: dict[str, Counter[int]]) -> dict[str, Counter[int]]:
    readable = run("swift", "demangle", "--compact", text="\n".join(counts)).splitlines()
    return {f"{name} ({it})": counts[it] for name, it in zip(readable, counts)}


def check() -> str:
    counts = levels(run("objdump", "--disassemble", "--wide", LIBRARY_WITH_SYMBOLS))
    require(stray(by_readable_name(counts)))
    total = sum(counts.values(), Counter())
    for level, name in enumerate(NAMES):
        if not total[level]:
            raise Failed(f"no {name} instructions at all: the disassembly was not understood")
    parts = ", ".join(f"{total[level]:,} {name}" for level, name in enumerate(NAMES))
    return f"{sum(total.values()):,} instructions ({parts}), each where it belongs"
