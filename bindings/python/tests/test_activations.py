"""Activations, and layers that are a function of each element: arguments, values, training."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

from cnnlstm.errors import ArgumentError, ShapeError
from cnnlstm.layers import (
    ELU,
    LSTM,
    Activation,
    Conv1D,
    Dense,
    GaussianNoise,
    Input,
    Layer,
    LeakyReLU,
    PReLU,
    ReLU,
    Rescaling,
    Softmax,
    SpatialDropout1D,
)
from cnnlstm.models import Sequential, load_model

FUNCTIONS = {
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(x)),
    "gelu": lambda x: x * np.vectorize(math.erfc)(-x / math.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "exponential": np.exp,
}

EXAMPLES = [
    ReLU(),
    ReLU(6.0, negative_slope=0.25, threshold=0.5, name="bounded"),
    LeakyReLU(),
    LeakyReLU(0.01),
    PReLU("ones"),
    PReLU(shared_axes=[1], trainable=False),
    ELU(0.5),
    Softmax(),
    SpatialDropout1D(0.25),
    GaussianNoise(0.5),
    Rescaling(0.125, offset=-0.5),
]


def output(*layers: Layer, inputs: np.ndarray) -> np.ndarray:
    return Sequential([Input(inputs.shape[1:]), *layers]).predict(inputs, verbose=0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_activations(name: str) -> None:
    x = np.linspace(-8, 8, 2 * 9 * 5, dtype=np.float32).reshape(2, 9, 5)
    wanted = FUNCTIONS[name](x.astype(np.float64))
    np.testing.assert_allclose(output(Activation(name), inputs=x), wanted, rtol=2e-6, atol=1e-6)
    dense = Dense(5, name, kernel_initializer="identity")
    np.testing.assert_allclose(output(dense, inputs=x), wanted, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_activations_train(name: str) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(32, 6, 2)).astype(np.float32), random.integers(0, 2, 32)
    model = Sequential(
        [
            Conv1D(4, 3, activation=name, padding="same", input_shape=(6, 2)),
            LSTM(4, activation="tanh" if name == "exponential" else name),
            Dense(4, activation=name),
            Dense(2, activation="softmax"),
        ],
        seed=1,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(x, y, epochs=8, batch_size=8, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: type(layer).__name__)
def test_configurations(layer: Layer, tmp_path: object) -> None:
    for twin in (
        type(layer).from_config(layer.get_config()), copy.copy(layer),
        pickle.loads(pickle.dumps(layer)),
    ):
        assert twin.get_config() == layer.get_config()
    model = Sequential([Input((6, 4)), copy.copy(layer)])
    assert model.output_shape == (None, 6, 4)
    model.save(f"{tmp_path}/model.cnnlstm")
    loaded = load_model(f"{tmp_path}/model.cnnlstm").layers[-1]
    assert loaded.get_config() == {**layer.get_config(), "name": loaded.name}


def test_values_of_layers() -> None:
    x = np.float32([[[-2, -0.5, 0.25, 0.75, 3]]])
    for layer, wanted in (
        (ReLU(), [0, 0, 0.25, 0.75, 3]),
        (ReLU(1.0, 0.5, 0.5), [-1.25, -0.5, -0.125, 0.75, 1]),
        (LeakyReLU(0.5), [-1, -0.25, 0.25, 0.75, 3]),
        (PReLU("ones"), x.ravel()),
        (ELU(2.0), [2 * np.expm1(-2), 2 * np.expm1(-0.5), 0.25, 0.75, 3]),
        (Softmax(), np.exp(x.ravel()) / np.exp(x).sum()),
        (SpatialDropout1D(0.5), x.ravel()),
        (GaussianNoise(0.5), x.ravel()),
        (Rescaling(2.0, 1.0), [-3, 0, 1.5, 2.5, 7]),
    ):
        np.testing.assert_allclose(output(layer, inputs=x).ravel(), wanted, rtol=1e-6)


def test_alpha() -> None:
    for given, shape, alpha in (
        (None, (7, 3), (7, 3)), ([1], (7, 3), (1, 3)), (1, (None, 3), (1, 3)), (None, (3,), (3,)),
    ):
        model = Sequential([Input(shape), PReLU(shared_axes=given)])
        assert [weight.shape for weight in model.get_weights()] == [alpha]
    with pytest.raises(ShapeError, match="needs a fixed length, or shared_axes"):
        Sequential([Input((None, 3)), PReLU()])


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Softmax(axis=0), ArgumentError),
        (lambda: PReLU(shared_axes=[2]), ArgumentError),
        (lambda: Rescaling([1.0, 2.0]), TypeError),
        (lambda: LeakyReLU(alpha=0.1), TypeError),
        (lambda: Activation("glu"), ArgumentError),
        (lambda: output(ReLU(max_value=-1.0), inputs=np.zeros((1, 2))), ArgumentError),
        (lambda: output(GaussianNoise(1.5), inputs=np.zeros((1, 2))), ArgumentError),
        (lambda: output(SpatialDropout1D(0.5), inputs=np.zeros((1, 2))), ShapeError),
    ],
)
def test_errors(make: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        make()  # type: ignore[operator]
