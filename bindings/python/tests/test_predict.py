"""Prediction: the same answer however it is asked for."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
import warnings
import weakref
from typing import Any

import numpy as np
import pytest
from conftest import small_model
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlstm import _library, _prediction
from cnnlstm.errors import ArgumentError, ShapeError
from cnnlstm.layers import LSTM, Conv1D, Dense, Flatten, Input, MaxPooling1D
from cnnlstm.models import Sequential

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(37, 20, 2)).astype(np.float32)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """To the last bit."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


@settings(max_examples=60)
@given(
    st.integers(1, 40),
    st.integers(1, 5),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 19),
    st.integers(1, 3),
    st.sampled_from(["valid", "same", "causal"]),
    st.booleans(),
    st.integers(0, 40),
)
def test_a_sample_does_not_depend_on_the_others(
    length: int,
    channels: int,
    filters: int,
    kernel: int,
    units: int,
    pool: int,
    padding: str,
    sequences: bool,
    count: int,
) -> None:
    layers = [
        Input((None, channels)),
        Conv1D(filters, min(kernel, length), padding=padding),
        MaxPooling1D(pool, padding="same"),
        LSTM(units, return_sequences=sequences),
        Dense(3, activation="softmax"),
    ]
    model = Sequential(layers, seed=length)
    x = np.random.default_rng(count).normal(size=(count, length, channels)).astype(np.float32)
    together = model.predict(x)
    assert together.shape[0] == count
    assert np.isfinite(together).all()
    for index in range(count):
        assert same(model.predict(x[index : index + 1]), together[index : index + 1])
    assert same(model.predict(x, batch_size=1), together)
    assert same(model.predict(x, batch_size=5, threads=2), together)


@settings(max_examples=30)
@given(
    st.sampled_from(
        [np.float64, np.float16, np.int32, np.int8, np.uint8, bool, ">f4", "longdouble"]
    ),
    st.sampled_from(["C", "F", "strided", "reversed", "list", "unaligned", "readonly"]),
)
def test_any_dtype_and_layout(dtype: object, layout: str) -> None:
    model = small_model()
    x = (X[:5] * 3).astype(dtype)
    plain = np.ascontiguousarray(x, np.float32)
    arranged = {
        "C": lambda: x,
        "F": lambda: np.asfortranarray(x),
        "strided": lambda: np.repeat(np.repeat(x, 2, axis=1), 3, axis=2)[:, ::2, ::3],
        "reversed": lambda: x[:, ::-1].copy()[:, ::-1],
        "list": lambda: x.tolist(),
        "unaligned": lambda: np.frombuffer(b"\0" + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
        "readonly": lambda: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    }[layout]()
    before = np.array(arranged)
    assert same(model.predict(arranged), model.predict(plain))
    assert np.array_equal(arranged, before)


def test_float32_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model()
    expected = model.predict(X)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("converted")

    monkeypatch.setattr(np, "require", refuse)
    monkeypatch.setattr(np, "asarray", refuse)
    assert same(model.predict(X), expected)
    with pytest.raises(AssertionError, match="converted"):
        model.predict(X.astype(float))


class Marked(np.ndarray):
    """A subclass of array."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_subclasses_of_arrays(dtype: type[np.floating]) -> None:
    model = small_model()
    outputs = model.predict(X.astype(dtype).view(Marked))
    assert type(outputs) is np.ndarray
    assert same(outputs, model.predict(X))


def test_call_is_predict() -> None:
    model = small_model()
    assert same(model(X), model.predict(X, verbose=1))


def test_results_are_new_arrays() -> None:
    model = small_model()
    first = model.predict(X)
    kept = first.copy()
    model.predict(X[::-1])
    assert same(first, kept)


@pytest.mark.parametrize("threads", [0, 1, 2, 4])
def test_threads_of_the_library(threads: int) -> None:
    model = small_model()
    many = np.tile(X, (8, 1, 1))
    assert same(model.predict(many, threads=threads), np.tile(model.predict(X), (8, 1)))


def test_any_length() -> None:
    model = small_model(length=None)
    fixed = small_model(length=11)
    fixed.set_weights(model.get_weights())
    for length in (11, 4, 20, 11):
        outputs = model.predict(X[:, :length])
        assert outputs.shape == (37, 3)
        if length == 11:
            assert same(outputs, fixed.predict(X[:, :length]))


def test_sequences_come_out() -> None:
    model = Sequential([Input((None, 2)), LSTM(4, return_sequences=True), Dense(3)])
    assert model.predict(X).shape == (37, 20, 3)
    assert model.predict(X[:, :7]).shape == (37, 7, 3)
    assert model.output_shape == (None, None, 3)


def test_vectors() -> None:
    model = Sequential([Input((2,)), Dense(3)])
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(model.predict(X[:, 0]), X[:, 0] @ kernel + bias, rtol=1e-5)


def test_an_axis_of_one_channel_may_be_left_out() -> None:
    model = Sequential([Input((20, 1)), Flatten(), Dense(3)])
    assert same(model.predict(X[:, :, 0]), model.predict(X[:, :, :1]))
    assert Sequential([Input((1,)), Dense(1)]).predict([1.0, 2.0, 3.0]).shape == (3, 1)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (X[:, :19], r"expected inputs of shape \(samples, 20, 2\), got \(37, 19, 2\)"),
        (X[:, :, :1], r"got \(37, 20, 1\)"),
        (X[:, :, 0], r"got \(37, 20\)"),
        (X[0], r"got \(20, 2\)"),
        (X[None], r"got \(1, 37, 20, 2\)"),
        (np.float32(1), "got one number"),
        ([], r"got \(0,\)"),
    ],
)
def test_wrong_shapes(x: object, text: str) -> None:
    model = small_model()
    with pytest.raises(ShapeError, match=text):
        model.predict(x)  # type: ignore[arg-type]
    assert model.predict(X).shape == (37, 3)


def test_too_short_for_the_model() -> None:
    model = small_model(length=None)
    for length in (0, 3):
        with pytest.raises(ShapeError):
            model.predict(X[:, :length])
    assert model.predict(X[:, :4]).shape == (37, 3)


@pytest.mark.parametrize(
    ("x", "error"),
    [
        ([["a", "b"]], TypeError),
        (X.astype(complex), TypeError),
        ([[[1, 2]], [[1]]], ArgumentError),
        (None, TypeError),
    ],
)
def test_what_is_no_number(x: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="x "):
        small_model().predict(x)  # type: ignore[arg-type]


@pytest.mark.parametrize("none", [X[:0], X[:0].astype(float), np.asfortranarray(X)[:0]])
@pytest.mark.parametrize("writeable", [True, False])
def test_no_samples(none: np.ndarray, writeable: bool) -> None:
    x = none.copy(order="K")
    x.flags.writeable = writeable
    assert same(small_model().predict(x), np.empty((0, 3), np.float32))


def test_arguments_are_what_the_prototype_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would take a Python integer's lower half."""
    _, types = _library.PROTOTYPES["cnnlstm_session_predict"]
    given: list[tuple[Any, ...]] = []

    def predict(*arguments: object) -> int:
        given.append(arguments)
        return 0

    monkeypatch.setattr(_prediction, "session_predict", predict)
    readonly = np.frombuffer(X.tobytes(), np.float32).reshape(X.shape)
    for x in (X, X[:1], X[:0], X.astype(float), readonly):
        small_model().predict(x)
        session, inputs, input_count, count, length, outputs, output_count = given[-1]
        for argument, expected in zip(given[-1], types):
            assert isinstance(argument, (expected, ctypes.Array))
        assert not isinstance(session, ctypes.Array)
        numbers = [number.value for number in (input_count, count, length, output_count)]
        assert numbers == [x.size, len(x), 20, 3 * len(x)]


@pytest.mark.parametrize("field", ["input_count", "output_count"])
def test_failures_of_the_library_are_raised(field: str) -> None:
    model = small_model()
    expected = model.predict(X)
    session, plan = model._predictor._sessions[0], model._predictor._plans[X.shape]
    model._predictor._plans[X.shape] = plan._replace(**{field: ctypes.c_size_t(77)})
    with pytest.raises(ShapeError, match="77") as caught:
        model.predict(X)
    assert type(caught.value) is ShapeError
    model._predictor._plans[X.shape] = plan
    assert same(model.predict(X), expected)
    assert model._predictor._sessions == [session]


def test_any_number_of_shapes() -> None:
    model = small_model(length=None)
    for length in range(4, 4 + _prediction.MOST_PLANS + 10):
        assert model.predict(np.zeros((1, length, 2), np.float32)).shape == (1, 3)
        assert len(model._predictor._plans) <= _prediction.MOST_PLANS
    assert model.predict(X).shape == (37, 3)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"threads": -1}, ArgumentError, "threads"),
        ({"threads": 257}, ArgumentError, "threads"),
        ({"threads": "2"}, TypeError, "threads"),
        ({"batch_size": 0}, ArgumentError, "batch_size"),
        ({"batch_size": 2**64}, ArgumentError, "batch_size"),
        ({"batch_size": 1.5}, TypeError, "batch_size"),
    ],
)
def test_wrong_options(options: dict, error: type[Exception], text: str) -> None:
    model = small_model()
    with pytest.raises(error, match=text):
        model.predict(X, **options)
    assert model.predict(X).shape == (37, 3)


def test_many_python_threads() -> None:
    model = small_model()
    expected = [model.predict(X[index : index + 4]) for index in range(8)]
    wrong: list[int] = []

    def work(index: int) -> None:
        for _ in range(100):
            if not same(model.predict(X[index : index + 4]), expected[index]):
                wrong.append(index)

    workers = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
    assert 1 <= len(model._predictor._sessions) <= 8


def test_other_python_threads_run_meanwhile() -> None:
    model = small_model(length=None)
    x = np.zeros((400, 2000, 2), np.float32)
    worker = threading.Thread(target=model.predict, args=(x,))
    ticks = 0
    worker.start()
    while worker.is_alive():
        ticks += 1
        time.sleep(0.001)
    assert ticks > 10


def test_sessions_are_kept() -> None:
    model = small_model()
    model.predict(X)
    session = model._predictor._sessions[0]
    model.predict(X[:3])
    assert model._predictor._sessions == [session]
    model.predict(X, threads=2)
    assert model._predictor._sessions != [session]


def test_a_forked_process_predicts() -> None:
    """The threads of the parent's session do not exist in the child, which makes its own."""
    model = small_model()
    many = np.tile(X, (8, 1, 1))
    expected = model.predict(many, threads=2)
    old = weakref.ref(model._predictor._sessions[0])
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        right = same(model.predict(many, threads=2), expected)
        os.write(sender, b"right" if right and old() is None else b"wrong")
        os._exit(0)
    try:
        ready, _, _ = select.select([receiver], [], [], 30)
        assert ready, "the child hangs"
        assert os.read(receiver, 16) == b"right"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(receiver)
        os.close(sender)


# A function that is registered before the package is imported is called after the package's own.
EXIT_WHILE_THREADS_PREDICT = """
import atexit, threading, time
atexit.register(time.sleep, 0.3)
import numpy as np
from cnnlstm.layers import LSTM, Input
from cnnlstm.models import Sequential

model, started = Sequential([Input((100, 6)), LSTM(64)]), threading.Semaphore(0)

def predict():
    while True:
        model.predict(np.zeros((64, 100, 6), np.float32))
        started.release()

for _ in range(2):
    threading.Thread(target=predict, daemon=True).start()
for _ in range(20):
    started.acquire()
"""


def test_daemon_threads_may_predict_while_python_ends() -> None:
    command = [sys.executable, "-c", EXIT_WHILE_THREADS_PREDICT]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
