"""Optimizer, loss and metrics, from Keras's configuration and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import losses, metrics, optimizers
from ..errors import CnnLstmError
from .objects import Place, Refused, built, described, function_name, only_one

if TYPE_CHECKING:
    from ..models import Sequential

# Entries that may only have these values, beside None and False.
ONLY = {"steps_per_execution": (1,), "loss_weights": ()}
STARTS_ANEW = "state of the optimizer (moments, step count): training starts with new ones"


def compile_as(model: Sequential, compiled: Any, notes: list[str]) -> str:
    """Compiles a model as Keras's was; what it was compiled with, or "" with the reason noted.

    A metric that does not exist here changes no training: it is left out, with a note.
    """
    if not isinstance(compiled, Mapping):
        return ""
    place = Place("compile", 0, notes)
    try:
        optimizer = optimizer_of(compiled, place)
        loss = loss_of(compiled.get("loss"), place)
        measured, weighted = (
            metrics_of(compiled.get(name), place._replace(text=name))
            for name in ("metrics", "weighted_metrics")
        )
        for name, values in ONLY.items():
            value = compiled.get(name)
            if value not in (None, False, [], *values):
                raise place.refuse(f"{name}={value!r} is not supported")
        model.compile(optimizer, loss, metrics=measured, weighted_metrics=weighted)
    except (CnnLstmError, TypeError, ValueError) as error:
        notes.append(f"how it was compiled: {error}")
        return ""
    notes.append(STARTS_ANEW)
    ending = f", weighted metrics {weighted!r}" if weighted else ""
    return f"{optimizer!r}, {loss!r}, metrics {measured!r}{ending}"


def optimizer_of(compiled: Mapping[str, Any], place: Place) -> optimizers.Optimizer:
    serialized = compiled.get("optimizer", compiled.get("optimizer_config"))
    if isinstance(serialized, str):
        return optimizers.get(serialized)
    if isinstance(serialized, Mapping):
        name = str(serialized.get("class_name", ""))
        serialized = {**serialized, "class_name": name.removeprefix("Custom>")}
    found = built(serialized, "optimizers", place)
    if not isinstance(found, optimizers.Optimizer):
        raise place.refuse(f"{found!r} is no optimizer")
    return found


def loss_of(serialized: Any, place: Place) -> losses.Loss:
    serialized = function_name(only_one(serialized), place)
    if isinstance(serialized, str):
        return losses.get(serialized)
    found: losses.Loss = built(serialized, "losses", place)
    if not isinstance(found, losses.Loss):
        raise place.refuse(f"{found!r} is no loss")
    if isinstance(found, losses.Huber) and "delta" not in serialized["config"]:
        place.notes.append(f"delta of Huber, which Keras does not save; it is {found.delta} here")
    return found


def metrics_of(serialized: Any, place: Place) -> list[Any]:
    """Those that exist here, of a list, or lists in a list or dictionary: one an output."""
    if serialized is None:
        return []
    if isinstance(serialized, Mapping) and "class_name" not in serialized:
        serialized = list(serialized.values())
    if isinstance(serialized, (list, tuple)):
        return [metric for item in serialized for metric in metrics_of(item, place)]
    try:
        return [metric_of(function_name(serialized, place), place)]
    except (CnnLstmError, TypeError, ValueError) as error:
        named = error if isinstance(error, Refused) else place.refuse(str(error))
        place.notes.append(str(named))
        return []


def metric_of(serialized: Any, place: Place) -> metrics.MetricLike:
    """A metric, or its name."""
    found: metrics.MetricLike = serialized
    if not isinstance(serialized, str):
        class_name, config = described(serialized, place)
        if class_name != "MeanMetricWrapper":
            found = built(serialized, "metrics", place)
        elif config.get("name") in ("accuracy", "acc"):
            found = "accuracy"
        else:
            found = function_name(config.get("fn"), place)
    metrics.get(found)
    return found
