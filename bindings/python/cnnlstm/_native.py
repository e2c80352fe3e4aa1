"""The library's objects, each in a Python object that gives it back."""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from ctypes import c_float, c_int64, c_size_t, c_void_p
from typing import Any, Callable, NamedTuple

import numpy as np

from . import _structures as structures
from ._library import c_string, code_name, initialized, library, read_text, sized
from ._values import INT64_MAX, FloatArray, address, floats, integer
from .errors import ShapeError

_process = os.getpid()


def _begin_process() -> None:
    """In a forked child; asking the system in each prediction would take time."""
    global _process
    _process = os.getpid()


os.register_at_fork(after_in_child=_begin_process)


class Native:
    """Owner of one handle."""

    def __init__(
        self, create: Callable[..., int], destroy: Callable[[int], None], *arguments: Any
    ) -> None:
        handle = c_void_p()
        create(*arguments, handle)
        assert handle.value is not None
        self.handle: int = handle.value
        self.process = _process
        finalizer = weakref.finalize(self, _destroy, destroy, handle.value, self.process)
        # When Python ends, a daemon thread may still be in a call on it.
        finalizer.atexit = False


def _destroy(destroy: Callable[[int], None], handle: int, process: int) -> None:
    """Not in a forked child: the threads it would join live in the parent."""
    if process == _process:
        destroy(handle)


class WeightInfo(NamedTuple):
    """One array of weights: its place in the model's flat weights is offset … offset + size."""

    name: str
    shape: tuple[int, ...]
    offset: int
    size: int
    layer: int
    trainable: bool


class NativeModel(Native):
    """A ``cnnlstm_model``, and what Python keeps until it is built.

    ``seed`` is what the weights will be drawn from, ``pending`` the weights that layers bring
    along: layer index to arrays in the layer's order.
    """

    def __init__(self, seed: int, create: Callable[..., int], *arguments: Any) -> None:
        super().__init__(create, library.cnnlstm_model_destroy, *arguments)
        self.seed = seed
        self.pending: dict[int, list[FloatArray]] = {}
        self._lock = threading.Lock()
        self._keepers: weakref.WeakSet[StateKeeper] = weakref.WeakSet()
        self._built = bool(library.cnnlstm_model_is_built(self.handle))

    @classmethod
    def empty(cls, seed: int) -> NativeModel:
        return cls(seed, library.cnnlstm_model_create)

    @classmethod
    def load(cls, path: bytes, options: structures.LoadOptions) -> NativeModel:
        return cls(0, library.cnnlstm_model_load, path, options)

    @classmethod
    def from_bytes(cls, content: bytes) -> NativeModel:
        return cls(0, library.cnnlstm_model_load_from_memory, content, len(content), None)

    @classmethod
    def converted(
        cls,
        model: NativeModel,
        dtype: int,
        inputs: FloatArray | None,
        length: int,
        report: structures.ConversionReport,
    ) -> NativeModel:
        """A new model with kernels of a type; the report says what that does to inputs."""
        data = (None, 0, 0) if inputs is None else (address(inputs), inputs.size, len(inputs))
        return cls(0, library.cnnlstm_model_convert, model.handle, dtype, *data, length, report)

    def add(self, options: structures.LayerOptions) -> None:
        library.cnnlstm_model_add(self.handle, options)

    @property
    def built(self) -> bool:
        return self._built

    def ensure_built(self) -> None:
        """Builds on the first call; later calls return at once."""
        if not self._built:
            with self._lock:
                if not self._built:
                    self._build()

    def _build(self) -> None:
        library.cnnlstm_model_build(self.handle, self.seed)
        self._built = True
        for index, arrays in self.pending.items():
            self.set_layer_weights(index, arrays)
        self.pending.clear()

    @property
    def dtype(self) -> str:
        return code_name("dtype", library.cnnlstm_model_dtype(self.handle))

    @property
    def layer_count(self) -> int:
        return int(library.cnnlstm_model_layer_count(self.handle))

    def set_trainable(self, index: int, trainable: bool) -> None:
        library.cnnlstm_model_set_trainable(self.handle, index, trainable)

    def layer_options(self, index: int) -> structures.LayerOptions:
        options = sized(structures.LayerOptions)
        library.cnnlstm_model_layer_options(self.handle, index, options)
        return options

    def layer_info(self, index: int) -> structures.LayerInfo:
        info = sized(structures.LayerInfo)
        library.cnnlstm_model_layer_info(self.handle, index, info)
        return info

    def stateful_layers(self) -> set[int]:
        """Indices of the layers that keep states from batch to batch."""
        return {it for it in range(self.layer_count) if self.layer_options(it).stateful}

    def keep(self, keeper: StateKeeper) -> None:
        """Notes an object that ``reset_states`` is to reach."""
        self._keepers.add(keeper)

    def reset_states(self, layer: int = structures.ALL_LAYERS) -> None:
        """States of zero in a layer or in all, in whatever predicts or trains with this model."""
        for keeper in list(self._keepers):
            keeper.reset_states(layer)

    @property
    def parameter_count(self) -> int:
        return int(library.cnnlstm_model_parameter_count(self.handle))

    def weight_infos(self, layer: int | None = None) -> list[WeightInfo]:
        """All arrays of weights, or those of one layer."""
        infos = map(self._weight_info, range(library.cnnlstm_model_weight_count(self.handle)))
        return [info for info in infos if layer is None or info.layer == layer]

    def _weight_info(self, index: int) -> WeightInfo:
        info = sized(structures.WeightInfo)
        library.cnnlstm_model_weight_info(self.handle, index, info)
        place = info.offset, info.element_count, info.layer, bool(info.trainable)
        return WeightInfo(info.name.decode(), tuple(info.shape[: info.rank]), *place)

    def flat_weights(self) -> FloatArray:
        self.ensure_built()
        values = np.empty(self.parameter_count, np.float32)
        library.cnnlstm_model_get_weights(self.handle, address(values), values.size)
        return values

    def set_flat_weights(self, values: FloatArray) -> None:
        self.ensure_built()
        library.cnnlstm_model_set_weights(self.handle, address(values), values.size)

    def layer_weights(self, layer: int | None = None) -> list[FloatArray]:
        """The arrays of a layer, or of all layers: pieces of one new copy."""
        values = self.flat_weights()
        return [
            values[info.offset : info.offset + info.size].reshape(info.shape)
            for info in self.weight_infos(layer)
        ]

    def set_layer_weights(self, layer: int | None, arrays: list[Any]) -> None:
        """Replaces the arrays of a layer, or of all layers: every one of them, or none."""
        infos = self.weight_infos(layer)
        checked = matching(infos, arrays)
        values = self.flat_weights()
        for info, array in zip(infos, checked):
            values[info.offset : info.offset + info.size] = array.reshape(-1)
        self.set_flat_weights(values)

    def adapt(self, layer: int, data: FloatArray, has_time: bool) -> None:
        self.ensure_built()
        library.cnnlstm_model_adapt(
            self.handle,
            layer,
            address(data),
            data.size,
            data.shape[0],
            data.shape[1] if has_time else structures.LENGTH_NO_TIME,
        )

    def output_shape(self, length: int) -> tuple[int, int]:
        """Length and channels of the output for inputs of a length."""
        output_length, output_channels = c_int64(), c_int64()
        library.cnnlstm_model_output_shape(self.handle, length, output_length, output_channels)
        return output_length.value, output_channels.value

    def summary(self) -> str:
        return read_text(library.cnnlstm_model_summary, self.handle)

    def labels(self) -> list[str]:
        count = library.cnnlstm_model_label_count(self.handle)
        return [
            read_text(library.cnnlstm_model_label, self.handle, index) for index in range(count)
        ]

    def set_labels(self, labels: list[str]) -> None:
        self.ensure_built()
        strings = [c_string(label) for label in labels]
        array = (ctypes.c_char_p * len(strings))(*strings)
        library.cnnlstm_model_set_labels(self.handle, array, len(strings))

    def save(self, path: bytes) -> None:
        self.ensure_built()
        library.cnnlstm_model_save(self.handle, path)

    def to_bytes(self) -> bytes:
        self.ensure_built()
        return file_bytes(library.cnnlstm_model_save_to_memory, self.handle)


def matching(infos: list[WeightInfo], arrays: list[Any]) -> list[FloatArray]:
    """arrays as float32; ShapeError unless they are what infos says."""
    if len(arrays) != len(infos):
        raise ShapeError(f"expected {len(infos)} arrays of weights, got {len(arrays)}")
    checked = [floats(info.name, array) for info, array in zip(infos, arrays)]
    for info, array in zip(infos, checked):
        if array.shape != info.shape:
            raise ShapeError(f"{info.name} has the shape {info.shape}, got {array.shape}")
    return checked


class StateKeeper(Native):
    """What keeps the states of stateful layers from batch to batch; made for a model."""

    _reset: Callable[..., int]

    def watch(self, model: NativeModel) -> None:
        self.stateful_layers = model.stateful_layers()
        self._reset_layers = set(self.stateful_layers)
        if self.stateful_layers:
            model.keep(self)

    @property
    def is_fresh(self) -> bool:
        """Whether all states are zero."""
        return self._reset_layers >= self.stateful_layers

    def begin(self) -> None:
        """States are going to change."""
        self._reset_layers = set()

    def reset_states(self, layer: int) -> None:
        if self.process == _process:
            self._reset(self.handle, layer)
            self._reset_layers |= self.stateful_layers if layer < 0 else {layer}


class NativeSession(StateKeeper):
    """A ``cnnlstm_session`` with what it was made for; ``max_length`` 0 is the model's own."""

    def __init__(
        self, model: NativeModel, threads: int, max_length: int, batch_size: int | None
    ) -> None:
        options = initialized(structures.SessionOptions, library.cnnlstm_session_options_init)
        options.threads = integer("threads", threads)
        options.max_length = max_length
        if batch_size is not None:
            options.batch_size = integer("batch_size", batch_size, INT64_MAX)
        super().__init__(
            library.cnnlstm_session_create,
            library.cnnlstm_session_destroy,
            model.handle,
            options,
        )
        self._reset = library.cnnlstm_session_reset_states
        self.watch(model)
        self.pointer = c_void_p(self.handle)
        self.threads = threads
        self.max_length = max_length
        self.batch_size = batch_size

    def fits(self, threads: int, length: int, batch_size: int | None) -> bool:
        return (
            threads == self.threads
            and length <= self.max_length
            and (batch_size is None or batch_size == self.batch_size)
            and self.process == _process
        )


class NativeTrainer(StateKeeper):
    """A ``cnnlstm_trainer`` with what it was made for; ``max_length`` 0 is the model's own."""

    def __init__(self, model: NativeModel, options: structures.TrainerOptions) -> None:
        super().__init__(
            library.cnnlstm_trainer_create,
            library.cnnlstm_trainer_destroy,
            model.handle,
            options,
        )
        self._reset = library.cnnlstm_trainer_reset_states
        self.watch(model)
        self.batch_size: int = options.batch_size
        self.max_length: int = options.max_length

    def fits(self, batch_size: int, length: int) -> bool:
        """Stateful layers need batches of the very size the trainer was made for."""
        if self.stateful_layers and batch_size != self.batch_size:
            return False
        return (
            batch_size <= self.batch_size and length <= self.max_length and self.process == _process
        )

    def fit(
        self,
        data: structures.Dataset,
        validation: structures.Dataset | None,
        options: structures.FitOptions,
        callback: Any,
    ) -> int:
        return int(
            library.cnnlstm_trainer_fit(self.handle, data, validation, options, callback, None)
        )

    def evaluate(self, data: structures.Dataset) -> tuple[float, float]:
        """Mean loss and accuracy."""
        loss, accuracy = c_float(), c_float()
        library.cnnlstm_trainer_evaluate(self.handle, data, loss, accuracy)
        return loss.value, accuracy.value

    def train_on_batch(
        self, data: structures.Dataset, options: structures.FitOptions
    ) -> tuple[float, float]:
        """Loss and accuracy of before the step."""
        loss, accuracy = c_float(), c_float()
        library.cnnlstm_trainer_train_on_batch(self.handle, data, options, loss, accuracy)
        return loss.value, accuracy.value

    def metrics(self) -> FloatArray:
        """Of the last ``evaluate`` or ``train_on_batch``."""
        values = np.empty(library.cnnlstm_trainer_metric_value_count(self.handle), np.float32)
        library.cnnlstm_trainer_metrics(self.handle, address(values), values.size)
        return values

    @property
    def learning_rate(self) -> float:
        rate = c_float()
        library.cnnlstm_trainer_learning_rate(self.handle, rate)
        return rate.value

    def set_learning_rate(self, learning_rate: float) -> None:
        library.cnnlstm_trainer_set_learning_rate(self.handle, learning_rate)

    @property
    def epoch(self) -> int:
        """The number of the epoch that comes next."""
        return int(library.cnnlstm_trainer_epoch(self.handle))

    def save(self, path: bytes) -> None:
        library.cnnlstm_trainer_save(self.handle, path)

    def load(self, path: bytes) -> None:
        library.cnnlstm_trainer_load(self.handle, path, None)

    def to_bytes(self) -> bytes:
        return file_bytes(library.cnnlstm_trainer_save_to_memory, self.handle)

    def take(self, content: bytes) -> None:
        """Takes up a training that another trainer's ``to_bytes`` gave."""
        library.cnnlstm_trainer_load_from_memory(self.handle, content, len(content), None)


def file_bytes(save: Callable[..., int], handle: int) -> bytes:
    """A file, from a function that saves to memory."""
    needed = c_size_t()
    save(handle, None, 0, needed)
    buffer = ctypes.create_string_buffer(needed.value)
    save(handle, buffer, needed.value, needed)
    return buffer.raw[: needed.value]
