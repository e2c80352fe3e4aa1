"""Models, as in Keras, and the files that hold them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from numpy.typing import ArrayLike

from . import losses, optimizers, utils
from ._batches import Batches, returned
from ._callback import CallbacksLike, History
from ._chain import Chain
from ._conversion import ConversionReport, converted
from ._files import Files, Path, loaded
from ._keras.report import ImportReport
from ._layer import Layer
from ._lengths import SamplesLike, with_lengths
from ._neutral import leave_out
from ._prediction import Predictor, StatefulPredictor
from ._progress import Verbose, formatted, verbosity
from ._training import (
    FitArguments,
    MetricsLike,
    Training,
    Validation,
    compiled_from,
    samples_of_batch,
)
from ._values import FloatArray
from .errors import ArgumentError, StateError

__all__ = ["ConversionReport", "ImportReport", "Sequential", "load_model"]


class Sequential(Batches, Files, Chain):
    """A chain of layers, as in Keras.

    Parameters
    ----------
    layers : iterable of Layer, optional
        Added one after the other.
    trainable : bool
        As if it was set when the layers are in the model.
    name : str, optional
        By default "sequential"; it is not in this library's own file.
    seed : int, optional
        What the weights are drawn from; by default as ``utils.set_random_seed`` says.

    The model knows its shapes once it has an ``Input``, a first layer with ``input_shape``, or saw
    data. Its weights are made when they are first needed; from then on no layer can be added.

    Attributes
    ----------
    history : History
        Of the last ``fit``, also of one that was interrupted.
    stop_training : bool
        Set to True by a callback, it ends training after the batch; an epoch that is not over
        then is not in the history.
    optimizer : Optimizer
        As given to ``compile``.
    conversion_report : ConversionReport
        Of a model that ``convert`` made; else None. It is not in a file.
    import_report : ImportReport
        Of a model that ``from_keras`` made; else None. It is not in a file.
    """

    def _begin(self, seed: int) -> None:
        super()._begin(seed)
        self._predictor: Predictor | None = None
        self._training: Training | None = None
        self.history: History | None = None
        self.stop_training = False
        self.conversion_report: ConversionReport | None = None
        self.import_report: ImportReport | None = None

    def pop(self) -> Layer:
        """Removes the last layer and gives it, without its weights.

        The others keep theirs, and the model its metadata; the labels go with the outputs they
        named. Layers can be added then, and the model must be compiled anew.
        """
        self._check_trainable()
        last = self._pop()
        self._predictor = self._training = None
        return last

    def compile(
        self,
        optimizer: optimizers.OptimizerLike = "rmsprop",
        loss: losses.LossLike | None = None,
        *,
        metrics: MetricsLike = None,
        weighted_metrics: MetricsLike = None,
        threads: int = 0,
        batch_size: int = 0,
        max_length: int = 0,
        seed: int | None = None,
        **common: Any,
    ) -> None:
        """Says how to train, and forgets the state of the optimizer before.

        Parameters
        ----------
        optimizer : str or Optimizer
            See ``cnnlstm.optimizers``.
        loss : str or Loss
            See ``cnnlstm.losses``.
        metrics, weighted_metrics : list of str or Metric
            ``"accuracy"`` or what ``cnnlstm.metrics`` has. Weights of samples and classes count
            for the second list alone.
        threads : int
            0 is one a core. The results do not depend on it.
        batch_size, max_length : int
            The least to take memory for, at once: larger batches or sequences later take it anew.
        seed : int, optional
            Of shuffling and dropout; by default as ``utils.set_random_seed`` says.

        Keras's ``jit_compile``, ``run_eagerly`` and others that change nothing here are left out.

        Raises ``ArgumentError`` for an unknown name, ``StateError`` for a converted model.
        """
        leave_out("compile", common)
        self._check_trainable()
        if loss is None:
            raise ArgumentError("compile needs a loss")
        self._training = Training(
            compiled_from(
                optimizers.get(optimizer),
                losses.get(loss),
                metrics,
                weighted_metrics,
                threads,
                batch_size,
                max_length,
                utils.next_seed() if seed is None else seed,
            )
        )

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """As given to ``compile``."""
        return self._compiled().compiled.optimizer

    def _check_trainable(self) -> None:
        if self.dtype != "float32":
            raise StateError(
                f"this model has {self.dtype} weights and is for prediction alone: "
                "train the float32 model, then convert it"
            )

    def _compiled(self) -> Training:
        self._check_trainable()
        if self._training is None:
            raise StateError("call compile() first")
        return self._training

    def fit(
        self,
        x: SamplesLike,
        y: ArrayLike,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Verbose = "auto",
        callbacks: CallbacksLike = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: int = 0,
        validation_batch_size: int | None = None,
        validation_freq: int | Collection[int] = 1,
        lengths: ArrayLike | None = None,
    ) -> History:
        """Trains.

        Parameters
        ----------
        x : array
            (samples, length, channels) or (samples, features); a list of arrays of different
            lengths; or ``Padded``.
        y : array
            As the loss asks: the shape of the predictions, or class numbers of shape (samples,) or
            (samples, 1).
        batch_size : int, optional
            Samples of a step, 32 by default.
        epochs, initial_epoch : int
            Number after the last epoch, and of the first.
        verbose : {"auto", 0, 1, 2}
            Silent, a bar, one line an epoch; "auto" is 1 in a terminal and 2 elsewhere.
        validation_split : float
            Share of the data taken from its end, before shuffling, to validate with.
        validation_data : (x, y) or (x, y, sample_weight)
            To validate with instead; x may be ``Padded``.
        validation_batch_size : int, optional
            Changes no result; a model with stateful layers validates with ``batch_size``.
        validation_freq : int or collection of int
            Of which epochs the logs have the validation: each so many, or of these numbers, from 1.
        class_weight : dict of int to float
            Weights of the classes in the loss; 1 where it names none.
        sample_weight : array
            Weights of the samples in the loss, (samples,), or of time steps of the output too,
            (samples, length). Both kinds multiply; the sum is divided by the number of samples.
        lengths : array of int, optional
            The length of each sample of x, behind which it is padding. Gradients are those of the
            samples alone, each at its own length; where the output has a time axis, the loss is
            the mean over all steps that samples give, and targets behind these do not matter.
            A BatchNormalization or a stateful layer trains on samples of one length only.

        Raises ``StateError`` before ``compile``; ``ShapeError`` and ``DataError`` for data that
        does not fit, before anything is trained; ``NotFiniteError`` when the loss is no number any
        more, with the weights that gave the last finite one. Ctrl-C ends training after the batch,
        keeps the weights and raises ``KeyboardInterrupt``.
        """
        x = with_lengths(x, lengths)
        training, native = self._compiled(), self._ready(x)
        self.stop_training = False
        validate = Validation(validation_split, validation_data, validation_freq)
        size = samples_of_batch(batch_size)
        validate.check(native, size, validation_batch_size)
        rest = (epochs, verbose, callbacks, validate, shuffle, class_weight, initial_epoch)
        arguments = FitArguments(size, *rest, sample_weight)
        return training.fit(self, native, x, y, arguments)

    def evaluate(
        self,
        x: SamplesLike,
        y: ArrayLike,
        batch_size: int | None = None,
        verbose: Verbose = 0,
        sample_weight: ArrayLike | None = None,
        *,
        return_dict: bool = False,
        lengths: ArrayLike | None = None,
    ) -> Any:
        """Mean loss and metrics on data, without dropout.

        Arguments and errors are those of ``fit``; ``verbose`` 1 or 2 prints one line.

        Returns
        -------
        list, ``[loss, accuracy, ...]``; the loss alone without metrics; with ``return_dict``
        a dictionary.
        """
        training = self._compiled()
        x = with_lengths(x, lengths)
        size = samples_of_batch(batch_size)
        results = training.evaluate(self._ready(x), x, y, size, sample_weight)
        if verbosity(verbose):
            print(formatted(results).removeprefix(" - "), flush=True)
        return returned(results, return_dict)

    def predict(
        self,
        x: SamplesLike,
        batch_size: int | None = None,
        verbose: Verbose = 0,
        *,
        threads: int = 1,
        lengths: ArrayLike | None = None,
    ) -> FloatArray:
        """The outputs for samples; any number of Python threads may call this at once.

        Parameters
        ----------
        x : array
            (samples, length, channels) or (samples, features); used as it is if it is float32 and
            contiguous, else converted. A list of arrays of different lengths, or ``Padded``.
        batch_size : int, optional
            Samples computed together, 32 by default. A sample's output does not depend on it, nor
            on the samples beside it; but where layers are stateful: these are batches that go on
            from one another, by default one of all samples.
        verbose : {"auto", 0, 1, 2}
            Accepted for Keras's sake; nothing is printed.
        threads : int
            0 is one a core.
        lengths : array of int, optional
            The length of each sample of x, behind which it is padding. An output is, to the last
            bit, that of the sample alone at its own length.

        Returns
        -------
        array of float32, (samples, channels) or (samples, length, channels), then with zeros behind
        what a shorter sample gives

        Raises ``ShapeError`` if x does not fit the model.
        """
        if lengths is not None:
            x = with_lengths(x, lengths)
        predictor = self._predictor
        if predictor is None:
            native = self._ready(x)
            native.ensure_built()
            kind = StatefulPredictor if native.stateful_layers() else Predictor
            predictor = self._predictor = kind(native)
        return predictor.predict(x, threads, batch_size)

    def __call__(self, x: SamplesLike) -> FloatArray:
        """``predict`` with its defaults."""
        return self.predict(x)

    @property
    def dtype(self) -> str:
        """How kernels are kept: "float32", or what ``convert`` made of them."""
        return "float32" if self._native is None else self._native.dtype

    def convert(self, dtype: str, calibration_data: ArrayLike | None = None) -> Sequential:
        """A new model for prediction, with kernels of fewer bits; this one stays as it is.

        Parameters
        ----------
        dtype : {"bfloat16", "int8", "float32"}
            "bfloat16" keeps 8 significant bits of a weight and makes half the file; "int8" keeps
            whole steps of -127 … 127 with a scale for each output channel and makes a quarter.
            Biases and the weights of a Normalization stay float32, and ``get_weights`` gives
            float32 arrays, rounded. Predictions are faster where an LSTM takes most of the time.
        calibration_data : array, optional
            Samples as for ``predict``, best some that the model was not trained with. Both models
            predict them and ``conversion_report`` says how far apart they are. The new model does
            not depend on them.

        Returns
        -------
        Sequential, which can be saved and predicts; ``compile`` and ``fit`` raise ``StateError``.

        Raises ``ArgumentError`` for an unknown dtype, ``ShapeError`` and ``DataError`` for data
        that does not fit or is not finite.

        Examples
        --------
        >>> small = model.convert("int8", x_test)
        >>> print(small.conversion_report)
        int8 on 40 samples: difference at most 0.0031, mean 0.00042; 100.00% of the labels agree
        """
        native, report = converted(self._ready(calibration_data), dtype, calibration_data)
        model = Sequential(name=self.name, seed=self._seed)
        model._adopt(native)
        model.conversion_report = report
        return model


def load_model(
    path: Path,
    *,
    skip_self_test: bool = False,
    max_file_bytes: int | None = None,
    max_parameters: int | None = None,
    max_layers: int | None = None,
) -> Sequential:
    """Reads a model that ``Sequential.save`` or the C library wrote, but for files of Keras's.

    Parameters
    ----------
    path : str or path
    skip_self_test : bool
        Do not check that the model computes what it computed when it was saved.
    max_file_bytes, max_parameters, max_layers : int, optional
        Refuse a larger model, with ``LimitError``, before taking memory for it.

    Returns
    -------
    Sequential, which needs ``compile`` before it can be trained or evaluated; a converted model
    only predicts.

    Raises a ``FileError`` (an ``OSError``): ``FileAccessError``, ``NotAModelError`` (a ``.keras``
    or ``.h5`` file is for ``from_keras``), ``FileVersionError``, ``FileTruncatedError``,
    ``FileCorruptError`` or ``SelfTestError``.
    """
    limits = {
        "max_file_bytes": max_file_bytes,
        "max_parameters": max_parameters,
        "max_layers": max_layers,
    }
    model = Sequential()
    model._adopt(loaded(path, skip_self_test, limits))
    return model
