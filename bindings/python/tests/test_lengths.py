"""Samples of different lengths, and Masking."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlstm import Padded
from cnnlstm.errors import ArgumentError, DataError, ShapeError
from cnnlstm.layers import (
    GRU,
    LSTM,
    AveragePooling1D,
    BatchNormalization,
    Conv1D,
    Dense,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Input,
    LayerNormalization,
    Masking,
    MaxPooling1D,
    SimpleRNN,
)
from cnnlstm.models import Sequential
from cnnlstm.optimizers import SGD

PADDED = 24


def ragged(count: int, seed: int, least: int = 9, channels: int = 2) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    lengths = random.integers(least, PADDED + 1, count)
    return [random.normal(size=(length, channels)).astype(np.float32) for length in lengths]


def filled(samples: list[np.ndarray], padding: float = np.nan) -> np.ndarray:
    x = np.full((len(samples), PADDED, samples[0].shape[1]), padding, np.float32)
    for row, sample in zip(x, samples):
        row[: len(sample)] = sample
    return x


def lengths_of(samples: list[np.ndarray]) -> list[int]:
    return [len(sample) for sample in samples]


paddings = st.sampled_from(["valid", "same"])
inner = st.one_of(
    st.builds(
        Conv1D,
        st.integers(1, 5),
        st.integers(1, 3),
        strides=st.integers(1, 2),
        padding=st.sampled_from(["valid", "same", "causal"]),
    ),
    st.builds(Conv1D, st.integers(1, 5), st.just(2), dilation_rate=st.just(2)),
    st.builds(MaxPooling1D, st.integers(1, 2), padding=paddings),
    st.builds(AveragePooling1D, st.integers(1, 2), padding=paddings),
    st.builds(LSTM, st.integers(1, 9), return_sequences=st.just(True), go_backwards=st.booleans()),
    st.builds(LayerNormalization),
)
last = st.one_of(
    st.builds(LSTM, st.integers(1, 17), go_backwards=st.booleans()),
    st.builds(GlobalMaxPooling1D),
    st.builds(GlobalAveragePooling1D),
    st.builds(Dense, st.integers(1, 3)),
)


@settings(max_examples=60)
@given(st.lists(inner, max_size=2), last, st.integers(0, 1000), st.integers(0, 2))
def test_a_sample_is_what_it_is_alone(
    layers: list[Any], end: Any, seed: int, threads: int
) -> None:
    model = Sequential([Input((None, 2)), *layers, end, Dense(2)], seed=seed)
    samples = ragged(13, seed)
    alone = [model.predict(sample[None])[0] for sample in samples]
    x = filled(samples)
    together = model.predict(x, lengths=lengths_of(samples), threads=threads)
    for got, wanted in zip(together, alone):
        if got.ndim == 2:
            assert not got[len(wanted) :].any()
            got = got[: len(wanted)]
        assert got.tobytes() == wanted.tobytes()
    for other in (samples, tuple(samples), Padded(x, lengths_of(samples))):
        some = model.predict(other)
        assert some.tobytes() == together[:, : some.shape[1]].tobytes()


@settings(max_examples=15)
@given(st.lists(inner, max_size=2), last, st.integers(0, 1000))
def test_gradients_are_those_of_samples_alone(layers: list[Any], end: Any, seed: int) -> None:
    """A step of plain SGD moves the weights by the mean of what samples alone move them."""

    def trained(x: Any, y: Any) -> tuple[np.ndarray, float]:
        one = copy.deepcopy(model)
        one.compile(SGD(1.0), "mse")
        history = one.fit(x, y, batch_size=64, verbose=0)
        return flat(one), history.history["loss"][0]

    def flat(model: Sequential) -> np.ndarray:
        return np.concatenate([it.ravel() for it in model.get_weights()])

    model = Sequential([Input((None, 2)), *layers, end, Dense(2)], seed=seed)
    before = flat(model)
    samples, random = ragged(5, seed), np.random.default_rng(seed)
    shapes = [model.predict(sample[None])[0].shape for sample in samples]
    y = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    rows = np.array([shape[0] if len(shape) == 2 else 1 for shape in shapes])
    single = [trained(sample[None], target[None]) for sample, target in zip(samples, y)]
    shares = rows / rows.sum()
    moved, loss = trained(samples, y if len(shapes[0]) == 2 else np.array(y))
    wanted = sum(share * (one - before) for share, (one, _) in zip(shares, single))
    scale = max(1.0, np.abs(wanted).max())
    np.testing.assert_allclose(moved - before, wanted, rtol=0, atol=2e-6 * scale)
    assert loss == pytest.approx(sum(s * one for s, (_, one) in zip(shares, single)), rel=1e-5)


def classifier() -> Sequential:
    model = Sequential([Input((None, 2)), Conv1D(4, 3), LSTM(5), Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_fit_and_evaluate_take_lengths() -> None:
    samples, y = ragged(30, 1), np.arange(30) % 3
    x, lengths = filled(samples), lengths_of(samples)
    losses = []
    for data in ({"x": x, "lengths": lengths}, {"x": samples}, {"x": Padded(x, lengths)}):
        model = classifier()
        model.set_weights([np.full_like(it, 0.1) for it in model.get_weights()])
        history = model.fit(
            **data, y=y, epochs=3, verbose=0, validation_data=(samples[:7], y[:7]), shuffle=False
        )
        losses.append([*history.history["loss"], *history.history["val_loss"]])
        assert model.evaluate(samples, y) == model.evaluate(x, y, lengths=np.array(lengths))
    assert losses[0] == losses[1] == losses[2]


def test_a_model_takes_its_shape_from_samples_of_different_lengths() -> None:
    model = Sequential([LSTM(4)])
    assert model.predict(ragged(3, 2)).shape == (3, 4)
    assert model.input_shape == (None, None, 2)
    one = Sequential([LSTM(4)])
    assert one.predict([np.zeros(3), np.zeros(5)]).shape == (2, 4)


def test_models_of_a_fixed_length_take_shorter_samples() -> None:
    model = Sequential([Input((PADDED, 2)), LSTM(4)])
    samples = ragged(4, 3)
    any_length = Sequential([Input((None, 2)), LSTM(4)])
    any_length.set_weights(model.get_weights())
    np.testing.assert_array_equal(model.predict(samples), any_length.predict(samples))
    flat = Sequential([Input((PADDED, 2)), Flatten(), Dense(1)])
    with pytest.raises(ShapeError, match="flatten needs the model's whole length 24"):
        flat.predict(samples)


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (2, "sample 7 has length 2; the model needs at least 3 time steps"),
        (0, "sample 7 has length 0; it must be 1…24"),
        (-3, "sample 7 has length -3"),
        (25, "sample 7 has length 25"),
    ],
)
def test_lengths_that_do_not_fit_name_the_sample(length: int, message: str) -> None:
    model, x, lengths = classifier(), np.zeros((9, PADDED, 2), np.float32), [PADDED] * 9
    lengths[7] = length
    for call in (
        lambda: model.predict(x, lengths=lengths),
        lambda: model.fit(x, np.zeros(9), lengths=lengths),
        lambda: model.evaluate(x, np.zeros(9), lengths=lengths),
    ):
        with pytest.raises(ShapeError, match=message):
            call()


def test_arguments_that_are_no_lengths() -> None:
    model, x = classifier(), np.zeros((4, PADDED, 2), np.float32)
    with pytest.raises(ShapeError, match="4 numbers, got 3"):
        model.predict(x, lengths=[9, 9, 9])
    with pytest.raises(DataError, match="whole"):
        model.predict(x, lengths=[9, 9, 9, 8.5])
    with pytest.raises(TypeError):
        model.predict(x, lengths=["9"] * 4)
    with pytest.raises(ShapeError, match="lengths of shape"):
        model.predict(x, lengths=[[9, 9], [9, 9]])
    with pytest.raises(ArgumentError, match="brings its own"):
        model.predict(ragged(3, 1), lengths=[9, 9, 9])
    with pytest.raises(ShapeError, match="sample 1 has"):
        model.predict([np.zeros((9, 2)), np.zeros((8, 3))])


def test_batch_normalization_trains_on_samples_of_one_length() -> None:
    model = Sequential([Input((None, 2)), BatchNormalization(), LSTM(2)])
    model.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match="BatchNormalization"):
        model.fit(ragged(5, 1), np.zeros((5, 2)), verbose=0)
    model.fit(np.zeros((5, PADDED, 2)), np.zeros((5, 2)), lengths=[9] * 5, verbose=0)
    model.evaluate(ragged(5, 1), np.zeros((5, 2)))


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.booleans(), st.integers(0, 9))
def test_masked_steps_may_as_well_be_left_out(
    counts: list[bool], backwards: bool, seed: int
) -> None:
    model = Sequential([Input((None, 2)), Masking(-1.0), LSTM(5, go_backwards=backwards)], seed=1)
    x = np.random.default_rng(seed).normal(size=(len(counts), 2)).astype(np.float32)
    kept = x[counts].copy()
    x[~np.array(counts)] = -1
    got = model.predict(x[None])
    wanted = model.predict(kept[None]) if len(kept) else np.zeros((1, 5))
    np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_losses_leave_masked_steps_out() -> None:
    model = Sequential([Input((None, 1)), Masking(), LSTM(3, return_sequences=True), Dense(1)])
    model.compile("sgd", "mse")
    x = np.array([[[1], [0], [2], [0]], [[0], [0], [0], [0]]], np.float32)
    y = np.random.default_rng(0).normal(size=(2, 4, 1))
    error = (model.predict(x) - y) ** 2
    assert model.evaluate(x, y) == pytest.approx(error[0, [0, 2]].mean(), rel=1e-5)
    model.fit(x, y, epochs=2, verbose=0)
    assert np.isfinite(model.evaluate(x, y))
    assert model.evaluate(x[1:], y[1:]) == 0


@pytest.mark.parametrize("kind", [LSTM, GRU, SimpleRNN])
def test_states_stay_over_masked_steps(kind: Any) -> None:
    """A stateful layer goes on from the last step that counts, of every sample."""
    layers = [Input((None, 2)), Masking(-1.0)]
    whole = Sequential([*layers, kind(5)], seed=1)
    parts = Sequential([Input((None, 2)), Masking(-1.0), kind(5, stateful=True)], seed=1)
    x = np.random.default_rng(4).normal(size=(3, 12, 2)).astype(np.float32)
    x[0, 3:8] = x[1, :6] = x[2, 5:] = -1
    parts.predict(x[:, :6])
    got = parts.predict(x[:, 6:])
    np.testing.assert_allclose(got[:2], whole.predict(x)[:2], atol=1e-6)
    assert not got[2].any()  # no step of this part counts: Keras's output before the first one
    with pytest.raises(ArgumentError, match="one length"):
        parts.predict(x[:, :6], lengths=[6, 6, 5])


def test_padded_samples_train_as_ragged_ones_batch_by_batch() -> None:
    samples, y = ragged(6, 8), np.arange(6) % 3
    model = classifier()
    assert model.test_on_batch(samples, y) == model.evaluate(samples, y)
    padded = Padded(filled(samples), lengths_of(samples))
    np.testing.assert_array_equal(model.predict_on_batch(padded), model.predict(samples))
    model.train_on_batch(padded, y)


def test_validation_data_may_be_padded() -> None:
    samples = ragged(6, seed=3)
    y = np.arange(6) % 3
    model = Sequential([Input((None, 2)), LSTM(4), Dense(3, activation="softmax")])
    model.compile(SGD(0.0), "sparse_categorical_crossentropy")
    padded = Padded(filled(samples), lengths_of(samples))
    for x in (samples, padded):
        history = model.fit(samples, y, validation_data=(x, y), verbose=0).history
        assert history["val_loss"] == [model.evaluate(samples, y)]
