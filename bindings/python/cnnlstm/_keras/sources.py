"""Where a Keras model comes from: a ``.keras`` file, an ``.h5`` file, or a live model."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Callable, NamedTuple, Optional, Union

import numpy as np

from .._native import WeightInfo
from .._values import FloatArray, floats
from ..errors import (
    CnnLstmError,
    DataError,
    FileAccessError,
    FileCorruptError,
    NotAModelError,
    ShapeError,
    UnsupportedError,
)
from . import hdf5
from .chain import Entry
from .objects import only_one

# The groups below a layer's that hold arrays, each an equal share, in the order of get_weights.
GROUPS: dict[str, tuple[str, ...]] = {
    "LSTM": ("cell",),
    "GRU": ("cell",),
    "SimpleRNN": ("cell",),
    "Bidirectional": ("forward_layer/cell", "backward_layer/cell"),
    "TimeDistributed": ("layer",),
}
WEIGHTS = "model.weights.h5"
# Bytes that a member of an archive may have, or at most this times what it takes there.
SMALL_BYTES = 1 << 24
MOST_EXPANSION = 100

# What zipfile, json and h5py raise, and what a value of the wrong type leads to.
MALFORMED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Arrays = Optional["list[FloatArray]"]
Infos = Sequence[WeightInfo]
Reader = Callable[[Sequence[Entry], Sequence[Infos]], Iterable[Arrays]]


class Source(NamedTuple):
    """A model: what it is, the version of its Keras, its configuration, how it was compiled, and its
    arrays.

    ``read(entries, infos)`` gives the arrays of each layer, or None for one that has none at all.
    """

    text: str
    version: str
    config: Any
    compiled: Any
    read: Reader


@contextmanager
def opened(source: Any) -> Iterator[Source]:
    """A path as an open file; anything else must be a live model."""
    if not isinstance(source, (str, bytes, os.PathLike)):
        yield live(source)
        return
    path = os.fsdecode(source)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from in_archive(archive, os.path.basename(path))
        else:
            yield from in_hdf5(path)
    except CnnLstmError:
        raise
    except MALFORMED as error:
        raise FileCorruptError(f"{path}: {type(error).__name__}: {error}") from error


def in_archive(archive: zipfile.ZipFile, name: str) -> Iterator[Source]:
    """A ``.keras`` file: config.json, metadata.json and the weights."""
    check_members(archive)
    config = parsed(content(archive, "config.json"), "config.json")
    metadata = parsed(content(archive, "metadata.json"), "metadata.json")
    version = metadata.get("keras_version", "?") if isinstance(metadata, dict) else "?"
    compiled = config.get("compile_config") if isinstance(config, dict) else None
    with hdf5.open_file(io.BytesIO(content(archive, WEIGHTS))) as weights:
        text = f"{name}, Keras {version}"
        yield Source(text, str(version), config, compiled, in_groups(weights))


def check_members(archive: zipfile.ZipFile) -> None:
    """What Keras writes, and nothing with a name that could mislead."""
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise FileCorruptError("the archive holds two members of one name")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise FileCorruptError(f"the archive holds a member outside of it, {name!r}")
    for name in ("config.json", "metadata.json", WEIGHTS):
        if name not in names:
            raise NotAModelError(f"this is no .keras file: it holds no {name}")


def content(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's bytes, if they are not far more than it takes in the archive."""
    info = archive.getinfo(name)
    limit = max(SMALL_BYTES, MOST_EXPANSION * info.compress_size)
    with archive.open(info) as stream:
        found = stream.read(limit + 1)
    if len(found) > limit:
        raise FileCorruptError(f"{name} has {info.compress_size} bytes that expand too far")
    return found


def parsed(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise FileCorruptError(f"{name} is no JSON: {error}") from error


def in_groups(weights: Any) -> Reader:
    """Reads layers/<class>_<number>/…/vars/<number>."""
    top = next(
        (it for it in ("layers", "_layer_checkpoint_dependencies") if it in weights), "layers"
    )

    def read(entry: Entry, infos: Infos) -> Arrays:
        groups = GROUPS.get(entry.class_name, ("",))
        share = len(infos) // len(groups)
        datasets = []
        for group in groups:
            path = "/".join(filter(None, (top, entry.group, group, "vars")))
            found = hdf5.member(weights, path)
            count = 0 if found is None else len(found)
            datasets += [hdf5.member(found, str(index)) for index in range(count)]
            if count not in (0, share):
                raise FileCorruptError(f"{entry.text} has {count} arrays at {path}, not {share}")
        return arrays(entry, infos, datasets)

    return lambda entries, infos: map(read, entries, infos)


def in_hdf5(path: str) -> Iterator[Source]:
    """A file of Keras 2 or 3 that is HDF5 as a whole."""
    try:
        with open(path, "rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}") from error
    if start != b"\x89HDF\r\n\x1a\n":
        raise NotAModelError(f"{path} is neither a .keras nor an .h5 file")
    with hdf5.open_file(path) as file:
        config = hdf5.attribute(file, "model_config")
        weights = hdf5.member(file, "model_weights")
        if config is None or weights is None:
            raise NotAModelError(f"{path} holds weights alone; save the whole model")
        training = hdf5.attribute(file, "training_config")
        compiled = None if training is None else parsed(training, "training_config")
        version = hdf5.attribute(file, "keras_version") or "?"
        text = f"{os.path.basename(path)}, Keras {version}"
        configuration = parsed(config, "model_config")
        yield Source(text, version, configuration, compiled, by_names(weights))


def by_names(weights: Any) -> Reader:
    """Reads what the attribute weight_names of a group lists: of a layer, or a model in a model."""

    def read(entries: Sequence[Entry], infos: Sequence[Infos]) -> Iterator[Arrays]:
        pairs = zip(entries, infos)
        for name, found in groupby(pairs, key=lambda pair: pair[0].path[0]):
            members = list(found)
            group = hdf5.member(weights, name)
            names = [] if group is None else hdf5.texts(group, "weight_names")
            shares = shared_out([hdf5.member(group, each) for each in names], members)
            yield from (arrays(*it, share) for it, share in zip(members, shares))

    return read


def shared_out(datasets: Sequence[Any], members: Sequence[tuple[Entry, Infos]]) -> list[list[Any]]:
    """The datasets of each layer. A group has those that are trained first, then the others."""
    if len(members) == 1:
        return [list(datasets)]
    places = [
        (trainable, index, place)
        for trainable in (True, False)
        for index, (entry, infos) in enumerate(members)
        for place, info in enumerate(infos)
        if info.trainable == trainable and not entry.has_values
    ]
    name = members[0][0].path[0]
    if len(datasets) != len(places):
        raise FileCorruptError(
            f"layer {name!r} has {len(datasets)} arrays in the file, not {len(places)}"
        )
    shares = [[None] * len(infos) for _, infos in members]
    for dataset, (_, index, place) in zip(datasets, places):
        shares[index][place] = dataset
    return [[] if entry.has_values else share for (entry, _), share in zip(members, shares)]


def arrays(entry: Entry, infos: Infos, datasets: Sequence[Any]) -> Arrays:
    """The datasets of a layer as infos says they must be; None if there are none."""
    if not datasets and infos:
        return None
    if len(datasets) != len(infos):
        raise FileCorruptError(
            f"{entry.text} has {len(datasets)} arrays in the file, not {len(infos)}"
        )
    return [
        hdf5.array(dataset, info.shape, f"{entry.text}, {info.name}")
        for dataset, info in zip(datasets, infos)
    ]


def live(model: Any) -> Source:
    """A model that Keras has in memory."""
    kinds = [cls.__name__ for cls in type(model).__mro__]
    if type(model).__name__ not in ("Sequential", "Functional") or not hasattr(model, "get_config"):
        raise TypeError(
            "from_keras takes a path, or a Keras model that is Sequential or Functional; got "
            f"{type(model).__name__} ({' < '.join(kinds)})"
        )
    if not model.built:
        raise UnsupportedError("the model is not built yet: give it an Input or call build")
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    compiled = None
    if getattr(model, "compiled", False) and hasattr(model, "get_compile_config"):
        optimizer = model.optimizer  # Keras forgets it in its own configuration when it saves .h5
        serialized = {"class_name": type(optimizer).__name__, "config": optimizer.get_config()}
        compiled = {**model.get_compile_config(), "optimizer": serialized}
        compiled["loss"] = with_delta(compiled.get("loss"), getattr(model, "loss", None))
    plain = json.loads(json.dumps([config, compiled], default=str))
    text = f"{type(model).__name__} {model.name!r} in memory"
    return Source(text, version_of(model), plain[0], plain[1], in_memory(model))


def version_of(model: Any) -> str:
    """Of the library that made the model's class; empty if it does not say."""
    library = sys.modules.get(type(model).__module__.partition(".")[0])
    return str(getattr(library, "__version__", ""))


def with_delta(serialized: Any, loss: Any) -> Any:
    """A loss in memory, with the delta of a Huber, which Keras leaves out of its configuration."""
    found, arguments = only_one(serialized), getattr(only_one(loss), "_fn_kwargs", {})
    if isinstance(found, dict) and found.get("class_name") == "Huber" and "delta" in arguments:
        return {**found, "config": {**found["config"], "delta": float(arguments["delta"])}}
    return serialized


def in_memory(model: Any) -> Reader:
    def read(entry: Entry, infos: Infos) -> Arrays:
        values = [floats(info.name, np.asarray(it)) for info, it in zip_all(model, entry, infos)]
        for info, value in zip(infos, values):
            if value.shape != info.shape:
                raise ShapeError(f"{info.name} must have the shape {info.shape}, got {value.shape}")
            if not np.isfinite(value).all():
                raise DataError(f"{info.name} holds values that are not finite")
        return values if values or not infos else None

    return lambda entries, infos: map(read, entries, infos)


def zip_all(model: Any, entry: Entry, infos: Infos) -> list[tuple[WeightInfo, Any]]:
    """The layer's arrays beside infos; as many, or none."""
    for name in entry.path:
        model = next(layer for layer in model.layers if layer.name == name)
    values = model.get_weights()
    if values and len(values) != len(infos):
        raise ShapeError(f"{entry.text} has {len(values)} arrays, not {len(infos)}")
    return list(zip(infos, values))
