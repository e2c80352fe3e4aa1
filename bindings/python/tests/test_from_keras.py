"""Keras files as models: the same predictions, the same options, and a report of both."""

from __future__ import annotations

import json
import math
import pathlib
import pickle
import sys
from types import SimpleNamespace
from typing import Any, Callable

import h5py
import numpy as np
import pytest
from conftest import small_model, waves
from keras_files import (
    CASES,
    FOLDER,
    FUNCTIONAL,
    SEQUENTIAL,
    WEIGHTS,
    config_of,
    tree,
    with_config,
    with_layer,
)

import cnnlstm
from cnnlstm import errors, layers
from cnnlstm._keras.writing import stateful
from cnnlstm.optimizers import Adam
from cnnlstm.utils import set_random_seed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_predicts_what_keras_predicts(case: dict[str, Any]) -> None:
    model = cnnlstm.from_keras(FOLDER / case["file"], compare=False)
    x = np.array(case["input"], np.float32).reshape(case["shape"])
    found = model.predict(x)
    assert np.abs(found.ravel() - case["output"]).max() < 1e-6


def test_the_report_says_what_was_read() -> None:
    report = cnnlstm.from_keras(SEQUENTIAL, compare=False).import_report
    assert report is not None
    assert report.source == "sequential.keras, Keras 3.15.1"
    assert [layer.kind for layer in report.layers] == [
        *("Conv1D", "MaxPooling1D", "LSTM", "LSTM", "Dense")
    ]
    assert report.layers[0] == ("look", "Conv1D", (None, 12, 3), 21)
    assert report.parameter_count == 21 + 84 + 48 + 9
    assert "optimizer" in report.left_out[0] and len(report.left_out) == 1
    assert math.isnan(report.max_difference)
    text = str(report)
    assert "look" in text and "162 parameters" in text and "Adam(learning_rate=0.002" in text


def test_trains_on_as_it_was_compiled() -> None:
    set_random_seed(1)
    model = cnnlstm.from_keras(SEQUENTIAL, compare=False)
    assert isinstance(model.optimizer, Adam)
    assert (model.optimizer.learning_rate, model.optimizer.global_clipnorm) == (0.002, 1.0)
    x, y = waves(48, 12)
    history = model.fit(x, y, epochs=60, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] and "accuracy" in history


@pytest.mark.parametrize(
    "name", ["keras2_sequential.h5", "keras2_sequential.keras", "sequential.h5"]
)
def test_all_generations_say_how_to_train(name: str) -> None:
    model = cnnlstm.from_keras(FOLDER / name, compare=False)
    assert repr(model.optimizer) == repr(cnnlstm.from_keras(SEQUENTIAL, compare=False).optimizer)


def test_compile_can_be_left_out() -> None:
    model = cnnlstm.from_keras(SEQUENTIAL, compile=False, compare=False)
    assert model.import_report is not None and model.import_report.compiled == ""
    with pytest.raises(errors.StateError, match="compile"):
        model.evaluate(*waves(3, 12))


def test_a_pickle_keeps_the_report() -> None:
    model = cnnlstm.from_keras(SEQUENTIAL, compare=False)
    assert str(pickle.loads(pickle.dumps(model)).import_report) == str(model.import_report)


def test_an_unknown_way_to_train_is_left_out(tmp_path: pathlib.Path) -> None:
    config = config_of(SEQUENTIAL)
    config["compile_config"]["optimizer"]["class_name"] = "Lion"
    report = cnnlstm.from_keras(with_config(tmp_path, config), compare=False).import_report
    assert report is not None and report.compiled == ""
    assert "Lion" in report.left_out[0]


def function(name: str, **other: Any) -> dict[str, Any]:
    """A function as Keras writes it; its own are all of the module builtins."""
    written = {"module": "builtins", "class_name": "function", "config": name}
    return {**written, "registered_name": "function", **other}


UNKNOWN_METRICS: list[Any] = [
    "mae",
    function("mean_absolute_error"),
    function("share", module="mine"),
    {"module": "keras.metrics", "class_name": "MeanAbsoluteError", "config": {"name": "mae"}},
    {"module": "keras.metrics", "class_name": "AUC", "config": {"num_thresholds": -1}},
    {"module": "keras.metrics", "class_name": "MeanMetricWrapper", "config": {"fn": None}},
    7,
]


@pytest.mark.parametrize("metric", UNKNOWN_METRICS, ids=str)
@pytest.mark.parametrize("name", ["metrics", "weighted_metrics"])
def test_an_unknown_metric_alone_is_left_out(
    tmp_path: pathlib.Path, name: str, metric: Any
) -> None:
    config = config_of(SEQUENTIAL)
    config["compile_config"] |= {name: [metric, "accuracy"]}
    model = cnnlstm.from_keras(with_config(tmp_path, config), compare=False)
    report = model.import_report
    assert report is not None and f"{name.replace('_', ' ')} ['accuracy']" in report.compiled
    assert "Adam(learning_rate=0.002" in report.compiled and len(report.left_out) == 2
    assert f"{name}: " in report.left_out[0]
    model.fit(*waves(6, 12), verbose=0)


def test_a_delta_that_keras_did_not_save_is_reported(tmp_path: pathlib.Path) -> None:
    config = config_of(SEQUENTIAL)
    loss = {"module": "keras.losses", "class_name": "Huber", "config": {"name": "huber_loss"}}
    config["compile_config"]["loss"] = loss
    report = cnnlstm.from_keras(with_config(tmp_path, config), compare=False).import_report
    assert report is not None and "delta of Huber" in str(report) and "Huber(" in report.compiled


WRAPPED_METRIC = {
    "module": "keras.metrics",
    "class_name": "MeanMetricWrapper",
    "config": {"name": "share", "fn": function("sparse_categorical_accuracy")},
}


@pytest.mark.parametrize(
    "loss", [function("huber"), "huber", [function("huber")], {"out": "huber"}]
)
@pytest.mark.parametrize(
    "metrics",
    [
        [function("sparse_categorical_accuracy")],
        [[function("sparse_categorical_accuracy")]],
        {"out": ["sparse_categorical_accuracy"]},
        [WRAPPED_METRIC],
    ],
)
def test_functions_are_taken_by_name(tmp_path: pathlib.Path, loss: Any, metrics: Any) -> None:
    config = config_of(SEQUENTIAL)
    config["compile_config"].update(loss=loss, metrics=metrics)
    model = cnnlstm.from_keras(with_config(tmp_path, config), compare=False)
    assert model.import_report is not None
    assert "Huber(delta=1.0)" in model.import_report.compiled
    assert "metrics ['sparse_categorical_accuracy']" in model.import_report.compiled


@pytest.mark.parametrize(
    "loss",
    [
        function("huber", module="mine", registered_name="huber"),
        function("huber", module="__main__"),
        function("huber", registered_name="mine>huber"),
        {"class_name": "function"},
        {"class_name": "__lambda__", "config": {"value": ["", None, None]}},
        ["huber", "huber"],
    ],
)
def test_functions_of_others_are_not(tmp_path: pathlib.Path, loss: Any) -> None:
    config = config_of(SEQUENTIAL)
    config["compile_config"].update(loss=loss)
    report = cnnlstm.from_keras(with_config(tmp_path, config), compare=False).import_report
    assert report is not None and report.compiled == ""
    assert "how it was compiled: compile: " in report.left_out[0]


def test_mixed_precision_is_read_as_float32(tmp_path: pathlib.Path) -> None:
    path = with_layer(
        tmp_path, "Dense", lambda layer: layer["config"].update(dtype="mixed_float16")
    )
    report = cnnlstm.from_keras(path, compare=False).import_report
    assert report is not None and "mixed_float16 is computed in float32" in str(report)


def test_frozen_layers_stay_frozen(tmp_path: pathlib.Path) -> None:
    path = with_layer(tmp_path, "Conv1D", lambda layer: layer["config"].update(trainable=False))
    model = cnnlstm.from_keras(path, compare=False)
    assert [layer.trainable for layer in model.layers] == [False, True, True, True, True]


def test_to_keras_writes_what_keras_wrote(tmp_path: pathlib.Path) -> None:
    """The same groups and arrays; the same arguments, except those without effect."""
    cnnlstm.from_keras(SEQUENTIAL, compare=False).to_keras(tmp_path / "again.keras")
    trees = [tree(path) for path in (SEQUENTIAL, tmp_path / "again.keras")]
    kept = {name: it for name, it in trees[0].items() if not name.startswith("optimizer")}
    assert kept == trees[1]
    theirs, ours = config_of(SEQUENTIAL), config_of(tmp_path / "again.keras")
    for expected, found in zip(theirs["config"]["layers"], ours["config"]["layers"]):
        assert found["class_name"] == expected["class_name"]
        assert found["config"].keys() <= expected["config"].keys()
    assert ours["compile_config"].keys() <= theirs["compile_config"].keys()
    expected = theirs["compile_config"]["optimizer"]["config"]
    assert ours["compile_config"]["optimizer"]["config"].keys() <= expected.keys()


def test_there_and_back(tmp_path: pathlib.Path) -> None:
    model = small_model(length=None)
    model.compile("sgd", "mse")
    model.to_keras(tmp_path / "a.keras")
    again = cnnlstm.from_keras(tmp_path / "a.keras", compare=False)
    assert all(map(np.array_equal, again.get_weights(), model.get_weights()))
    assert again.input_shape == (None, None, 2)
    configs = [[layer.get_config() for layer in each.layers] for each in (again, model)]
    assert configs[0] == configs[1]
    again.to_keras(tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_to_keras_refuses_converted_models_and_bad_folders(tmp_path: pathlib.Path) -> None:
    with pytest.raises(errors.StateError, match="int8"):
        small_model().convert("int8").to_keras(tmp_path / "small.keras")
    with pytest.raises(errors.FileAccessError, match="nowhere"):
        small_model().to_keras(tmp_path / "nowhere" / "model.keras")
    assert not list(tmp_path.iterdir())


def test_a_batch_size_is_only_keras_s(tmp_path: pathlib.Path) -> None:
    small_model().to_keras(tmp_path / "model.keras", batch_size=4)
    first = config_of(tmp_path / "model.keras")["config"]["layers"][0]
    assert first["config"]["batch_shape"] == [4, 20, 2]
    model = cnnlstm.from_keras(tmp_path / "model.keras", compare=False)
    assert model.predict(np.zeros((7, 20, 2))).shape == (7, 3)
    assert "any number of samples" in str(model.import_report)


@pytest.mark.parametrize(
    "config",
    [
        {"stateful": True},
        {"layer": {"class_name": "LSTM", "config": {"stateful": True}}},
        {"layer": {"stateful": True}},
    ],
)
def test_stateful_layers_are_found(config: dict[str, Any]) -> None:
    assert stateful(config) and not stateful({"stateful": False, "layer": {"config": {}}})


def test_without_h5py(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install 'cnnlstm\[keras\]'"):
        cnnlstm.from_keras(SEQUENTIAL)
    with pytest.raises(ImportError, match="h5py"):
        small_model().to_keras(tmp_path / "model.keras")


class Sequential:
    """As much of Keras's class as a live model is asked for."""

    name, built, compiled = "theirs", True, False
    input_shape = (None, 12, 2)
    loss: Any = None
    optimizer: Any = None
    get_compile_config: Any = None

    def __init__(self) -> None:
        self.copied = cnnlstm.from_keras(SEQUENTIAL, compare=False)
        self.layers = self.copied.layers

    def get_config(self) -> dict[str, Any]:
        return dict(json.loads(json.dumps(config_of(SEQUENTIAL)["config"])))

    def predict(self, x: np.ndarray, batch_size: int, verbose: int) -> np.ndarray:
        assert len(x) == batch_size
        return self.copied.predict(x) + np.float32(0.5)


def test_a_model_in_memory() -> None:
    theirs = Sequential()
    model = cnnlstm.from_keras(theirs)
    assert all(map(np.array_equal, model.get_weights(), theirs.copied.get_weights()))
    assert model.import_report is not None
    assert abs(model.import_report.max_difference - 0.5) < 1e-6
    assert "largest difference 0.5 on random input" in str(model.import_report)


@pytest.mark.parametrize("form", [lambda it: it, lambda it: [it], lambda it: {"dense": it}])
def test_the_delta_of_a_model_in_memory(form: Callable[[Any], Any]) -> None:
    huber, theirs = SimpleNamespace(_fn_kwargs={"delta": 0.3}), Sequential()
    theirs.compiled, theirs.loss, theirs.optimizer = True, form(huber), Adam(0.002)
    written = {"module": "keras.losses", "class_name": "Huber", "config": {"name": "huber_loss"}}
    theirs.get_compile_config = lambda: {"loss": form(written), "metrics": None}
    report = cnnlstm.from_keras(theirs, compare=False).import_report
    assert report is not None and "Huber(delta=0.3)" in report.compiled
    assert not any("delta" in text for text in report.left_out)


def test_only_models_and_paths_are_taken() -> None:
    for wrong in (7, None, [SEQUENTIAL], small_model().layers[0]):
        with pytest.raises(TypeError, match="Sequential or Functional"):
            cnnlstm.from_keras(wrong)
    unbuilt = Sequential()
    unbuilt.built = False
    with pytest.raises(errors.UnsupportedError, match="not built"):
        cnnlstm.from_keras(unbuilt)


def test_values_of_a_normalization_may_be_arguments() -> None:
    model = cnnlstm.from_keras(FUNCTIONAL, compare=False)
    assert np.allclose(model.layers[0].mean, [0.1, 0.2])
    assert np.allclose(model.layers[0].variance, [1, 4])


def test_spatial_dropout_takes_no_trainable_in_keras(tmp_path: pathlib.Path) -> None:
    model = cnnlstm.Sequential([layers.Input((8, 2)), layers.SpatialDropout1D(0.2)])
    model.to_keras(tmp_path / "model.keras")
    written = config_of(tmp_path / "model.keras")["config"]["layers"][1]["config"]
    assert written == {"name": "spatial_dropout1d", "rate": 0.2, "dtype": "float32"}
    assert cnnlstm.from_keras(tmp_path / "model.keras", compare=False).layers[0].rate == 0.2
