"""Names of Keras's kinds of files: what is written under them, and what reads it."""

from __future__ import annotations

import pathlib
import zipfile

import numpy as np
import pytest
from conftest import REPOSITORY, small_model

import cnnlstm
from cnnlstm import errors
from cnnlstm.callbacks import ModelCheckpoint
from cnnlstm.models import Sequential

KERAS_FILES = REPOSITORY / "Tests" / "Fixtures" / "keras"


def equal(model: Sequential, other: Sequential) -> bool:
    return all(map(np.array_equal, model.get_weights(), other.get_weights()))


def test_a_name_of_keras_is_a_file_of_keras(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("h5py")
    model = small_model()
    model.save(tmp_path / "model.keras")
    assert zipfile.is_zipfile(tmp_path / "model.keras")
    assert equal(model, cnnlstm.from_keras(tmp_path / "model.keras", compare=False))


@pytest.mark.parametrize("name", ["model.h5", "model.HDF5", "model.weights.h5"])
def test_hdf5_is_not_written(tmp_path: pathlib.Path, name: str) -> None:
    with pytest.raises(errors.ArgumentError, match="not written here"):
        small_model().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_weights_have_any_name(tmp_path: pathlib.Path) -> None:
    model, other = small_model(), small_model()
    for name in ("model.weights.h5", "weights"):
        model.save_weights(tmp_path / name)
        other.load_weights(tmp_path / name)
        assert equal(model, other)
        model.set_weights([array + 1 for array in model.get_weights()])


def test_checkpoints(tmp_path: pathlib.Path, model: Sequential, data: tuple) -> None:
    pytest.importorskip("h5py")
    callbacks = [
        ModelCheckpoint(tmp_path / "whole.keras"),
        ModelCheckpoint(tmp_path / "only.weights.h5", save_weights_only=True),
    ]
    model.fit(*data, callbacks=callbacks, verbose=0)
    assert equal(model, cnnlstm.from_keras(tmp_path / "whole.keras", compare=False))
    other = small_model()
    other.load_weights(tmp_path / "only.weights.h5")
    assert equal(model, other)


@pytest.mark.parametrize("name", ["sequential.keras", "sequential.h5"])
def test_a_file_of_keras_is_named(name: str) -> None:
    for load in (cnnlstm.load_model, small_model().load_weights):
        with pytest.raises(errors.NotAModelError, match=f"{name} is a Keras file.*from_keras"):
            load(KERAS_FILES / name)


def test_other_files_are_no_files_of_keras(tmp_path: pathlib.Path) -> None:
    (tmp_path / "model").write_bytes(b"hello")
    with pytest.raises(errors.NotAModelError, match="not a cnnlstm model"):
        cnnlstm.load_model(tmp_path / "model")


def test_overwrite(tmp_path: pathlib.Path) -> None:
    model = small_model()
    for save in (model.save, model.save_weights):
        path = tmp_path / save.__name__
        save(path, overwrite=False)
        content = path.read_bytes()
        model.set_weights([array + 1 for array in model.get_weights()])
        with pytest.raises(errors.FileAccessError, match="exists"):
            save(path, overwrite=False)
        assert path.read_bytes() == content
        save(path, overwrite=True)
        assert path.read_bytes() != content
