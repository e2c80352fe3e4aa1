"""The ctypes layer against the header, and how the library is found."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.metadata
import inspect
import os
import pathlib
import re
import subprocess
import sys

import pytest
from conftest import REPOSITORY

import cnnlstm
from cnnlstm import _library, _structures, errors

HEADER = REPOSITORY / "include" / "cnnlstm.h"
TEXT = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.S)
STRUCTURES = {
    "cnnlstm_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): cls
    for name, cls in inspect.getmembers(_structures, inspect.isclass)
    if issubclass(cls, ctypes.Structure)
}


def test_every_structure_of_the_header_is_there() -> None:
    assert set(re.findall(r"typedef struct (\w+) \{", TEXT)) == set(STRUCTURES)


def test_structures_have_the_layout_of_the_header(tmp_path: pathlib.Path) -> None:
    fields = [(name, field) for name, cls in STRUCTURES.items() for field, _ in cls._fields_]
    lines = [f'printf("%zu\\n", sizeof({name}));' for name in STRUCTURES]
    lines += [f'printf("%zu\\n", offsetof({name}, {field}));' for name, field in fields]
    source = tmp_path / "layout.c"
    source.write_text(
        "#include <stdio.h>\n#include <cnnlstm.h>\nint main(void) {" + "".join(lines) + "}"
    )
    program = tmp_path / "layout"
    subprocess.run(["cc", f"-I{HEADER.parent}", source, "-o", program], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    expected = [ctypes.sizeof(cls) for cls in STRUCTURES.values()]
    expected += [getattr(STRUCTURES[name], field).offset for name, field in fields]
    assert list(map(int, printed.split())) == expected


def declared_functions() -> dict[str, int]:
    """Function of the header to its number of arguments."""
    found = re.findall(r"(?:\w+ \*?)(cnnlstm_\w+)\(([^;{]*?)\);", TEXT)
    return {
        name: 0 if arguments.strip() == "void" else arguments.count(",") + 1
        for name, arguments in found
    }


def test_every_function_of_the_header_has_a_prototype() -> None:
    declared = declared_functions()
    assert len(declared) >= 50
    assert {name: len(args) for name, (_, args) in _library.PROTOTYPES.items()} == declared


def test_status_functions_raise() -> None:
    statuses = set(re.findall(r"cnnlstm_status (cnnlstm_\w+)\(", TEXT))
    marked = {
        name for name, (result, _) in _library.PROTOTYPES.items() if result == "cnnlstm_status"
    }
    assert marked == statuses


def test_every_status_has_an_exception() -> None:
    declared = set(re.findall(r"CNNLSTM_ERROR_\w+", TEXT))
    assert set(errors.CLASS_OF_STATUS) == declared
    for name in declared:
        status = _library.code("status", name)
        assert _library.library.cnnlstm_status_name(status).decode() == name


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.ArgumentError, ValueError),
        (errors.ShapeError, ValueError),
        (errors.DataError, ValueError),
        (errors.LimitError, ValueError),
        (errors.StateError, RuntimeError),
        (errors.ThreadError, RuntimeError),
        (errors.OutOfMemoryError, MemoryError),
        (errors.FileAccessError, OSError),
        (errors.FileCorruptError, OSError),
        (errors.NotFiniteError, ArithmeticError),
    ],
)
def test_errors_are_builtin_ones_too(error: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(error, errors.CnnLstmError)
    with pytest.raises(builtin, match="^the text$"):
        raise error("the text")


def test_constants_agree_with_the_header() -> None:
    assert f"CNNLSTM_ABI_VERSION {_structures.ABI_VERSION}\n" in TEXT
    assert f"CNNLSTM_LENGTH_ANY {_structures.LENGTH_ANY}" in TEXT
    assert f"CNNLSTM_LENGTH_NO_TIME ({_structures.LENGTH_NO_TIME})" in TEXT
    assert f"CNNLSTM_NAME_CAPACITY {_structures.NAME_CAPACITY}\n" in TEXT


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("layer", "LSTM"),
        ("activation", "softmax"),
        ("padding", "causal"),
        ("initializer", "orthogonal"),
        ("dtype", "bfloat16"),
        ("loss", "binary_crossentropy"),
        ("optimizer", "adam"),
        ("event", "epoch_end"),
        ("status", "CNNLSTM_ERROR_SHAPE"),
    ],
)
def test_codes_and_names_are_inverse(group: str, name: str) -> None:
    assert _library.code_name(group, _library.code(group, name)) == name


def test_unknown_names_and_numbers() -> None:
    with pytest.raises(errors.ArgumentError, match="swish"):
        _library.code("activation", "swish")
    with pytest.raises(errors.CnnLstmError, match="77"):
        _library.code_name("activation", 77)


def test_versions_agree() -> None:
    assert cnnlstm.__version__ == importlib.metadata.version("cnnlstm")
    assert f'CNNLSTM_VERSION "{cnnlstm.__version__}"' in TEXT


def test_instruction_set() -> None:
    assert cnnlstm.instruction_set() in ("sse2", "avx2", "avx512", "avx512_bf16")


def test_the_wheel_holds_the_library_and_suits_every_python() -> None:
    distribution = importlib.metadata.distribution("cnnlstm")
    names = {str(file) for file in distribution.files or []}
    assert {"cnnlstm/libcnnlstm.so", "cnnlstm/py.typed"} <= names
    tags = re.findall(r"^Tag: (.*)$", distribution.read_text("WHEEL") or "", re.M)
    assert tags
    assert all(tag.startswith("py3-none-manylinux") for tag in tags)


def imported(library: str) -> subprocess.CompletedProcess[str]:
    """Imports the package in a new process with another library."""
    environment = {**os.environ, "CNNLSTM_LIBRARY": library}
    command = [sys.executable, "-c", "import cnnlstm; print(cnnlstm.__version__)"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_environment_names_the_library() -> None:
    result = imported(str(_library.library_path()))
    assert (result.returncode, result.stdout.strip()) == (0, cnnlstm.__version__)


def test_missing_library_is_an_import_error() -> None:
    result = imported("/nowhere/libcnnlstm.so")
    assert result.returncode == 1
    assert "ImportError: cannot load the cnnlstm library /nowhere/libcnnlstm.so" in result.stderr


def test_another_library_is_an_import_error() -> None:
    result = imported(ctypes.util.find_library("c") or "libc.so.6")
    assert "ImportError: cannot load the cnnlstm library" in result.stderr


def test_library_of_another_abi_is_an_import_error(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "old.c"
    source.write_text("int cnnlstm_abi_version(void) { return 99; }")
    library = tmp_path / "old.so"
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", library], check=True)
    result = imported(str(library))
    assert "has ABI version 99, this package needs 1" in result.stderr
