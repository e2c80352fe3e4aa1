"""Layers: arguments, defaults, shapes, names, errors."""

from __future__ import annotations

import copy
import ctypes
import pickle

import numpy as np
import pytest

from cnnlstm import _library, _structures, constraints, initializers, regularizers
from cnnlstm.errors import ArgumentError, DataError, ShapeError, StateError
from cnnlstm.layers import (
    LSTM,
    Activation,
    Conv1D,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Layer,
    MaxPooling1D,
    Normalization,
)
from cnnlstm.models import Sequential

EXAMPLES = [
    Conv1D(
        4,
        3,
        strides=2,
        padding="causal",
        groups=2,
        activation="tanh",
        use_bias=False,
        kernel_initializer=initializers.RandomNormal(0.5, 0.25, seed=3),
        name="first",
    ),
    Conv1D(4, 2, dilation_rate=3, bias_initializer="ones", trainable=False),
    MaxPooling1D(3, strides=1, padding="same"),
    LSTM(
        5,
        activation="relu",
        recurrent_activation="tanh",
        unit_forget_bias=False,
        dropout=0.25,
        recurrent_dropout=0.5,
        return_sequences=True,
        go_backwards=True,
        recurrent_initializer=initializers.Orthogonal(2.0),
        kernel_regularizer="l2",
        recurrent_regularizer=regularizers.L1L2(0.1, 0.2),
        bias_regularizer=regularizers.L1(0.25),
        kernel_constraint="max_norm",
        recurrent_constraint=constraints.MaxNorm(0.5, axis=[0, 1]),
    ),
    Dense(3, activation="sigmoid", bias_initializer=initializers.Constant(0.5)),
    Dropout(0.125),
    Activation("softmax"),
    Flatten(),
    Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=2.0, trainable=False),
]


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: layer.kind)
def test_config_makes_an_equal_layer(layer: Layer) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: layer.kind)
def test_the_library_keeps_every_argument(layer: Layer) -> None:
    mine = copy.deepcopy(layer)
    model = Sequential([Input((12, 4)), mine])
    loaded = pickle.loads(pickle.dumps(model)).layers[0]
    assert type(loaded) is type(mine)
    assert loaded.get_config() == mine.get_config()


@pytest.mark.parametrize(
    "layer", [Conv1D(1, 1), MaxPooling1D(), LSTM(1), Dense(1), Activation("linear")]
)
def test_defaults_are_those_of_the_library(layer: Layer) -> None:
    options = layer._options()
    default = _library.initialized(
        _structures.LayerOptions,
        _library.library.cnnlstm_layer_options_init,
        _library.code("layer", layer.kind),
    )
    required = {"filters": 1, "kernel_size": 1, "units": 1}
    for name, _ in _structures.LayerOptions._fields_:
        mine, theirs = getattr(options, name), getattr(default, name)
        if isinstance(mine, ctypes.Structure):
            assert bytes(mine) == bytes(theirs), name
        elif name == "strides" and isinstance(layer, MaxPooling1D):
            assert (mine, theirs) == (2, 0)
        elif name not in required:
            assert mine == theirs, name


@pytest.mark.parametrize(
    ("layers", "shape", "expected"),
    [
        ([Conv1D(4, 3)], (10, 2), (None, 8, 4)),
        ([Conv1D(4, 3, strides=2, padding="same")], (9, 2), (None, 5, 4)),
        ([Conv1D(4, 3, padding="causal", dilation_rate=2)], (9, 2), (None, 9, 4)),
        ([Conv1D(4, 3)], (None, 2), (None, None, 4)),
        ([MaxPooling1D()], (9, 2), (None, 4, 2)),
        ([MaxPooling1D(padding="same")], (9, 2), (None, 5, 2)),
        ([MaxPooling1D(3, strides=2)], (9, 2), (None, 4, 2)),
        ([LSTM(5)], (None, 2), (None, 5)),
        ([LSTM(5, return_sequences=True), LSTM(3)], (7, 2), (None, 3)),
        ([Dense(5)], (7, 2), (None, 7, 5)),
        ([Dense(5), Dropout(0.5), Activation("relu")], (7,), (None, 5)),
        ([Flatten()], (7, 2), (None, 14)),
        ([Normalization()], (None, 2), (None, None, 2)),
    ],
)
def test_shapes(layers: list[Layer], shape: tuple, expected: tuple) -> None:
    mine = copy.deepcopy(layers)
    model = Sequential([Input(shape), *mine])
    assert mine[0].input_shape == model.input_shape == (None, *shape)
    assert mine[-1].output_shape == model.output_shape == expected


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (Conv1D(4, 3, groups=2), [(3, 1, 4), (4,)]),
        (Conv1D(4, 3, use_bias=False), [(3, 2, 4)]),
        (LSTM(5), [(2, 20), (5, 20), (20,)]),
        (LSTM(5, use_bias=False), [(2, 20), (5, 20)]),
        (Dense(5), [(2, 5), (5,)]),
        (Normalization(), [(2,), (2,), ()]),
        (Dropout(0.5), []),
    ],
)
def test_weights_of_a_layer(layer: Layer, shapes: list[tuple]) -> None:
    mine = copy.deepcopy(layer)
    model = Sequential([Input((7, 2)), Dense(2), mine])
    weights = mine.get_weights()
    assert [array.shape for array in weights] == shapes
    assert mine.count_params() == sum(array.size for array in weights)
    new = [np.full(shape, 0.5 + index, np.float32) for index, shape in enumerate(shapes)]
    before = model.layers[0].get_weights()
    mine.set_weights(new)
    assert all(map(np.array_equal, mine.get_weights(), new))
    assert all(map(np.array_equal, model.layers[0].get_weights(), before))


def test_forget_bias_starts_at_one() -> None:
    lstm = LSTM(3)
    Sequential([Input((4, 2)), lstm])
    assert lstm.get_weights()[2].tolist() == [0] * 3 + [1] * 3 + [0] * 6


def test_names_are_those_of_keras() -> None:
    model = Sequential([Input((20, 2)), Conv1D(2, 2), Conv1D(2, 2), MaxPooling1D(), LSTM(2)])
    assert [layer.name for layer in model.layers] == [
        "conv1d",
        "conv1d_1",
        "max_pooling1d",
        "lstm",
    ]
    assert Sequential([Input((2,)), Dense(1, name="größe")]).layers[0].name == "größe"


def test_swish_is_silu() -> None:
    assert Conv1D(4, 3, activation="swish").activation == "silu"


def test_layers_of_a_tuple_of_one() -> None:
    layer = Conv1D(4, kernel_size=(3,), strides=[2])
    assert (layer.kernel_size, layer.strides) == (3, 2)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Conv1D(4, (3, 3)), ArgumentError, "kernel_size must be one integer"),
        (lambda: Conv1D(4.5, 3), TypeError, "filters must be an integer, got 4.5"),
        (lambda: Conv1D(2**40, 3), ArgumentError, "filters must be"),
        (lambda: Conv1D(4, 3, padding="full"), ArgumentError, "full"),
        (lambda: Conv1D(4, 3, activation="wish"), ArgumentError, "wish"),
        (lambda: Conv1D(4, 3, activation=abs), TypeError, "activation must be a name"),
        (lambda: Conv1D(4, 3, kernel_initializer="wild"), ArgumentError, "glorot_uniform"),
        (lambda: Dropout("0.5"), TypeError, "rate must be a number"),
        (lambda: MaxPooling1D(2, strides=0), ArgumentError, "strides must be 1 or more"),
        (lambda: Normalization(axis=0), ArgumentError, "axis must be -1"),
        (lambda: Normalization(mean=1.0), ArgumentError, "together"),
        (lambda: Input(()), ShapeError, "input shape"),
        (lambda: Input((1, 2, 3)), ShapeError, "input shape"),
        (lambda: Input((4, None)), ShapeError, "input shape"),
        (lambda: Input((0, 2)), ShapeError, "input shape"),
        (lambda: Input((-1, 2)), ShapeError, "input shape"),
        (lambda: Dense(2, input_shape=(2.5,)), TypeError, "input_shape must be an integer"),
        (lambda: Dense(2, unit=3), TypeError, "unit"),
    ],
)
def test_wrong_arguments(make: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("layer", "error", "text"),
    [
        (Conv1D(0, 3), ArgumentError, "filters must be 1…65536, got 0"),
        (Conv1D(4, -1), ArgumentError, "kernel_size must be"),
        (Conv1D(4, 3, strides=2, dilation_rate=2), ArgumentError, "dilation_rate"),
        (Conv1D(4, 3, groups=3), Exception, "groups"),
        (Conv1D(4, 9), ShapeError, "conv1d"),
        (MaxPooling1D(padding="causal"), ArgumentError, "padding must be valid or same"),
        (LSTM(4, activation="softmax"), ArgumentError, "activation must be"),
        (LSTM(4, dropout=1.0), ArgumentError, "dropout must be at least 0 and below 1, got 1"),
        (LSTM(4, recurrent_dropout=float("nan")), ArgumentError, "recurrent_dropout"),
        (Dropout(-0.5), ArgumentError, "rate must be"),
        (Dense(2, name="x" * 64), ArgumentError, "63 bytes"),
        (Dense(2, name="a\0b"), ValueError, "zero byte"),
        (Dense(2, kernel_initializer=initializers.RandomNormal(stddev=-1)), ArgumentError, "-1"),
        (Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 1.0, 1.0]), ShapeError, "mean"),
    ],
)
def test_refused_by_a_model(layer: Layer, error: type[Exception], text: str) -> None:
    model = Sequential([Input((8, 2))])
    with pytest.raises(error, match=text):
        model.add(layer)
    assert model.layers == []
    model.add(LSTM(2))
    assert model.predict(np.zeros((1, 8, 2))).shape == (1, 2)


def test_vectors_are_no_sequences() -> None:
    model = Sequential([Input((4,))])
    for layer in (Conv1D(2, 1), MaxPooling1D(), LSTM(2)):
        with pytest.raises(ShapeError):
            model.add(layer)


def test_two_layers_of_one_name() -> None:
    model = Sequential([Input((4,)), Dense(2, name="same")])
    with pytest.raises(ArgumentError, match="same"):
        model.add(Dense(2, name="same"))


def test_a_layer_belongs_to_one_model() -> None:
    layer = Dense(2)
    Sequential([Input((4,)), layer])
    with pytest.raises(StateError, match="add a copy"):
        Sequential([Input((4,)), layer])
    Sequential([Input((4,)), copy.copy(layer)])


def test_a_layer_without_a_model() -> None:
    layer = Dense(2)
    for call in (layer.get_weights, layer.count_params, lambda: layer.output_shape):
        with pytest.raises(StateError, match="not in a model yet"):
            call()
    assert repr(layer) == "<Dense name=None>"


def test_trainable_counts_from_the_next_compile() -> None:
    model = Sequential([Input((6, 2)), Conv1D(3, 2), LSTM(4), Dense(2, activation="softmax")])
    x, y = np.random.default_rng(0).normal(size=(8, 6, 2)), np.arange(8) % 2
    model.layers[0].trainable = model.layers[1].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    same = [bool((a == b).all()) for a, b in zip(before, model.get_weights())]
    assert same == [True] * 5 + [False] * 2
    model.layers[1].trainable = True
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    same = [bool((a == b).all()) for a, b in zip(before, model.get_weights())]
    assert same == [True] * 2 + [False] * 5


def test_unknown_argument_of_a_layer() -> None:
    with pytest.raises(TypeError, match="Dense has no argument 'unit'"):
        Dense(3, unit=4)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Dense(1, kernel_regularizer="l3"), "unknown regularizer 'l3'"),
        (lambda: Dense(1, kernel_regularizer="l1_l2"), "known are l1, l2 and l1l2"),
        (lambda: Dense(1, kernel_constraint="non_neg"), "unknown constraint 'non_neg'"),
        (lambda: constraints.MaxNorm(0.0), "max_value must be above 0"),
        (lambda: constraints.MaxNorm(axis=3), "axis must be 0 … 2, got 3"),
    ],
)
def test_wrong_penalties(make: object, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        make()


def test_a_negative_penalty_is_refused_by_a_model() -> None:
    layer = Dense(1, kernel_regularizer=regularizers.L2(-1.0))
    with pytest.raises(ArgumentError, match="kernel_regularizer must be finite and at least 0"):
        Sequential([Input((3,)), layer])


def test_set_weights_refuses_what_does_not_fit() -> None:
    layer = Dense(2)
    Sequential([Input((4,)), layer])
    before = layer.get_weights()
    with pytest.raises(ShapeError, match="expected 2 arrays of weights, got 1"):
        layer.set_weights(before[:1])
    with pytest.raises(ShapeError, match=r"dense/kernel has the shape \(4, 2\), got \(2, 4\)"):
        layer.set_weights([before[0].T, before[1]])
    with pytest.raises(DataError):
        layer.set_weights([before[0] * np.nan, before[1]])
    assert all(map(np.array_equal, layer.get_weights(), before))


def test_input_layer() -> None:
    assert InputLayer((None, 6)).get_config() == {"name": None, "shape": (None, 6)}
    assert Input((3,), name="here").shape == (3,)


class TestNormalization:
    DATA = np.random.default_rng(0).normal([1, 20, -300], [1, 5, 70], (50, 9, 3))

    def check(self, layer: Normalization, data: np.ndarray) -> None:
        axes = tuple(range(data.ndim - 1))
        np.testing.assert_allclose(layer.mean, data.mean(axes), rtol=1e-5)
        np.testing.assert_allclose(layer.variance, data.var(axes), rtol=1e-5)

    def test_adapt_before_the_model(self) -> None:
        layer = Normalization()
        assert layer.mean is None
        assert layer.variance is None
        layer.adapt(self.DATA)
        self.check(layer, self.DATA)
        model = Sequential([Input((None, 3)), layer])
        self.check(layer, self.DATA)
        normal = model.predict(self.DATA)
        np.testing.assert_allclose(normal.mean((0, 1)), 0, atol=1e-5)
        np.testing.assert_allclose(normal.std((0, 1)), 1, rtol=1e-5)

    def test_adapt_in_a_model(self) -> None:
        layer = Normalization()
        model = Sequential([Input((9, 3)), layer])
        layer.adapt(self.DATA)
        assert not model.built
        model.add(LSTM(2))
        self.check(layer, self.DATA)
        model.build()
        self.check(layer, self.DATA)
        layer.adapt(self.DATA[:10])
        self.check(layer, self.DATA[:10])

    def test_adapt_on_vectors(self) -> None:
        layer = Normalization()
        layer.adapt(self.DATA[:, 0])
        self.check(layer, self.DATA[:, 0])

    def test_adapt_in_the_middle_sees_what_the_layer_sees(self) -> None:
        layer = Normalization()
        Sequential([Input((9, 2)), Dense(3), layer])
        layer.adapt(self.DATA)
        self.check(layer, self.DATA)

    def test_wrong_data(self) -> None:
        layer = Normalization()
        for data in (np.zeros(3), np.zeros((1, 2, 3, 4)), np.zeros((0, 3))):
            with pytest.raises(ShapeError):
                layer.adapt(data)
        with pytest.raises(DataError):
            layer.adapt([[1.0, np.nan]])
        model = Sequential([Input((9, 3)), layer])
        with pytest.raises(ShapeError, match=r"\(None, 9, 3\), got \(5, 3\)"):
            layer.adapt(np.zeros((5, 3)))
        model.build()
        with pytest.raises(DataError):
            layer.adapt(self.DATA * np.inf)

    def test_numbers_for_all_channels(self) -> None:
        model = Sequential([Normalization(mean=2.0, variance=4.0, input_shape=(3,))])
        assert model.predict([[2, 4, 0]]).tolist() == [[0, 1, -1]]

    def test_copies_keep_what_was_found(self) -> None:
        layer = Normalization()
        layer.adapt(self.DATA)
        self.check(copy.deepcopy(layer), self.DATA)
        model = Sequential([Input((None, 3)), layer])
        model.build()
        self.check(pickle.loads(pickle.dumps(layer)), self.DATA)
        self.check(copy.deepcopy(model).layers[0], self.DATA)
