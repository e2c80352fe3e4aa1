"""Models: building, shapes, weights, labels, metadata, copies."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
from conftest import small_model

import cnnlstm
from cnnlstm.errors import ArgumentError, DataError, LimitError, ShapeError, StateError
from cnnlstm.layers import LSTM, Conv1D, Dense, Input, MaxPooling1D
from cnnlstm.models import Sequential
from cnnlstm.utils import set_random_seed


def test_the_listing_of_keras(capsys: pytest.CaptureFixture[str]) -> None:
    model = Sequential()
    model.add(Conv1D(32, kernel_size=3, activation="relu", input_shape=(100, 1)))
    model.add(MaxPooling1D(pool_size=2))
    model.add(LSTM(128, dropout=0.2))
    model.add(Dense(8, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    assert model.input_shape == (None, 100, 1)
    assert model.output_shape == (None, 8)
    assert model.count_params() == 83_592
    assert [array.shape for array in model.get_weights()] == [
        (3, 1, 32),
        (32,),
        (32, 512),
        (128, 512),
        (512,),
        (128, 8),
        (8,),
    ]
    model.summary()
    assert "83,592" in capsys.readouterr().out
    random = np.random.default_rng(0)
    x = random.normal(size=(16, 100, 1))
    y = np.eye(8)[np.arange(16) % 8]
    history = model.fit(x, y, batch_size=4, epochs=2, validation_split=0.25)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    loss, accuracy = model.evaluate(x, y)
    assert loss > 0
    assert 0 <= accuracy <= 1
    np.testing.assert_allclose(model.predict(x).sum(axis=1), 1, rtol=1e-6)


def test_input_in_every_way() -> None:
    models = [
        Sequential([Input(shape=(None, 6)), LSTM(4)], seed=3),
        Sequential([LSTM(4, input_shape=(None, 6))], seed=3),
        Sequential([LSTM(4)], seed=3),
    ]
    models[2].build((None, None, 6))
    for model in models:
        assert model.input_shape == (None, None, 6)
        assert [layer.name for layer in model.layers] == ["lstm"]
        assert all(map(np.array_equal, model.get_weights(), models[0].get_weights()))


@pytest.mark.parametrize("first", ["predict", "fit", "evaluate"])
def test_data_gives_the_shape(first: str) -> None:
    model = Sequential([LSTM(4), Dense(2)])
    model.compile("sgd", "mse")
    with pytest.raises(StateError, match="no input shape"):
        model.summary()
    x = np.zeros((3, 7, 2))
    if first == "predict":
        model.predict(x)
    else:
        getattr(model, first)(x, np.zeros((3, 2)), verbose=0)
    assert model.input_shape == (None, 7, 2)


def test_a_shape_that_does_not_fit_leaves_the_model_as_it_was() -> None:
    model = Sequential([Conv1D(4, 5), LSTM(2)])
    with pytest.raises(ShapeError):
        model.build((None, 3, 1))
    assert not model.built
    model.build((None, 9, 1))
    assert model.output_shape == (None, 2)


def test_build() -> None:
    model = small_model()
    assert not model.built
    model.build()
    assert model.built
    with pytest.raises(StateError, match="built"):
        model.add(Dense(2))
    assert len(model.layers) == 4
    with pytest.raises(StateError, match="no input shape"):
        Sequential().build()


def test_add_refuses() -> None:
    model = small_model()
    with pytest.raises(TypeError, match="expected a layer"):
        model.add("LSTM")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="Input"):
        model.add(Input((3, 4)))
    with pytest.raises(ArgumentError, match="Input"):
        Sequential([LSTM(2), Input((3, 4))])


def test_get_layer() -> None:
    model = small_model()
    assert model.get_layer("lstm") is model.layers[2] is model.get_layer(index=-2)
    with pytest.raises(ArgumentError, match="no layer 'gru'"):
        model.get_layer("gru")
    with pytest.raises(ArgumentError, match="no layer 4"):
        model.get_layer(index=4)


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    model = small_model()
    model.summary(print_fn=lines.append)
    assert capsys.readouterr().out == ""
    for layer in model.layers:
        assert layer.name in lines[0]


def test_seeds() -> None:
    weights = []
    for seed in (1, 1, 2):
        set_random_seed(seed)
        weights.append((small_model().get_weights(), small_model().get_weights()))
    first, same, other = weights
    assert all(map(np.array_equal, first[0] + first[1], same[0] + same[1]))
    assert not np.array_equal(first[0][0], first[1][0])
    assert not np.array_equal(first[0][0], other[0][0])


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_wrong_seeds(seed: int) -> None:
    with pytest.raises(ArgumentError, match="seed"):
        Sequential(seed=seed)


def test_weights_of_the_whole_model() -> None:
    model = small_model()
    weights = model.get_weights()
    assert all(array.dtype == np.float32 for array in weights)
    new = [np.full(array.shape, index / 8) for index, array in enumerate(weights)]
    model.set_weights(new)
    assert all(map(np.array_equal, model.get_weights(), new))
    weights[0][:] = 7
    assert not np.array_equal(model.get_weights()[0], weights[0])


def test_set_weights_sets_all_or_none() -> None:
    model = small_model()
    before = model.get_weights()
    with pytest.raises(ShapeError, match="expected 7 arrays of weights, got 6"):
        model.set_weights(before[:-1])
    wrong = [array + 1 for array in before]
    wrong[-1] = wrong[-1][:-1]
    with pytest.raises(ShapeError, match=r"dense/bias has the shape \(3,\), got \(2,\)"):
        model.set_weights(wrong)
    wrong[-1] = np.array([1.0, 2.0, np.inf])
    with pytest.raises(DataError):
        model.set_weights(wrong)
    with pytest.raises(TypeError, match="real numbers"):
        model.set_weights([array.astype(complex) for array in before])
    assert all(map(np.array_equal, model.get_weights(), before))


def test_set_weights_reaches_predictions() -> None:
    model = small_model()
    x = np.ones((2, 20, 2), np.float32)
    before = model.predict(x)
    weights = model.get_weights()
    model.set_weights([array * 2 for array in weights])
    assert not np.array_equal(model.predict(x), before)
    model.set_weights(weights)
    assert np.array_equal(model.predict(x), before)


def test_labels() -> None:
    model = small_model()
    assert model.labels == []
    model.labels = ["sit", "größer", "走"]
    assert model.labels == ["sit", "größer", "走"]
    for wrong, error in (
        (["a", "b"], ShapeError),
        (["a", "b", 3], TypeError),
        (["a", "b", "c\0d"], ValueError),
        (["a", "b", "x" * 1025], ArgumentError),
    ):
        with pytest.raises(error):
            model.labels = wrong
        assert model.labels == ["sit", "größer", "走"]
    model.labels = []
    assert model.labels == []


def test_metadata() -> None:
    model = small_model()
    model.metadata["unit"] = "m/s²"
    model.metadata["author"] = ""
    model.metadata["unit"] = "g"
    assert dict(model.metadata) == {"author": "", "unit": "g"}
    assert list(model.metadata) == ["author", "unit"]
    assert (len(model.metadata), "unit" in model.metadata) == (2, True)
    assert repr(model.metadata) == "{'author': '', 'unit': 'g'}"
    del model.metadata["unit"]
    assert model.metadata.get("unit") is None
    with pytest.raises(KeyError, match="unit"):
        del model.metadata["unit"]
    model.metadata = {"a": "1", "b": "2"}
    assert dict(model.metadata) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ({"k": "v", "": "empty"}, ArgumentError),
        ({"k": "v", "x" * 257: "long"}, ArgumentError),
        ({"k": "v", "long": "x" * (2**20 + 1)}, (ArgumentError, LimitError)),
        ({"k": "v", "a\0b": "zero"}, ValueError),
        ({"k": "v", "number": 3}, TypeError),
        ({str(index): "v" for index in range(1025)}, LimitError),
    ],
)
def test_wrong_metadata_changes_nothing(pairs: dict, error: type[Exception]) -> None:
    model = small_model()
    model.metadata = {"old": "one"}
    with pytest.raises(error):
        model.metadata = pairs
    assert dict(model.metadata) == {"old": "one"}


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_copies(model: Sequential, copied: object, data: tuple) -> None:
    x, y = data
    model.labels = ["a", "b", "c"]
    model.metadata["key"] = "value"
    model.fit(x, y, verbose=0)
    other = copied(model)  # type: ignore[operator]
    assert np.array_equal(other.predict(x), model.predict(x))
    assert other.labels == model.labels
    assert dict(other.metadata) == dict(model.metadata)
    assert other.evaluate(x, y) == model.evaluate(x, y)
    before = model.get_weights()
    other.fit(x, y, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), before))


def test_copy_of_a_model_without_a_shape() -> None:
    other = copy.deepcopy(Sequential([LSTM(3), Dense(2)]))
    assert other.predict(np.zeros((1, 4, 2))).shape == (1, 2)


def test_memory_is_given_back() -> None:
    model = small_model()
    model.predict(np.zeros((1, 20, 2)))
    model.compile("sgd", "mse")
    model.fit(np.zeros((1, 20, 2)), np.zeros((1, 3)), verbose=0)
    gc.collect()
    gc.disable()
    try:
        natives = [model._native, model._predictor._sessions[0], model._training._trainer]
        alive = [weakref.ref(native) for native in natives]
        del model, natives
        assert [reference() for reference in alive] == [None, None, None]
    finally:
        gc.enable()


def test_public_names() -> None:
    for module in (cnnlstm, *(getattr(cnnlstm, name) for name in cnnlstm.__all__)):
        for name in getattr(module, "__all__", ()):
            assert getattr(module, name).__doc__, f"{module.__name__}.{name}"
