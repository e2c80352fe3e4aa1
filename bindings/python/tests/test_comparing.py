"""The comparison with Keras that ``from_keras`` makes, beside stand-ins for a live model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import small_model

import cnnlstm
from cnnlstm import layers
from cnnlstm._keras.comparing import compared

BATCH_SIZE = 4


def stateful_model() -> cnnlstm.Sequential:
    parts = [layers.Input((6, 2)), layers.LSTM(3, stateful=True), layers.Dense(2)]
    return cnnlstm.Sequential(parts, seed=1)


class Theirs:
    """A model in memory with states; ``used`` are the sizes of batches its copies predicted."""

    input_shape: Any = (BATCH_SIZE, 6, 2)
    used: list[tuple[int, int]] = []
    forgets = False

    def __init__(self) -> None:
        self.model = stateful_model()

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Theirs:
        return cls()

    def get_weights(self) -> list[np.ndarray]:
        return [np.array(it) for it in self.model.get_weights()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.model.set_weights(weights)

    def predict(self, x: np.ndarray, batch_size: int, verbose: int) -> np.ndarray:
        self.used.append((len(x), batch_size))
        parts = []
        for first in range(0, len(x), batch_size):
            parts.append(self.model.predict(x[first : first + batch_size]))
            if self.forgets:
                self.model.reset_states()
        return np.concatenate(parts)


class Forgetful(Theirs):
    """One whose states do not go on."""

    forgets = True


def test_stateful_models_are_compared_over_two_batches() -> None:
    theirs, model = Theirs(), stateful_model()
    model.set_weights(theirs.get_weights())
    difference, text = compared(model, theirs)
    assert difference == 0 and "shape (8, 6, 2)" in text
    assert theirs.used[-1] == (2 * BATCH_SIZE, BATCH_SIZE)


def test_states_that_do_not_go_on_are_noticed() -> None:
    theirs, model = Forgetful(), stateful_model()
    model.set_weights(theirs.get_weights())
    assert compared(model, theirs)[0] > 1e-3


def test_nobody_s_states_are_touched() -> None:
    theirs, model = Theirs(), stateful_model()
    model.set_weights(theirs.get_weights())
    x = np.ones((BATCH_SIZE, 6, 2), np.float32)
    first = theirs.model.predict(x)
    compared(model, theirs)
    assert model.predict(x).tobytes() == first.tobytes()
    fresh = stateful_model()
    fresh.set_weights(theirs.get_weights())
    fresh.predict(x)
    assert theirs.model.predict(x).tobytes() == fresh.predict(x).tobytes()
    model.reset_states()
    assert model.predict(x[:1]).shape == (1, 2)


class Plain(Theirs):
    """One without states."""

    def __init__(self) -> None:
        self.model = small_model()


@pytest.mark.parametrize(("fixed", "size"), [(3, 3), (None, 8)])
def test_the_batch_size_is_that_of_the_file(fixed: int | None, size: int) -> None:
    theirs, model = Plain(), small_model()
    theirs.input_shape = (fixed, 20, 2)
    model.set_weights(theirs.get_weights())
    difference, text = compared(model, theirs)
    assert difference == 0 and f"shape ({size}, 20, 2)" in text
    assert theirs.used[-1] == (size, size)


def test_what_fails_there_is_told() -> None:
    class Failing(Plain):
        def predict(self, x: np.ndarray, batch_size: int, verbose: int) -> np.ndarray:
            raise RuntimeError("no memory\nand more")

    difference, text = compared(small_model(), Failing())
    assert np.isnan(difference) and text == "no, it failed: RuntimeError: no memory"
