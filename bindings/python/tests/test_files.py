"""Files: what comes back, and what is refused."""

from __future__ import annotations

import os
import pathlib

import numpy as np
import pytest
from conftest import small_model, waves

from cnnlstm import errors
from cnnlstm.layers import LSTM, Dense, Input, Normalization
from cnnlstm.models import Sequential, load_model


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """A saved model."""
    target = tmp_path / "model.cnnlstm"
    small_model().save(target)
    return target


def test_round_trip(tmp_path: pathlib.Path) -> None:
    x, _ = waves(12)
    normalization = Normalization()
    normalization.adapt(x)
    model = Sequential([Input((None, 2)), normalization, LSTM(4), Dense(2, activation="softmax")])
    model.labels = ["up", "down"]
    model.metadata = {"unit": "g", "rate": "50 Hz"}
    model.save(tmp_path / "a")
    loaded = load_model(tmp_path / "a")
    assert loaded.predict(x).tobytes() == model.predict(x).tobytes()
    assert all(map(np.array_equal, loaded.get_weights(), model.get_weights()))
    assert (loaded.labels, dict(loaded.metadata)) == (model.labels, dict(model.metadata))
    assert loaded.input_shape == model.input_shape
    configs = [[layer.get_config() for layer in each.layers] for each in (loaded, model)]
    assert configs[0] == configs[1]
    loaded.save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_loaded_model_goes_on_learning(path: pathlib.Path, data: tuple) -> None:
    model = load_model(path)
    with pytest.raises(errors.StateError, match="built"):
        model.add(Dense(2))
    with pytest.raises(errors.StateError, match="compile"):
        model.fit(*data)
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(*data, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("kind", [str, os.fsencode, pathlib.Path])
def test_kinds_of_paths(tmp_path: pathlib.Path, kind: type) -> None:
    name = kind(str(tmp_path / "größe.cnnlstm"))
    small_model().save(name)
    assert load_model(name).input_shape == (None, 20, 2)
    assert os.listdir(tmp_path) == ["größe.cnnlstm"]


def test_a_failed_save_leaves_the_old_file(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    before = path.read_bytes()
    with pytest.raises(errors.FileAccessError, match="nowhere") as caught:
        small_model().save(tmp_path / "nowhere" / "model")
    assert isinstance(caught.value, OSError)
    with pytest.raises(errors.FileAccessError):
        small_model().save(tmp_path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.cnnlstm"]


def test_paths_that_are_none(tmp_path: pathlib.Path) -> None:
    with pytest.raises(errors.FileAccessError, match="missing"):
        load_model(tmp_path / "missing")
    with pytest.raises(errors.FileAccessError):
        load_model(tmp_path)
    for call in (load_model, small_model().save):
        with pytest.raises(ValueError, match="zero byte"):
            call("a\0b")
        with pytest.raises(TypeError):
            call(3)


def test_no_model_at_all(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "text"
    target.write_text("just some text that is no model\n" * 100)
    with pytest.raises(errors.NotAModelError):
        load_model(target)


def test_a_file_cut_short(path: pathlib.Path) -> None:
    content = path.read_bytes()
    for size in {0, 1, 16, 64, len(content) // 2, len(content) - 1}:
        path.write_bytes(content[:size])
        with pytest.raises(errors.FileError):
            load_model(path)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(errors.FileTruncatedError):
        load_model(path)


def test_a_changed_byte(path: pathlib.Path) -> None:
    content = path.read_bytes()
    original = load_model(path).get_weights()
    for at in range(0, len(content), 37):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        try:
            model = load_model(path)
        except errors.FileError:
            continue
        assert all(map(np.array_equal, model.get_weights(), original)), at


@pytest.mark.parametrize(
    "limits", [{"max_file_bytes": 100}, {"max_parameters": 10}, {"max_layers": 2}]
)
def test_limits(path: pathlib.Path, limits: dict[str, int]) -> None:
    with pytest.raises(errors.LimitError):
        load_model(path, **limits)
    generous = {name: 10**7 for name in limits}
    assert load_model(path, skip_self_test=True, **generous).built


def test_wrong_limits(path: pathlib.Path) -> None:
    with pytest.raises(errors.ArgumentError, match="max_layers"):
        load_model(path, max_layers=-1)
    with pytest.raises(TypeError, match="max_layers"):
        load_model(path, max_layers=1.5)


def test_a_model_without_layers() -> None:
    with pytest.raises(errors.StateError, match="no input shape"):
        Sequential().save("never")
