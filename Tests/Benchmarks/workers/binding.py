"""What Python's ``predict`` of one sample takes beyond the call in C.

    python -m workers.binding FOLDER

prints seconds. ``predict`` runs in turns with a call of ``cnnlstm_session_predict`` through ctypes
whose arguments were made before. That has a cost of its own, which a call that is refused for a
null pointer shows.
"""

from __future__ import annotations

import ctypes
import statistics
import sys
from pathlib import Path
from typing import Any

import cnnlstm
import numpy as np
from cnnlstm.models import load_model

from networks import Folder
from workers.base import Task

ROUNDS, RUNS = 40, 50


def native_call(folder: Folder, empty: bool) -> Task:
    """The call alone; empty: without a session."""
    library = ctypes.CDLL(str(Path(cnnlstm.__file__).parent / "libcnnlstm.so"))
    model, session = ctypes.c_void_p(), ctypes.c_void_p()
    inputs = folder.inputs(1)
    outputs = np.empty((1, folder.network.classes), np.float32)
    path = str(folder.path / "float32.cnnlstm").encode()
    created = library.cnnlstm_model_load(path, None, ctypes.byref(model))
    created |= library.cnnlstm_session_create(model, None, ctypes.byref(session))
    arguments: list[Any] = [
        ctypes.c_void_p(None) if empty else session,
        ctypes.c_void_p(inputs.ctypes.data), ctypes.c_size_t(inputs.size),
        ctypes.c_int64(1), ctypes.c_int64(folder.network.length),
        ctypes.c_void_p(outputs.ctypes.data), ctypes.c_size_t(outputs.size),
    ]  # fmt: skip
    predict = library.cnnlstm_session_predict
    if created != 0 or (predict(*arguments) == 0) == empty:
        raise RuntimeError("the library answered otherwise than expected")
    # The arrays live as long as the task does.
    return Task(lambda: predict(*arguments), lambda: (inputs, outputs)[1])


def overhead(folder: Folder) -> float:
    model, sample = load_model(folder.path / "float32.cnnlstm"), folder.inputs(1)
    predict = Task(lambda: model.predict(sample), lambda: model.predict(sample))
    tasks = predict, native_call(folder, empty=False), native_call(folder, empty=True)
    medians: list[list[float]] = [[], [], []]
    for _ in range(ROUNDS):
        for task, into in zip(tasks, medians):
            into.append(statistics.median(task.run(RUNS)))
    python, native, refused = medians
    return statistics.median(a - b + c for a, b, c in zip(python, native, refused))


if __name__ == "__main__":
    print(overhead(Folder(Path(sys.argv[1]))))
