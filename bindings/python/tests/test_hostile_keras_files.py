"""Keras files that must be refused, with what is wrong and where; nothing in them is run."""

from __future__ import annotations

import copy
import io
import json
import pathlib
import shutil
import warnings
import zipfile
from typing import Any, Callable

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from keras_files import (
    FUNCTIONAL,
    SEQUENTIAL,
    WEIGHTS,
    WRAPPERS,
    archived,
    config_of,
    members,
    with_config,
    with_layer,
)

import cnnlstm
from cnnlstm import errors
from cnnlstm._keras import hdf5

Change = Callable[[dict[str, Any]], Any]
KERNEL = "layers/conv1d/vars/0"


def load(path: pathlib.Path) -> cnnlstm.Sequential:
    return cnnlstm.from_keras(path, compare=False)


def setting(**options: Any) -> Change:
    return lambda layer: layer["config"].update(options)


def becoming(**entries: Any) -> Change:
    return lambda layer: layer.update(entries)


def wrapped(class_name: str, inner: str, **options: Any) -> Change:
    """Another layer in a wrapper; merge_mode is that of the wrapper."""
    own = {"name": "lstm"}
    own |= {name: options.pop(name) for name in ("merge_mode",) if name in options}
    layer = {"module": "keras.layers", "class_name": inner, "config": options}
    return becoming(class_name=class_name, registered_name=None, config={**own, "layer": layer})


@pytest.mark.parametrize(
    ("class_name", "change", "message"),
    [
        ("LSTM", becoming(class_name="Lambda"), "'lstm' .Lambda.: Lambda holds Python code"),
        (
            "LSTM",
            becoming(class_name="ConvLSTM1D"),
            "'lstm' .*ConvLSTM1D is not supported in layers",
        ),
        ("LSTM", becoming(module="os"), "LSTM is a custom object of 'os'"),
        ("LSTM", becoming(module="kerasx.layers"), "custom object"),
        ("LSTM", becoming(registered_name="mine>LSTM"), "custom object 'mine>LSTM'"),
        ("LSTM", becoming(class_name="Layer"), "Layer is not supported"),
        ("LSTM", becoming(class_name="__builtins__"), "not supported"),
        (
            "Conv1D",
            setting(data_format="channels_first"),
            "'look' .Conv1D.: data_format='channels_",
        ),
        ("Conv1D", setting(activity_regularizer="l2"), "activity_regularizer='l2' is not"),
        ("Conv1D", setting(dtype="float64"), "'look'.*dtype 'float64' is not supported"),
        ("Conv1D", setting(filters="many"), "'look'.*filters must be an integer"),
        ("Conv1D", setting(filters=2**40), "'look'.*filters"),
        ("Conv1D", setting(filters=None), "'look'"),
        ("Conv1D", setting(name="n" * 64), "63 bytes"),
        (
            "Conv1D",
            setting(activation={"class_name": "function", "config": "f"}),
            "activation holds",
        ),
        (
            "Conv1D",
            setting(kernel_initializer={"class_name": "Mine"}),
            "Mine is not supported in init",
        ),
        ("LSTM", setting(return_state=True), "'lstm' .LSTM.: return_state=True"),
        ("LSTM", setting(activation="mish"), "mish"),
        ("LSTM", setting(invented=1), "invented=1 is not supported"),
        (
            "LSTM",
            wrapped("Bidirectional", "LSTM", units=2, merge_mode=None),
            "'lstm' .Bidirectional.: merge_mode None gives two outputs",
        ),
        (
            "LSTM",
            wrapped("Bidirectional", "Dense", units=2),
            "'lstm' .Bidirectional.: Bidirectional takes an LSTM",
        ),
        (
            "LSTM",
            wrapped("TimeDistributed", "Activation", activation="relu"),
            "'lstm' .TimeDistributed.: TimeDistributed takes a Dense",
        ),
        ("InputLayer", setting(batch_shape=[None, 4, 5, 6]), "the input must be"),
        ("InputLayer", setting(batch_shape=[None, 12, None]), "input"),
    ],
)
def test_what_does_not_exist_here(
    tmp_path: pathlib.Path, class_name: str, change: Change, message: str
) -> None:
    with pytest.raises(errors.CnnLstmError, match=message):
        load(with_layer(tmp_path, class_name, change))


CONV = {"filters": 2, "kernel_size": 2}


def inner(change: Change, name: str = "layer") -> Change:
    """Of the layer in a wrapper."""
    return lambda layer: change(layer["config"][name])


@pytest.mark.parametrize(
    ("class_name", "change", "message"),
    [
        ("Bidirectional", setting(merge_mode=None), "merge_mode None gives two outputs"),
        ("Bidirectional", setting(merge_mode="max"), "merge_mode"),
        ("Bidirectional", setting(layer=None), "expected an object"),
        ("Bidirectional", inner(becoming(class_name="RNN")), "a backward_layer with other"),
        ("Bidirectional", inner(setting(units=3)), "a backward_layer with other"),
        ("Bidirectional", inner(setting(go_backwards=True)), "a backward_layer with other"),
        ("Bidirectional", inner(setting(trainable=False)), "a backward_layer with other"),
        ("Bidirectional", inner(setting(units=3), "backward_layer"), "a backward_layer with"),
        ("Bidirectional", setting(backward_layer=7), "expected an object"),
        ("TimeDistributed", inner(becoming(class_name="Conv1D", config=CONV)), "takes a Dense"),
        ("TimeDistributed", inner(becoming(class_name="ReLU", config={})), "takes a Dense"),
        ("TimeDistributed", inner(becoming(class_name="Lambda")), "Lambda holds Python code"),
        ("TimeDistributed", inner(becoming(module="mine")), "a custom object of 'mine'"),
        ("TimeDistributed", inner(setting(dtype="float64")), "dtype 'float64'"),
        ("TimeDistributed", inner(setting(activity_regularizer="l2")), "activity_regularizer"),
        ("SimpleRNN", setting(kernel_constraint={"class_name": "NonNeg"}), "NonNeg is not"),
        ("SimpleRNN", setting(zero_output_for_mask=True), "zero_output_for_mask=True"),
        ("BatchNormalization", setting(axis=1), "axis must be -1"),
        ("SimpleRNN", becoming(class_name="RNN"), "RNN is not supported in layers"),
    ],
)
def test_wrappers_that_do_not_exist_here(
    tmp_path: pathlib.Path, class_name: str, change: Change, message: str
) -> None:
    """The message names the layer, not what is in it."""
    path = with_layer(tmp_path, class_name, change, WRAPPERS)
    with pytest.raises(errors.CnnLstmError, match=rf"layer '\w+' .\w+.: .*{message}"):
        load(path)


def functional(tmp_path: pathlib.Path, change: Change) -> pathlib.Path:
    """The functional .h5 file with its configuration changed."""
    path = tmp_path / "changed.h5"
    shutil.copy(FUNCTIONAL, path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"])
        file.attrs["model_config"] = json.dumps(config)
    return path


def nodes(config: dict[str, Any], index: int) -> Any:
    return config["layers"][index]["inbound_nodes"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: nodes(it, 2).append(nodes(it, 2)[0]), "'first'.*called once"),
        (
            lambda it: nodes(it, 3)[0]["args"].append(nodes(it, 2)[0]["args"][0]),
            "'second'.*2 inputs",
        ),
        (lambda it: nodes(it, 5)[0]["kwargs"].update(training=True), "'dropout'.*training=True"),
        (lambda it: nodes(it, 3)[0]["kwargs"].update(mask=nodes(it, 3)[0]["args"]), "a mask from"),
        (lambda it: it["layers"][2].update(inbound_nodes=[]), "'first'"),
        (lambda it: nodes(it, 3)[0].update(args=nodes(it, 1)[0]["args"]), "not one chain"),
        (lambda it: nodes(it, 2)[0].update(args=nodes(it, 4)[0]["args"]), "not one chain"),
        (lambda it: it.update(output_layers=[["flatten", 0, 0]]), "not one chain"),
        (lambda it: it.update(output_layers=[["nobody", 0, 0]]), "'nobody'"),
        (lambda it: it.update(output_layers=[["first", 0, 0], ["second", 0, 0]]), "output_layers"),
        (lambda it: it.update(layers=7), "no list of layers"),
    ],
)
def test_graphs_that_are_no_chain(tmp_path: pathlib.Path, change: Change, message: str) -> None:
    with pytest.raises(errors.CnnLstmError, match=message):
        load(functional(tmp_path, change))


def with_weights(tmp_path: pathlib.Path, change: Callable[[h5py.File], Any]) -> pathlib.Path:
    """The sequential file with its weights changed."""
    content = members(SEQUENTIAL)
    stream = io.BytesIO(content[WEIGHTS])
    with h5py.File(stream, "r+") as file:
        change(file)
    return archived(tmp_path / "changed.keras", {**content, WEIGHTS: stream.getvalue()})


def replaced(**options: Any) -> Callable[[h5py.File], Any]:
    """The kernel of the convolution as another dataset."""

    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, **options)

    return change


def linked(link: Any, place: str = KERNEL) -> Callable[[h5py.File], Any]:
    def change(file: h5py.File) -> None:
        del file[place]
        file[place] = link

    return change


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3, 2, 3), "f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "data", (3, 2, 3))
    del file[KERNEL]
    file.create_virtual_dataset(KERNEL, layout)


SHAPE = {"shape": (3, 2, 3), "dtype": "f4"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (linked(h5py.ExternalLink("/etc/passwd", "/")), "conv1d/vars/0 is a link to elsewhere"),
        (linked(h5py.ExternalLink("other.h5", "/"), "layers/lstm/cell"), "lstm/cell is a link"),
        (linked(h5py.SoftLink("/layers/lstm/cell/vars/0")), "link to elsewhere"),
        (linked(h5py.SoftLink("/layers/lstm"), "layers/conv1d"), "link to elsewhere"),
        (replaced(**SHAPE, external=[("/etc/passwd", 0, 72)]), "its data in another file"),
        (virtual, "its data in another file"),
        (replaced(data=np.zeros((3, 2, 4), "f4")), r"'look'.*must have the shape \(3, 2, 3\)"),
        (replaced(data=np.full((3, 2, 3), np.nan, "f4")), "not finite"),
        (replaced(data=np.full((3, 2, 3), 1e300)), "not finite"),
        (replaced(shape=(3, 2, 3), dtype="S4"), "not numbers"),
        (replaced(shape=(3, 2, 3), dtype=h5py.string_dtype()), "not numbers"),
        (lambda file: file.__delitem__(KERNEL), "'look'"),
        (lambda file: file.__delitem__("layers/conv1d"), "'look'.*no arrays"),
        (lambda file: file.__delitem__("layers"), "no arrays"),
        (lambda file: file.create_dataset("layers/conv1d/vars/2", data=0.0), "3 arrays"),
        (lambda file: file[KERNEL.replace("/0", "")].move("0", "x"), "'look'"),
        (linked(h5py.SoftLink("/layers"), "layers/conv1d/vars"), "link to elsewhere"),
    ],
)
def test_weights_that_lead_elsewhere(
    tmp_path: pathlib.Path, change: Callable[[h5py.File], Any], message: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = with_weights(tmp_path, change)
    with pytest.raises(errors.CnnLstmError, match=message):
        load(path)


def test_arrays_that_expand_too_far(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte in the file, which says they are half a megabyte of zeros."""

    def change(file: h5py.File) -> None:
        del file["layers/dense/vars"]
        file.create_dataset("layers/dense/vars/0", (2, 1 << 16), "f4")
        file.create_dataset("layers/dense/vars/1", (1 << 16,), "f4")

    content = members(with_weights(tmp_path, change))
    config = json.loads(content["config.json"])
    config["config"]["layers"][-1]["config"]["units"] = 1 << 16
    content["config.json"] = json.dumps(config).encode()
    path = archived(tmp_path / "bomb.keras", content)
    assert load(path).count_params() > 1 << 17
    monkeypatch.setattr(hdf5, "SMALL_BYTES", 1 << 10)
    with pytest.raises(errors.FileCorruptError, match="524288 bytes are stored as 0"):
        load(path)


def test_members_that_expand_too_far(tmp_path: pathlib.Path) -> None:
    for name in ("config.json", "metadata.json", WEIGHTS):
        path = archived(tmp_path / "bomb.keras", members(SEQUENTIAL) | {name: bytes(1 << 26)})
        with pytest.raises(errors.FileCorruptError, match="expand too far"):
            load(path)


@pytest.mark.parametrize("name", ["../evil", "/evil", "assets/../../evil", "..\\evil"])
def test_members_outside_of_the_archive(tmp_path: pathlib.Path, name: str) -> None:
    path = archived(tmp_path / "path.keras", members(SEQUENTIAL) | {name: b"x"})
    with pytest.raises(errors.FileCorruptError, match="outside of it"):
        load(path)


def test_members_of_one_name(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "twice.keras"
    shutil.copy(SEQUENTIAL, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", "{}")
    with pytest.raises(errors.FileCorruptError, match="two members of one name"):
        load(path)


@pytest.mark.parametrize("name", ["config.json", "metadata.json", WEIGHTS])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b"[]", b"7", b'{"config": 1}']
)
def test_members_that_are_something_else(tmp_path: pathlib.Path, name: str, content: bytes) -> None:
    path = archived(tmp_path / "other.keras", members(SEQUENTIAL) | {name: content})
    if name == "metadata.json" and content in (b"null", b"[]", b"7", b'{"config": 1}'):
        report = load(path).import_report
        assert report is not None and "Keras ?" in report.source
        return
    with pytest.raises(errors.CnnLstmError):
        load(path)


def test_files_of_another_kind(tmp_path: pathlib.Path) -> None:
    with pytest.raises(errors.FileAccessError, match="nothing.keras"):
        load(tmp_path / "nothing.keras")
    with pytest.raises(errors.FileAccessError):
        load(tmp_path)
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(errors.NotAModelError, match=r"neither a .keras nor an .h5"):
        load(tmp_path / "text.keras")
    with pytest.raises(errors.NotAModelError, match="holds no metadata.json"):
        load(archived(tmp_path / "zip.keras", {"config.json": b"{}"}))
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.create_group("model_weights")
    with pytest.raises(errors.NotAModelError, match="weights alone"):
        load(tmp_path / "weights.h5")


@pytest.mark.parametrize("source", [SEQUENTIAL, FUNCTIONAL])
def test_truncated_files(tmp_path: pathlib.Path, source: pathlib.Path) -> None:
    content = source.read_bytes()
    path = tmp_path / "cut"
    for size in range(0, len(content) - 1, len(content) // 40):
        path.write_bytes(content[:size])
        with pytest.raises(errors.FileError):
            load(path)


def test_names_in_a_list_are_not_followed_elsewhere(tmp_path: pathlib.Path) -> None:
    """The names of arrays in an .h5 file are paths."""
    path = tmp_path / "linked.h5"
    shutil.copy(FUNCTIONAL, path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/first"]
        group["away"] = h5py.ExternalLink("other.h5", "/")
        group.attrs["weight_names"] = ["away/kernel", "away/bias"]
    with pytest.raises(errors.FileCorruptError, match="away is a link to elsewhere"):
        load(path)
    with h5py.File(path, "r+") as file:
        file["model_weights/first"].attrs["weight_names"] = ["../../x", "/model_weights"]
    with pytest.raises(errors.FileCorruptError, match="'first'"):
        load(path)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container and key in a tree of JSON."""
    items: Any = []
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(value, key) for key, _ in items]
    return found + [place for _, item in items for place in places(item)]


CONFIG = config_of(SEQUENTIAL)
ODD = (None, True, -1, 0, 1, 2**63, 1e300, "", "linear", [], [[]], {}, {"class_name": "LSTM"})


@settings(max_examples=300)
@given(some.randoms(use_true_random=False), some.sampled_from(ODD))
def test_any_value_in_any_place(tmp_path_factory: Any, random: Any, value: Any) -> None:
    """A model or an error of ours, whatever stands where."""
    config = copy.deepcopy(CONFIG)
    container, key = random.choice(places(config))
    container[key] = copy.deepcopy(value)
    path = with_config(tmp_path_factory.mktemp("odd"), config)
    try:
        assert load(path).predict(np.zeros((1, 12, 2), np.float32)).ndim in (2, 3)
    except errors.CnnLstmError as error:
        assert str(error)
