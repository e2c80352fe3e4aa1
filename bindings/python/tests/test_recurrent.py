"""Recurrent layers and their wrappers: arguments, files, weights, states between batches."""

from __future__ import annotations

import copy
import pathlib
import pickle
from typing import Any

import numpy as np
import pytest
from conftest import waves

from cnnlstm import regularizers
from cnnlstm.errors import ArgumentError, ShapeError, StateError, UnsupportedError
from cnnlstm.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Conv1D,
    Dense,
    Input,
    Layer,
    SimpleRNN,
    TimeDistributed,
)
from cnnlstm.models import Sequential, load_model
from cnnlstm.optimizers import Adam

KINDS = (LSTM, GRU, SimpleRNN)
EXAMPLES: list[Layer] = [
    LSTM(3, unit_forget_bias=False, stateful=True, name="first"),
    GRU(
        4,
        activation="relu",
        recurrent_activation="tanh",
        use_bias=False,
        reset_after=False,
        dropout=0.25,
        recurrent_dropout=0.5,
        return_sequences=True,
        go_backwards=True,
        recurrent_regularizer=regularizers.L2(0.5),
    ),
    SimpleRNN(2, activation="sigmoid", kernel_constraint="max_norm", trainable=False),
    Bidirectional(GRU(3, return_sequences=True), "ave", name="both"),
    Bidirectional(SimpleRNN(3), backward_layer=SimpleRNN(3, go_backwards=True), trainable=False),
    Bidirectional(LSTM(3, go_backwards=True), "mul", backward_layer=LSTM(3), name="turned"),
    TimeDistributed(Dense(3, activation="relu", kernel_regularizer="l2")),
]


def model_of(*layers: Layer, length: int | None = 6) -> Sequential:
    return Sequential([Input((length, 2)), *layers], seed=3)


def samples(count: int, length: int = 6) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(count, length, 2)).astype(np.float32)


def plain(config: dict[str, Any]) -> dict[str, Any]:
    """Without the names that a model gives."""
    config = {key: value for key, value in config.items() if key != "name"}
    for name in {"layer", "backward_layer"} & config.keys():
        config[name] = {**config[name], "config": plain(config[name]["config"])}
    return config


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: type(layer).__name__)
def test_configurations_files_and_copies(layer: Layer, tmp_path: pathlib.Path) -> None:
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config
    model = model_of(copy.deepcopy(layer))
    model.save(tmp_path / "model")
    for other in (load_model(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        restored = other.layers[0]
        assert type(restored) is type(layer)
        wanted = plain(config)
        if "layer" in wanted:  # a file has what counts
            wanted["trainable"] = wanted["layer"]["config"]["trainable"]
        assert plain(restored.get_config()) == wanted
        assert restored.name == model.layers[0].name
        model.reset_states()
        np.testing.assert_array_equal(other.predict(samples(3)), model.predict(samples(3)))


def test_weights_and_names() -> None:
    for layer, shapes in [
        (GRU(4), [(2, 12), (4, 12), (2, 12)]),
        (GRU(4, reset_after=False), [(2, 12), (4, 12), (12,)]),
        (SimpleRNN(4, use_bias=False), [(2, 4), (4, 4)]),
        (Bidirectional(SimpleRNN(4)), 2 * [(2, 4), (4, 4), (4,)]),
        (TimeDistributed(Dense(4)), [(2, 4), (4,)]),
    ]:
        model = model_of(layer)
        assert [weight.shape for weight in model.get_weights()] == shapes
    names = ["gru", "bidirectional", "bidirectional_1", "time_distributed", "dense"]
    layers = [GRU(2, return_sequences=True)]
    layers += [Bidirectional(kind(2, return_sequences=True)) for kind in (GRU, LSTM)]
    layers += [TimeDistributed(Dense(2)), Dense(1)]
    assert [layer.name for layer in model_of(*layers).layers] == names


def test_merge_modes() -> None:
    x = samples(4)
    for kind in KINDS:
        both = model_of(Bidirectional(kind(3, return_sequences=True)))
        weights = both.get_weights()
        half = len(weights) // 2
        forward = model_of(kind(3, return_sequences=True))
        forward.set_weights(weights[:half])
        backward = model_of(kind(3, return_sequences=True, go_backwards=True))
        backward.set_weights(weights[half:])
        a, b = forward.predict(x), backward.predict(x)[:, ::-1]
        np.testing.assert_array_equal(both.predict(x), np.concatenate([a, b], axis=-1))
        for merge_mode, wanted in [("sum", a + b), ("mul", a * b), ("ave", (a + b) / 2)]:
            merged = model_of(Bidirectional(kind(3, return_sequences=True), merge_mode))
            merged.set_weights(weights)
            np.testing.assert_allclose(merged.predict(x), wanted, atol=1e-7)


def test_refused_wrappers() -> None:
    with pytest.raises(UnsupportedError, match="merge_mode"):
        Bidirectional(GRU(2), None)
    for merge_mode in ("none", "max"):
        with pytest.raises(ArgumentError, match="merge_mode"):
            Bidirectional(GRU(2), merge_mode)
    with pytest.raises(UnsupportedError, match="Bidirectional takes"):
        Bidirectional(Dense(2))
    with pytest.raises(UnsupportedError, match="TimeDistributed takes a Dense"):
        TimeDistributed(Conv1D(2, 3))
    with pytest.raises(ArgumentError, match="go_backwards"):
        Bidirectional(GRU(2, go_backwards=True))
    for backward in (GRU(2), GRU(3, go_backwards=True), SimpleRNN(2, go_backwards=True)):
        with pytest.raises(UnsupportedError, match="backward_layer"):
            Bidirectional(GRU(2), backward_layer=backward)
    used = GRU(2)
    model_of(used)
    with pytest.raises(StateError, match="copy"):
        Bidirectional(used)
    with pytest.raises(ShapeError, match="time_distributed"):
        Sequential([Input((4,)), TimeDistributed(Dense(2))])


def test_trainable_of_a_wrapper() -> None:
    x, y = waves(32, 6)
    for layer, trains in [
        (Bidirectional(GRU(2, trainable=False)), False),
        (Bidirectional(GRU(2), trainable=False), True),  # as in Keras
    ]:
        model = model_of(layer, Dense(3, activation="softmax"))
        for _ in range(2):
            model.compile("adam", "sparse_categorical_crossentropy")
            before = layer.get_weights()
            model.fit(x, y, verbose=0)
            assert all((a != b).any() == trains for a, b in zip(before, layer.get_weights()))
            trains = layer.trainable = not trains


def test_every_layer_learns() -> None:
    x, y = waves(96, 20)
    for layer in (
        GRU(8),
        GRU(8, reset_after=False),
        SimpleRNN(8),
        Bidirectional(GRU(8), "sum"),
        Bidirectional(LSTM(8)),
        Bidirectional(SimpleRNN(8), "mul"),
    ):
        model = Sequential([Input((20, 2)), layer, Dense(3, activation="softmax")], seed=1)
        optimizer = Adam(learning_rate=0.02)
        model.compile(optimizer, "sparse_categorical_crossentropy", seed=1)
        losses = model.fit(x, y, epochs=30, verbose=0).history["loss"]
        assert losses[-1] < losses[0] / 2, layer


# States


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_go_on(kind: type[Layer]) -> None:
    x = samples(4, 12)
    layer = kind(3, stateful=True, return_sequences=True)  # type: ignore[call-arg]
    model = model_of(layer, length=None)
    whole = model.predict(x)
    model.reset_states()
    for part in (slice(0, 6), slice(6, 12)):
        np.testing.assert_allclose(model.predict(x[:, part], threads=2), whole[:, part], atol=1e-6)
    # Batches of one call go on from one another too.
    model.reset_states()
    parts = model.predict(np.concatenate([x[:, :6], x[:, 6:]]), batch_size=4)
    np.testing.assert_allclose(parts, np.concatenate([whole[:, :6], whole[:, 6:]]), atol=1e-6)


def test_numbers_of_samples() -> None:
    model = model_of(GRU(3, stateful=True))
    with pytest.raises(ShapeError, match="5 samples are no multiple of batch_size 2"):
        model.predict(samples(5), batch_size=2)
    first = model.predict(samples(4))
    with pytest.raises(ShapeError, match="reset_states"):
        model.predict(samples(3))
    assert model.predict(samples(0)).shape == (0, 3)
    model.layers[0].reset_states()  # type: ignore[attr-defined]
    np.testing.assert_array_equal(model.predict(samples(4)[:3]), first[:3])


def test_layers_are_reset_one_by_one() -> None:
    first = LSTM(3, stateful=True, return_sequences=True)
    model = model_of(first, Bidirectional(GRU(2, stateful=True)))
    fresh = model.predict(samples(2))
    first.reset_states()
    assert (model.predict(samples(2)) != fresh).any()
    first.reset_states()
    with pytest.raises(ShapeError, match="reset_states"):
        model.predict(samples(3))
    for layer in model.layers:
        layer.reset_states()  # type: ignore[attr-defined]
    np.testing.assert_array_equal(model.predict(samples(2)), fresh)


def test_training_and_evaluation_go_on() -> None:
    x, y = waves(24, 6)
    model = model_of(GRU(4, stateful=True), Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", seed=1)
    losses = [model.evaluate(x, y, batch_size=8) for _ in range(2)]
    assert losses[0] != losses[1]
    model.reset_states()
    assert model.evaluate(x, y, batch_size=8) == losses[0]
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, validation_data=(x[:16], y[:16]))
    assert np.isfinite(history.history["val_loss"]).all()
    with pytest.raises(ShapeError, match="multiple of batch_size"):
        model.fit(x[:20], y[:20], batch_size=8, verbose=0)
    assert np.isfinite(model.evaluate(x, y, batch_size=12))
