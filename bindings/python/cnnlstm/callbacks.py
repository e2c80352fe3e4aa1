"""What training tells while it runs, with Keras's hooks.

``logs`` holds ``loss``, the metrics under the names given to ``compile`` and, at the end of an
epoch with validation data, the same with ``val_`` before them: means over the epoch so far. A
callback may set ``self.model.stop_training = True``; an exception in a callback stops training and
comes out of ``fit``. The model has an epoch's weights in ``on_epoch_end``; within an epoch it has
those of the epoch before.
"""

from __future__ import annotations

import csv
import math
import os
from typing import Any, Callable, TextIO, Union

import numpy as np

from ._callback import Callback, History, LambdaCallback, Logs
from ._monitoring import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, rate_of
from .errors import ArgumentError, NotFiniteError

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch.

    Parameters
    ----------
    schedule : function of epoch and learning rate, or of the epoch alone
        Gives the new rate. At the end of an epoch ``logs`` has ``learning_rate``.
    verbose : {0, 1}
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        old = rate_of(self.model, type(self).__name__)
        try:
            rate = self.schedule(epoch, old)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ArgumentError(f"a schedule must give a float, got {rate!r}")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: the learning rate is {rate}", flush=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = rate_of(self.model, type(self).__name__)


class TerminateOnNaN(Callback):
    """Ends training cleanly when the loss is no number any more.

    Without it ``fit`` raises ``NotFiniteError``. In both cases the model has the weights that gave
    the last finite loss, where Keras's has those that gave none; the epoch that was not finished is
    not in the history.

    Parameters
    ----------
    raise_error : bool
        Raise ``NotFiniteError`` all the same.
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = bool(raise_error)

    def terminate(self, error: NotFiniteError) -> None:
        """Called with what ``fit`` would have raised."""
        print(f"\nTraining ends: {error}", flush=True)
        self.model.stop_training = True

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The loss of the whole epoch may overflow where that of no batch does."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            self.model.stop_training = True


class CSVLogger(Callback):
    """Writes a line with the logs of each epoch to a file.

    Parameters
    ----------
    filename : str or path
    separator : str
    append : bool
        Keep what is in the file.
    """

    def __init__(
        self,
        filename: Union[str, os.PathLike[str]],
        separator: str = ",",
        append: bool = False,
    ) -> None:
        self.filename = os.fspath(filename)
        self.separator = separator
        self.append = bool(append)
        self._file: TextIO | None = None
        self._keys: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._close()
        self._file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")
        self._keys = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        is_first = self._keys is None
        if self._keys is None:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in self._keys):
                self._keys += [f"val_{key}" for key in self._keys]
        assert self._file is not None
        writer = csv.writer(self._file, delimiter=self.separator)
        if is_first and self._file.tell() == 0:
            writer.writerow(["epoch", *self._keys])
        writer.writerow([epoch, *(cell(logs.get(key, "NA")) for key in self._keys)])
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def cell(value: Any) -> Any:
    """Several numbers as one text."""
    if np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, np.asarray(value).tolist()))}]"'
