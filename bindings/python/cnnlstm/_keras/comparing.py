"""How far a model's predictions are from Keras's own, where Keras is installed."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from .._values import FloatArray
from ..errors import CnnLstmError
from .writing import stateful

if TYPE_CHECKING:
    from ..models import Sequential

SAMPLES = 8
SEED = 1
# Lengths to try, for a model that takes any.
LENGTHS = (16, 64, 256, 1024)


def compared(model: Sequential, source: Any) -> tuple[float, str]:
    """The largest difference on random input, and how it was measured or why not."""
    is_live = hasattr(source, "get_config")
    if not is_live and importlib.util.find_spec("keras") is None:
        return float("nan"), "no, it is not installed"
    if any(stateful(layer.get_config()) for layer in model.layers):
        return float("nan"), "no, a stateful layer would keep what it saw"
    x = random_input(model)
    if x is None:
        return float("nan"), f"no, {LENGTHS[-1]} steps are too few for the model"
    try:
        theirs = source if is_live else loaded(source)
        expected = np.asarray(theirs.predict(x, verbose=0))
    except Exception as error:  # whatever a framework raises; the model here is complete
        reason = str(error).strip().partition("\n")[0]
        return float("nan"), f"no, it failed: {type(error).__name__}: {reason}"
    found = model.predict(x)
    if found.shape != expected.shape:
        return float("inf"), f"the shapes differ: {found.shape} here, {expected.shape} there"
    difference = float(np.abs(found - expected).max())
    return difference, f"largest difference {difference:.2g} on random input of shape {x.shape}"


def loaded(path: Any) -> Any:
    keras = importlib.import_module("keras")
    return keras.saving.load_model(path, compile=False)


def random_input(model: Sequential) -> FloatArray | None:
    """Standard normal; None if no length is enough."""
    shape = model.input_shape[1:]
    random = np.random.default_rng(SEED)
    for length in LENGTHS:
        sizes = [length if size is None else size for size in shape]
        x = random.standard_normal((SAMPLES, *sizes)).astype(np.float32)
        try:
            model.predict(x)
            return x
        except CnnLstmError:
            continue
    return None
