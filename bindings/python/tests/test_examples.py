"""The example scripts, as somebody would run them."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import pytest
from conftest import REPOSITORY, small_model, waves

from cnnlstm.layers import LSTM, Dense, Input
from cnnlstm.models import Sequential

PREDICT = REPOSITORY / "bindings" / "python" / "examples" / "predict.py"


def predict(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PREDICT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("length", [20, None])
@pytest.mark.parametrize("labels", [[], ["rest", "walk", "run"]])
def test_predict(tmp_path: pathlib.Path, length: int | None, labels: list[str]) -> None:
    model = small_model(length)
    model.labels = labels
    model.save(tmp_path / "model")
    x, _ = waves(6)
    rows = [",".join(f"{value:.9g}" for value in sample.ravel()) for sample in x]
    text = "# time-major\n\n" + "\n".join([*rows[:3], " ", "# half", *rows[3:]])
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    result = predict(tmp_path / "model", tmp_path / "data.csv")
    assert (result.returncode, result.stderr) == (0, "")
    lines = [line.split(" ") for line in result.stdout.splitlines()]
    outputs = model.predict(x)
    assert [line[0] for line in lines] == list("012345")
    best = outputs.argmax(1)
    assert [line[1] for line in lines] == [labels[at] if labels else str(at) for at in best]
    printed = np.array([list(map(float, line[2:])) for line in lines], np.float32)
    assert printed.tobytes() == outputs.tobytes()


def test_predict_on_vectors(tmp_path: pathlib.Path) -> None:
    model = Sequential([Input((2,)), Dense(2)])
    model.save(tmp_path / "model")
    (tmp_path / "data.csv").write_text("1,2")
    values = model.predict([[1, 2]])[0]
    expected = f"0 {values.argmax()} {values[0]:.9g} {values[1]:.9g}\n"
    assert predict(tmp_path / "model", tmp_path / "data.csv").stdout == expected


@pytest.mark.parametrize(
    ("rows", "text"),
    [("1,2,3", "a row has 3 values, the model takes (20, 2)"), ("1,x", "x")],
)
def test_rows_that_do_not_fit(tmp_path: pathlib.Path, rows: str, text: str) -> None:
    small_model().save(tmp_path / "model")
    (tmp_path / "data.csv").write_text(rows)
    result = predict(tmp_path / "model", tmp_path / "data.csv")
    assert result.returncode == 1
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_other_mistakes(tmp_path: pathlib.Path) -> None:
    assert predict().stderr.startswith("usage: predict.py")
    result = predict(tmp_path / "model", tmp_path / "data.csv")
    assert (result.returncode, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr
    Sequential([Input((4, 1)), LSTM(2, return_sequences=True)]).save(tmp_path / "model")
    (tmp_path / "data.csv").write_text("1,2,3,4")
    result = predict(tmp_path / "model", tmp_path / "data.csv")
    assert "gives an output a time step" in result.stderr
