"""Keras on TensorFlow: a compiled call and fit, with and without XLA, the better one."""

from __future__ import annotations

import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow

from networks import FloatArray, Folder
from workers.base import Peer, Task, Unsupported, Variants, serve


def model_of(folder: Folder) -> Any:
    model = folder.network.add_to(keras.Sequential(), keras.layers)
    model.set_weights(folder.weights())
    return model


def prediction(folder: Folder, batch: int, jit: bool) -> Task:
    model, inputs = model_of(folder), tensorflow.constant(folder.inputs(batch))
    call = tensorflow.function(lambda x: model(x, training=False), jit_compile=jit)
    return Task(lambda: call(inputs).numpy(), lambda: call(inputs).numpy())


class EpochSeconds(keras.callbacks.Callback):
    """Without what fit does before the first epoch and after the last."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.times.append(time.perf_counter() - self.start)


class Training(Task):
    def __init__(self, folder: Folder, batch: int, jit: bool) -> None:
        self.model = model_of(folder)
        self.model.compile("adam", "categorical_crossentropy", jit_compile=jit)
        self.inputs, self.targets = folder.inputs(), folder.targets()
        self.batch = batch
        self.fit(1, shuffle=False)
        self.first: FloatArray = self.model.predict(self.inputs, verbose=0)
        super().__init__(lambda: self.run(1), lambda: self.first)

    def run(self, count: int) -> list[float]:
        return self.fit(count, shuffle=True)

    def fit(self, epochs: int, shuffle: bool) -> list[float]:
        seconds = EpochSeconds()
        self.model.fit(
            self.inputs, self.targets, self.batch, epochs,
            verbose=0, shuffle=shuffle, callbacks=[seconds],
        )  # fmt: skip
        return seconds.times


class Keras(Peer):
    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)

    def inference(self, folder: Folder, dtype: str, batch: int) -> Variants:
        if dtype != "float32":
            raise Unsupported(f"measured in float32 only, not in {dtype}")
        return {
            "compiled": lambda: prediction(folder, batch, jit=False),
            "XLA": lambda: prediction(folder, batch, jit=True),
        }

    def training(self, folder: Folder, batch: int) -> Variants:
        return {
            "fit": lambda: Training(folder, batch, jit=False),
            "fit, XLA": lambda: Training(folder, batch, jit=True),
        }


if __name__ == "__main__":
    serve(Keras)
