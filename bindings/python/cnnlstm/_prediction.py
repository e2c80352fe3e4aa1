"""Prediction: sessions kept for the next call, one for each caller at a time."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._data import as_inputs, output_tail, reserved_length, sequence_length
from ._layer import output_shape
from ._library import library
from ._native import NativeModel, NativeSession
from ._values import FloatArray, floats
from .errors import ShapeError


class Plan(NamedTuple):
    """What follows from the shape of one sample."""

    length: int
    reserved_length: int
    output_tail: tuple[int, ...]


class Predictor:
    """Sessions of one model.

    A caller takes a session out of the list and puts it back, so any number of threads may
    predict at once; there are never more sessions than there were callers at one time.
    """

    def __init__(self, native: NativeModel) -> None:
        self._native = native
        self._sessions: list[NativeSession] = []
        self._plan = functools.lru_cache(maxsize=256)(functools.partial(_plan, native))

    def predict(self, x: ArrayLike, threads: int, batch_size: int | None) -> FloatArray:
        values = floats("x", x)
        if values.ndim == 0:
            raise ShapeError("expected an array of samples, got one number")
        count = values.shape[0]
        plan = self._plan(values.shape[1:])
        outputs = np.empty((count, *plan.output_tail), np.float32)
        session = self._take(threads, plan.reserved_length, batch_size)
        try:
            library.cnnlstm_session_predict(
                session.handle,
                values.__array_interface__["data"][0],
                values.size,
                count,
                plan.length,
                outputs.__array_interface__["data"][0],
                outputs.size,
            )
        finally:
            self._sessions.append(session)
        return outputs

    def _take(self, threads: int, length: int, batch_size: int | None) -> NativeSession:
        try:
            session = self._sessions.pop()
        except IndexError:
            pass
        else:
            if session.fits(threads, length, batch_size):
                return session
        return NativeSession(self._native, threads, length, batch_size)


def _plan(native: NativeModel, sample_shape: tuple[int, ...]) -> Plan:
    example = as_inputs(output_shape(native, 0), np.empty((0, *sample_shape), np.float32))
    length = sequence_length(example)
    return Plan(length, reserved_length(native, length), output_tail(native, length))
