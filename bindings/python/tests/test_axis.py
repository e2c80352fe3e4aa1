"""The last axis by its number, which a model knows."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from cnnlstm.errors import ArgumentError
from cnnlstm.layers import BatchNormalization, Input, LayerNormalization, Normalization, Softmax
from cnnlstm.models import Sequential

CLASSES = [BatchNormalization, LayerNormalization, Normalization, Softmax]


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(
    ("shape", "axis"), [((5, 3), 2), ((5, 3), [2]), ((5, 3), [-1]), ((3,), 1), ((3,), (1,))]
)
def test_the_last_axis_by_number(cls: Any, shape: tuple, axis: Any) -> None:
    layer = cls(axis)
    assert cls.from_config(layer.get_config()).axis == copy.copy(layer).axis == layer.axis
    model, same = Sequential([Input(shape), layer]), Sequential([Input(shape), cls()])
    assert layer.get_config()["axis"] == -1
    x = np.random.default_rng(1).normal(size=(4, *shape)).astype(np.float32)
    np.testing.assert_array_equal(model.predict(x), same.predict(x))


@pytest.mark.parametrize("cls", CLASSES)
def test_another_axis_is_refused_by_the_model(cls: Any) -> None:
    for shape, axis, right in (((5, 3), 1, "-1 or 2"), ((3,), 2, "-1 or 1")):
        with pytest.raises(ArgumentError, match=f"axis must be {right}, the channels; got {axis}"):
            Sequential([Input(shape), cls(axis=axis)])


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("axis", [0, -2, 3, None, True, [1, 2], [], "last"])
def test_no_last_axis_of_anything(cls: Any, axis: Any) -> None:
    with pytest.raises(ArgumentError, match="axis must be -1"):
        cls(axis=axis)
