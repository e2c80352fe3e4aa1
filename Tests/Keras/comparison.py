"""One case in both libraries: predictions after import and export, and twenty steps of training."""

from __future__ import annotations

import pathlib
from types import SimpleNamespace
from typing import Any, NamedTuple

import keras
import numpy as np
from cases import SAMPLES, Case, input_of, least_length, target_of, without_noise
from options import LOSSES

import cnnlstm
from cnnlstm.metrics import snake_case

# A model can be a layer, too.
KERAS_LAYERS = SimpleNamespace(**vars(keras.layers), Sequential=keras.Sequential)
STEPS = 20
# Samples that Keras predicts one by one.
ALONE = 4
# Losses by the names of their functions.
CLASS_OF_FUNCTION = {snake_case(cls.__name__): cls.__name__ for cls in LOSSES}
PREDICTION_TOLERANCE = 1e-5
LOSS_TOLERANCE = 1e-4


class Differences(NamedTuple):
    """Largest ones: of predictions, relative to the largest output or 1; of losses, relative."""

    imported: float
    imported_h5: float
    in_memory: float
    exported: float
    lengths: float
    losses: float

    def failures(self) -> list[str]:
        """What is above its tolerance, or no number."""
        tolerances = [PREDICTION_TOLERANCE] * 5 + [LOSS_TOLERANCE]
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
    expected = outputs(theirs, x, case)
    files = [folder / "model.keras", folder / "model.h5"]
    for file in files:
        theirs.save(file)
    ours = [cnnlstm.from_keras(source, compare=False) for source in (*files, theirs)]
    found = [difference(outputs(model.predict, x, case), expected) for model in ours]
    exported = round_trip(ours[0], theirs, folder / "exported.keras", batch_size(case))
    back = difference(outputs(exported, x, case), expected)
    lengths = length_difference(case, theirs, ours[0], x, random)
    losses = loss_difference(case, theirs, x, random, folder / "quiet.keras")
    return Differences(*found, back, lengths, losses)


def outputs(predict: Any, x: np.ndarray, case: Case) -> np.ndarray:
    """Of the input; with states that stay, also of what is then another input."""
    batches = [x, x[::-1].copy()] if case.stateful else [x]
    return np.concatenate([np.asarray(predict(batch)) for batch in batches])


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
    return SAMPLES if case.stateful else None


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Infinite if the shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max()))


def round_trip(model: cnnlstm.Sequential, theirs: Any, path: pathlib.Path, size: int | None) -> Any:
    """What Keras loads of the exported model; not a bit, nor an option, may be different there, or
    once it is back here.
    """
    model.to_keras(path, batch_size=size)
    loaded = keras.saving.load_model(path)
    again = cnnlstm.from_keras(path, compare=False)
    if not all(map(np.array_equal, again.get_weights(), model.get_weights())):
        raise ValueError("weights are not the same once they are back")
    if not loaded.compiled or configs(again) != configs(model):
        raise ValueError(f"options are not the same once they are back: {configs(again)}")
    same(keras_options(loaded), keras_options(theirs), "exported")
    return loaded


def configs(model: cnnlstm.Sequential) -> list[Any]:
    layers = [(type(layer), layer.get_config()) for layer in model.layers]
    return [*layers, repr(model.optimizer), repr(model._compiled().compiled.loss)]


def keras_options(model: Any) -> list[Any]:
    """Of its layers, those of models in it too, its optimizer and its loss."""
    layers = [(type(layer).__name__, layer.get_config()) for layer in all_layers(model)]
    optimizer, loss = model.optimizer, keras.losses.get(model.loss)
    if not isinstance(loss, keras.losses.Loss):  # a function is what its class does by default
        loss = getattr(keras.losses, CLASS_OF_FUNCTION[loss.__name__])()
    compiled = [(type(it).__name__, it.get_config()) for it in (optimizer, loss)]
    return [*layers, *compiled]


def all_layers(model: Any) -> list[Any]:
    found = []
    for layer in model.layers:
        found += all_layers(layer) if isinstance(layer, keras.Sequential) else [layer]
    return found


# Names, what Keras numbers or makes of the inputs, and values that are weights once they are saved.
NO_OPTION = ("name", "seed", "shared_object_id", "build_config", "mean", "variance")


def same(found: Any, expected: Any, place: str) -> None:
    """Equal, numbers as far as float32 goes; ``ValueError`` says where they are not."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in (found.keys() | expected.keys()).difference(NO_OPTION):
            same(found.get(key), expected.get(key), f"{place}.{key}")
    elif isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)):
        if len(found) != len(expected):
            raise ValueError(f"{place} is {found!r}, not {expected!r}")
        for index, pair in enumerate(zip(found, expected)):
            same(*pair, f"{place}[{index}]")
    elif isinstance(expected, float) and isinstance(found, (int, float)):
        if not abs(found - expected) <= 1e-6 * abs(expected):
            raise ValueError(f"{place} is {found!r}, not {expected!r}")
    elif found != expected:
        raise ValueError(f"{place} is {found!r}, not {expected!r}")


def length_difference(
    case: Case,
    theirs: Any,
    ours: cnnlstm.Sequential,
    x: np.ndarray,
    random: np.random.Generator,
) -> float:
    """Of samples of different lengths in one batch here, from each alone there; 0 for a model that
    has one length, or takes no sample alone.
    """
    if case.shape[0] is not None or case.stateful:
        return 0.0
    lengths = random.integers(least_length(case), x.shape[1] + 1, SAMPLES)
    found = ours.predict(x, lengths=lengths)
    differences = []
    for row, sample, length in zip(found, x[:ALONE], lengths):
        expected = np.asarray(theirs(sample[None, :length]))[0]
        part = row[: len(expected)] if row.ndim == 2 else row
        differences.append(difference(part, expected))
    return max(differences)


def loss_difference(
    case: Case, theirs: Any, x: np.ndarray, random: np.random.Generator, path: pathlib.Path
) -> float:
    """Of the losses before each of twenty steps, with the options that came with the file."""
    y = target_of(case, np.asarray(theirs(x)), random)
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
