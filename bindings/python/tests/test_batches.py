"""Training batch by batch, weights of samples, and training that goes on from a file."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Callable

import numpy as np
import pytest
from conftest import REPOSITORY, small_model, waves

import cnnlstm
from cnnlstm import metrics
from cnnlstm.callbacks import LambdaCallback
from cnnlstm.errors import ArgumentError, DataError, FileError, ShapeError, StateError
from cnnlstm.layers import LSTM, Dense, Input
from cnnlstm.models import Sequential
from cnnlstm.optimizers import SGD, Adam, Nadam, RMSprop
from cnnlstm.utils import set_random_seed, to_categorical

Flat = Callable[[Sequential], bytes]


def fresh(optimizer: Any = "adam", **options: Any) -> Sequential:
    set_random_seed(7)
    model = small_model()
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return model


def test_batches_one_by_one_train_as_an_epoch(data: tuple, flat: Flat) -> None:
    epoch, batches = fresh(), fresh()
    x, y = data
    epoch.fit(x, y, batch_size=32, shuffle=False, verbose=0)
    results = [
        batches.train_on_batch(x[first : first + 32], y[first : first + 32])
        for first in range(0, 96, 32)
    ]
    assert flat(epoch) == flat(batches)
    assert epoch.history is not None
    assert np.mean([loss for loss, _ in results]) == pytest.approx(epoch.history.history["loss"][0])


def test_results_of_a_batch(data: tuple) -> None:
    model = fresh()
    assert list(model.train_on_batch(*data, return_dict=True)) == ["loss", "accuracy"]
    assert model.test_on_batch(*data) == model.evaluate(*data)
    assert model.test_on_batch(*data, return_dict=True) == model.evaluate(*data, return_dict=True)
    np.testing.assert_array_equal(model.predict_on_batch(data[0]), model.predict(data[0]))
    model.compile("adam", "sparse_categorical_crossentropy")
    assert isinstance(model.train_on_batch(*data), float)


def test_batches_take_weights(data: tuple, flat: Flat) -> None:
    x, y = data
    weights = np.arange(96) % 3 + 0.5
    by_class = {0: 2.0, 1: 0.0, 2: 1.0}
    results = []
    for given in (
        {"sample_weight": weights, "class_weight": by_class},
        {"sample_weight": weights * [by_class[label] for label in y]},
    ):
        model = fresh()
        results.append((model.train_on_batch(x, y, **given), flat(model)))  # type: ignore[arg-type]
    assert results[0] == results[1]


def test_the_learning_rate_counts(data: tuple, flat: Flat) -> None:
    model = fresh(SGD(0.1))
    model.train_on_batch(*data)
    before = model.get_weights()
    model.optimizer.learning_rate = 1e-30
    model.train_on_batch(*data)
    for array, old in zip(model.get_weights(), before):
        np.testing.assert_array_equal(array, old)


# ---- Weights of samples

CASES = json.loads((REPOSITORY / "Tests/Fixtures/sample_weights.json").read_text())


def test_fit_reports_what_keras_does() -> None:
    """The binary classifier; the core is held against all cases."""
    (case,) = (case for case in CASES if case["name"] == "binary")
    x = np.reshape(case["input"], (-1, 4))
    y = np.reshape(case["target"], (-1, 1))
    weights = np.array(case["sampleWeights"])
    model = Sequential([Input((4,)), Dense(5, "tanh"), Dense(1, "sigmoid")])
    place, arrays = 0, []
    for shape in case["weightShapes"]:
        count = int(np.prod(shape))
        arrays.append(np.reshape(case["weights"][place : place + count], shape))
        place += count
    model.set_weights(arrays)
    model.compile(
        Adam(0.05),
        "binary_crossentropy",
        metrics=[metrics.get(name) for name in case["metrics"]],
        weighted_metrics=[metrics.get(name) for name in case["metrics"]],
    )
    history = model.fit(
        x,
        y,
        batch_size=4,
        epochs=2,
        shuffle=False,
        verbose=0,
        sample_weight=weights,
        validation_split=0.25,
    ).history
    assert set(history) == set(case["history"])
    for name, values in case["history"].items():
        np.testing.assert_allclose(history[name], values, atol=2e-5, err_msg=name)


def test_weights_are_for_the_loss(data: tuple) -> None:
    x, y = data
    model = fresh()
    weights = np.zeros(96)
    weights[:10] = 2
    loss = model.evaluate(x, y, sample_weight=weights)[0]
    assert loss == pytest.approx(2 * 10 / 96 * model.evaluate(x[:10], y[:10])[0], rel=1e-5)
    held = model.fit(x, y, verbose=0, validation_data=(x, y, weights)).history["val_loss"][0]
    assert held == pytest.approx(model.evaluate(x, y, sample_weight=weights)[0])


def test_weights_of_steps() -> None:
    x, y = waves(12)
    model = Sequential([Input((20, 2)), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    steps = np.repeat(y[:, None], 20, 1)
    samples = np.arange(12, dtype=float)
    both = [samples, samples[:, None], np.repeat(samples[:, None], 20, 1)]
    losses = [model.evaluate(x, steps, sample_weight=weights) for weights in both]
    assert losses[0] == losses[1] == losses[2]


def test_refused_weights(data: tuple, flat: Flat) -> None:
    model = fresh()
    before = flat(model)
    for weights, error in [
        (np.ones(95), ShapeError),
        (np.ones((96, 2)), ShapeError),
        (np.full(96, -1.0), DataError),
        (np.full(96, np.nan), DataError),
    ]:
        with pytest.raises(error, match="weight"):
            model.fit(*data, verbose=0, sample_weight=weights)
    assert flat(model) == before


# ---- Training that goes on from a file


@pytest.mark.parametrize(
    "optimizer",
    [SGD(0.1, momentum=0.9), Adam(0.01, amsgrad=True), RMSprop(centered=True), Nadam()],
    ids=lambda it: type(it).__name__,
)
def test_six_epochs_are_three_and_three(
    tmp_path: pathlib.Path, data: tuple, flat: Flat, optimizer: Any
) -> None:
    path = tmp_path / "training.cnnlstm"
    whole, half = fresh(optimizer, seed=5), fresh(optimizer, seed=5)
    whole.fit(*data, epochs=6, verbose=0)
    half.fit(*data, epochs=3, verbose=0)
    half.save_checkpoint(path)
    resumed = small_model()
    resumed.compile(type(optimizer)(**optimizer.get_config()), "sparse_categorical_crossentropy")
    epoch = resumed.load_checkpoint(path)
    assert epoch == 3
    assert flat(resumed) == flat(half)
    resumed.fit(*data, initial_epoch=epoch, epochs=6, verbose=0)
    assert flat(resumed) == flat(whole)
    assert flat(cnnlstm.load_model(path)) == flat(half)


def test_states_go_on(tmp_path: pathlib.Path, data: tuple, flat: Flat) -> None:
    def stateful() -> Sequential:
        set_random_seed(7)
        layers = [Input((20, 2)), LSTM(3, stateful=True), Dense(3, activation="softmax")]
        model = Sequential(layers)
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    whole, half, resumed = stateful(), stateful(), stateful()
    path, options = tmp_path / "training.cnnlstm", {"batch_size": 48, "verbose": 0}
    whole.fit(*data, epochs=6, **options)
    half.fit(*data, epochs=3, **options)
    half.save_checkpoint(path)
    epoch = resumed.load_checkpoint(path)
    resumed.fit(*data, initial_epoch=epoch, epochs=6, **options)
    assert flat(resumed) == flat(whole) != flat(half)


def test_saved_in_a_callback_and_with_larger_batches(
    tmp_path: pathlib.Path, data: tuple, flat: Flat
) -> None:
    whole, path = fresh(Adam(use_ema=True), seed=5), tmp_path / "training.cnnlstm"

    def save(epoch: int, logs: Any) -> None:
        if epoch == 1:
            whole.save_checkpoint(path)

    callback = LambdaCallback(on_epoch_end=save)
    whole.fit(*data, epochs=4, batch_size=48, verbose=0, callbacks=callback)
    resumed = fresh(Adam(use_ema=True))
    epoch = resumed.load_checkpoint(path)
    resumed.fit(*data, initial_epoch=epoch, epochs=4, batch_size=48, verbose=0)
    assert flat(resumed) == flat(whole)


def test_the_learning_rate_is_kept(tmp_path: pathlib.Path, data: tuple) -> None:
    model, path = fresh(Adam(0.01)), tmp_path / "training.cnnlstm"
    model.fit(*data, verbose=0)
    model.optimizer.learning_rate = 0.003
    model.fit(*data, verbose=0)
    model.save_checkpoint(path)
    other = fresh(Adam(0.01))
    other.load_checkpoint(path)
    assert other.optimizer.learning_rate == 0.003


def test_refused_checkpoints(tmp_path: pathlib.Path, data: tuple, flat: Flat) -> None:
    path = tmp_path / "training.cnnlstm"
    model = fresh()
    with pytest.raises(StateError, match="nothing was trained"):
        model.save_checkpoint(path)
    with pytest.raises(FileError):
        model.load_checkpoint(tmp_path / "none")
    model.save(path)
    with pytest.raises(ArgumentError, match="no training"):
        model.load_checkpoint(path)
    model.fit(*data, verbose=0)
    model.save_checkpoint(path)
    before = flat(model)
    with pytest.raises(ArgumentError, match="adam"):
        fresh("sgd").load_checkpoint(path)
    other = Sequential([Input((20, 2)), Dense(3)])
    other.compile("adam", "mse")
    with pytest.raises(ShapeError, match="other layers"):
        other.load_checkpoint(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileError):
        model.load_checkpoint(path)
    assert flat(model) == before


def test_files_of_weights(tmp_path: pathlib.Path, data: tuple, flat: Flat) -> None:
    model, other = fresh(), small_model()
    model.fit(*data, verbose=0)
    model.save_weights(tmp_path / "weights")
    other.load_weights(tmp_path / "weights")
    assert flat(other) == flat(model)
    with pytest.raises(ShapeError, match="shapes"):
        Sequential([Input((2,)), Dense(3)]).load_weights(tmp_path / "weights")


def test_one_hot_targets_take_weights_too(data: tuple) -> None:
    x, y = data
    model = fresh()
    weights = np.arange(96) / 96
    expected = model.evaluate(x, y, sample_weight=weights)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    result = model.evaluate(x, to_categorical(y), sample_weight=weights)
    assert result == pytest.approx(expected)
