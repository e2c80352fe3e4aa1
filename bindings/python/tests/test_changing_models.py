"""Models taken apart and described: ``pop``, ``get_config``, ``weights``."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import small_model

from cnnlstm import layers
from cnnlstm.errors import ArgumentError, StateError
from cnnlstm.layers import LSTM, Bidirectional, Conv1D, Dense, Input, Normalization, TimeDistributed
from cnnlstm.models import Sequential


def equal(arrays: list, others: list) -> bool:
    return len(arrays) == len(others) and all(map(np.array_equal, arrays, others))


def test_pop_keeps_the_other_weights(data: tuple) -> None:
    x, y = data
    scaling = Normalization()
    scaling.adapt(x)
    model = Sequential([Input((20, 2)), scaling, Conv1D(4, 3), LSTM(4), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    model.metadata, model.labels = {"a": "b"}, ["x", "y", "z"]
    names, weights, last = [it.name for it in model.layers], model.get_weights(), model.layers[-1]
    assert model.pop() is last
    assert [it.name for it in model.layers] == names[:-1] and model.output_shape == (None, 4)
    assert dict(model.metadata) == {"a": "b"} and model.labels == []
    model.add(Dense(2, "softmax"))
    assert equal(model.get_weights()[:-2], weights[:-2])
    assert model.predict(x).shape == (96, 2)
    with pytest.raises(StateError, match="compile"):
        model.fit(x, y % 2)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y % 2, verbose=0)
    assert not equal(model.get_weights()[3:-2], weights[3:-2])


def test_pop_of_a_popped_layer_goes_into_another_model() -> None:
    model = small_model()
    model.build()
    assert Sequential([Input((8,)), model.pop()]).output_shape == (None, 3)


def test_pop_before_there_are_weights() -> None:
    model = Sequential([Dense(3), Dense(4)])
    model.pop()
    model.build((None, 2))
    assert model.output_shape == (None, 3)
    model = Sequential([Input((2,)), Dense(3)])
    model.pop()
    model.add(Dense(5))
    assert model.output_shape == (None, 5)
    model.pop()
    with pytest.raises(StateError, match="no layers"):
        model.pop()


def test_a_converted_model_keeps_its_layers() -> None:
    model = small_model().convert("int8")
    with pytest.raises(StateError, match="prediction alone"):
        model.pop()
    assert len(model.layers) == 4


@pytest.mark.parametrize(
    "model",
    [
        small_model(None),
        Sequential(
            [
                Input((6, 2), name="in"),
                Bidirectional(LSTM(2, return_sequences=True), "sum"),
                TimeDistributed(Dense(3, kernel_regularizer="l2", name="steps")),
            ],
            name="wrapped",
        ),
        Sequential([Dense(3, input_shape=(2,))], trainable=False),
        Sequential([Dense(3)]),
    ],
)
def test_a_configuration_makes_an_equal_model(model: Sequential) -> None:
    config = json.loads(json.dumps(model.get_config()))
    again = Sequential.from_config(config)
    assert again.get_config() == model.get_config() and again.trainable == model.trainable
    assert [type(it) for it in again.layers] == [type(it) for it in model.layers]


@pytest.mark.parametrize("name", ["Conv2D", "Input", "deserialize", "Layers", None, 3])
def test_unknown_layers(name: object) -> None:
    with pytest.raises(ArgumentError, match="there is no layer"):
        layers.deserialize({"class_name": name, "config": {}})


def test_weights() -> None:
    model = small_model()
    assert equal(model.weights, model.get_weights())
    model.layers[0].weights[0][:] = 0
    assert equal(model.layers[0].weights, model.get_weights()[:2])
    assert model.layers[0].weights[0].any()
