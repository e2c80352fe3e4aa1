"""What scripts written for Keras pass besides what this package needs."""

from __future__ import annotations

import pickle
from typing import Any, Callable

import numpy as np
import pytest
from conftest import small_model

from cnnlstm import layers, losses
from cnnlstm.errors import ArgumentError, UnsupportedError
from cnnlstm.layers import LSTM, Bidirectional, Conv1D, Dense, Dropout, Input
from cnnlstm.models import Sequential
from cnnlstm.optimizers import Adam, RMSprop
from cnnlstm.optimizers.schedules import CosineDecay

Flat = Callable[[Sequential], bytes]


def test_the_batch_size_may_be_none(data: tuple, flat: Flat) -> None:
    trained, results = [], []
    for batch_size in (None, 32):
        model = small_model()
        model.set_weights([np.full_like(array, 0.1) for array in model.get_weights()])
        model.compile("sgd", "sparse_categorical_crossentropy", seed=1)
        model.fit(*data, batch_size=batch_size, verbose=0)
        trained.append(flat(model))
        results.append(model.evaluate(*data, batch_size=batch_size))
    assert trained[0] == trained[1] and results[0] == results[1]


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ("AvgPool1D", "AveragePooling1D"),
        ("Convolution1D", "Conv1D"),
        ("GlobalAvgPool1D", "GlobalAveragePooling1D"),
        ("GlobalMaxPool1D", "GlobalMaxPooling1D"),
        ("MaxPool1D", "MaxPooling1D"),
        ("SeparableConvolution1D", "SeparableConv1D"),
    ],
)
def test_other_names_of_layers(other: str, name: str) -> None:
    assert other in layers.__all__
    assert getattr(layers, other) is getattr(layers, name)


def test_the_default_optimizer_is_that_of_keras() -> None:
    model = small_model()
    model.compile(loss="sparse_categorical_crossentropy")
    assert type(model.optimizer) is RMSprop


@pytest.mark.parametrize(
    ("make", "config"),
    [
        (lambda: Dropout(0.3, seed=1, noise_shape=None), {"rate": 0.3}),
        (lambda: LSTM(3, unroll=True, return_state=False, seed=1, use_cudnn="auto"), {"units": 3}),
        (lambda: Conv1D(3, 2, data_format="channels_last"), {"filters": 3}),
        (lambda: Dense(3, activity_regularizer=None, dtype="float32"), {"units": 3}),
        (lambda: Bidirectional(LSTM(3), dtype="float32"), {"merge_mode": "concat"}),
        (lambda: Input((4, 2), 8, dtype="float32"), {"shape": (4, 2)}),
        (lambda: Input(batch_shape=(8, 4, 2), sparse=False), {"shape": (4, 2)}),
        (lambda: losses.Huber(0.5, name="loss", dtype=None), {"delta": 0.5}),
        (lambda: losses.KLDivergence(name="kl", reduction="sum_over_batch_size"), {}),
        (lambda: Adam(0.1, name="adam", jit_compile=True), {"learning_rate": 0.1}),
        (lambda: CosineDecay(0.1, 10, name="cosine"), {"decay_steps": 10}),
    ],
)
def test_arguments_without_effect(make: Callable[[], Any], config: dict) -> None:
    assert config.items() <= make().get_config().items()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: LSTM(3, return_state=True), "LSTM: return_state=True"),
        (lambda: Conv1D(3, 2, data_format="channels_first"), "Conv1D: data_format=.*first'"),
        (lambda: Dense(3, dtype="float64"), "Dense: dtype='float64'"),
        (lambda: Input((4, 2), dtype="int32"), "InputLayer: dtype='int32'"),
        (lambda: losses.Huber(reduction="sum"), "Huber: reduction='sum'"),
        (lambda: Adam(gradient_accumulation_steps=2), "Adam: gradient_accumulation_steps=2"),
        (lambda: small_model().compile(steps_per_execution=2), "compile: steps_per_execution=2"),
    ],
)
def test_values_that_would_have_an_effect(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(UnsupportedError, match=f"{text} is not supported"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: LSTM(3, return_sequence=False),
        lambda: losses.Huber(deltas=None),
        lambda: Adam(learning_rat=0.1),
        lambda: CosineDecay(0.1, 10, warmup=None),
        lambda: small_model().compile(metric=None),
    ],
)
def test_unknown_arguments(make: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match="has no argument"):
        make()


def test_shapes_of_inputs() -> None:
    first = Dense(3, batch_input_shape=(8, 4))
    assert Sequential([first]).input_shape == (None, 4)
    for shapes in ({}, {"shape": (4,), "batch_shape": (8, 4)}):
        with pytest.raises(ArgumentError, match="a shape or a batch_shape"):
            Input(**shapes)


def test_a_script_of_keras(data: tuple) -> None:
    model = Sequential(
        [
            Input(shape=(20, 2), batch_size=None, dtype="float32"),
            LSTM(4, implementation=2, unroll=False),
            Dense(3, "softmax", activity_regularizer=None),
        ],
        name="waves",
    )
    model.compile(
        optimizer=Adam(CosineDecay(0.01, 10, name="cosine"), name="adam"),
        loss=losses.SparseCategoricalCrossentropy(name="loss"),
        loss_weights=None,
        run_eagerly=False,
        jit_compile="auto",
    )
    model.fit(*data, verbose=0)
    copies = [pickle.loads(pickle.dumps(model)), model.convert("int8")]
    assert [it.name for it in (model, *copies)] == ["waves"] * 3


def test_a_model_may_begin_frozen() -> None:
    model = Sequential([Dense(3, input_shape=(2,))], trainable=False)
    assert not model.layers[0].trainable and model.name == "sequential"
