"""Training batch by batch, and files from which it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ._files import Path, encoded
from ._lengths import SamplesLike
from ._native import NativeModel
from ._values import FloatArray

if TYPE_CHECKING:
    from ._chain import Chain
    from ._training import Training
    from .models import Sequential

    Base = Chain
else:
    Base = object


class Batches(Base):
    """What ``Sequential`` has besides ``fit``."""

    if TYPE_CHECKING:

        def _compiled(self) -> Training: ...
        def predict(self, x: SamplesLike, batch_size: int | None = None) -> FloatArray: ...

    def train_on_batch(
        self,
        x: SamplesLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step on one batch, with the arguments and errors of ``fit``; x may be ``Padded``.

        Returns
        -------
        What ``evaluate`` does: loss and metrics of this batch, before the step, with dropout.
        """
        training = self._compiled()
        results = training.train_on_batch(self._ready(x), x, y, sample_weight, class_weight)
        return returned(results, return_dict)

    def test_on_batch(
        self,
        x: SamplesLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """``evaluate`` on one batch; x may be ``Padded``."""
        native = self._ready(x)
        results = self._compiled().evaluate(native, x, y, 32, sample_weight)
        return returned(results, return_dict)

    def predict_on_batch(self, x: SamplesLike) -> FloatArray:
        """``predict`` of one batch; x may be ``Padded``."""
        return self.predict(x)

    @property
    def metrics_names(self) -> list[str]:
        """The names of what ``evaluate`` returns."""
        return ["loss", *self._compiled().measures.names]

    def save_checkpoint(self, path: Path) -> None:
        """Writes model and training to one file, from which ``load_checkpoint`` goes on.

        It holds the state of the optimizer, the learning rate, and what shuffling and dropout are
        drawn from. Written between two calls of ``fit``, or in ``on_epoch_end``, training that goes
        on from it gives the same weights, to the last bit, as one that was never stopped. (With
        ``use_ema`` write it in ``on_epoch_end``: at its end ``fit`` replaces the weights by their
        average.) Callbacks have a state of their own, which is not in it. ``load_model`` reads the
        model alone.

        Raises ``StateError`` before anything was trained, ``FileAccessError``.
        """
        self._compiled().save(encoded(path))

    def load_checkpoint(self, path: Path) -> int:
        """Takes up a training that ``save_checkpoint`` or the C library wrote.

        The model must have the same layers, and be compiled with the same kind of optimizer; its
        seed and learning rate become those of the file. For a model of any length,
        ``compile(max_length=...)`` says how long sequences can be.

        Returns
        -------
        The number of the epoch that comes next: ``fit(..., initial_epoch=it)``.

        Raises ``ShapeError`` for other layers, ``ArgumentError`` for another optimizer or a file
        without a training, a ``FileError``; nothing is changed then.

        Examples
        --------
        >>> model.fit(x, y, epochs=3)
        >>> model.save_checkpoint("training.cnnlstm")
        >>> # in another process, with the same layers and arguments of compile
        >>> model.fit(x, y, initial_epoch=model.load_checkpoint("training.cnnlstm"), epochs=6)
        """
        return self._compiled().load(self._ready(), encoded(path))

    def _of_this_moment(self) -> Sequential:
        """A model with the weights that training has reached, within an epoch too."""
        from .models import Sequential

        model = Sequential()
        model._adopt(NativeModel.from_bytes(self._compiled().to_bytes()))
        return model


def returned(results: dict[str, Any], as_dictionary: bool) -> Any:
    """Loss and metrics as Keras returns them."""
    if as_dictionary:
        return results
    return list(results.values()) if len(results) > 1 else results["loss"]
