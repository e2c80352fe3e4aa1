"""One case in both libraries: predictions after import and export, and twenty steps of training."""

from __future__ import annotations

import pathlib
from types import SimpleNamespace
from typing import Any, NamedTuple

import keras
import numpy as np
from cases import SAMPLES, Case, input_of, is_stateful, target_of, without_noise

import cnnlstm

# A model can be a layer, too.
KERAS_LAYERS = SimpleNamespace(**vars(keras.layers), Sequential=keras.Sequential)
STEPS = 20
PREDICTION_TOLERANCE = 1e-5
LOSS_TOLERANCE = 1e-4


class Differences(NamedTuple):
    """Largest ones: of predictions, relative to the largest output or 1; of losses, relative."""

    imported: float
    imported_h5: float
    in_memory: float
    exported: float
    losses: float

    def failures(self) -> list[str]:
        """What is above its tolerance, or no number."""
        tolerances = [PREDICTION_TOLERANCE] * 4 + [LOSS_TOLERANCE]
        return [
            f"{name} {value:.2g}"
            for name, value, tolerance in zip(self._fields, self, tolerances)
            if not value <= tolerance
        ]


def compare(case: Case, seed: int, folder: pathlib.Path) -> Differences:
    """All differences of a case; the seed is of weights and data."""
    random = np.random.default_rng(seed)
    theirs = keras_model(case, random)
    x = input_of(case, random)
    expected = np.asarray(theirs(x))
    files = [folder / "model.keras", folder / "model.h5"]
    for file in files:
        theirs.save(file)
    ours = [cnnlstm.from_keras(source, compare=False) for source in (*files, theirs)]
    found = [difference(model.predict(x), expected) for model in ours]
    exported = round_trip(ours[0], x, expected, folder / "exported.keras", batch_size(case))
    losses = loss_difference(case, theirs, x, expected, random, folder / "quiet.keras")
    return Differences(*found, exported, losses)


def keras_model(case: Case, random: np.random.Generator) -> Any:
    """With weights that none of the initializers gives, such as biases that are not 0."""
    model = built(case)
    for weight in model.weights:
        value = weight.numpy()
        noise = random.standard_normal(value.shape).astype(np.float32)
        weight.assign(value + np.abs(noise) if "variance" in weight.name else value + 0.1 * noise)
    return model


def built(case: Case) -> Any:
    specs = [layer.built(KERAS_LAYERS) for layer in case.layers]
    model = keras.Sequential([keras.Input(case.shape, batch_size=batch_size(case)), *specs])
    model.compile(
        optimizer=case.optimizer.built(keras.optimizers),
        loss=case.loss.built(keras.losses),
        jit_compile=False,
    )
    return model


def batch_size(case: Case) -> int | None:
    """Keras takes batches of one size alone where states are kept."""
    return SAMPLES if is_stateful(case) else None


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Infinite if the shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max()))


def round_trip(
    model: cnnlstm.Sequential,
    x: np.ndarray,
    expected: np.ndarray,
    path: pathlib.Path,
    size: int | None,
) -> float:
    """What Keras predicts with the exported model; and back again not a bit may be different."""
    model.to_keras(path, batch_size=size)
    loaded = keras.saving.load_model(path)
    again = cnnlstm.from_keras(path, compare=False)
    if not all(map(np.array_equal, again.get_weights(), model.get_weights())):
        return float("inf")
    if not loaded.compiled or configs(again) != configs(model):
        return float("inf")
    return difference(np.asarray(loaded(x)), expected)


def configs(model: cnnlstm.Sequential) -> list[Any]:
    layers = [(type(layer), layer.get_config()) for layer in model.layers]
    return [*layers, repr(model.optimizer), repr(model._compiled().compiled.loss)]


def loss_difference(
    case: Case,
    theirs: Any,
    x: np.ndarray,
    expected: np.ndarray,
    random: np.random.Generator,
    path: pathlib.Path,
) -> float:
    """Of the losses before each of twenty steps, with the options that came with the file."""
    y = target_of(case, expected, random)
    trained = built(without_noise(case))
    trained.set_weights(theirs.get_weights())
    trained.save(path)
    # Keras does not save the delta of a Huber.
    source = trained if "delta" in case.loss.options else path
    ours = cnnlstm.from_keras(source, compare=False)
    if not ours.import_report.compiled:
        raise ValueError("; ".join(ours.import_report.left_out))
    options = {"epochs": STEPS, "batch_size": SAMPLES, "shuffle": False, "verbose": 0}
    theirs_losses = np.array(trained.fit(x, y, **options).history["loss"])
    ours_losses = np.array(ours.fit(x, y, **options).history["loss"])
    return float((np.abs(ours_losses - theirs_losses) / np.abs(theirs_losses)).max())
