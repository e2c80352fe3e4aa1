"""Training: what it learns, what it returns, what it keeps."""

from __future__ import annotations

from typing import Callable

import numpy as np
import pytest
from conftest import small_model, waves

from cnnlstm.callbacks import Callback, LambdaCallback
from cnnlstm.errors import (
    ArgumentError,
    CnnLstmError,
    DataError,
    NotFiniteError,
    ShapeError,
    StateError,
)
from cnnlstm.layers import LSTM, Conv1D, Dense, Dropout, Input
from cnnlstm.models import Sequential
from cnnlstm.optimizers import SGD, Adam
from cnnlstm.utils import set_random_seed, to_categorical

Flat = Callable[[Sequential], bytes]


def trained(flat: Flat, threads: int = 1, seed: int = 5, **options: object) -> bytes:
    """Weights after two epochs with dropout, clipping and a last batch that is not full."""
    set_random_seed(seed)
    model = Sequential(
        [
            Input((20, 2)),
            Conv1D(8, 3, activation="relu"),
            Dropout(0.1),
            LSTM(9, dropout=0.2, recurrent_dropout=0.1, return_sequences=True),
            LSTM(5),
            Dense(3, activation="softmax"),
        ]
    )
    optimizer = Adam(0.01, global_clipnorm=1.0)
    model.compile(optimizer, "sparse_categorical_crossentropy", threads=threads)
    x, y = waves(101)
    model.fit(x, y, batch_size=23, epochs=2, verbose=0, **options)  # type: ignore[arg-type]
    return flat(model)


@pytest.mark.parametrize("threads", [2, 4, 0])
def test_threads_do_not_change_a_bit(flat: Flat, threads: int) -> None:
    assert trained(flat, threads) == trained(flat)


def test_seed_and_shuffle_matter(flat: Flat) -> None:
    results = [trained(flat), trained(flat, seed=6), trained(flat, shuffle=False)]
    assert len(set(results)) == 3
    assert trained(flat) == results[0]


def test_learns_a_toy_problem() -> None:
    set_random_seed(0)
    model = small_model(length=None)
    model.compile(Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    x, labels = waves(192)
    y = to_categorical(labels)
    history = model.fit(x[:128], y[:128], 16, epochs=25, verbose=0, validation_split=0.25)
    assert history.history["loss"][-1] < 0.3 * history.history["loss"][0]
    assert model.evaluate(x[128:], y[128:])[1] > 0.95
    assert (model.predict(x[128:]).argmax(1) == labels[128:]).mean() > 0.95


def test_history(model: Sequential, data: tuple) -> None:
    history = model.fit(*data, epochs=5, initial_epoch=2, verbose=0, validation_data=data)
    assert history.epoch == [2, 3, 4]
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(len(values) == 3 for values in history.history.values())
    assert all(type(value) is float for value in history.history["loss"])
    assert model.history is history
    loss, accuracy = model.evaluate(*data)
    assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-6)
    assert history.history["val_accuracy"][-1] == pytest.approx(accuracy)


def test_without_metrics(data: tuple) -> None:
    model = small_model()
    model.compile("adam", "sparse_categorical_crossentropy")
    assert list(model.fit(*data, verbose=0).history) == ["loss"]
    both = model.fit(*data, verbose=0, validation_split=0.5)
    assert list(both.history) == ["loss", "val_loss"]


def test_nothing_to_do(model: Sequential, data: tuple, flat: Flat) -> None:
    before = flat(model)
    assert model.fit(*data, epochs=3, initial_epoch=3, verbose=0).history == {}
    assert flat(model) == before


def test_validation_split_is_the_end_of_the_data(data: tuple, flat: Flat) -> None:
    x, y = data

    def run(*arrays: np.ndarray, **options: object) -> tuple[dict, bytes]:
        set_random_seed(2)
        made = small_model()
        made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = made.fit(*arrays, epochs=2, verbose=0, **options)  # type: ignore[arg-type]
        return history.history, flat(made)

    whole = run(x, y, validation_split=0.25)
    assert whole == run(x[:72], y[:72], validation_data=(x[72:], y[72:]))
    assert whole == run(x[:72], y[:72], validation_data=[x[72:], y[72:]], validation_split=0.5)


def test_class_weight(data: tuple, flat: Flat) -> None:
    x, y = data

    def run(weights: dict | None) -> tuple[float, bytes]:
        set_random_seed(4)
        made = small_model(dropout=0.0)
        made.compile(SGD(0.1), "sparse_categorical_crossentropy")
        probabilities.append(made.predict(x)[np.arange(len(y)), y])
        history = made.fit(x, y, batch_size=len(y), verbose=0, class_weight=weights)
        return history.history["loss"][0], flat(made)

    probabilities: list[np.ndarray] = []
    plain, ones = run(None), run({0: 1.0, 2: 1})
    assert plain == ones
    loss, weights = run({0: 5.0, 1: 0.0})
    assert weights != plain[1]
    losses = -np.log(probabilities[0]) * np.array([5.0, 0.0, 1.0])[y]
    assert loss == pytest.approx(losses.mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("weights", "error", "text"),
    [
        ({3: 1.0}, ArgumentError, "class 3, there are 3"),
        ({-1: 1.0}, ArgumentError, "class -1"),
        ({"a": 1.0}, TypeError, "class_weight"),
        ({0: "a"}, TypeError, "class_weight"),
        ({0: float("nan")}, CnnLstmError, "weight of class 0 must be at least 0, got NaN"),
        ({0: -1.0}, CnnLstmError, "weight of class 0 must be at least 0, got -1"),
    ],
)
def test_wrong_class_weight(
    model: Sequential, data: tuple, weights: dict, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        model.fit(*data, verbose=0, class_weight=weights)


def test_the_optimizer_goes_on_where_it_was(data: tuple, flat: Flat) -> None:
    def run(*epochs: int, again: bool = False) -> bytes:
        made = small_model(dropout=0.0)
        made.compile("adam", "sparse_categorical_crossentropy")
        made.set_weights(start)
        for count in epochs:
            made.fit(*data, epochs=count, shuffle=False, verbose=0)
            if again:
                made.compile("adam", "sparse_categorical_crossentropy")
        return flat(made)

    start = small_model().get_weights()
    assert run(3) == run(1, 2) == run(1, 1, 1)
    assert run(1, 2, again=True) != run(3)


def test_a_larger_batch_keeps_the_state_of_the_optimizer(data: tuple, flat: Flat) -> None:
    results = []
    for reserved in (0, 32):
        set_random_seed(7)
        model = small_model()
        model.compile("adam", "sparse_categorical_crossentropy", batch_size=reserved)
        model.fit(*data, batch_size=8, verbose=0)
        model.fit(*data, batch_size=4, verbose=0)
        model.fit(*data, batch_size=32, verbose=0)
        results.append(flat(model))
    assert results[0] == results[1]


def test_a_longer_sequence_keeps_the_state_of_the_optimizer(flat: Flat) -> None:
    x, y = waves(12)
    results = []
    for reserved in (0, 20):
        set_random_seed(7)
        model = small_model(length=None)
        model.compile("adam", "sparse_categorical_crossentropy", max_length=reserved)
        model.fit(x[:, :9], y, verbose=0)
        assert model.evaluate(x, y) > 0
        model.fit(x[:, :9], y, verbose=0, validation_data=(x, y))
        model.fit(x, y, verbose=0)
        results.append(flat(model))
    assert results[0] == results[1]


def test_weights_set_between_fits_count(model: Sequential, data: tuple, flat: Flat) -> None:
    model.compile(SGD(1e-9), "sparse_categorical_crossentropy")
    model.fit(*data, verbose=0)
    new = [np.full(array.shape, 0.25, np.float32) for array in model.get_weights()]
    model.set_weights(new)
    model.fit(*data, verbose=0)
    for array, expected in zip(model.get_weights(), new):
        np.testing.assert_allclose(array, expected, rtol=1e-5)


def test_labels_may_have_an_axis_of_one(data: tuple, flat: Flat) -> None:
    x, y = data
    results = set()
    for labels in (y, y[:, None], y.astype(float), y.astype(np.int64), y.astype(np.uint8).tolist()):
        set_random_seed(1)
        made = small_model()
        made.compile("adam", "sparse_categorical_crossentropy")
        made.fit(x, labels, verbose=0)
        results.add(flat(made))
    assert len(results) == 1


def test_sequences_of_labels() -> None:
    x, _ = waves(12)
    y = (x[:, :, 0] > 0).astype(int)
    model = Sequential([Input((None, 2)), LSTM(8, return_sequences=True), Dense(2, "softmax")])
    model.compile(Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=4, epochs=30, verbose=0)
    assert model.evaluate(x, y[:, :, None])[1] > 0.95


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda x, y: (x[:, :19], y), ShapeError, r"expected inputs of shape"),
        (lambda x, y: (x, y[:-1]), ShapeError, r"\(96,\), got \(95,\)"),
        (lambda x, y: (x, y + 1), DataError, "3"),
        (lambda x, y: (x, y - 1), DataError, "-1"),
        (lambda x, y: (x, y + 0.5), DataError, "whole"),
        (lambda x, y: (x, y.astype(np.int64) + 2**32), DataError, "whole"),
        (lambda x, y: (x, np.where(y == 0, np.nan, y)), DataError, "whole"),
        (lambda x, y: (x[:0], y[:0]), CnnLstmError, "sample"),
    ],
)
def test_wrong_data_trains_nothing(
    model: Sequential, data: tuple, flat: Flat, change: Callable, error: type, text: str
) -> None:
    before = flat(model)
    for call in (model.fit, model.evaluate):
        with pytest.raises(error, match=text):
            call(*change(*data), verbose=0)
    with pytest.raises(error, match=text):
        model.fit(*data, validation_data=change(*data), verbose=0)
    assert flat(model) == before
    model.fit(*data, verbose=0)


def test_targets_that_are_not_finite(data: tuple) -> None:
    model = small_model()
    model.compile("adam", "mse")
    with pytest.raises(DataError):
        model.fit(data[0], np.full((96, 3), np.nan), verbose=0)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"epochs": -1}, ArgumentError, "epochs"),
        ({"epochs": 1.5}, TypeError, "epochs"),
        ({"epochs": 2**31}, ArgumentError, "epochs"),
        ({"initial_epoch": -1}, ArgumentError, "initial_epoch"),
        ({"batch_size": 0}, ArgumentError, "batch_size"),
        ({"batch_size": 1.5}, TypeError, "batch_size"),
        ({"validation_split": 1.0}, ArgumentError, "validation_split"),
        ({"validation_split": -0.5}, ArgumentError, "validation_split"),
        ({"validation_data": (1, 2, 3, 4)}, ArgumentError, "validation_data"),
        ({"verbose": 3}, ArgumentError, "verbose"),
        ({"callbacks": [print]}, TypeError, "callbacks"),
        ({"sample_weight": []}, ShapeError, "sample_weight"),
        ({"class_weight": [1.0, 2.0]}, TypeError, "class_weight must be a dictionary"),
        ({"validation_freq": 0}, ArgumentError, "validation_freq must be 1 or more"),
        ({"validation_freq": 1.5}, TypeError, "validation_freq must be integers"),
        ({"validation_freq": "1"}, TypeError, "validation_freq must be integers"),
    ],
)
def test_wrong_options(
    model: Sequential, data: tuple, flat: Flat, options: dict, error: type, text: str
) -> None:
    before = flat(model)
    with pytest.raises(error, match=text):
        model.fit(*data, **{"verbose": 0, **options})
    assert flat(model) == before
    model.fit(*data, verbose=0)


def test_a_loss_that_is_no_number_stops(flat: Flat) -> None:
    model = Sequential([Input((2,)), Dense(1)])
    model.compile(SGD(1e30), "mse")
    x = np.full((8, 2), 1e6, np.float32)
    with pytest.raises(NotFiniteError) as caught:
        model.fit(x, np.zeros(8), batch_size=2, epochs=5, verbose=0)
    assert isinstance(caught.value, ArithmeticError)
    assert np.isfinite(np.concatenate([array.ravel() for array in model.get_weights()])).all()
    assert model.history.epoch == []


class Rates(Callback):
    """Sets and notes the learning rate."""

    def __init__(self, rates: list[float]) -> None:
        self.rates = rates

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.model.optimizer.learning_rate = self.rates[epoch]


def test_learning_rate_in_a_callback(data: tuple, flat: Flat) -> None:
    def run(rate: float, callbacks: list[Callback]) -> bytes:
        set_random_seed(3)
        made = small_model()
        made.compile(SGD(rate), "sparse_categorical_crossentropy")
        made.fit(*data, epochs=2, verbose=0, callbacks=callbacks)
        return flat(made)

    assert run(0.5, []) == run(0.1, [Rates([0.5, 0.5])])
    assert run(0.5, []) != run(0.5, [Rates([0.5, 0.25])])
    assert run(0.5, [Rates([0.0, 0.0])]) == run(0.0, [])
    with pytest.raises(ArgumentError, match="learning_rate"):
        run(0.5, [Rates([-1.0])])


def test_learning_rate_between_fits(data: tuple, flat: Flat) -> None:
    model = small_model()
    model.compile(SGD(0.5), "sparse_categorical_crossentropy")
    model.fit(*data, verbose=0)
    before = model.get_weights()
    model.optimizer.learning_rate = 1e-9
    model.fit(*data, verbose=0)
    for array, expected in zip(model.get_weights(), before):
        np.testing.assert_allclose(array, expected, atol=1e-6)


def test_one_fit_at_a_time(model: Sequential, data: tuple) -> None:
    nested = LambdaCallback(on_epoch_end=lambda epoch, logs: model.fit(*data, verbose=0))
    with pytest.raises(StateError, match="being trained already"):
        model.fit(*data, verbose=0, callbacks=nested)
    model.fit(*data, verbose=0)


def test_class_numbers_changed_by_a_callback_do_not_count(flat: Flat) -> None:
    def fitted(spoil: bool) -> bytes:
        set_random_seed(7)
        model, (x, y) = small_model(), waves()
        model.compile("adam", "sparse_categorical_crossentropy")
        change = LambdaCallback(on_epoch_begin=lambda epoch, logs: y.fill(2**30) if spoil else None)
        model.fit(x, y, epochs=2, verbose=0, class_weight={0: 2.0}, callbacks=[change])
        return flat(model)

    assert fitted(spoil=True) == fitted(spoil=False)
