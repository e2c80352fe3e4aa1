"""Callbacks that watch one value of the logs, and look for the best."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from ._callback import Callback, Logs
from .errors import ArgumentError

if TYPE_CHECKING:
    from .models import Sequential


class Monitor(Callback):
    """Base class.

    Parameters
    ----------
    monitor : str
        The name in the logs.
    mode : {"auto", "min", "max"}
        What is better; "auto" knows it of loss and metrics.
    best : float, optional
        What the first value must beat.
    min_delta : float
        The least change that is an improvement.
    """

    def __init__(
        self, monitor: str, mode: str, best: float | None = None, min_delta: float = 0.0
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(f'mode must be "auto", "min" or "max", got {mode!r}')
        self.monitor, self.mode, self.best = monitor, mode, best
        self.min_delta = abs(min_delta)
        self._is_above: bool | None = None

    def value(self, logs: Logs | None, what: str) -> float | None:
        """The value that is watched; None, with a warning, where there is none or several."""
        value = (logs or {}).get(self.monitor)
        if value is None or np.ndim(value) > 0:
            reason = "is not there" if value is None else "is no single number"
            warnings.warn(
                f"{what} needs {self.monitor!r}, which {reason}; there are {', '.join(logs or {})}",
                RuntimeWarning,
                stacklevel=3,
            )
            return None
        return float(value)

    def improves(self, value: float, on: float | None) -> bool:
        if self._is_above is None:
            self._is_above = self._direction()
        if on is None:
            return True
        return value - self.min_delta > on if self._is_above else value + self.min_delta < on

    def _direction(self) -> bool:
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return False
        metric = self.model._compiled().measures.names.get(name)
        if metric is None:
            raise ArgumentError(
                f"{type(self).__name__} cannot know whether more of {self.monitor!r} is better: "
                'mode="max" or mode="min" says it'
            )
        return metric.is_better_above


class EarlyStopping(Monitor):
    """Stops training when a value has not improved for some epochs.

    Parameters
    ----------
    monitor, mode, min_delta
        What to watch, what is better, and by how much at least.
    patience : int
        Epochs without an improvement.
    verbose : {0, 1}
    baseline : float, optional
        What must be beaten too.
    restore_best_weights : bool
        At the end of training the model gets the weights of the best epoch.
    start_from_epoch : int
        Epochs before it do not count.

    Attributes
    ----------
    stopped_epoch, best_epoch : int
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = None
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.value(logs, "early stopping")
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self.improves(value, self.best):
            self.best = value
            self._keep(epoch)
            if self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping", flush=True)
        if self.best_weights is not None:
            if self.verbose > 0:
                print(f"The weights are those of epoch {self.best_epoch + 1}", flush=True)
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(Monitor):
    """Makes the learning rate smaller when a value has not improved for some epochs.

    At the end of an epoch ``logs`` has ``learning_rate``.

    Parameters
    ----------
    monitor, mode, min_delta
        What to watch, what is better, and by how much at least.
    factor : float
        Below 1; what the rate is multiplied by.
    patience, cooldown : int
        Epochs without an improvement; epochs after that which do not count.
    verbose : {0, 1}
    min_lr : float
        The least rate.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1:
            raise ArgumentError(f"factor must be below 1, got {factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = rate_of(self.model, type(self).__name__)
        value = self.value(logs, "a smaller learning rate")
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = rate_of(self.model, type(self).__name__)
        if old <= np.float32(self.min_lr):
            return
        rate = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = rate
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: the learning rate becomes {rate}", flush=True)


class ModelCheckpoint(Monitor):
    """Saves the model after each epoch, or after so many batches.

    ``Sequential.save_checkpoint`` saves what is needed to go on with training as well.

    Parameters
    ----------
    filepath : str or path
        May hold ``{epoch}``, ``{batch}`` (both from 1) and names of the logs, with formats as in
        ``"{epoch:02d}-{val_loss:.2f}.cnnlstm"``. The file is what ``save`` makes of the name.
    monitor, mode
        What decides which model is the best, with ``save_best_only``.
    verbose : {0, 1}
    save_best_only : bool
        Save only where the value has improved.
    save_weights_only : bool
        As ``save_weights``: this library's own file under any name.
    save_freq : {"epoch"} or int
        When: after each epoch, or after so many batches.
    initial_value_threshold : float, optional
        What the first value must beat.
    """

    def __init__(
        self,
        filepath: Union[str, os.PathLike[str]],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise ArgumentError(f'save_freq must be "epoch" or some batches, got {save_freq!r}')
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq = save_freq
        self._batches = self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches >= int(self.save_freq):
            self._batches = 0
            self._save({"epoch": self._epoch + 1, "batch": batch + 1}, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save({"epoch": epoch + 1}, logs or {})

    def _save(self, place: dict[str, int], logs: Logs) -> None:
        try:
            path = self.filepath.format(**{**place, **logs})
        except KeyError as error:
            raise ArgumentError(f"{self.filepath!r} names {error}, which is not there") from None
        if not self._is_wanted(logs):
            return
        if self.verbose > 0:
            print(f"\nEpoch {self._epoch + 1}: saving the model to {path}", flush=True)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        # Within an epoch the model's own weights are those of the epoch before.
        model = self.model if self.save_freq == "epoch" else self.model._of_this_moment()
        if self.save_weights_only:
            model.save_weights(path)
        else:
            model.save(path)

    def _is_wanted(self, logs: Logs) -> bool:
        if not self.save_best_only:
            return True
        value = self.value(logs, "saving the best model only")
        if value is None:
            return True
        if not self.improves(value, self.best):
            return False
        self.best = value
        return True


def rate_of(model: Sequential, who: str) -> float:
    """The learning rate, which no schedule may give."""
    rate = model.optimizer.learning_rate
    if not isinstance(rate, float):
        raise ArgumentError(f"{who} needs a learning rate that is a number, not {rate!r}")
    return rate
