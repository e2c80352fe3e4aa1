"""1-D CNN-LSTM classifiers of time series: built, trained, saved, loaded and run.

The modules have Keras's names, so that a Keras script needs another import and little else::

    from cnnlstm.models import Sequential
    from cnnlstm.layers import Conv1D, MaxPooling1D, LSTM, Dense

Arrays are NumPy's; float32 ones that are contiguous are used without a copy. Everything is computed
by the C library that comes with the package, or that ``CNNLSTM_LIBRARY`` in the environment names.
"""

from . import (
    callbacks,
    constraints,
    errors,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)
from ._keras.reading import from_keras
from ._lengths import Padded
from ._library import library as _functions
from .layers import Input
from .models import Sequential, load_model

__version__: str = _functions.cnnlstm_version().decode()

__all__ = [
    "Input",
    "Padded",
    "Sequential",
    "callbacks",
    "constraints",
    "errors",
    "from_keras",
    "initializers",
    "instruction_set",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "utils",
]


def instruction_set() -> str:
    """The kernels in use: "sse2", "avx2", "avx512" or "avx512_bf16"."""
    return str(_functions.cnnlstm_instruction_set().decode())
