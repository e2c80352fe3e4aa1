"""Models in models: their layers become those of the one model, wherever their weights are."""

from __future__ import annotations

import json
import pathlib
import shutil
from typing import Any, Callable

import h5py
import numpy as np
import pytest
from keras_files import FOLDER, SEQUENTIAL, archived, config_of, members, with_config

import cnnlstm
from cnnlstm import errors
from cnnlstm._keras.chain import chain_of

FILES = ["nested.keras", "nested.h5", "keras2_nested.h5"]


def load(path: pathlib.Path) -> cnnlstm.Sequential:
    return cnnlstm.from_keras(path, compare=False)


@pytest.mark.parametrize("name", FILES)
def test_the_layers_of_all(name: str) -> None:
    model = load(FOLDER / name)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == [
        *("Dense", "Normalization", "BatchNormalization", "Bidirectional", "Dense", "Dense")
    ]
    names = [layer.name for layer in model.layers]
    assert names[0] == "front_dense" and len(set(names)) == 6
    assert [layer.trainable for layer in model.layers][::5] == [False, True]
    assert np.allclose(model.layers[1].mean, [0.1, 0.2])


@pytest.mark.parametrize("name", FILES)
def test_the_report_says_so_and_how_it_is_compiled(name: str) -> None:
    report = load(FOLDER / name).import_report
    assert report is not None
    assert "layer 'front' (Sequential): its layers are those of the model itself" in report.left_out
    assert "CategoricalCrossentropy(" in report.compiled
    assert "metrics ['categorical_accuracy']" in report.compiled


def test_it_is_exported_as_one_model(tmp_path: pathlib.Path) -> None:
    model = load(FOLDER / "nested.keras")
    model.to_keras(tmp_path / "flat.keras")
    again = load(tmp_path / "flat.keras")
    assert all(map(np.array_equal, again.get_weights(), model.get_weights()))
    assert config_of(tmp_path / "flat.keras")["config"]["layers"][1]["class_name"] == "Dense"


class Model:
    """As much of a live model as is asked for: its own layers, some of them models."""

    name, built, compiled = "theirs", True, False

    def __init__(self, config: dict[str, Any], leaves: list[Any]) -> None:
        self.config, self.layers, self.name = config, [], str(config["name"])
        for layer in config["layers"]:
            if layer["class_name"] == "Sequential":
                self.layers.append(Sequential(layer["config"], leaves))
            elif layer["class_name"] != "InputLayer":
                self.layers.append(leaves.pop(0))
                self.layers[-1].name = layer["config"]["name"]

    def get_config(self) -> dict[str, Any]:
        return self.config


class Sequential(Model):
    """The name by which a live model is known."""


def test_a_model_in_memory() -> None:
    model, config = load(FOLDER / "nested.keras"), config_of(FOLDER / "nested.keras")["config"]
    leaves = load(FOLDER / "nested.keras").layers
    again = cnnlstm.from_keras(Sequential(config, leaves), compare=False)
    assert all(map(np.array_equal, again.get_weights(), model.get_weights()))


def layer(name: str, class_name: str = "Dense", **config: Any) -> dict[str, Any]:
    units = {"units": 3} if class_name == "Dense" else {}
    return {"class_name": class_name, "config": {"name": name, **units, **config}}


def model_of(name: str, *layers: Any) -> dict[str, Any]:
    return layer(name, "Sequential", layers=list(layers))


INPUT = layer("input", "InputLayer", batch_shape=[None, 12, 2])
LAST = layer("e")


def test_the_shape_may_be_known_to_the_innermost_alone() -> None:
    chain = chain_of(model_of("a", model_of("b", model_of("c", INPUT, layer("d"))), LAST), [])
    assert chain.shape == [12, 2]
    assert [entry.path for entry in chain.entries] == [("b", "c", "d"), ("e",)]
    assert [entry.group for entry in chain.entries] == [
        *("sequential/layers/sequential/layers/dense", "dense")
    ]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (model_of("a", INPUT, model_of("b", layer("c"), INPUT)), "'input'.*second input"),
        (model_of("a", INPUT, layer("b", "Sequential", layers=7)), "no list of layers"),
        (model_of("a", INPUT, layer("b", "Functional", layers=[INPUT])), "'b'.*input_layers"),
        (model_of("a", INPUT, model_of("b", layer("c", "Lambda"))), "'b/c' .Lambda.: Lambda holds"),
        (
            model_of("a", INPUT, layer("t", "TimeDistributed", layer=model_of("b", layer("c")))),
            "'t' .TimeDistributed.: Sequential is not supported in layers",
        ),
    ],
)
def test_what_is_refused(tmp_path: pathlib.Path, model: Any, message: str) -> None:
    with pytest.raises(errors.CnnLstmError, match=message):
        load(with_config(tmp_path, model))


def test_models_in_models_without_end(tmp_path: pathlib.Path) -> None:
    inner = json.dumps(layer("d"))
    for _ in range(2_000):
        inner = '{"class_name": "Sequential", "config": {"name": "s", "layers": [' + inner + "]}}"
    content = members(SEQUENTIAL) | {"config.json": inner.encode()}
    with pytest.raises(errors.FileCorruptError, match="recursion"):
        load(archived(tmp_path / "deep.keras", content))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda names: names[:-1], "layer 'front' has 5 arrays in the file, not 6"),
        (lambda names: [], "layer 'front' has 0 arrays in the file, not 6"),
        (lambda names: [*names, names[0]], "layer 'front' has 7 arrays"),
        (lambda names: names[::-1], "'front/.*must have the shape"),
    ],
)
def test_a_group_of_other_arrays(
    tmp_path: pathlib.Path, change: Callable[[list[Any]], list[Any]], message: str
) -> None:
    path = tmp_path / "changed.h5"
    shutil.copy(FOLDER / "nested.h5", path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/front"]
        names = list(group.attrs["weight_names"])
        group.attrs["weight_names"] = np.array(change(names), dtype=h5py.string_dtype())
    with pytest.raises(errors.FileCorruptError, match=message):
        load(path)
