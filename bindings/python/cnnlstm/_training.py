"""What ``compile`` makes: optimizer, loss, metrics, and the trainer that keeps their state."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _structures as structures
from ._data import Samples, class_weights, reserved_length
from ._fit import FitRun, Interruption
from ._library import initialized, library
from ._native import NativeModel, NativeTrainer
from ._progress import Reporter, Verbose, reporter, verbosity
from ._values import INT64_MAX, FloatArray, address, integer, number
from .callbacks import CallbackList, CallbacksLike, History
from .errors import ArgumentError, StateError
from .losses import Loss
from .optimizers import Optimizer

if TYPE_CHECKING:
    from .models import Sequential


class Compiled(NamedTuple):
    """The arguments of ``compile``, checked."""

    optimizer: Optimizer
    loss: Loss
    metrics: tuple[str, ...]
    threads: int
    batch_size: int
    max_length: int
    seed: int


class Validation(NamedTuple):
    """What ``fit`` validates with: the data, if there is any, else a share of the training data."""

    split: float
    data: tuple[Any, Any] | None


class FitArguments(NamedTuple):
    """The arguments of ``fit`` but for the training data."""

    batch_size: int
    epochs: int
    verbose: Verbose
    callbacks: CallbacksLike
    validation: Validation
    shuffle: bool
    class_weight: Mapping[int, float] | None
    initial_epoch: int


class Training:
    """Trains one model; one call of ``fit`` at a time."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._trainer: NativeTrainer | None = None
        self._has_state = False
        self._busy = threading.Lock()

    def fit(
        self, model: Sequential, native: NativeModel, x: Any, y: Any, arguments: FitArguments
    ) -> History:
        if not self._busy.acquire(blocking=False):
            raise StateError("this model is being trained already")
        try:
            return self._fit(model, native, x, y, arguments)
        finally:
            self._busy.release()

    def _fit(
        self, model: Sequential, native: NativeModel, x: Any, y: Any, arguments: FitArguments
    ) -> History:
        level = verbosity(arguments.verbose)
        data = Samples(native, self.compiled.loss, x, y)
        validation = self._validation(native, arguments.validation.data)
        options, _weights = fit_options(native, arguments)
        length = max(data.length, validation.length if validation else 0)
        trainer = self._reserve(native, options.batch_size, reserved_length(native, length))
        history, report = History(), reporter(level)
        model.history = history
        run = FitRun(
            model,
            trainer,
            self.compiled.optimizer,
            CallbackList(arguments.callbacks, [report, history], model),
            self._fields(validated=False),
            self._fields(validated=validation is not None or options.validation_split > 0),
            {"epochs": arguments.epochs, "verbose": level},
        )
        self._train(run, trainer, data, validation, options, report)
        return history

    def _train(
        self,
        run: FitRun,
        trainer: NativeTrainer,
        data: Samples,
        validation: Samples | None,
        options: structures.FitOptions,
        report: Reporter,
    ) -> None:
        with Interruption() as interruption:
            callback = structures.FitCallback(lambda progress, _: run.event(progress, interruption))
            try:
                trainer.fit(
                    data.structure,
                    validation.structure if validation else None,
                    options,
                    callback,
                )
            finally:
                report.close()
                self._has_state = self._has_state or run.began
            run.finish(interruption)

    def evaluate(self, native: NativeModel, x: Any, y: Any, batch_size: int) -> dict[str, float]:
        """Loss and metrics by name."""
        data = Samples(native, self.compiled.loss, x, y)
        length = reserved_length(native, data.length)
        free = self._busy.acquire(blocking=False)
        try:
            trainer = self._trainer if free else None
            if free and not self._has_state and native.stateful_layers():
                # Kept, so that the next call goes on from its states.
                trainer = self._reserve(native, batch_size, length)
            size = batch_size if native.stateful_layers() else 1
            if trainer is None or not trainer.fits(size, length):
                trainer = self._create(native, batch_size, length)
            loss, accuracy = trainer.evaluate(data.structure)
        finally:
            if free:
                self._busy.release()
        return {"loss": loss, **{name: accuracy for name in self.compiled.metrics}}

    def _fields(self, validated: bool) -> dict[str, str]:
        """Name in the logs to field of the library's progress."""
        fields = {"loss": "loss", **{name: "accuracy" for name in self.compiled.metrics}}
        if validated:
            fields |= {f"val_{name}": f"validation_{field}" for name, field in fields.items()}
        return fields

    def _validation(self, native: NativeModel, data: tuple[Any, Any] | None) -> Samples | None:
        if data is None:
            return None
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise ArgumentError("validation_data must be (x, y)")
        return Samples(native, self.compiled.loss, *data)

    def _reserve(self, native: NativeModel, batch_size: int, length: int) -> NativeTrainer:
        """The trainer; a new one if it is too small, and then without what it had learned."""
        if self._trainer is None or not self._trainer.fits(batch_size, length):
            if self._has_state:
                warnings.warn(
                    "the optimizer starts anew: its memory was taken for "
                    "smaller batches or shorter sequences, or in another process; "
                    "compile(batch_size=…, max_length=…) takes enough at once",
                    RuntimeWarning,
                    stacklevel=5,
                )
            self._trainer = self._create(native, batch_size, length)
            self._has_state = False
        return self._trainer

    def _create(self, native: NativeModel, batch_size: int, length: int) -> NativeTrainer:
        compiled = self.compiled
        options = compiled.optimizer.to_native()
        compiled.loss.write(options)
        options.threads = compiled.threads
        options.batch_size = max(batch_size, compiled.batch_size)
        if native.stateful_layers():
            options.batch_size = batch_size
        options.max_length = max(length, reserved_length(native, compiled.max_length))
        options.seed = compiled.seed
        native.ensure_built()
        return NativeTrainer(native, options)


def checked_metrics(metrics: Sequence[str] | None) -> tuple[str, ...]:
    """The names of metrics: any of Keras's two for accuracy."""
    names = tuple(metrics or ())
    for name in names:
        if name not in ("accuracy", "acc"):
            raise ArgumentError(f'unknown metric {name!r}; known is "accuracy"')
    return names


def fit_options(
    native: NativeModel, arguments: FitArguments
) -> tuple[structures.FitOptions, FloatArray | None]:
    """The library's structure, and the array it points into."""
    options = initialized(structures.FitOptions, library.cnnlstm_fit_options_init)
    options.epochs = integer("epochs", arguments.epochs)
    options.initial_epoch = integer("initial_epoch", arguments.initial_epoch)
    options.batch_size = integer("batch_size", arguments.batch_size)
    options.shuffle = bool(arguments.shuffle)
    if arguments.validation.data is None:
        options.validation_split = number("validation_split", arguments.validation.split)
    weights = None
    if arguments.class_weight is not None:
        weights = class_weights(arguments.class_weight, native)
        options.class_weights = address(weights)
        options.class_weight_count = weights.size
    return options, weights


def compiled_from(
    optimizer: Optimizer,
    loss: Loss,
    metrics: Sequence[str] | None,
    threads: int,
    batch_size: int,
    max_length: int,
    seed: int,
) -> Compiled:
    """Checked arguments of ``compile``."""
    return Compiled(
        optimizer,
        loss,
        checked_metrics(metrics),
        integer("threads", threads),
        integer("batch_size", batch_size),
        integer("max_length", max_length, INT64_MAX),
        integer("seed", seed, 2**64 - 1, least=0),
    )
