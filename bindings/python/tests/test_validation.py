"""Which epochs are validated, and in batches of which size."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import small_model

from cnnlstm.callbacks import LambdaCallback
from cnnlstm.errors import UnsupportedError
from cnnlstm.layers import LSTM, Dense
from cnnlstm.models import Sequential


def history(data: tuple, **options: object) -> dict:
    model = small_model(dropout=0.0)
    weights = model.get_weights()
    model.set_weights([np.full_like(array, 0.1) for array in weights])
    model.compile("sgd", "sparse_categorical_crossentropy", seed=1)
    return model.fit(*data, epochs=4, validation_split=0.25, verbose=0, **options).history


@pytest.mark.parametrize(
    ("frequency", "epochs"),
    [(1, [0, 1, 2, 3]), (2, [1, 3]), (3, [2]), (5, []), ([1, 4, 9], [0, 3]), (range(2), [0])],
)
def test_validation_freq(data: tuple, frequency: object, epochs: list) -> None:
    always, seen = history(data), []
    callback = LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(epoch) if "val_loss" in logs else None
    )
    found = history(data, validation_freq=frequency, callbacks=[callback])
    assert seen == epochs and found["loss"] == always["loss"]
    assert found.get("val_loss", []) == [always["val_loss"][epoch] for epoch in epochs]


def test_validation_batch_size(data: tuple) -> None:
    assert history(data) == history(data, validation_batch_size=7)
    model = Sequential([LSTM(4, stateful=True, input_shape=(20, 2)), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(*data, validation_data=data, validation_batch_size=32, verbose=0)
    with pytest.raises(UnsupportedError, match="stateful layers validate with batch_size"):
        model.fit(*data, validation_data=data, validation_batch_size=16, verbose=0)
