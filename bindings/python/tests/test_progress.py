"""What fit prints: a bar, lines, or nothing."""

from __future__ import annotations

import io
import re
import shutil
import sys

import pytest
from conftest import small_model

from cnnlstm._progress import bar, duration, formatted
from cnnlstm.callbacks import LambdaCallback
from cnnlstm.models import Sequential

TIME = r"\d+(?:\.\d)?(?:s|ms|us)"
NUMBER = r"\d\.\d{4}(?:e[-+]\d+)?"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Prints go to a terminal from now on. A fixture would be too early: pytest prints after it."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    return screen


def test_one_line_an_epoch_in_a_log(
    model: Sequential, data: tuple, capsys: pytest.CaptureFixture[str]
) -> None:
    model.fit(*data, epochs=2, validation_split=0.25)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        assert re.fullmatch(
            rf"Epoch {number}/2 - {TIME} {TIME}/step - loss: {NUMBER} - accuracy: {NUMBER}"
            rf" - val_loss: {NUMBER} - val_accuracy: {NUMBER}",
            line,
        )


def test_silence(model: Sequential, data: tuple, capsys: pytest.CaptureFixture[str]) -> None:
    model.fit(*data, verbose=0)
    assert capsys.readouterr().out == ""


def test_a_bar_in_a_terminal(
    model: Sequential, data: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = on_a_terminal(monkeypatch)
    model.fit(*data, epochs=2, batch_size=16)
    text = terminal.getvalue()
    assert text.count("\n") == 4
    epochs = text.split("\n")
    assert (epochs[0], epochs[2], epochs[4]) == ("Epoch 1/2", "Epoch 2/2", "")
    final = epochs[1].split("\r")[-1]
    assert re.fullmatch(
        rf"6/6 ━{{20}} {TIME} {TIME}/step - loss: {NUMBER} - accuracy: {NUMBER} *", final
    )
    assert re.match(r"\r1/6 ━{3}─{17} ", epochs[1])


def test_the_bar_keeps_to_one_line_while_it_moves(
    model: Sequential, data: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: type("Size", (), {"columns": 30}))
    monkeypatch.setattr("cnnlstm._progress.SECONDS_BETWEEN_DRAWINGS", 0)
    model.fit(*data, batch_size=8)
    drawn = terminal.getvalue().split("\n")[1].split("\r")[1:]
    assert len(drawn) == 13
    assert {len(line) for line in drawn[:-1]} == {29}


def test_an_interrupted_bar_leaves_its_line(
    model: Sequential, data: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = on_a_terminal(monkeypatch)

    def fail(*_: object) -> None:
        raise RuntimeError

    for hook in ("on_epoch_end", "on_train_begin"):
        with pytest.raises(RuntimeError):
            model.fit(*data, callbacks=LambdaCallback(**{hook: fail}))
        assert terminal.getvalue().endswith("\n")


def test_verbose_decides(
    model: Sequential, data: tuple, capsys: pytest.CaptureFixture[str]
) -> None:
    model.fit(*data, verbose=1)
    assert "\r" in capsys.readouterr().out
    model.fit(*data, verbose=2)
    assert "\r" not in capsys.readouterr().out


def test_no_standard_output(data: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model()
    model.compile("adam", "sparse_categorical_crossentropy")
    monkeypatch.setattr(sys, "stdout", None)
    assert model.fit(*data).epoch == [0]


def test_bar() -> None:
    utf8 = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert bar(0, 4, utf8) == "─" * 20
    assert bar(3, 4, utf8) == "━" * 15 + "─" * 5
    assert bar(4, 4, ascii_only) == "=" * 20
    assert bar(1, 4, ascii_only) == "=" * 5 + "-" * 15


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.00002, "20us"), (0.0042, "4ms"), (0.123, "0.1s"), (9.94, "9.9s"), (75.2, "75s")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_formatted() -> None:
    logs = {"loss": 0.00012345, "accuracy": 1.0, "val_loss": float("nan"), "zero": 0.0}
    assert formatted(logs) == (
        " - loss: 1.2345e-04 - accuracy: 1.0000 - val_loss: nan - zero: 0.0000"
    )
    assert formatted(None) == ""
