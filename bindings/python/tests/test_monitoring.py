"""Keras's callbacks: the same decisions for the same logs, and what they do in training."""

from __future__ import annotations

import csv
import json
import pathlib
from types import SimpleNamespace
from typing import Any, Callable

import numpy as np
import pytest
from conftest import REPOSITORY, small_model, waves

import cnnlstm
from cnnlstm import callbacks
from cnnlstm.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from cnnlstm.errors import ArgumentError, NotFiniteError
from cnnlstm.layers import Dense, Input
from cnnlstm.metrics import F1Score
from cnnlstm.models import Sequential
from cnnlstm.optimizers import SGD, Adam
from cnnlstm.optimizers.schedules import ExponentialDecay
from cnnlstm.utils import to_categorical

Flat = Callable[[Sequential], bytes]
CASES = json.loads((REPOSITORY / "Tests/Fixtures/callbacks.json").read_text())


class Stub:
    """As much of a model as callbacks see; its weights are the number of the epoch."""

    def __init__(self) -> None:
        self.optimizer = SimpleNamespace(learning_rate=0.1)
        self.stop_training = False
        self.epoch, self.restored = 0, -1
        self.saved: list[str] = []
        self.save = self.saved.append

    def get_weights(self) -> list[int]:
        return [self.epoch]

    def set_weights(self, weights: list[int]) -> None:
        (self.restored,) = weights


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_decisions_are_kerass(case: dict) -> None:
    options = dict(case["options"])
    if case["callback"] == "ModelCheckpoint":
        options["filepath"] = "{epoch:02d}-{val_loss:.2f}.keras"
    if case["callback"] == "EarlyStopping":
        options["restore_best_weights"] = True
    callback, model = getattr(callbacks, case["callback"])(**options), Stub()
    callback.set_model(model)
    for _ in range(2):  # a callback may be used again
        model.stop_training, model.saved[:], model.optimizer.learning_rate = False, [], 0.1
        rates = []
        callback.on_train_begin()
        for epoch, value in enumerate(case["values"]):
            model.epoch = epoch
            callback.on_epoch_begin(epoch)
            callback.on_epoch_end(epoch, {"loss": 0.0, "val_loss": value})
            rates.append(model.optimizer.learning_rate)
            if model.stop_training:
                break
        callback.on_train_end()
        np.testing.assert_allclose(rates, case["rates"])
        assert (len(rates), model.restored) == (case["epochs"], case["restored"])
        assert model.saved == case["saved"]
        if case["callback"] == "ModelCheckpoint":
            break  # its best is that of all fits


def fit(model: Sequential, *given: Callback, **options: Any) -> dict:
    x, y = waves(48)
    options = {"epochs": 4, "validation_data": (x, y), "verbose": 0, **options}
    return model.fit(x, y, callbacks=given, **options).history


def test_early_stopping_restores_the_best(model: Sequential, flat: Flat) -> None:
    seen: list[bytes] = []
    stopping = EarlyStopping(patience=1, restore_best_weights=True, min_delta=10)
    history = fit(model, stopping, LambdaCallback(on_epoch_end=lambda *_: seen.append(flat(model))))
    assert len(history["loss"]) == 2
    assert (stopping.stopped_epoch, stopping.best_epoch) == (1, 0)
    assert flat(model) == seen[0] != seen[1]


def test_early_stopping_of_a_metric(model: Sequential) -> None:
    stopping = EarlyStopping("val_accuracy", patience=1, min_delta=1)
    assert len(fit(model, stopping)["loss"]) == 2
    with pytest.raises(ArgumentError, match="mode"):
        fit(model, LambdaCallback(on_epoch_end=add("nonsense")), EarlyStopping("nonsense"))
    with pytest.warns(RuntimeWarning, match="'nonsense', which is not there"):
        fit(model, EarlyStopping("nonsense"))
    with pytest.raises(ArgumentError, match="mode"):
        EarlyStopping(mode="best")


def add(name: str) -> Callable[[int, dict], None]:
    return lambda epoch, logs: logs.update({name: 1.0})


def test_a_metric_of_several_values_cannot_be_watched(data: tuple) -> None:
    model = small_model()
    model.compile("adam", "categorical_crossentropy", metrics=[F1Score()])
    x, y = data
    with pytest.warns(RuntimeWarning, match="no single number"):
        model.fit(x, to_categorical(y), verbose=0, callbacks=EarlyStopping("f1_score"))


def test_reduced_rates_count(model: Sequential) -> None:
    model.compile(Adam(0.01), "sparse_categorical_crossentropy")
    plateau = ReduceLROnPlateau(factor=0.5, patience=1, min_delta=10)
    history = fit(model, plateau)
    assert history["learning_rate"] == [0.01, 0.01, 0.005, 0.0025]
    assert model.optimizer.learning_rate == 0.00125
    with pytest.raises(ArgumentError, match="factor"):
        ReduceLROnPlateau(factor=1.0)


def test_scheduler(model: Sequential, capsys: pytest.CaptureFixture[str]) -> None:
    model.compile(Adam(0.01), "sparse_categorical_crossentropy")
    history = fit(model, LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1))
    assert history["learning_rate"] == [0.005, 0.0025, 0.00125, 0.000625]
    assert "Epoch 2: the learning rate is 0.0025" in capsys.readouterr().out
    history = fit(model, LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)))
    assert history["learning_rate"] == [0.1, 0.05, 0.1 / 3, 0.025]
    before = model.get_weights()
    fit(model, LearningRateScheduler(lambda epoch: 0.0))
    assert all(map(np.array_equal, before, model.get_weights()))
    with pytest.raises(ArgumentError, match="float"):
        fit(model, LearningRateScheduler(lambda epoch: 1))
    model.compile(Adam(ExponentialDecay(0.1, 10, 0.9)), "sparse_categorical_crossentropy")
    with pytest.raises(ArgumentError, match="number"):
        fit(model, ReduceLROnPlateau())


def test_checkpoints_of_epochs(model: Sequential, tmp_path: pathlib.Path, flat: Flat) -> None:
    path = tmp_path / "deep" / "{epoch:02d}-{val_loss:.3f}.cnnlstm"
    history = fit(model, ModelCheckpoint(path))
    losses = enumerate(history["val_loss"], start=1)
    names = [f"{epoch:02d}-{loss:.3f}.cnnlstm" for epoch, loss in losses]
    assert sorted(it.name for it in (tmp_path / "deep").iterdir()) == names
    assert flat(cnnlstm.load_model(tmp_path / "deep" / names[-1])) == flat(model)
    with pytest.raises(ArgumentError, match="none"):
        fit(model, ModelCheckpoint(tmp_path / "{none}"))
    with pytest.raises(ArgumentError, match="save_freq"):
        ModelCheckpoint(path, save_freq=0)


def test_checkpoints_of_batches(model: Sequential, tmp_path: pathlib.Path, flat: Flat) -> None:
    fit(model, ModelCheckpoint(tmp_path / "{epoch}-{batch}", save_freq=2), epochs=2, batch_size=16)
    assert sorted(it.name for it in tmp_path.iterdir()) == ["1-2", "2-1", "2-3"]
    # Those of the moment: of the second epoch, and of its end.
    files = [flat(cnnlstm.load_model(tmp_path / name)) for name in ("1-2", "2-1", "2-3")]
    assert len(set(files)) == 3
    assert files[2] == flat(model)


def test_checkpoints_of_weights(model: Sequential, tmp_path: pathlib.Path, flat: Flat) -> None:
    fit(model, ModelCheckpoint(tmp_path / "weights", save_weights_only=True))
    other = small_model()
    other.load_weights(tmp_path / "weights")
    assert flat(other) == flat(model)


@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_logger(model: Sequential, tmp_path: pathlib.Path, separator: str) -> None:
    path = tmp_path / "log.csv"
    history = fit(model, CSVLogger(path, separator))
    fit(model, CSVLogger(path, separator, append=True), initial_epoch=4, epochs=5)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter=separator))
    assert rows[0] == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "3", "4"]
    assert [float(row[2]) for row in rows[1:5]] == history["loss"]
    fit(model, CSVLogger(path), validation_data=None, epochs=1)
    assert path.read_text().splitlines()[1].endswith("NA,NA")


def diverging() -> tuple[Sequential, tuple[np.ndarray, np.ndarray]]:
    model = Sequential([Input((2,)), Dense(1)])
    model.compile(SGD(1e30), "mse")
    return model, (np.ones((64, 2), np.float32), np.ones((64, 1), np.float32))


def test_terminate_on_nan(capsys: pytest.CaptureFixture[str]) -> None:
    model, data = diverging()
    ended: list[Any] = []
    given = [TerminateOnNaN(), LambdaCallback(on_train_end=ended.append)]
    history = model.fit(*data, epochs=3, verbose=0, callbacks=given).history
    assert history == {} and len(ended) == 1 and model.stop_training
    assert all(np.isfinite(array).all() for array in model.get_weights())
    assert "Training ends: the loss became NaN" in capsys.readouterr().out
    with pytest.raises(NotFiniteError):
        model.fit(*data, epochs=3, verbose=0)
    with pytest.raises(NotFiniteError):
        model.fit(*data, epochs=3, verbose=0, callbacks=TerminateOnNaN(raise_error=True))


def test_older_names_of_hooks(model: Sequential) -> None:
    class Older(Callback):
        def __init__(self) -> None:
            self.batches: list[int] = []

        def on_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.batches.append(batch)

        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            assert logs["loss"] > 0
            self.batches.append(-batch)

    older = Older()
    fit(model, older, epochs=1, batch_size=16)
    assert older.batches == [0, 0, 1, -1, 2, -2]
