"""Prediction: sessions kept for the next call, one for each caller at a time."""

from __future__ import annotations

import math
import threading
from ctypes import c_int64, c_size_t
from typing import NamedTuple

import numpy as np

from ._data import as_inputs, output_tail, reserved_length, sample_values, sequence_length
from ._layer import output_shape
from ._lengths import Lengths, Padded, SamplesLike, with_lengths
from ._library import raise_failure, unchecked
from ._native import NativeModel, NativeSession
from ._values import FLOAT32, INT64_MAX, FloatArray, floats, integer, pointer
from .errors import ShapeError

MOST_PLANS = 256

session_predict = unchecked("cnnlstm_session_predict")
session_predict_lengths = unchecked("cnnlstm_session_predict_lengths")


class Plan(NamedTuple):
    """What follows from the shape of the samples; the C types are what the library is given."""

    input_count: c_size_t
    sample_count: c_int64
    length: c_int64
    output_count: c_size_t
    output_shape: tuple[int, ...]
    reserved_length: int


def call(
    session: NativeSession,
    values: FloatArray,
    plan: Plan,
    outputs: FloatArray,
    lengths: Lengths | None,
) -> None:
    input_count, sample_count, length, output_count, _, _ = plan
    if lengths is None:
        status = session_predict(
            session.pointer,
            pointer(values),
            input_count,
            sample_count,
            length,
            pointer(outputs),
            output_count,
        )
    else:
        status = session_predict_lengths(
            session.pointer,
            pointer(values),
            input_count,
            sample_count,
            length,
            pointer(lengths),
            c_size_t(lengths.size),
            pointer(outputs),
            output_count,
        )
    if status != 0:
        raise_failure(status)


class Predictor:
    """Sessions of one model.

    A caller takes a session out of the list and puts it back, so any number of threads may
    predict at once; there are never more sessions than there were callers at one time.
    """

    def __init__(self, native: NativeModel) -> None:
        self._native = native
        self._sessions: list[NativeSession] = []
        self._plans: dict[tuple[int, ...], Plan] = {}

    def predict(self, x: SamplesLike, threads: int, batch_size: int | None) -> FloatArray:
        values, lengths = self._samples(x)
        plan = self._plans.get(values.shape) or self._new_plan(values)
        outputs = np.empty(plan.output_shape, FLOAT32)
        session = self._take(threads, plan.reserved_length, batch_size)
        try:
            call(session, values, plan, outputs, lengths)
        finally:
            self._sessions.append(session)
        return outputs

    def _samples(self, x: SamplesLike) -> tuple[FloatArray, Lengths | None]:
        """An array, and the lengths of the samples in it if they differ."""
        if type(x) is np.ndarray and x.dtype == FLOAT32:
            return floats("x", x), None
        x = with_lengths(x)
        return sample_values(self._native, x), x.lengths if isinstance(x, Padded) else None

    def _take(self, threads: int, length: int, batch_size: int | None) -> NativeSession:
        try:
            session = self._sessions.pop()
        except IndexError:
            pass
        else:
            if session.fits(threads, length, batch_size):
                return session
        return NativeSession(self._native, threads, length, batch_size)

    def _new_plan(self, values: FloatArray) -> Plan:
        if values.ndim == 0:
            raise ShapeError("expected an array of samples, got one number")
        native, count = self._native, len(values)
        length = sequence_length(as_inputs(output_shape(native, 0), values))
        shape = (count, *output_tail(native, length))
        plan = Plan(
            c_size_t(values.size),
            c_int64(count),
            c_int64(length),
            c_size_t(math.prod(shape)),
            shape,
            reserved_length(native, length),
        )
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        self._plans[values.shape] = plan
        return plan


class StatefulPredictor(Predictor):
    """The one session of a model with stateful layers, for one caller after the other."""

    def __init__(self, native: NativeModel) -> None:
        super().__init__(native)
        self._session: NativeSession | None = None
        self._lock = threading.Lock()

    def predict(self, x: SamplesLike, threads: int, batch_size: int | None) -> FloatArray:
        """Batches of ``batch_size``, or of all samples, one after the other."""
        values, lengths = self._samples(x)
        plan = self._plans.get(values.shape) or self._new_plan(values)
        size = len(values) if batch_size is None else integer("batch_size", batch_size, INT64_MAX)
        outputs = np.empty(plan.output_shape, FLOAT32)
        if len(values) == 0:
            return outputs
        if size < 1 or len(values) % size:
            raise ShapeError(
                f"stateful layers need whole batches: {len(values)} samples are no multiple of "
                f"batch_size {size}"
            )
        part = self._plans.get((size, *values.shape[1:])) or self._new_plan(values[:size])
        with self._lock:
            session = self._reserve(threads, plan.reserved_length, size)
            session.begin()
            for first in range(0, len(values), size):
                batch = slice(first, first + size)
                some = None if lengths is None else lengths[batch]
                call(session, values[batch], part, outputs[batch], some)
        return outputs

    def _reserve(self, threads: int, length: int, size: int) -> NativeSession:
        session = self._session
        if session is not None and length <= session.max_length and size == session.batch_size:
            return session
        if session is not None and not session.is_fresh:
            raise ShapeError(
                f"the states are those of a batch of {session.batch_size} samples; "
                f"call reset_states before one of {size}, or of longer sequences"
            )
        self._session = NativeSession(self._native, threads, length, size)
        return self._session
