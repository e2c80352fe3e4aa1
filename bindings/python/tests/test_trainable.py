"""``trainable`` of a whole model."""

from __future__ import annotations

import json
import pathlib
import zipfile

import numpy as np
import pytest

import cnnlstm
from cnnlstm.layers import LSTM, BatchNormalization, Bidirectional, Conv1D, Dense, Input
from cnnlstm.models import Sequential

X = np.random.default_rng(1).normal(size=(8, 12, 2)).astype(np.float32)
Y = np.arange(8) % 3


def layers() -> list[cnnlstm.layers.Layer]:
    return [
        Conv1D(4, 3),
        BatchNormalization(),
        Bidirectional(LSTM(4)),
        Dense(3, activation="softmax"),
    ]


def trained(model: Sequential) -> list[bool]:
    """Whether one step changed the arrays of each layer."""
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = [layer.get_weights() for layer in model.layers]
    model.train_on_batch(X, Y)
    return [
        any(not np.array_equal(*pair) for pair in zip(old, layer.get_weights()))
        for old, layer in zip(before, model.layers)
    ]


def test_a_frozen_model_is_not_trained() -> None:
    model = Sequential([Input((12, 2)), *layers()])
    assert model.trainable and all(trained(model))
    model.trainable = False
    assert not model.trainable and not any(layer.trainable for layer in model.layers)
    assert trained(model) == [False] * 4
    model.trainable = True
    assert model.trainable and all(trained(model))


def test_layers_added_later_follow() -> None:
    model = Sequential()
    model.trainable = False
    for layer in [Input((12, 2)), *layers()]:
        model.add(layer)
    assert not model.trainable and trained(model) == [False] * 4


def test_a_layer_told_otherwise_is_trained() -> None:
    model = Sequential([Input((12, 2)), *layers()])
    model.trainable = False
    model.layers[-1].trainable = True
    assert model.trainable and trained(model) == [False, False, False, True]


def test_it_is_kept_in_both_files(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("h5py")
    model = Sequential([Input((12, 2)), *layers()])
    model.trainable = False
    model.save(tmp_path / "model.cnnlstm")
    assert not cnnlstm.load_model(tmp_path / "model.cnnlstm").trainable
    model.to_keras(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        config = json.loads(archive.read("config.json"))["config"]
    written = [layer["config"].get("trainable", False) for layer in config["layers"]]
    assert not any(written)
    assert config["layers"][3]["config"]["layer"]["config"]["trainable"] is False
    assert not cnnlstm.from_keras(tmp_path / "model.keras", compare=False).trainable
