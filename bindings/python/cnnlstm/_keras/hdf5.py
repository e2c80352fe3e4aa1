"""Arrays from an HDF5 file: hard links alone, data in the file alone, and no more than expected."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from .._values import FloatArray
from ..errors import DataError, FileCorruptError

# Arrays above the first size must take at least this share of it in the file.
SMALL_BYTES = 1 << 24
MOST_EXPANSION = 100


def h5py() -> ModuleType:
    """The library, which only Keras files need."""
    try:
        return importlib.import_module("h5py")
    except ImportError:
        raise ImportError("Keras files need h5py: pip install 'cnnlstm[keras]'") from None


def open_file(content: Any) -> Any:
    """An open file, of a path or of a file in memory."""
    try:
        return h5py().File(content, "r")
    except OSError as error:
        raise FileCorruptError(f"the weights are no HDF5 file: {error}") from error


def member(group: Any, path: str) -> Any:
    """What is at a path below a group, or None; links to anywhere else are refused."""
    hard = h5py().HardLink
    for part in path.split("/"):
        link = group.get(part, getlink=True) if hasattr(group, "keys") else None
        if link is None:
            return None
        if not isinstance(link, hard):
            raise FileCorruptError(f"{group.name}/{part} is a link to elsewhere, which is refused")
        group = group[part]
    return group


def array(dataset: Any, shape: tuple[int, ...], text: str) -> FloatArray:
    """A dataset as float32; it must be of the shape, and in the file itself."""
    if not isinstance(dataset, h5py().Dataset):
        raise FileCorruptError(f"{text} is no array")
    if dataset.external or dataset.is_virtual:
        raise FileCorruptError(f"{text} has its data in another file, which is refused")
    if dataset.dtype.kind not in "fiu":
        raise FileCorruptError(f"{text} holds {dataset.dtype}, not numbers")
    if dataset.shape != shape:
        raise FileCorruptError(f"{text} must have the shape {shape}, got {dataset.shape}")
    stored = dataset.id.get_storage_size()
    if dataset.nbytes > max(SMALL_BYTES, MOST_EXPANSION * stored):
        raise FileCorruptError(f"{text}: {dataset.nbytes} bytes are stored as {stored}")
    with np.errstate(over="ignore"):
        values = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(values).all():
        raise DataError(f"{text} holds values that are not finite")
    return values


def attribute(holder: Any, name: str) -> str | None:
    """A text attribute, or None."""
    if name not in holder.attrs:
        return None
    value = holder.attrs[name]
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise FileCorruptError(f"the attribute {name} is no text")
    return value


def texts(holder: Any, name: str) -> list[str]:
    """A list of texts; a long one lies in name0, name1, …"""
    found: list[str] = []
    names = [name] if name in holder.attrs else []
    while name not in holder.attrs and f"{name}{len(names)}" in holder.attrs:
        names.append(f"{name}{len(names)}")
    for each in names:
        for item in np.asarray(holder.attrs[each]).ravel().tolist():
            found.append(item.decode() if isinstance(item, bytes) else str(item))
    return found
