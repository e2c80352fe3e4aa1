"""One run of training: the library's events become Keras's hooks, Ctrl-C a clean stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Callable

from ._callback import CallbackList, Logs
from ._library import code
from ._measuring import LogReader
from ._native import NativeTrainer
from ._structures import Progress
from .callbacks import TerminateOnNaN
from .errors import NotFiniteError
from .optimizers import Optimizer

if TYPE_CHECKING:
    from .models import Sequential


class Interruption:
    """While it is entered, Ctrl-C sets ``requested``; on leaving it is raised.

    Python's own handler would raise in the middle of a call from C, where nobody catches it. A
    handler that the program has set itself stays, and in other threads no signal arrives.
    """

    def __enter__(self) -> Interruption:
        self.requested = False
        self._installed = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._installed:
            signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.requested:
            raise KeyboardInterrupt from error

    def _request(self, number: int, frame: FrameType | None) -> None:
        """The first time it waits for the end of a batch; the second time it does not."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


class FitRun:
    """What one call of ``fit`` knows; called by the library at every event.

    ``reader`` makes logs of the library's progress, with those of validation in the epochs that
    ``validated`` names.
    """

    def __init__(
        self,
        model: Sequential,
        trainer: NativeTrainer,
        optimizer: Optimizer,
        callbacks: CallbackList,
        reader: LogReader,
        validated: Callable[[int], bool] | None,
        params: dict[str, Any],
    ) -> None:
        self.began = False
        self.error: BaseException | None = None
        self._model = model
        self._trainer = trainer
        self._optimizer = optimizer
        self._callbacks = callbacks
        self._reader = reader
        self._validated = validated
        self._params = params
        self._logs: Logs = {}
        self._applied_rate: float | None = None
        self.apply_learning_rate()

    def event(self, progress: Any, interruption: Interruption) -> int:
        """The library's callback: non-zero to stop. No exception may leave it."""
        try:
            if self.error is None:
                EVENTS[progress.contents.event](self, progress.contents)
                self.apply_learning_rate()
        except BaseException as error:
            self.error = error
        stop = self.error is not None or interruption.requested or self._model.stop_training
        return int(stop)

    def apply_learning_rate(self) -> None:
        """Tells the trainer what a callback may have changed."""
        rate = self._optimizer.learning_rate
        if isinstance(rate, float) and rate != self._applied_rate:
            self._trainer.set_learning_rate(rate)
            self._applied_rate = rate

    def forgives(self, error: NotFiniteError) -> bool:
        """Whether a callback ends training cleanly after a loss that is not finite."""
        found = self._callbacks.find(TerminateOnNaN)
        if self.error is not None or not isinstance(found, TerminateOnNaN) or found.raise_error:
            return False
        found.terminate(error)
        return True

    def finish(self, interruption: Interruption) -> None:
        """Raises what a callback raised, else says that training is over."""
        if self.error is not None:
            raise self.error
        if interruption.requested:
            return
        if not self.began:
            self._begin(0)
        self._callbacks.call("on_train_end", self._logs)

    def _begin(self, steps: int) -> None:
        self.began = True
        self._callbacks.call("set_params", {**self._params, "steps": steps})
        self._callbacks.call("on_train_begin", {})

    def _epoch_begin(self, progress: Progress) -> None:
        if not self.began:
            self._begin(progress.batch_count)
        self._callbacks.call("on_epoch_begin", progress.epoch, {})

    def _batch_begin(self, progress: Progress) -> None:
        for hook in self._callbacks.on_batch_begin:
            hook(progress.batch, {})

    def _batch_end(self, progress: Progress) -> None:
        if self._callbacks.on_batch_end:
            logs = self._reader.training(progress)
            for hook in self._callbacks.on_batch_end:
                hook(progress.batch, logs)

    def _epoch_end(self, progress: Progress) -> None:
        shown = self._validated is not None and self._validated(progress.epoch)
        read = self._reader.both if shown else self._reader.training
        self._logs = read(progress)
        self._callbacks.call("on_epoch_end", progress.epoch, self._logs)


EVENTS: dict[int, Callable[[FitRun, Progress], None]] = {
    code("event", "epoch_begin"): FitRun._epoch_begin,
    code("event", "batch_begin"): FitRun._batch_begin,
    code("event", "batch_end"): FitRun._batch_end,
    code("event", "epoch_end"): FitRun._epoch_end,
}
