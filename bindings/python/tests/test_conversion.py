"""Converted models: how weights are rounded, what the report says, what is refused."""

from __future__ import annotations

import copy
import pathlib
import pickle

import numpy as np
import pytest
from conftest import small_model, waves
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlstm.errors import ArgumentError, DataError, ShapeError, StateError
from cnnlstm.layers import LSTM, Dense, Input, Normalization
from cnnlstm.models import ConversionReport, Sequential, load_model

DTYPES = ["float32", "bfloat16", "int8"]
SMALL_DTYPES = DTYPES[1:]
WEIGHTS = st.floats(width=32, allow_nan=False, allow_infinity=False)
KERNELS = arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=WEIGHTS)
LEAST_SCALE = 2.0**-100  # below it, a channel becomes 0


def converted_kernel(kernel: np.ndarray, dtype: str) -> np.ndarray:
    """What becomes of the kernel of a Dense layer."""
    channels, units = kernel.shape
    model = Sequential([Input((channels,)), Dense(units)])
    model.set_weights([kernel, np.full(units, 0.1)])
    rounded, bias = model.convert(dtype).get_weights()
    assert bias.tobytes() == np.full(units, 0.1, np.float32).tobytes()
    return rounded


@given(KERNELS)
def test_bfloat16_is_the_nearest(kernel: np.ndarray) -> None:
    rounded = converted_kernel(kernel, "bfloat16")
    bits = rounded.view(np.uint32)
    assert not (bits & 0xFFFF).any()
    assert np.isfinite(rounded).all()
    # Both neighbours in bfloat16 are no nearer; doubles hold all of this exactly.
    exact = kernel.astype(np.float64)
    error = np.abs(rounded - exact)
    for neighbour in (bits + 0x10000, bits - 0x10000):
        value = neighbour.view(np.float32)
        near = np.isfinite(value) & (np.sign(value) == np.sign(rounded))
        assert (error <= np.abs(value.astype(np.float64) - exact))[near].all()


@given(KERNELS)
def test_int8_is_within_half_a_step(kernel: np.ndarray) -> None:
    rounded = converted_kernel(kernel, "int8").astype(np.float64)
    largest = np.abs(rounded).max(axis=0)
    scale = largest / 127
    assert (scale.astype(np.float32) == scale).all()
    steps = np.divide(rounded, scale, out=np.zeros_like(rounded), where=scale > 0)
    assert (steps == np.round(steps)).all()
    wanted = np.abs(kernel.astype(np.float64)).max(axis=0)
    assert (scale <= np.maximum(wanted / 127 * (1 + 2.0**-14), LEAST_SCALE)).all()
    # Where 127 steps would overflow, the largest weights are cut.
    half = np.where(wanted > 127 * 2.0**121, 1, 0.50001)
    assert (np.abs(rounded - kernel) <= np.maximum(half * scale, 127 * LEAST_SCALE)).all()


@given(KERNELS, st.sampled_from(SMALL_DTYPES))
def test_rounding_again_changes_nothing(kernel: np.ndarray, dtype: str) -> None:
    once = converted_kernel(kernel, dtype)
    assert converted_kernel(once, dtype).tobytes() == once.tobytes()


@given(KERNELS, st.sampled_from(SMALL_DTYPES))
def test_files_hold_every_kernel(kernel: np.ndarray, dtype: str) -> None:
    model = Sequential([Input((kernel.shape[0],)), Dense(kernel.shape[1], use_bias=False)])
    model.set_weights([kernel])
    small = model.convert(dtype)
    loaded = pickle.loads(pickle.dumps(small))
    assert loaded.dtype == dtype
    assert loaded.get_weights()[0].tobytes() == small.get_weights()[0].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_model_beside_the_old_one(dtype: str) -> None:
    x, _ = waves(48)
    model = small_model()
    model.labels = ["a", "b", "c"]
    model.metadata = {"unit": "g"}
    before = [array.tobytes() for array in model.get_weights()]
    small = model.convert(dtype, x)
    assert (model.dtype, small.dtype) == ("float32", dtype)
    assert small.labels == model.labels
    assert dict(small.metadata) == {"unit": "g"}
    assert [type(layer) for layer in small.layers] == [type(layer) for layer in model.layers]
    np.testing.assert_allclose(small.predict(x), model.predict(x), atol=0.02)
    assert [array.tobytes() for array in model.get_weights()] == before


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_report_is_true(dtype: str) -> None:
    x, _ = waves(90)
    model = small_model()
    small = model.convert(dtype, x)
    report = small.conversion_report
    one, other = model.predict(x), small.predict(x)
    assert isinstance(report, ConversionReport)
    assert (report.dtype, report.sample_count) == (dtype, 90)
    assert report.max_difference == pytest.approx(np.abs(one - other).max())
    assert report.mean_difference == pytest.approx(np.abs(one - other).mean(), abs=1e-7)
    agreement = (one.argmax(axis=1) == other.argmax(axis=1)).mean()
    assert report.label_agreement == pytest.approx(agreement)
    assert f"{dtype} on 90 samples" in str(report)
    assert f"{report.label_agreement:.2%}" in str(report)
    assert model.conversion_report is None


def test_without_data() -> None:
    report = small_model().convert("int8").conversion_report
    assert report is not None
    assert report.sample_count == 0
    assert np.isnan([report.max_difference, report.mean_difference, report.label_agreement]).all()
    assert "no samples" in str(report)


@pytest.mark.parametrize(("dtype", "share"), [("bfloat16", 0.5), ("int8", 0.27)])
def test_files_are_smaller(tmp_path: pathlib.Path, dtype: str, share: float) -> None:
    model = Sequential([Input((20, 32)), LSTM(128), Dense(8, activation="softmax")])
    x = np.random.default_rng(1).normal(size=(5, 20, 32))
    small = model.convert(dtype, x)
    model.save(tmp_path / "whole")
    small.save(tmp_path / "small")
    sizes = [(tmp_path / name).stat().st_size for name in ("small", "whole")]
    assert sizes[0] / sizes[1] == pytest.approx(share, abs=0.02)
    loaded = load_model(tmp_path / "small")
    assert loaded.dtype == dtype
    assert loaded.conversion_report is None
    assert loaded.predict(x).tobytes() == small.predict(x).tobytes()
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "small").read_bytes()


def test_any_length_and_vectors() -> None:
    model = Sequential([Input((None, 2)), LSTM(4, return_sequences=True), Dense(3)])
    report = model.convert("bfloat16", waves(6, length=11)[0]).conversion_report
    assert report is not None
    assert report.sample_count == 6
    late = Sequential([Dense(2)])
    assert late.dtype == "float32"
    assert late.convert("int8", np.ones((4, 3))).input_shape == (None, 3)


def test_copies_keep_the_report() -> None:
    small = small_model().convert("int8", waves(6)[0])
    for again in (copy.deepcopy(small), pickle.loads(pickle.dumps(small))):
        assert again.dtype == "int8"
        assert again.conversion_report == small.conversion_report


def test_on_from_a_converted_model() -> None:
    small = small_model().convert("int8")
    back = small.convert("float32")
    assert back.dtype == "float32"
    assert all(map(np.array_equal, back.get_weights(), small.get_weights()))
    back.compile("adam", "sparse_categorical_crossentropy")
    back.fit(*waves(12), verbose=0)
    assert not all(map(np.array_equal, back.get_weights(), small.get_weights()))


def test_new_weights_are_rounded() -> None:
    model = small_model()
    small = model.convert("int8")
    small.set_weights(model.get_weights())
    assert all(map(np.array_equal, small.get_weights(), model.convert("int8").get_weights()))
    kernel, bias = model.layers[-1].get_weights()
    small.layers[-1].set_weights([kernel * 2, bias])
    assert np.abs(small.layers[-1].get_weights()[0] - kernel * 2).max() < 0.02


def test_a_normalization_still_adapts() -> None:
    x, _ = waves(24)
    model = Sequential([Input((20, 2)), Normalization(), LSTM(3)])
    small = model.convert("int8")
    kernels = [array.tobytes() for array in small.get_weights()[3:]]
    small.layers[0].adapt(x)
    np.testing.assert_allclose(small.get_weights()[0], x.mean(axis=(0, 1)), rtol=1e-4, atol=1e-6)
    assert [array.tobytes() for array in small.get_weights()[3:]] == kernels


@pytest.mark.parametrize("dtype", SMALL_DTYPES)
def test_no_training(tmp_path: pathlib.Path, dtype: str) -> None:
    x, y = waves(6)
    small = small_model().convert(dtype)
    small.save(tmp_path / "model")
    for model in (small, load_model(tmp_path / "model")):
        with pytest.raises(StateError, match=f"{dtype}.*train the float32 model, then convert"):
            model.compile("adam", "sparse_categorical_crossentropy")
        with pytest.raises(StateError, match="prediction alone"):
            model.fit(x, y)
        with pytest.raises(StateError, match="prediction alone"):
            model.evaluate(x, y)


def test_what_is_refused() -> None:
    model = small_model()
    with pytest.raises(ArgumentError, match="float16"):
        model.convert("float16")
    with pytest.raises(TypeError):
        model.convert(8)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="expected inputs of shape"):
        model.convert("int8", np.zeros((3, 19, 2)))
    with pytest.raises(DataError, match="NaN"):
        model.convert("int8", np.full((3, 20, 2), np.nan))
    with pytest.raises(TypeError, match="calibration_data"):
        model.convert("int8", [["a"]])
    with pytest.raises(StateError, match="no input shape"):
        Sequential([Dense(2)]).convert("int8")
