"""Optimizers, losses, and what compile makes of them."""

from __future__ import annotations

from typing import Callable

import numpy as np
import pytest

from cnnlstm import _library, _structures, losses, optimizers
from cnnlstm.errors import ArgumentError, ShapeError, StateError
from cnnlstm.layers import Dense, Input
from cnnlstm.models import Sequential
from cnnlstm.optimizers import SGD, Adam

X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5], [-2.0, 1.0]], np.float32)


@pytest.mark.parametrize("cls", [SGD, Adam])
def test_defaults_are_those_of_the_library(cls: type[optimizers.Optimizer]) -> None:
    default = _library.initialized(
        _structures.TrainerOptions,
        _library.library.cnnlstm_trainer_options_init,
        _library.code("optimizer", cls.native_name),
    )
    assert bytes(cls().to_native()) == bytes(default)


@pytest.mark.parametrize(
    "optimizer", [SGD(0.5, 0.25, True, global_clipnorm=2.0), Adam(0.5, 0.25, 0.75, 1e-3)]
)
def test_arguments_of_an_optimizer(optimizer: optimizers.Optimizer) -> None:
    options = optimizer.to_native()
    for name, value in optimizer.get_config().items():
        assert getattr(options, name) == np.float32(value or 0)
    again = type(optimizer)(**optimizer.get_config())
    assert repr(again) == repr(optimizer)


def test_names() -> None:
    assert isinstance(optimizers.get("Adam"), Adam)
    assert isinstance(optimizers.get("sgd"), SGD)
    assert isinstance(losses.get("mse"), losses.MeanSquaredError)
    assert isinstance(losses.get("mean_squared_error"), losses.MeanSquaredError)
    for cls in losses._CLASSES:
        assert _library.code("loss", losses.get(cls.name).name) > 0
        assert repr(cls(**cls().get_config())) == repr(cls())
    assert repr(losses.get("mse")) == "MeanSquaredError()"
    assert repr(losses.Huber(2.0)) == "Huber(delta=2.0)"


def compiled(
    *arguments: object, units: int = 2, activation: str = "softmax", **options: object
) -> Sequential:
    model = Sequential([Input((2,)), Dense(units, activation=activation)], seed=1)
    model.compile(*arguments, **options)  # type: ignore[arg-type]
    return model


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        (("lion", "mse"), {}, ArgumentError, "unknown optimizer 'lion'; known are sgd, rmsprop"),
        ((3, "mse"), {}, TypeError, "optimizer"),
        (("adam", "hinge"), {}, ArgumentError, "unknown loss 'hinge'"),
        (("adam", abs), {}, TypeError, "loss"),
        (("adam",), {}, ArgumentError, "needs a loss"),
        (("adam", "mse"), {"metrics": ["mae"]}, ArgumentError, "unknown metric 'mae'"),
        (("adam", "mse"), {"threads": 1.5}, TypeError, "threads"),
        (("adam", "mse"), {"seed": -1}, ArgumentError, "seed"),
    ],
)
def test_wrong_arguments(
    arguments: tuple, options: dict, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        compiled(*arguments, **options)


@pytest.mark.parametrize(
    ("optimizer", "options", "text"),
    [
        (SGD(-0.1), {}, "learning_rate"),
        (Adam(float("nan")), {}, "learning_rate"),
        (SGD(momentum=1.5), {}, "momentum"),
        (Adam(beta_1=1.0), {}, "beta_1"),
        (Adam(epsilon=0.0), {}, "epsilon"),
        (SGD(global_clipnorm=-1.0), {}, "global_clipnorm"),
        (SGD(), {"threads": 257}, "threads"),
    ],
)
def test_values_out_of_range(optimizer: optimizers.Optimizer, options: dict, text: str) -> None:
    model = compiled(optimizer, "mse", **options)
    before = model.get_weights()
    with pytest.raises(ArgumentError, match=text):
        model.fit(X, np.eye(2)[[0, 1, 0, 1]], verbose=0)
    assert all(map(np.array_equal, model.get_weights(), before))


def test_before_compile() -> None:
    model = Sequential([Input((2,)), Dense(2)])
    for call in (lambda: model.fit(X, X), lambda: model.evaluate(X, X), lambda: model.optimizer):
        with pytest.raises(StateError, match="compile"):
            call()


def test_optimizer_of_a_model() -> None:
    optimizer = SGD(0.5)
    assert compiled(optimizer, "mse").optimizer is optimizer


def expected_losses(y: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:
    """A loss a sample, from the outputs and one-hot targets, in double precision."""
    clipped = np.clip(y.astype(float), 1e-7, 1 - 1e-7)
    binary = target * np.log(clipped) + (1 - target) * np.log(1 - clipped)
    crossentropy = -(target * np.log(clipped)).sum(1)
    focal = -0.25 * (target * (1 - clipped) ** 2 * np.log(clipped)).sum(1)
    missed = 1 - (target * y + (1 - target) * (1 - y))
    held = np.clip(target, 1e-7, 1)
    return {
        "categorical_crossentropy": crossentropy,
        "sparse_categorical_crossentropy": crossentropy,
        "binary_crossentropy": -binary.mean(1),
        "categorical_focal_crossentropy": focal,
        "binary_focal_crossentropy": -(missed**2 * binary).mean(1),
        "kl_divergence": (held * np.log(held / clipped)).sum(1),
        "mse": ((y - target) ** 2).mean(1),
        "mae": abs(y - target).mean(1),
        "huber": ((y - target) ** 2 / 2).mean(1),
    }


@pytest.mark.parametrize("name", [cls.name for cls in losses._CLASSES])
def test_losses(name: str) -> None:
    # A binary loss after a softmax takes, as in Keras, the log sigmoid of the softmax's logits.
    activation = "sigmoid" if name.startswith("binary") else "softmax"
    model = compiled("sgd", name, metrics=["accuracy"], units=3, activation=activation)
    numbers = np.array([2, 0, 1, 0])
    target = np.eye(3)[numbers]
    y = numbers if losses.get(name).takes_labels else target
    outputs = model.predict(X)
    loss, accuracy = model.evaluate(X, y)
    assert loss == pytest.approx(expected_losses(outputs, target)[name].mean(), rel=1e-5)
    assert accuracy == pytest.approx((outputs.argmax(1) == numbers).mean())


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.1),
        SGD(0.1, momentum=0.9),
        SGD(0.1, momentum=0.9, nesterov=True),
        SGD(0.1, global_clipnorm=0.01),
        Adam(0.01),
        Adam(0.01, beta_1=0.5, beta_2=0.9, epsilon=1e-3),
    ],
    ids=str,
)
def test_optimizers_step_as_keras_does(optimizer: optimizers.Optimizer) -> None:
    """Three steps of y = x W with the mean squared error, against the formulas in double."""
    model = Sequential([Input((2,)), Dense(1, use_bias=False)], seed=2)
    weights = model.get_weights()[0].astype(float)
    model.compile(optimizer, "mse")
    target = np.array([[1.0], [2.0], [3.0], [4.0]])
    model.fit(X, target, epochs=3, shuffle=False, verbose=0)
    config = optimizer.get_config()
    velocity, mean, square = (np.zeros_like(weights) for _ in range(3))
    for step in (1, 2, 3):
        gradient = 2 * X.T.astype(float) @ (X @ weights - target) / len(X)
        if config["global_clipnorm"]:
            gradient *= min(1, config["global_clipnorm"] / np.linalg.norm(gradient))
        rate = config["learning_rate"]
        if isinstance(optimizer, SGD):
            velocity = config["momentum"] * velocity - rate * gradient
            ahead = config["momentum"] * velocity - rate * gradient
            weights = weights + (ahead if config["nesterov"] else velocity)
        else:
            beta_1, beta_2 = config["beta_1"], config["beta_2"]
            mean = beta_1 * mean + (1 - beta_1) * gradient
            square = beta_2 * square + (1 - beta_2) * gradient**2
            rate *= np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
            weights = weights - rate * mean / (np.sqrt(square) + config["epsilon"])
    np.testing.assert_allclose(model.get_weights()[0], weights, rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "y", "text"),
    [
        ("categorical_crossentropy", [0, 1, 0, 1], "use sparse_categorical_crossentropy"),
        ("categorical_crossentropy", [[0], [1], [0], [1]], "use sparse_categorical"),
        ("categorical_crossentropy", np.zeros((4, 3)), r"\(4, 2\), got \(4, 3\)$"),
        ("categorical_crossentropy", np.zeros((3, 2)), r"\(4, 2\), got \(3, 2\)$"),
        ("sparse_categorical_crossentropy", np.zeros((4, 2)), "use categorical_crossentropy"),
        ("sparse_categorical_crossentropy", [0, 1, 0], r"\(4,\), got \(3,\)$"),
        ("mse", 1.0, r"got \(\)"),
    ],
)
def test_targets_of_the_wrong_shape(loss: str, y: object, text: str) -> None:
    model = compiled("sgd", loss)
    for call in (model.fit, model.evaluate):
        with pytest.raises(ShapeError, match=text):
            call(X, y, verbose=0)  # type: ignore[arg-type]


def test_one_output_takes_targets_without_an_axis() -> None:
    model = Sequential([Input((2,)), Dense(1, activation="sigmoid")], seed=1)
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    y = np.array([0, 1, 1, 0])
    loss, accuracy = model.evaluate(X, y)
    assert [loss, accuracy] == model.evaluate(X, y[:, None])
    assert accuracy == ((model.predict(X)[:, 0] > 0.5) == y).mean()


def test_results_of_evaluate(capsys: pytest.CaptureFixture[str]) -> None:
    y = np.eye(2)[[0, 1, 0, 1]]
    plain = compiled("sgd", "mse")
    assert isinstance(plain.evaluate(X, y), float)
    model = compiled("sgd", "mse", metrics=["acc"])
    loss, accuracy = model.evaluate(X, y)
    assert model.evaluate(X, y, return_dict=True) == {"loss": loss, "acc": accuracy}
    assert capsys.readouterr().out == ""
    model.evaluate(X, y, verbose=2)
    assert capsys.readouterr().out == f"loss: {loss:.4f} - acc: {accuracy:.4f}\n"


def test_objects_from_their_configuration() -> None:
    for optimizer in (
        Adam(0.5, clipnorm=1.0),
        SGD(optimizers.schedules.CosineDecay(0.1, 10, alpha=0.5)),
    ):
        config = optimizer.get_config()
        rate = config["learning_rate"]
        if not isinstance(rate, float):
            serialized = {"class_name": type(rate).__name__, "config": rate.get_config()}
            config["learning_rate"] = serialized
        named = {"class_name": type(optimizer).__name__, "config": {**config, "name": "it"}}
        assert repr(optimizers.get(named)) == repr(optimizer)
    huber = losses.get({"class_name": "Huber", "config": {"delta": 0.5, "name": "huber"}})
    assert huber.get_config() == {"delta": 0.5}


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: optimizers.get({"class_name": "Lion", "config": {}}), "unknown optimizer 'Lion'"),
        (lambda: optimizers.get({}), "unknown optimizer 'None'"),
        (lambda: losses.get({"class_name": "Dice"}), "unknown loss 'Dice'"),
        (
            lambda: optimizers.get({"class_name": "SGD", "config": {"learning_rate": {}}}),
            "unknown schedule None",
        ),
    ],
)
def test_unknown_configurations(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        make()
