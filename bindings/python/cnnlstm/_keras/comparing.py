"""How far a model's predictions are from Keras's own, where Keras is installed."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from .._values import FloatArray
from ..errors import CnnLstmError

if TYPE_CHECKING:
    from ..models import Sequential

SAMPLES = 8
SEED = 1
# Lengths to try, for a model that takes any.
LENGTHS = (16, 64, 256, 1024)


def compared(model: Sequential, source: Any) -> tuple[float, str]:
    """The largest difference on random input, and how it was measured or why not."""
    if not hasattr(source, "get_config") and importlib.util.find_spec("keras") is None:
        return float("nan"), "no, it is not installed"
    is_stateful = bool(model._ready().stateful_layers())
    try:
        theirs = in_keras(source, is_stateful)
        size = batch_size_of(theirs)
        # States go on from one batch to the next.
        mine = predicted(model, 2 * size if is_stateful else size, size)
        if mine is None:
            return float("nan"), f"no, {LENGTHS[-1]} steps are too few for the model"
        x, found = mine
        expected = np.asarray(theirs.predict(x, batch_size=size, verbose=0))
    except Exception as error:  # whatever a framework raises; the model here is complete
        reason = str(error).strip().partition("\n")[0]
        return float("nan"), f"no, it failed: {type(error).__name__}: {reason}"
    if found.shape != expected.shape:
        return float("inf"), f"the shapes differ: {found.shape} here, {expected.shape} there"
    difference = float(np.abs(found - expected).max())
    return difference, f"largest difference {difference:.2g} on random input of shape {x.shape}"


def in_keras(source: Any, is_stateful: bool) -> Any:
    """Keras's model, with states of zero: a stateful one in memory is copied and stays as it is."""
    if not hasattr(source, "get_config"):
        return loaded(source)
    if not is_stateful:
        return source
    copy = type(source).from_config(source.get_config())
    copy.set_weights(source.get_weights())
    return copy


def batch_size_of(theirs: Any) -> int:
    """The samples that Keras's model takes at once, where that is fixed."""
    first = theirs.input_shape[0]
    return first if isinstance(first, int) else SAMPLES


def loaded(path: Any) -> Any:
    keras = importlib.import_module("keras")
    return keras.saving.load_model(path, compile=False)


def predicted(model: Sequential, count: int, size: int) -> tuple[FloatArray, FloatArray] | None:
    """Standard normal samples and the model's predictions; None if no length is enough."""
    shape = model.input_shape[1:]
    random = np.random.default_rng(SEED)
    for length in LENGTHS:
        sizes = [length if each is None else each for each in shape]
        x = random.standard_normal((count, *sizes)).astype(np.float32)
        try:
            return x, model.predict(x, batch_size=size)
        except CnnLstmError:
            continue
        finally:
            model.reset_states()
    return None
