"""``Sequential.to_keras``: a ``.keras`` file for Keras 3."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._layer import Layer
from .._values import FloatArray
from ..errors import ArgumentError, FileAccessError
from ..metrics import ConfusionMatrix, MetricLike
from . import hdf5
from .chain import group_name
from .objects import MODULES
from .sources import GROUPS, WEIGHTS

if TYPE_CHECKING:
    from .._training import Compiled
    from ..models import Sequential

# The oldest Keras that reads these files.
KERAS_VERSION = "3.0.0"
# Classes of Keras's that refuse the argument all others take; they have no weights.
WITHOUT_TRAINABLE = ("SpatialDropout1D",)
# Every member has the same time, so that the same model gives the same bytes.
DATE = (1980, 1, 1, 0, 0, 0)


def write(
    model: Sequential, path: bytes, compiled: Compiled | None, batch_size: int | None
) -> None:
    """Writes a file beside path and renames it."""
    if batch_size is None and any(stateful(layer.get_config()) for layer in model.layers):
        raise ArgumentError("Keras needs the batch_size of a model with a stateful layer")
    config = model_config(model, compiled, batch_size)
    members = {
        "metadata.json": json.dumps({"keras_version": KERAS_VERSION}).encode(),
        "config.json": json.dumps(config).encode(),
        WEIGHTS: weights_file(model, compiled is not None),
    }
    folder = os.path.dirname(os.path.abspath(path))
    try:
        number, temporary = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(number, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
                for name, content in members.items():
                    archive.writestr(zipfile.ZipInfo(name, DATE), content)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise FileAccessError(f"{os.fsdecode(path)}: {error.strerror}") from error


def stateful(config: Mapping[str, Any]) -> bool:
    """Whether a layer, or one in it, keeps its state from batch to batch."""
    inner = config.get("layer")
    if isinstance(inner, Layer):
        inner = inner.get_config()
    nested = isinstance(inner, Mapping) and stateful(inner.get("config", inner))
    return bool(config.get("stateful")) or nested


def model_config(
    model: Sequential, compiled: Compiled | None, batch_size: int | None
) -> dict[str, Any]:
    layers = [input_config(model, batch_size), *(layer_config(layer) for layer in model.layers)]
    config = {"name": "sequential", "trainable": True, "dtype": "float32", "layers": layers}
    serialized = described("keras", "Sequential", config)
    if compiled is not None:
        serialized["compile_config"] = compile_config(compiled)
    return serialized


def described(module: str, class_name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": class_name,
        "config": dict(config),
        "registered_name": None,
    }


def input_config(model: Sequential, batch_size: int | None) -> dict[str, Any]:
    shape = (batch_size, *model.input_shape[1:])
    config = {"batch_shape": shape, "dtype": "float32", "name": "input_layer"}
    return described("keras.layers", "InputLayer", config)


def layer_config(layer: Layer) -> dict[str, Any]:
    """The arguments here are Keras's; a Normalization has its values as weights."""
    config = {name: plain(name, value) for name, value in layer.get_config().items()}
    if type(layer).__name__ == "Normalization":
        config["mean"] = config["variance"] = None
    if type(layer).__name__ in WITHOUT_TRAINABLE:
        del config["trainable"]
    return described("keras.layers", type(layer).__name__, {**config, "dtype": "float32"})


def plain(name: str, value: Any) -> Any:
    """A value as JSON has it, with Keras's module added to objects."""
    if isinstance(value, Layer):
        return layer_config(value)
    if isinstance(value, Mapping) and "class_name" in value:
        ending = next((it for it in MODULES if name.endswith(it)), "layer")
        config = {key: plain(key, it) for key, it in value["config"].items()}
        return described(f"keras.{MODULES[ending]}", value["class_name"], config)
    if hasattr(value, "get_config"):
        return plain(name, {"class_name": type(value).__name__, "config": value.get_config()})
    return value


def compile_config(compiled: Compiled) -> dict[str, Any]:
    optimizer, loss = compiled.optimizer, compiled.loss
    return {
        "optimizer": object_config("optimizers", optimizer),
        "loss": object_config("losses", loss),
        "loss_weights": None,
        "metrics": metric_configs(compiled.metrics),
        "weighted_metrics": metric_configs(compiled.weighted_metrics) or None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": "auto",
    }


def metric_configs(metrics: Sequence[MetricLike]) -> list[Any]:
    """All metrics that Keras has."""
    return [
        metric if isinstance(metric, str) else object_config("metrics", metric)
        for metric in metrics
        if not isinstance(metric, ConfusionMatrix) and metric != "confusion_matrix"
    ]


def object_config(module: str, found: Any) -> dict[str, Any]:
    config = {key: plain(key, value) for key, value in found.get_config().items()}
    return described(f"keras.{module}", type(found).__name__, config)


def weights_file(model: Sequential, compiled: bool) -> bytes:
    """layers/<class>_<number>/…/vars/<number>, as Keras names them."""
    stream = io.BytesIO()
    with hdf5.h5py().File(stream, "w") as file:
        counts: dict[str, int] = {}
        for layer in model.layers:
            class_name = type(layer).__name__
            top = file.create_group(f"layers/{group_name(class_name, counts)}")
            own = top.create_group("vars")
            own.attrs["name"] = layer.name
            groups = GROUPS.get(class_name, ("",))
            put(top, groups, layer.get_weights())
        file.create_group("vars").attrs["name"] = "sequential"
    return stream.getvalue()


def put(top: Any, groups: Sequence[str], arrays: Sequence[FloatArray]) -> None:
    """The arrays in equal shares below the groups; a number alone is a count, which is whole."""
    share = len(arrays) // len(groups)
    for place, group in enumerate(groups):
        found = top.require_group("/".join(filter(None, (group, "vars"))))
        for index, array in enumerate(arrays[place * share : (place + 1) * share]):
            dtype = np.float32 if array.ndim else np.int64
            found.create_dataset(str(index), data=array.astype(dtype))
