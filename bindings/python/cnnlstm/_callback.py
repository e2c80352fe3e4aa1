"""What a callback is, and who calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable, Union

if TYPE_CHECKING:
    from .models import Sequential

Logs = dict[str, Any]


class Callback:
    """Base class: override what you need.

    Attributes
    ----------
    model : Sequential
        The model being trained.
    params : dict
        ``epochs``, ``steps`` (batches an epoch) and ``verbose``.
    """

    model: Sequential
    params: dict[str, Any]

    def set_model(self, model: Sequential) -> None:
        """Called before anything else."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called once the data is checked and the number of steps is known."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch, with its logs; not after an error or Ctrl-C."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After a whole epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch, counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """An older name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """An older name of ``on_train_batch_end``."""


class LambdaCallback(Callback):
    """A callback from functions, each with the arguments of its hook."""

    def __init__(
        self,
        on_epoch_begin: Callable[[int, Any], Any] | None = None,
        on_epoch_end: Callable[[int, Any], Any] | None = None,
        on_train_begin: Callable[[Any], Any] | None = None,
        on_train_end: Callable[[Any], Any] | None = None,
        on_train_batch_begin: Callable[[int, Any], Any] | None = None,
        on_train_batch_end: Callable[[int, Any], Any] | None = None,
        **others: Any,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **others,
        }
        self.__dict__.update({name: hook for name, hook in given.items() if hook is not None})


class History(Callback):
    """What ``fit`` returns.

    Attributes
    ----------
    history : dict of str to list of float
        The logs of all epochs.
    epoch : list of int
        Their numbers.
    """

    def set_model(self, model: Sequential) -> None:
        """Does not keep the model, which keeps its history."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


CallbacksLike = Union[Callback, Iterable[Callback], None]


class CallbackList:
    """Calls a hook on every callback that has something there."""

    def __init__(self, given: CallbacksLike, own: list[Callback], model: Sequential) -> None:
        users = [given] if isinstance(given, Callback) else list(given or [])
        for callback in users:
            if not isinstance(callback, Callback):
                raise TypeError(f"callbacks must be Callback objects, got {callback!r}")
        self._all = users + own
        self.call("set_model", model)
        self.on_batch_begin = self._overriding("on_train_batch_begin", "on_batch_begin")
        self.on_batch_end = self._overriding("on_train_batch_end", "on_batch_end")

    def call(self, hook: str, *arguments: Any) -> None:
        for callback in self._all:
            getattr(callback, hook)(*arguments)

    def find(self, kind: type[Callback]) -> Callback | None:
        """The first callback of a class."""
        return next((callback for callback in self._all if isinstance(callback, kind)), None)

    def _overriding(self, *hooks: str) -> list[Callable[[int, Logs], None]]:
        """Most callbacks leave the hooks of a batch alone; these cost nothing then."""
        found = []
        for callback in self._all:
            methods = [getattr(callback, hook) for hook in hooks]
            own = [
                method
                for hook, method in zip(hooks, methods)
                if getattr(method, "__func__", method) is not getattr(Callback, hook)
            ]
            found += methods[:1] if own else []
        return found
