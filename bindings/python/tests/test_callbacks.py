"""Callbacks: hooks in order, stopping, exceptions, Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import numpy as np
import pytest
from conftest import small_model

from cnnlstm.callbacks import Callback, History, LambdaCallback
from cnnlstm.models import Sequential

HOOKS = [
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_epoch_end",
    "on_train_end",
]


class Recorder(Callback):
    """Notes every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []


def _recording(hook: str) -> Any:
    def record(self: Recorder, *arguments: Any) -> None:
        *number, logs = arguments
        self.calls.append((hook, *number, sorted(logs)))

    return record


for _hook in HOOKS:
    setattr(Recorder, _hook, _recording(_hook))


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_hooks_in_order(model: Sequential, data: tuple) -> None:
    recorder = Recorder()
    model.fit(*data, batch_size=48, epochs=2, verbose=0, callbacks=recorder, validation_data=data)
    batch, epoch = ["accuracy", "loss"], ["accuracy", "loss", "val_accuracy", "val_loss"]
    expected: list[tuple[Any, ...]] = [("on_train_begin", [])]
    for number in (0, 1):
        expected.append(("on_epoch_begin", number, []))
        for index in (0, 1):
            expected.append(("on_train_batch_begin", index, []))
            expected.append(("on_train_batch_end", index, batch))
        expected.append(("on_epoch_end", number, epoch))
    expected.append(("on_train_end", epoch))
    assert recorder.calls == expected
    assert recorder.model is model
    assert recorder.params == {"epochs": 2, "steps": 2, "verbose": 0}


def test_logs_are_means_over_the_epoch(model: Sequential, data: tuple) -> None:
    seen: list[dict[str, float]] = []
    callback = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs))
    history = model.fit(*data, batch_size=32, verbose=0, callbacks=[callback])
    assert len(seen) == 3
    assert seen[-1]["loss"] == history.history["loss"][0]
    assert seen[-1]["accuracy"] == history.history["accuracy"][0]


def test_users_callbacks_may_add_to_the_logs(model: Sequential, data: tuple) -> None:
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(rate=epoch / 2))
    history = model.fit(*data, epochs=2, verbose=0, callbacks=callback)
    assert history.history["rate"] == [0.0, 0.5]


def test_lambda_callback(model: Sequential, data: tuple) -> None:
    calls: list[str] = []
    hooks = {hook: lambda *_, hook=hook: calls.append(hook) for hook in HOOKS}
    model.fit(*data, batch_size=96, verbose=0, callbacks=LambdaCallback(**hooks))
    assert calls == HOOKS
    model.fit(*data, verbose=0, callbacks=LambdaCallback())


def test_history_as_a_callback(model: Sequential, data: tuple) -> None:
    mine = History()
    assert model.fit(*data, epochs=2, verbose=0, callbacks=[mine]).history == mine.history


@pytest.mark.parametrize(("hook", "epochs", "batches"), [(2, [], 1), (3, [], 1), (4, [0], 3)])
def test_stop_training(
    model: Sequential, data: tuple, hook: int, epochs: list[int], batches: int
) -> None:
    recorder = Recorder()

    def stop(*_: Any) -> None:
        model.stop_training = True

    stopper = LambdaCallback(**{HOOKS[hook]: stop})
    history = model.fit(*data, epochs=9, verbose=0, callbacks=[recorder, stopper])
    assert history.epoch == epochs
    begun = [call for call in recorder.calls if call[0] == "on_train_batch_begin"]
    assert len(begun) == batches
    assert recorder.calls[-1][0] == "on_train_end"
    assert model.fit(*data, epochs=2, verbose=0).epoch == [0, 1]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("error", [RuntimeError("mine"), SystemExit(3), KeyboardInterrupt()])
def test_exceptions_come_out(
    model: Sequential, data: tuple, hook: str, error: BaseException
) -> None:
    def fail(*_: Any) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        model.fit(*data, verbose=0, callbacks=LambdaCallback(**{hook: fail}))
    assert caught.value is error
    assert model.fit(*data, verbose=0).epoch == [0]


def test_an_exception_keeps_the_weights(model: Sequential, data: tuple) -> None:
    before = model.get_weights()

    def fail(batch: int, logs: object) -> None:
        if batch == 1:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        model.fit(*data, verbose=0, callbacks=LambdaCallback(on_train_batch_end=fail))
    assert not np.array_equal(model.get_weights()[0], before[0])


@pytest.mark.parametrize("hook", HOOKS[:-1])
def test_ctrl_c(model: Sequential, data: tuple, hook: str) -> None:
    before = model.get_weights()
    ended: list[object] = []
    hooks = {hook: lambda *_: interrupt(), "on_train_end": lambda _: ended.append(1)}
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, epochs=3, verbose=0, callbacks=LambdaCallback(**hooks))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert ended == []
    trained = hook in ("on_train_batch_end", "on_epoch_end")
    assert np.array_equal(model.get_weights()[0], before[0]) is not trained
    assert model.history is not None
    assert model.history.epoch == ([0] if hook == "on_epoch_end" else [])
    assert model.fit(*data, verbose=0).epoch == [0]


def test_ctrl_c_finishes_the_batch(model: Sequential, data: tuple) -> None:
    recorder = Recorder()
    begin = LambdaCallback(on_train_batch_end=lambda batch, _: batch == 1 and interrupt())
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, batch_size=8, verbose=0, callbacks=[begin, recorder])
    assert recorder.calls[-1][:2] == ("on_train_batch_end", 1)


def test_ctrl_c_twice_does_not_wait(model: Sequential, data: tuple) -> None:
    reached: list[int] = []

    def twice(*_: Any) -> None:
        interrupt()
        reached.append(1)
        interrupt()
        reached.append(2)

    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, verbose=0, callbacks=LambdaCallback(on_epoch_begin=twice))
    assert reached == [1]


def test_a_handler_of_the_program_stays(model: Sequential, data: tuple) -> None:
    caught: list[int] = []

    def mine(number: int, _frame: object) -> None:
        caught.append(number)

    signal.signal(signal.SIGINT, mine)
    try:
        callback = LambdaCallback(on_epoch_begin=lambda *_: interrupt())
        history = model.fit(*data, epochs=2, verbose=0, callbacks=callback)
        assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert caught == [signal.SIGINT] * 2
    assert history.epoch == [0, 1]


def test_fit_in_another_thread(model: Sequential, data: tuple) -> None:
    epochs: list[int] = []
    worker = threading.Thread(
        target=lambda: epochs.extend(model.fit(*data, epochs=2, verbose=0).epoch)
    )
    worker.start()
    worker.join()
    assert epochs == [0, 1]


def test_a_callback_may_use_the_model(data: tuple) -> None:
    model = small_model(length=None)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = data
    seen: list[Any] = []

    def look(epoch: int, logs: dict[str, float]) -> None:
        seen.append((model.evaluate(x, y), model.predict(x), model.get_weights()))

    history = model.fit(
        x, y, verbose=0, validation_data=data, callbacks=LambdaCallback(on_epoch_end=look)
    )
    (loss, accuracy), outputs, weights = seen[0]
    assert history.history["val_loss"][0] == pytest.approx(loss, rel=1e-6)
    assert history.history["val_accuracy"][0] == pytest.approx(accuracy)
    assert np.array_equal(outputs, model.predict(x))
    assert all(map(np.array_equal, weights, model.get_weights()))


def test_a_callback_may_replace_the_weights(model: Sequential, data: tuple) -> None:
    start = model.get_weights()
    callback = LambdaCallback(on_epoch_end=lambda *_: model.set_weights(start))
    model.fit(*data, epochs=2, verbose=0, callbacks=callback)
    assert all(map(np.array_equal, model.get_weights(), start))


def test_a_callback_may_compile_anew(model: Sequential, data: tuple) -> None:
    def again(*_: Any) -> None:
        model.compile("sgd", "sparse_categorical_crossentropy")

    callback = LambdaCallback(on_epoch_end=again)
    assert model.fit(*data, epochs=2, verbose=0, callbacks=callback).epoch == [0, 1]
    assert list(model.fit(*data, verbose=0).history) == ["loss"]
