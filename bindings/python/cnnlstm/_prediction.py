"""Prediction: sessions kept for the next call, one for each caller at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._data import as_inputs, output_tail, reserved_length, sequence_length
from ._layer import output_shape
from ._library import library
from ._native import NativeModel, NativeSession
from ._values import FLOAT32, FloatArray, address, floats
from .errors import ShapeError

MOST_PLANS = 256


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
        self._plans: dict[tuple[int, ...], Plan] = {}

    def predict(self, x: ArrayLike, threads: int, batch_size: int | None) -> FloatArray:
        values = floats("x", x)
        if values.ndim == 0:
            raise ShapeError("expected an array of samples, got one number")
        count = values.shape[0]
        plan = self._plans.get(values.shape[1:]) or self._new_plan(values)
        outputs = np.empty((count, *plan.output_tail), FLOAT32)
        session = self._take(threads, plan.reserved_length, batch_size)
        try:
            library.cnnlstm_session_predict(
                session.handle,
                address(values),
                values.size,
                count,
                plan.length,
                address(outputs),
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

    def _new_plan(self, values: FloatArray) -> Plan:
        native = self._native
        length = sequence_length(as_inputs(output_shape(native, 0), values))
        plan = Plan(length, reserved_length(native, length), output_tail(native, length))
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        self._plans[values.shape[1:]] = plan
        return plan
