"""What Python adds to a prediction of one sample: `predict` against the C call, in one process.

    binding_overhead.py [model.cnnlstm ...]

The C call is made on the session that `predict` uses, through ctypes with arguments prepared once;
what ctypes takes for it is measured with a function that ignores them. The three are timed in turn.
"""

from __future__ import annotations

import ctypes
import statistics
import sys
import tempfile
import time
from ctypes import c_int64, c_size_t, c_void_p
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np

from cnnlstm._library import library_path
from cnnlstm.layers import LSTM, Conv1D, Dense, Input, MaxPooling1D
from cnnlstm.models import Sequential, load_model

ROUNDS, WARM_UP = 5001, 200
ANY_LENGTH = 100


def measure(model_path: str | Path) -> float:
    """Microseconds of `predict` of one sample beyond the C call."""
    model = load_model(model_path)
    shape = [ANY_LENGTH if size is None else size for size in model.input_shape[1:]]
    sample = np.random.default_rng(1).normal(size=(1, *shape)).astype(np.float32)
    expected = model.predict(sample)
    outputs = np.zeros_like(expected)
    arguments = c_arguments(model, sample, outputs)
    library = ctypes.CDLL(str(library_path()))
    calls: list[Callable[[], object]] = [
        partial(model.predict, sample),
        partial(library.cnnlstm_session_predict, *arguments),
        partial(library.cnnlstm_abi_version, *arguments),
    ]
    predict, c_call, empty_call = medians(calls)
    if not np.array_equal(outputs, expected):
        raise RuntimeError(f"{model_path}: predict and the C call disagree")
    return predict - (c_call - empty_call)


def c_arguments(model: Sequential, sample: np.ndarray, outputs: np.ndarray) -> tuple[Any, ...]:
    """What `cnnlstm_session_predict` is given to write the outputs of a sample."""
    predictor = model._predictor
    assert predictor is not None
    return (
        c_void_p(predictor._sessions[0].handle),
        c_void_p(sample.ctypes.data),
        c_size_t(sample.size),
        c_int64(1),
        c_int64(sample.shape[1] if sample.ndim == 3 else 0),
        c_void_p(outputs.ctypes.data),
        c_size_t(outputs.size),
    )


def medians(calls: list[Callable[[], object]]) -> list[float]:
    """Microseconds of each call, all of them made in turn."""
    clock = time.perf_counter_ns
    times: list[list[int]] = [[] for _ in calls]
    for _ in range(WARM_UP + ROUNDS):
        for call, durations in zip(calls, times):
            start = clock()
            call()
            durations.append(clock() - start)
    return [statistics.median(durations[WARM_UP:]) / 1000 for durations in times]


def tiny_model() -> Sequential:
    layers = [Input((50, 3)), Conv1D(8, 3, activation="relu"), MaxPooling1D(2), LSTM(16)]
    return Sequential([*layers, Dense(4, activation="softmax")], seed=1)


def seed_model() -> Sequential:
    layers = [Input((100, 1)), Conv1D(32, 3, activation="relu"), MaxPooling1D(2), LSTM(128)]
    return Sequential([*layers, Dense(8, activation="softmax")], seed=1)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(path) for path in sys.argv[1:]]
        if not paths:
            paths = [Path(folder, "tiny"), Path(folder, "seed")]
            for path, model in zip(paths, (tiny_model(), seed_model())):
                model.save(path)
        for path in paths:
            print(f"{path.name} model: {measure(path):.2f} us beyond the C call")


if __name__ == "__main__":
    main()
