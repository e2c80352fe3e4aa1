"""The library needs libc and libm alone, and no newer ones than stated."""

import re

from support import LIBRARY, Failed, require, run

ALLOWED = {"libc.so.6", "libm.so.6"}
NEWEST_GLIBC = (2, 34)


def needed(dynamic_section: str) -> set[str]:
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic_section))


def newest_glibc(version_info: str) -> tuple[int, ...]:
    versions = re.findall(r"\bGLIBC_([0-9.]+)", version_info)
    if not versions:
        raise Failed("readelf names no GLIBC_ version")
    return max(tuple(map(int, version.split("."))) for version in versions)


def check() -> str:
    libraries = needed(run("readelf", "--dynamic", "--wide", LIBRARY))
    require(f"needs {library}" for library in libraries - ALLOWED)
    newest = newest_glibc(run("readelf", "--version-info", "--wide", LIBRARY))
    text = ".".join(map(str, newest))
    if newest > NEWEST_GLIBC:
        raise Failed(f"needs GLIBC_{text}, newer than {'.'.join(map(str, NEWEST_GLIBC))}")
    return f"needs {', '.join(sorted(libraries))}; newest version needed GLIBC_{text}"
