"""What ``compile`` makes: optimizer, loss, metrics, and the trainer that keeps their state."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from . import _structures as structures
from . import metrics as metric_classes
from ._callback import CallbackList, CallbacksLike, History
from ._data import Samples, class_weights, reserved_length
from ._fit import FitRun, Interruption
from ._layer import output_shape
from ._library import initialized, library
from ._measuring import LogReader, Logs, Measures
from ._native import NativeModel, NativeTrainer
from ._progress import Reporter, Verbose, reporter, verbosity
from ._values import INT64_MAX, FloatArray, address, integer, number, short_float
from .errors import ArgumentError, NotFiniteError, ShapeError, StateError, UnsupportedError
from .losses import Loss
from .optimizers import Optimizer

if TYPE_CHECKING:
    from .models import Sequential


class Compiled(NamedTuple):
    """The arguments of ``compile``, checked."""

    optimizer: Optimizer
    loss: Loss
    metrics: tuple[metric_classes.MetricLike, ...]
    weighted_metrics: tuple[metric_classes.MetricLike, ...]
    threads: int
    batch_size: int
    max_length: int
    seed: int


class Validation(NamedTuple):
    """What ``fit`` validates with: the data, if there is any, else a share of the training data.

    ``frequency`` is that of the logs that say so.
    """

    split: float
    data: tuple[Any, ...] | None
    frequency: int | Collection[int]

    def is_shown(self, epoch: int) -> bool:
        """Whether the logs of an epoch, counted from 0, have the validation."""
        if isinstance(self.frequency, Collection):
            return epoch + 1 in self.frequency
        return (epoch + 1) % self.frequency == 0

    def check(self, native: NativeModel, batch_size: int, wanted: int | None) -> None:
        """Refuses a frequency of none, and batches that a model with states cannot have."""
        if isinstance(self.frequency, str) or not isinstance(self.frequency, (int, Collection)):
            raise TypeError(f"validation_freq must be integers, got {self.frequency!r}")
        if isinstance(self.frequency, int) and self.frequency < 1:
            raise ArgumentError(f"validation_freq must be 1 or more, got {self.frequency}")
        if wanted is not None and wanted != batch_size and native.stateful_layers():
            raise UnsupportedError("stateful layers validate with batch_size samples at a time")


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
    sample_weight: Any


class Training:
    """Trains one model; one call of ``fit`` at a time."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.measures = Measures(*map(resolved, (compiled.metrics, compiled.weighted_metrics)))
        self._trainer: NativeTrainer | None = None
        self._has_state = False
        self._busy = threading.Lock()

    def fit(
        self, model: Sequential, native: NativeModel, x: Any, y: Any, arguments: FitArguments
    ) -> History:
        with self._alone():
            return self._fit(model, native, x, y, arguments)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One call at a time."""
        if not self._busy.acquire(blocking=False):
            raise StateError("this model is being trained already")
        try:
            yield
        finally:
            self._busy.release()

    def _fit(
        self, model: Sequential, native: NativeModel, x: Any, y: Any, arguments: FitArguments
    ) -> History:
        level = verbosity(arguments.verbose)
        data = Samples(native, self.compiled.loss, x, y, arguments.sample_weight)
        validation = self._validation(native, arguments.validation.data)
        options, _weights = fit_options(native, arguments)
        length = max(data.length, validation.length if validation else 0)
        trainer = self._reserve(native, options.batch_size, reserved_length(native, length))
        validated = validation is not None or options.validation_split > 0
        history, report = History(), reporter(level)
        model.history = history
        run = FitRun(
            model,
            trainer,
            self.compiled.optimizer,
            CallbackList(arguments.callbacks, [report, history], model),
            self._reader(native),
            arguments.validation.is_shown if validated else None,
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
            except NotFiniteError as error:
                if not run.forgives(error):
                    raise
            finally:
                report.close()
                self._has_state = self._has_state or run.began
            run.finish(interruption)

    def evaluate(
        self, native: NativeModel, x: Any, y: Any, batch_size: int, weights: Any = None
    ) -> Logs:
        """Loss and metrics by name."""
        data = Samples(native, self.compiled.loss, x, y, weights)
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
            values = trainer.metrics()
        finally:
            if free:
                self._busy.release()
        return self._reader(native).evaluation(loss, accuracy, values)

    def train_on_batch(
        self, native: NativeModel, x: Any, y: Any, weights: Any, classes: Mapping[int, float] | None
    ) -> Logs:
        """Loss and metrics by name, of before the step."""
        data = Samples(native, self.compiled.loss, x, y, weights)
        options = initialized(structures.FitOptions, library.cnnlstm_fit_options_init)
        _kept = set_class_weights(options, classes, native)
        with self._alone():
            length = reserved_length(native, data.length)
            trainer = self._reserve(native, max(1, len(data.inputs)), length)
            rate = self.compiled.optimizer.learning_rate
            if isinstance(rate, float):
                trainer.set_learning_rate(rate)
            loss, accuracy = trainer.train_on_batch(data.structure, options)
            self._has_state = True
            return self._reader(native).evaluation(loss, accuracy, trainer.metrics())

    def save(self, path: bytes) -> None:
        """Writes a checkpoint; also in a callback."""
        self._existing().save(path)

    def to_bytes(self) -> bytes:
        """The same in memory, which is also the file of a model."""
        return self._existing().to_bytes()

    def _existing(self) -> NativeTrainer:
        if self._trainer is None:
            raise StateError("nothing was trained yet: there is no training to save")
        return self._trainer

    def load(self, native: NativeModel, path: bytes) -> int:
        """Takes up a training; the number of the epoch that comes next."""
        with self._alone():
            length = reserved_length(native, self.compiled.max_length)
            trainer = self._reserve(native, 1, length)
            trainer.load(path)
            self._has_state = True
            if isinstance(self.compiled.optimizer.learning_rate, float):
                self.compiled.optimizer.learning_rate = short_float(trainer.learning_rate)
            return trainer.epoch

    def _reader(self, native: NativeModel) -> LogReader:
        channels = output_shape(native, native.layer_count - 1)[-1]
        assert channels is not None
        return LogReader(self.measures, channels)

    def _validation(self, native: NativeModel, data: tuple[Any, ...] | None) -> Samples | None:
        if data is None:
            return None
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ArgumentError("validation_data must be (x, y) or (x, y, sample_weight)")
        return Samples(native, self.compiled.loss, *data)

    def _reserve(self, native: NativeModel, batch_size: int, length: int) -> NativeTrainer:
        """The trainer; a larger one that goes on with its training if it is too small."""
        old = self._trainer
        if old is None or not old.fits(batch_size, length):
            self._trainer = self._create(native, batch_size, length)
            if old is not None and self._has_state:
                try:
                    self._trainer.take(old.to_bytes())
                except (ShapeError, StateError) as error:
                    self._has_state = False
                    warnings.warn(
                        f"the optimizer starts anew: {error}", RuntimeWarning, stacklevel=5
                    )
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
        self.measures.write(options)
        native.ensure_built()
        return NativeTrainer(native, options)


def resolved(metrics: Sequence[metric_classes.MetricLike]) -> list[metric_classes.Metric]:
    return [metric_classes.get(metric) for metric in metrics]


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
    return options, set_class_weights(options, arguments.class_weight, native)


def set_class_weights(
    options: structures.FitOptions, classes: Mapping[int, float] | None, native: NativeModel
) -> FloatArray | None:
    """Writes weights of classes into the structure; the array it points into."""
    if classes is None:
        return None
    weights = class_weights(classes, native)
    options.class_weights = address(weights)
    options.class_weight_count = weights.size
    return weights


def samples_of_batch(batch_size: int | None) -> int:
    """The argument ``batch_size``, or Keras's default."""
    return 32 if batch_size is None else integer("batch_size", batch_size)


MetricsLike = Union[Sequence[metric_classes.MetricLike], None]


def listed(metrics: MetricsLike) -> tuple[metric_classes.MetricLike, ...]:
    """Metrics, all of them known."""
    if isinstance(metrics, str):
        raise TypeError(f"metrics must be a list, got {metrics!r}")
    found = tuple(metrics or ())
    resolved(found)
    return found


def compiled_from(
    optimizer: Optimizer,
    loss: Loss,
    metrics: MetricsLike,
    weighted_metrics: MetricsLike,
    threads: int,
    batch_size: int,
    max_length: int,
    seed: int,
) -> Compiled:
    """Checked arguments of ``compile``."""
    return Compiled(
        optimizer,
        loss,
        listed(metrics),
        listed(weighted_metrics),
        integer("threads", threads),
        integer("batch_size", batch_size),
        integer("max_length", max_length, INT64_MAX),
        integer("seed", seed, 2**64 - 1, least=0),
    )
