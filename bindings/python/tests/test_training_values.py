"""Losses, optimizers and schedules beside Keras: the values in Tests/Fixtures, from end to end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY

from cnnlstm import constraints, layers, losses, optimizers, regularizers
from cnnlstm.callbacks import LambdaCallback
from cnnlstm.models import Sequential
from cnnlstm.optimizers import schedules

Case = dict[str, Any]


def cases(name: str, without: str = "") -> list[Any]:
    """Those of a file that do not have a key."""
    text = (REPOSITORY / "Tests" / "Fixtures" / name).read_text(encoding="utf-8")
    kept = [case for case in json.loads(text) if without not in case]
    return [pytest.param(case, id=case["name"]) for case in kept]


def penalty(name: str, values: list[float]) -> Any:
    """A regularizer of l1 and l2, or a constraint of the greatest norm and bits of its axes."""
    if name.endswith("regularizer"):
        return regularizers.L1L2(*values)
    axes = [axis for axis in range(3) if int(values[1]) >> axis & 1]
    return constraints.MaxNorm(values[0], axes)


def model_of(case: Case) -> Sequential:
    model = Sequential([layers.Input(tuple(case["inputShape"][1:]))])
    for layer in case["layers"][1:]:
        penalties = layer.get("penalties", {}).items()
        model.add(
            getattr(layers, layer["kind"])(
                **layer["options"], **{name: penalty(name, it) for name, it in penalties}
            )
        )
    sizes = [int(np.prod(shape)) for shape in case["weightShapes"]]
    parts = np.split(np.array(case["weights"], np.float32), np.cumsum(sizes)[:-1])
    model.set_weights(
        [part.reshape(shape) for part, shape in zip(parts, case["weightShapes"])]
    )
    return model


def samples(case: Case) -> tuple[np.ndarray, np.ndarray]:
    x = np.array(case["input"], np.float32).reshape(case["inputShape"])
    y = np.array(case.get("target", case.get("labels")))
    return x, y.reshape(len(x), -1) if y.size != len(x) or "target" in case else y


def of_name(module: Any, name: str, options: dict[str, Any]) -> Any:
    return type(module.get(name))(**options)


def rows(case: Case, y: np.ndarray) -> np.ndarray:
    """y in the shape that the model's output asks for."""
    shape = case["outputShape"]
    return y.reshape(shape if "target" in case else shape[:-1])


# evaluate takes no class_weight, as in Keras.
@pytest.mark.parametrize("case", cases("losses.json", without="classWeights"))
def test_losses_are_keras(case: Case) -> None:
    x, y = samples(case)
    model = model_of(case)
    loss = of_name(losses, case["loss"], case.get("lossOptions", {}))
    model.compile("sgd", loss, metrics=["accuracy"])
    loss, accuracy = model.evaluate(x, rows(case, y))
    assert loss == pytest.approx(case["lossValue"], rel=1e-5, abs=1e-6)
    assert accuracy == pytest.approx(case["accuracy"])


@pytest.mark.parametrize("case", cases("optimizers.json"))
def test_ten_steps_are_keras(case: Case) -> None:
    x, y = samples(case)
    options = dict(case["optimizerOptions"])
    if "schedule" in case:
        schedule = getattr(schedules, case["schedule"]["schedule"])
        options["learning_rate"] = schedule(**case["schedule"]["config"])
    model = model_of(case)
    model.compile(of_name(optimizers, case["optimizer"], options), case["loss"])
    history = model.fit(x, y, epochs=10, batch_size=len(x), shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], case["history"]["loss"], rtol=1e-4)
    found = np.concatenate([array.ravel() for array in model.get_weights()])
    np.testing.assert_allclose(found, case["finalWeights"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("case", cases("schedules.json"))
def test_rates_are_keras(case: Case) -> None:
    """The gradient of |w - 1000| is -1: each step of w is the rate."""
    schedule = getattr(schedules, case["schedule"])(**case["config"])
    model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), np.float32)])
    model.compile(optimizers.SGD(schedule), "mae")
    found = [0.0]
    keep = LambdaCallback(
        on_epoch_end=lambda epoch, logs: found.append(float(model.get_weights()[0][0, 0]))
    )
    one = np.ones((1, 1))
    last = max(case["steps"])
    model.fit(one, 1000 * one, epochs=last + 1, callbacks=[keep], verbose=0)
    np.testing.assert_allclose(np.diff(found)[case["steps"]], case["rates"], rtol=0, atol=3e-6)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("MSE", losses.MeanSquaredError),
        ("MeanSquaredError", losses.MeanSquaredError),
        ("MAE", losses.MeanAbsoluteError),
        ("bce", losses.BinaryCrossentropy),
        ("KLD", losses.KLDivergence),
        ("Huber", losses.Huber),
    ],
)
def test_other_names_of_losses(name: str, cls: type[losses.Loss]) -> None:
    assert type(losses.get(name)) is cls


def test_a_schedule_stays() -> None:
    rate = schedules.ExponentialDecay(0.5, 10, 0.5)
    optimizer = optimizers.SGD(rate)
    assert optimizer.learning_rate is rate
    with pytest.raises(TypeError, match="comes from a schedule"):
        optimizer.learning_rate = 0.1
    with pytest.raises(TypeError, match="new optimizer"):
        optimizers.SGD(0.1).learning_rate = rate


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps"),
        (schedules.CosineDecay(-0.1, 10), "initial_learning_rate"),
        (schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5), "t_mul"),
        (schedules.PiecewiseConstantDecay([5, 2], [1.0, 0.5, 0.1]), "boundaries"),
    ],
)
def test_schedules_out_of_range(schedule: schedules.LearningRateSchedule, text: str) -> None:
    model = Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile(optimizers.SGD(schedule), "mse")
    with pytest.raises(ValueError, match=text):
        model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0)


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.CosineDecay(0.0, 10, 0.1, 0.5, 3),
        schedules.CosineDecayRestarts(0.1, 10, 1.5, 0.9, 0.1),
        schedules.ExponentialDecay(0.1, 10, 0.5, True),
        schedules.InverseTimeDecay(0.1, 10, 0.5, True),
        schedules.PolynomialDecay(0.1, 10, 0.01, 2.0, True),
        schedules.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.1]),
    ],
    ids=repr,
)
def test_configurations_of_schedules(schedule: schedules.LearningRateSchedule) -> None:
    again = type(schedule)(**schedule.get_config())
    assert repr(again) == repr(schedule)
