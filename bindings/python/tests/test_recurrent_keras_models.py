"""Recurrent layers, wrappers and all their options, from Keras's files and back."""

from __future__ import annotations

import pathlib
import shutil
from typing import Any

import h5py
import pytest
from keras_files import FOLDER, RECURRENT, config_of, tree, with_layer

import cnnlstm
from cnnlstm import constraints, errors, regularizers

RECURRENT_FILES = (RECURRENT, FOLDER / "recurrent.h5", FOLDER / "keras2_recurrent.h5")


@pytest.mark.parametrize("path", RECURRENT_FILES, ids=lambda path: path.name)
def test_options_of_recurrent_layers(path: pathlib.Path) -> None:
    masking, both, lstm, dense, last = cnnlstm.from_keras(path, compare=False).layers
    assert masking.mask_value == 1
    gru = both.layer
    assert both.merge_mode == "mul" and gru.go_backwards and not gru.reset_after
    assert not both.get_config()["backward_layer"]["config"]["go_backwards"]
    assert (lstm.dropout, lstm.recurrent_dropout, lstm.unit_forget_bias) == (0.1, 0.2, False)
    assert lstm.recurrent_activation == "softsign" and lstm.return_sequences
    assert lstm.kernel_regularizer == regularizers.L1L2(0.01, 0.02)
    assert (lstm.recurrent_regularizer, lstm.bias_regularizer) == (None, regularizers.L2(0.01))
    assert lstm.recurrent_constraint == constraints.MaxNorm(1.5, [0, 1])
    initial = lstm.kernel_initializer
    assert (initial.scale, initial.mode, initial.distribution) == (0.5, "fan_avg", "uniform")
    assert lstm.recurrent_initializer.gain == 0.8
    assert dense.layer.activation == "tanh" and not dense.layer.trainable
    assert last.merge_mode == "sum" and last.stateful and not last.layer.use_bias


def test_recurrent_layers_are_written_as_keras_wrote_them(tmp_path: pathlib.Path) -> None:
    """The same arrays, the same class, every argument of ours with Keras's value."""
    cnnlstm.from_keras(RECURRENT, compare=False).to_keras(tmp_path / "again.keras", batch_size=3)
    assert arrays(tree(tmp_path / "again.keras")) == arrays(tree(RECURRENT))
    theirs, ours = (config_of(path)["config"] for path in (RECURRENT, tmp_path / "again.keras"))
    kept = [it for it in theirs["layers"] if it["class_name"] not in ("NotEqual", "Any")]
    assert len(ours["layers"]) == len(kept)
    for found, expected in zip(ours["layers"], kept):
        agrees(found, expected)


def arrays(found: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in found.items() if item is not None}


def agrees(found: Any, expected: Any) -> None:
    """All that is found is expected, but for names and how dtypes are written."""
    if not isinstance(found, dict):
        assert found == expected
        return
    for key in found.keys() - {"name", "dtype"}:
        agrees(found[key], expected[key])


def test_hard_sigmoid_of_keras_2_is_another(tmp_path: pathlib.Path) -> None:
    path = shutil.copy(FOLDER / "keras2_recurrent.h5", tmp_path / "model.h5")
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"].replace("softsign", "hard_sigmoid")
        file.attrs["model_config"] = config
    with pytest.raises(errors.UnsupportedError, match=r"'lstm\w*' .LSTM.: .*hard_sigmoid.*Keras 2"):
        cnnlstm.from_keras(path, compare=False)
    path = shutil.copy(FOLDER / "keras2_wrappers.h5", tmp_path / "wrapped.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace("relu", "hard_sigmoid")
    with pytest.raises(errors.UnsupportedError, match=r"'time_distributed\w*'.*hard_sigmoid"):
        cnnlstm.from_keras(path, compare=False)
    of_keras_3 = with_layer(
        *(tmp_path, "LSTM"),
        lambda layer: layer["config"].update(recurrent_activation="hard_sigmoid"),
    )
    model = cnnlstm.from_keras(of_keras_3, compare=False)
    assert model.layers[2].recurrent_activation == "hard_sigmoid"
