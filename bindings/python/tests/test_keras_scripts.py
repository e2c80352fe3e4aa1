"""What scripts written for Keras pass besides what this package needs."""

from __future__ import annotations

from typing import Callable

import numpy as np
import pytest
from conftest import small_model

from cnnlstm import layers
from cnnlstm.models import Sequential
from cnnlstm.optimizers import RMSprop

Flat = Callable[[Sequential], bytes]


def test_the_batch_size_may_be_none(data: tuple, flat: Flat) -> None:
    trained, results = [], []
    for batch_size in (None, 32):
        model = small_model()
        model.set_weights([np.full_like(array, 0.1) for array in model.get_weights()])
        model.compile("sgd", "sparse_categorical_crossentropy", seed=1)
        model.fit(*data, batch_size=batch_size, verbose=0)
        trained.append(flat(model))
        results.append(model.evaluate(*data, batch_size=batch_size))
    assert trained[0] == trained[1] and results[0] == results[1]


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ("AvgPool1D", "AveragePooling1D"),
        ("Convolution1D", "Conv1D"),
        ("GlobalAvgPool1D", "GlobalAveragePooling1D"),
        ("GlobalMaxPool1D", "GlobalMaxPooling1D"),
        ("MaxPool1D", "MaxPooling1D"),
        ("SeparableConvolution1D", "SeparableConv1D"),
    ],
)
def test_other_names_of_layers(other: str, name: str) -> None:
    assert other in layers.__all__
    assert getattr(layers, other) is getattr(layers, name)


def test_the_default_optimizer_is_that_of_keras() -> None:
    model = small_model()
    model.compile(loss="sparse_categorical_crossentropy")
    assert type(model.optimizer) is RMSprop
