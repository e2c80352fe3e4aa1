"""Progress of training as text: a bar that moves in a terminal, one line an epoch in a log."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any, TextIO, Union

import numpy as np

from ._callback import Callback, Logs
from .errors import ArgumentError

BAR_WIDTH = 20
SECONDS_BETWEEN_DRAWINGS = 0.05

Verbose = Union[int, str]


def verbosity(verbose: Verbose) -> int:
    """0 silent, 1 bar, 2 lines; "auto" is 1 in a terminal and 2 elsewhere."""
    if verbose == "auto":
        return 1 if sys.stdout is not None and sys.stdout.isatty() else 2
    if verbose not in (0, 1, 2):
        raise ArgumentError(f'verbose must be "auto", 0, 1 or 2, got {verbose!r}')
    return int(verbose)


class Reporter(Callback):
    """Says nothing, but keeps the time."""

    def close(self) -> None:
        """Leaves a line that is half drawn."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.started = time.perf_counter()

    def heading(self, epoch: int) -> str:
        return f"Epoch {epoch + 1}/{self.params['epochs']}"

    def timing(self, steps_done: int) -> str:
        """Such as ``3s 12ms/step``."""
        seconds = time.perf_counter() - self.started
        return f"{duration(seconds)} {duration(seconds / max(steps_done, 1))}/step"


class EpochLines(Reporter):
    """One line an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        timing = self.timing(self.params["steps"])
        print(f"{self.heading(epoch)} - {timing}{formatted(logs)}", flush=True)


class ProgressBar(Reporter):
    """A line that is drawn again and again; a new one each epoch."""

    _width = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self._drawn_at = 0.0
        self._done = 0
        print(self.heading(epoch), flush=True)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._done = batch + 1
        now = time.perf_counter()
        if now - self._drawn_at >= SECONDS_BETWEEN_DRAWINGS:
            self._drawn_at = now
            self._draw(logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._replace(self._line(logs))
        self.close()

    def close(self) -> None:
        if self._width:
            print(flush=True)
            self._width = 0

    def _draw(self, logs: Logs | None) -> None:
        """Cut to the terminal's width, because only one line can be drawn again."""
        self._replace(self._line(logs)[: shutil.get_terminal_size().columns - 1])

    def _replace(self, line: str) -> None:
        print("\r" + line.ljust(self._width), end="", flush=True)
        self._width = len(line)

    def _line(self, logs: Logs | None) -> str:
        steps = self.params["steps"]
        progress = f"{self._done}/{steps} {bar(self._done, steps, sys.stdout)}"
        return f"{progress} {self.timing(self._done)}{formatted(logs)}"


def reporter(level: int) -> Reporter:
    """The callback of a verbosity."""
    return (Reporter, ProgressBar, EpochLines)[level]()


def bar(done: int, steps: int, stream: TextIO) -> str:
    """done of steps as a bar; in ASCII where the stream has no better."""
    filled = BAR_WIDTH * done // max(steps, 1)
    full, empty = "━", "─"
    try:
        (full + empty).encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        full, empty = "=", "-"
    return full * filled + empty * (BAR_WIDTH - filled)


def duration(seconds: float) -> str:
    """Such as 12s, 1.25s, 36ms or 180us."""
    if seconds >= 10:
        return f"{seconds:.0f}s"
    if seconds >= 0.1:
        return f"{seconds:.1f}s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms"
    return f"{seconds * 1e6:.0f}us"


def formatted(logs: Logs | None) -> str:
    """Such as `` - loss: 0.1234 - accuracy: 0.9876``; no matrices."""
    shown = {name: it for name, it in (logs or {}).items() if np.ndim(it) < 2}
    return "".join(f" - {name}: {written(value)}" for name, value in shown.items())


def written(value: Any) -> str:
    if np.ndim(value) == 1:
        return f"[{' '.join(written(it) for it in value)}]"
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.4e}"
