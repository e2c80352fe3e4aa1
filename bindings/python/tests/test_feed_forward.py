"""Layers without a state over time: arguments, defaults, shapes, weights, batch statistics."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from cnnlstm import _library, _structures, constraints, initializers, regularizers
from cnnlstm.errors import ArgumentError, ShapeError, UnsupportedError
from cnnlstm.layers import (
    LSTM,
    AveragePooling1D,
    BatchNormalization,
    Conv1D,
    Cropping1D,
    Dense,
    DepthwiseConv1D,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Input,
    Layer,
    LayerNormalization,
    Permute,
    RepeatVector,
    Reshape,
    SeparableConv1D,
    UpSampling1D,
    ZeroPadding1D,
)
from cnnlstm.models import Sequential

EXAMPLES = [
    DepthwiseConv1D(
        3,
        strides=2,
        padding="same",
        depth_multiplier=2,
        dilation_rate=3,
        activation="tanh",
        use_bias=False,
        depthwise_initializer="ones",
        depthwise_regularizer="l2",
        depthwise_constraint=constraints.MaxNorm(2.0, axis=[0, 1]),
        name="first",
    ),
    SeparableConv1D(
        5,
        2,
        depth_multiplier=3,
        pointwise_initializer=initializers.Constant(0.5),
        depthwise_regularizer=regularizers.L1(0.25),
        pointwise_regularizer=regularizers.L1L2(0.1, 0.2),
        bias_regularizer="l1",
        pointwise_constraint="max_norm",
    ),
    AveragePooling1D(3, strides=1, padding="same"),
    GlobalMaxPooling1D(keepdims=True),
    GlobalAveragePooling1D(trainable=False),
    BatchNormalization(
        momentum=0.5,
        epsilon=0.25,
        center=False,
        gamma_initializer="zeros",
        moving_mean_initializer="ones",
        moving_variance_initializer=initializers.RandomUniform(0.5, 2.0, seed=1),
    ),
    LayerNormalization(axis=[-1], epsilon=0.5, scale=False, beta_initializer="ones"),
    Reshape((6, 8)),
    Reshape((-1, 2)),
    Reshape((6, -1)),
    Reshape((48,)),
    Reshape((-1,)),
    Permute((2, 1)),
    Permute((1, 2)),
    ZeroPadding1D((0, 2)),
    Cropping1D(2),
    UpSampling1D(3),
]


def in_a_model(layer: Layer) -> Sequential:
    return Sequential([Input((12, 4)), layer])


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: layer.kind)
def test_config_makes_an_equal_layer(layer: Layer) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: layer.kind)
def test_the_library_keeps_every_argument(layer: Layer) -> None:
    mine = copy.deepcopy(layer)
    loaded = pickle.loads(pickle.dumps(in_a_model(mine))).layers[0]
    assert type(loaded) is type(mine)
    assert loaded.get_config() == mine.get_config()


@pytest.mark.parametrize(
    "layer",
    [
        DepthwiseConv1D(1),
        SeparableConv1D(1, 1),
        GlobalMaxPooling1D(),
        BatchNormalization(),
        LayerNormalization(),
        Permute((2, 1)),
        RepeatVector(1),
        ZeroPadding1D(),
        Cropping1D(),
        UpSampling1D(),
    ],
    ids=lambda layer: layer.kind,
)
def test_defaults_are_those_of_the_library(layer: Layer) -> None:
    default = _library.initialized(
        _structures.LayerOptions,
        _library.library.cnnlstm_layer_options_init,
        _library.code("layer", layer.kind),
    )
    assert bytes(layer._options()) == bytes(default)


@pytest.mark.parametrize(
    ("layers", "shape", "expected"),
    [
        ([DepthwiseConv1D(3, depth_multiplier=3)], (10, 2), (None, 8, 6)),
        ([DepthwiseConv1D(3, strides=2, dilation_rate=2)], (10, 2), (None, 3, 2)),
        ([SeparableConv1D(5, 3, strides=2, padding="same")], (None, 2), (None, None, 5)),
        ([AveragePooling1D(2)], (9, 2), (None, 4, 2)),
        ([GlobalMaxPooling1D()], (None, 2), (None, 2)),
        ([GlobalAveragePooling1D(keepdims=True)], (None, 2), (None, 1, 2)),
        ([BatchNormalization(), LayerNormalization()], (None, 2), (None, None, 2)),
        ([BatchNormalization()], (3,), (None, 3)),
        ([Reshape((-1, 4))], (None, 8), (None, None, 4)),
        ([Reshape((-1,))], (3, 8), (None, 24)),
        ([Permute((2, 1))], (3, 8), (None, 8, 3)),
        ([RepeatVector(5)], (3,), (None, 5, 3)),
        ([ZeroPadding1D(2)], (None, 3), (None, None, 3)),
        ([ZeroPadding1D((2, 0)), Cropping1D((0, 1))], (5, 3), (None, 6, 3)),
        ([UpSampling1D()], (5, 3), (None, 10, 3)),
    ],
)
def test_shapes(layers: list[Layer], shape: tuple, expected: tuple) -> None:
    mine = copy.deepcopy(layers)
    assert Sequential([Input(shape), *mine]).output_shape == expected


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (DepthwiseConv1D(3, depth_multiplier=3), [(3, 4, 3), (12,)]),
        (SeparableConv1D(5, 3, depth_multiplier=2), [(3, 4, 2), (1, 8, 5), (5,)]),
        (BatchNormalization(), [(4,)] * 4),
        (BatchNormalization(center=False, scale=False), [(4,)] * 2),
        (LayerNormalization(), [(4,)] * 2),
        (LayerNormalization(center=False), [(4,)]),
    ],
)
def test_weights(layer: Layer, shapes: list[tuple]) -> None:
    mine = copy.deepcopy(layer)
    in_a_model(mine)
    assert [array.shape for array in mine.get_weights()] == shapes


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: BatchNormalization(axis=0), ArgumentError, "axis must be -1"),
        (lambda: LayerNormalization(axis=[1, 2]), ArgumentError, "axis must be -1"),
        (lambda: BatchNormalization(renorm=True), UnsupportedError, "renorm"),
        (lambda: AveragePooling1D(2, strides=0), ArgumentError, "strides must be 1 or more"),
        (lambda: Reshape((2, 3, 4)), ArgumentError, "target_shape is"),
        (lambda: Reshape((0, 4)), ArgumentError, "target_shape is"),
        (lambda: Reshape((-2,)), ArgumentError, "target_shape is"),
        (lambda: Permute((1, 1)), ArgumentError, "dims must be"),
        (lambda: Permute((1,)), ArgumentError, "dims must be"),
        (lambda: RepeatVector(2.5), TypeError, "n must be an integer"),
        (lambda: ZeroPadding1D((1, 2, 3)), ArgumentError, "padding must be one integer or two"),
        (lambda: Cropping1D("1"), TypeError, "cropping must be an integer"),
    ],
)
def test_wrong_arguments(make: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("layer", "error", "text"),
    [
        (DepthwiseConv1D(3, padding="causal"), ArgumentError, "padding must be valid or same"),
        (SeparableConv1D(4, 3, depth_multiplier=0), ArgumentError, "depth_multiplier"),
        (Reshape((5, 5)), ShapeError, r"48 numbers cannot become \(5, 5\)"),
        (Reshape((-1, -1)), ArgumentError, "only one of"),
        (RepeatVector(3), ShapeError, "without a time axis"),
        (ZeroPadding1D(-1), ArgumentError, "before must be"),
        (Cropping1D(6), ShapeError, "needs at least 13 time steps, gets 12"),
        (BatchNormalization(momentum=-1.0), ArgumentError, "momentum"),
    ],
)
def test_refused_by_a_model(layer: Layer, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        in_a_model(layer)


def test_reshaping_is_numpys() -> None:
    x = np.random.default_rng(1).normal(size=(3, 4, 6)).astype(np.float32)
    for layer, expected in [
        (Reshape((8, 3)), x.reshape(3, 8, 3)),
        (Permute((2, 1)), x.transpose(0, 2, 1)),
        (ZeroPadding1D((1, 2)), np.pad(x, ((0, 0), (1, 2), (0, 0)))),
        (Cropping1D((1, 2)), x[:, 1:-2]),
        (UpSampling1D(3), x.repeat(3, axis=1)),
        (GlobalMaxPooling1D(), x.max(axis=1)),
    ]:
        np.testing.assert_array_equal(Sequential([Input((4, 6)), layer]).predict(x), expected)


def classifier(trainable: bool = True) -> Sequential:
    return Sequential(
        [
            Input((None, 2)),
            BatchNormalization(momentum=0.5, trainable=trainable),
            Conv1D(4, 3),
            BatchNormalization(),
            LSTM(4),
            Dense(2, activation="softmax"),
        ]
    )


def data(samples: int = 40) -> tuple[np.ndarray, np.ndarray]:
    x = 3 + 2 * np.random.default_rng(2).normal(size=(samples, 9, 2)).astype(np.float32)
    return x, (x.mean(axis=(1, 2)) > 3).astype(np.int32)


def test_a_step_moves_the_moving_statistics() -> None:
    (x, y), model = data(), classifier()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, batch_size=40, verbose=0)
    *_, mean, variance = model.layers[0].get_weights()
    np.testing.assert_allclose(mean, 0.5 * x.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(variance, 0.5 + 0.5 * x.var(axis=(0, 1)), rtol=1e-5)
    before = model.get_weights()
    model.evaluate(x, y, verbose=0)
    model.predict(x)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_layer_that_is_not_trainable_keeps_its_statistics() -> None:
    (x, y), model = data(), classifier(trainable=False)
    before = model.layers[0].get_weights()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=2, verbose=0)
    assert all(map(np.array_equal, before, model.layers[0].get_weights()))
    model.layers[0].trainable = True
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, verbose=0)
    assert not any(map(np.array_equal, before, model.layers[0].get_weights()))


def test_a_prediction_does_not_depend_on_its_batch() -> None:
    (x, y), model = data(), classifier()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=2, verbose=0)
    np.testing.assert_array_equal(model.predict(x)[7:8], model.predict(x[7:8]))


def test_summary_counts_what_training_changes() -> None:
    model = classifier()
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "Non-trainable params: 12" in text
    assert "batch_normalization_1 (BatchNormalization)" in text


def test_kernels_of_one_channel_convert() -> None:
    x, _ = data()
    model = Sequential(
        [Input((9, 2)), DepthwiseConv1D(3), SeparableConv1D(4, 3), GlobalAveragePooling1D()]
    )
    for dtype in ("bfloat16", "int8"):
        small = model.convert(dtype, x)
        scale = np.abs(model.predict(x)).max()
        assert small.conversion_report.max_difference < 0.03 * scale
