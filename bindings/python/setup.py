"""What pyproject.toml cannot say: the C library goes into the package, and the wheel's tag."""

import os
import pathlib
import shutil

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent


def library() -> pathlib.Path:
    """CNNLSTM_LIBRARY, else what ``make`` builds."""
    chosen = os.environ.get("CNNLSTM_LIBRARY")
    path = pathlib.Path(chosen) if chosen else HERE / "../../build/libcnnlstm.so"
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run make, or set CNNLSTM_LIBRARY")
    return path


class BuildWithLibrary(build_py):
    """Copies the library beside the modules."""

    def run(self) -> None:
        super().run()
        shutil.copyfile(library(), pathlib.Path(self.build_lib) / "cnnlstm" / "libcnnlstm.so")


class AnyPythonWheel(bdist_wheel):
    """ctypes needs no particular Python, the library a particular platform."""

    def get_tag(self) -> tuple[str, str, str]:
        return ("py3", "none", super().get_tag()[2])


class PlatformDistribution(Distribution):
    """Not pure Python."""

    def has_ext_modules(self) -> bool:
        return True


setup(
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": AnyPythonWheel},
    distclass=PlatformDistribution,
)
