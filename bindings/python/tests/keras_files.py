"""Keras files that the tests read, and changed copies of them."""

from __future__ import annotations

import io
import json
import pathlib
import zipfile
from typing import Any, Callable

import h5py
from conftest import REPOSITORY

FOLDER = REPOSITORY / "Tests" / "Fixtures" / "keras"
CASES = json.loads((FOLDER / "predictions.json").read_text())
SEQUENTIAL = FOLDER / "sequential.keras"
FUNCTIONAL = FOLDER / "functional.h5"
WRAPPERS = FOLDER / "wrappers.keras"
RECURRENT = FOLDER / "recurrent.keras"
WEIGHTS = "model.weights.h5"


def members(path: pathlib.Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tree(path: pathlib.Path) -> dict[str, Any]:
    """Groups, and arrays with their bytes."""
    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        is_group = isinstance(item, h5py.Group)
        found[name] = None if is_group else (item.shape, item.dtype, item[()].tobytes())

    with h5py.File(io.BytesIO(members(path)[WEIGHTS])) as file:
        file.visititems(visit)
    return found


def archived(path: pathlib.Path, content: dict[str, bytes]) -> pathlib.Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def config_of(path: pathlib.Path) -> dict[str, Any]:
    return dict(json.loads(members(path)["config.json"]))


def with_config(
    folder: pathlib.Path, config: Any, source: pathlib.Path = SEQUENTIAL
) -> pathlib.Path:
    """A file with another configuration."""
    content = members(source) | {"config.json": json.dumps(config).encode()}
    return archived(folder / "changed.keras", content)


def with_layer(
    folder: pathlib.Path,
    class_name: str,
    change: Callable[[dict[str, Any]], Any],
    source: pathlib.Path = SEQUENTIAL,
) -> pathlib.Path:
    """A file with its first layer of a class changed."""
    config = config_of(source)
    layers = config["config"]["layers"]
    change(next(layer for layer in layers if layer["class_name"] == class_name))
    return with_config(folder, config, source)
