"""Initializers: names, arguments, and the weights they give."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlstm import _layer, initializers
from cnnlstm.errors import ArgumentError
from cnnlstm.layers import Dense, Input
from cnnlstm.models import Sequential

CLASSES = [
    initializers.Zeros,
    initializers.Ones,
    initializers.Constant,
    initializers.GlorotUniform,
    initializers.HeNormal,
    initializers.Orthogonal,
    initializers.RandomNormal,
    initializers.RandomUniform,
    initializers.TruncatedNormal,
    initializers.GlorotNormal,
    initializers.HeUniform,
    initializers.LecunUniform,
    initializers.LecunNormal,
    initializers.Identity,
    initializers.VarianceScaling,
]


def kernel(initializer: object, seed: int = 0) -> np.ndarray:
    """200 × 100 weights."""
    model = Sequential([Input((200,)), Dense(100, kernel_initializer=initializer)], seed=seed)
    return model.get_weights()[0]


@pytest.mark.parametrize("cls", CLASSES)
def test_names_and_configurations(cls: type[initializers.Initializer]) -> None:
    made = initializers.get(cls.native_name)
    assert type(made) is cls
    assert made == cls() == initializers.get(cls.__name__)
    assert initializers.get(made) is made
    assert initializers.get(_layer.serialized(made)) == made
    assert repr(made).startswith(cls.__name__ + "(")


@pytest.mark.parametrize(
    ("initializer", "mean", "deviation", "least", "greatest"),
    [
        ("zeros", 0, 0, 0, 0),
        ("ones", 1, 0, 1, 1),
        (initializers.Constant(0.25), 0.25, 0, 0.25, 0.25),
        ("glorot_uniform", 0, np.sqrt(2 / 300), -np.sqrt(6 / 300), np.sqrt(6 / 300)),
        ("he_normal", 0, np.sqrt(2 / 200), -0.2274, 0.2274),
        (initializers.RandomNormal(2.0, 0.5), 2, 0.5, -1, 5),
        (initializers.RandomUniform(1.0, 2.0), 1.5, np.sqrt(1 / 12), 1, 2),
        (initializers.TruncatedNormal(2.0, 0.5), 2, 0.5 * 0.8796, 1, 3),
        ("glorot_normal", 0, np.sqrt(2 / 300), -0.1857, 0.1857),
        ("he_uniform", 0, np.sqrt(2 / 200), -np.sqrt(6 / 200), np.sqrt(6 / 200)),
        ("lecun_uniform", 0, np.sqrt(1 / 200), -np.sqrt(3 / 200), np.sqrt(3 / 200)),
        ("lecun_normal", 0, np.sqrt(1 / 200), -0.1608, 0.1608),
        (
            initializers.VarianceScaling(3.0, "fan_out", "uniform"),
            *(0, np.sqrt(3 / 100), -0.3, 0.3),
        ),
        (
            initializers.VarianceScaling(3.0, "fan_avg", "untruncated_normal"),
            *(0, np.sqrt(3 / 150), -0.8, 0.8),
        ),
    ],
    ids=str,
)
def test_distributions(
    initializer: object, mean: float, deviation: float, least: float, greatest: float
) -> None:
    values = kernel(initializer)
    assert values.mean() == pytest.approx(mean, abs=0.01)
    assert values.std() == pytest.approx(deviation, rel=0.03, abs=1e-6)
    assert values.min() >= np.float32(least)
    assert values.max() <= np.float32(greatest)


def test_orthogonal() -> None:
    values = kernel(initializers.Orthogonal(gain=3.0))
    np.testing.assert_allclose(values.T @ values, 9 * np.eye(100), atol=1e-4)


def test_identity() -> None:
    np.testing.assert_array_equal(kernel(initializers.Identity(2.0)), 2 * np.eye(200, 100))
    with pytest.raises(ArgumentError, match="identity starts a matrix, but bias has 1 axes"):
        Sequential([Input((3,)), Dense(2, bias_initializer="identity")])


def test_arguments_come_back() -> None:
    made = initializers.VarianceScaling(0.5, "fan_avg", "uniform", seed=3)
    assert initializers.from_native(made.to_native()) == made
    assert initializers.VarianceScaling(distribution="normal") == initializers.VarianceScaling()


def test_seeds() -> None:
    by_model = [kernel("glorot_uniform", seed) for seed in (1, 1, 2)]
    assert np.array_equal(by_model[0], by_model[1])
    assert not np.array_equal(by_model[0], by_model[2])
    own = [kernel(initializers.GlorotUniform(seed=5), seed) for seed in (1, 2)]
    assert np.array_equal(*own)


def test_equality() -> None:
    assert initializers.Constant(1.0) == initializers.Constant(1.0)
    assert initializers.Constant(1.0) != initializers.Constant(2.0)
    assert initializers.Zeros() != initializers.Ones()
    assert initializers.HeNormal(seed=1) != initializers.HeNormal()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: initializers.get("lecun"), ArgumentError),
        (lambda: initializers.get(3), TypeError),
        (lambda: initializers.Constant("one"), TypeError),
        (lambda: initializers.HeNormal(seed=-1), ArgumentError),
        (lambda: initializers.HeNormal(seed=2**63), ArgumentError),
        (lambda: kernel(initializers.RandomUniform(1.0, 0.0)), ArgumentError),
        (lambda: initializers.VarianceScaling(mode="fan"), ArgumentError),
        (lambda: initializers.VarianceScaling(distribution="cauchy"), ArgumentError),
        (lambda: kernel(initializers.VarianceScaling(scale=-1.0)), ArgumentError),
        (lambda: kernel(initializers.Constant(float("nan"))), ArgumentError),
    ],
)
def test_errors(make: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        make()  # type: ignore[operator]
