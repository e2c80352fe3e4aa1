"""The shared library: where it is, its functions, its statuses as exceptions."""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
from ctypes import POINTER, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from typing import Any, Callable, TypeVar

from . import _structures as structures
from .errors import CLASS_OF_STATUS, CnnLstmError

HANDLE = c_void_p
HANDLE_OUT = POINTER(c_void_p)
STATUS = "cnnlstm_status"

Structure = TypeVar("Structure", bound=ctypes.Structure)

# name: (result, arguments); a function that returns STATUS raises what the status means.
PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "cnnlstm_version": (c_char_p, []),
    "cnnlstm_abi_version": (c_int32, []),
    "cnnlstm_instruction_set": (c_char_p, []),
    "cnnlstm_status_name": (c_char_p, [c_int32]),
    "cnnlstm_last_error": (c_size_t, [c_char_p, c_size_t]),
    "cnnlstm_code": (STATUS, [c_char_p, c_char_p, POINTER(c_int32)]),
    "cnnlstm_code_name": (c_char_p, [c_char_p, c_int32]),
    "cnnlstm_layer_options_init": (STATUS, [POINTER(structures.LayerOptions), c_size_t, c_int32]),
    "cnnlstm_model_create": (STATUS, [HANDLE_OUT]),
    "cnnlstm_model_destroy": (None, [HANDLE]),
    "cnnlstm_model_add": (STATUS, [HANDLE, POINTER(structures.LayerOptions)]),
    "cnnlstm_model_build": (STATUS, [HANDLE, c_uint64]),
    "cnnlstm_model_is_built": (c_int32, [HANDLE]),
    "cnnlstm_model_layer_count": (c_size_t, [HANDLE]),
    "cnnlstm_model_set_trainable": (STATUS, [c_void_p, c_size_t, c_int32]),
    "cnnlstm_model_layer_options": (
        STATUS,
        [HANDLE, c_size_t, POINTER(structures.LayerOptions)],
    ),
    "cnnlstm_model_layer_info": (STATUS, [HANDLE, c_size_t, POINTER(structures.LayerInfo)]),
    "cnnlstm_model_weight_count": (c_size_t, [HANDLE]),
    "cnnlstm_model_weight_info": (STATUS, [HANDLE, c_size_t, POINTER(structures.WeightInfo)]),
    "cnnlstm_model_parameter_count": (c_size_t, [HANDLE]),
    "cnnlstm_model_get_weights": (STATUS, [HANDLE, c_void_p, c_size_t]),
    "cnnlstm_model_set_weights": (STATUS, [HANDLE, c_void_p, c_size_t]),
    "cnnlstm_model_adapt": (STATUS, [HANDLE, c_size_t, c_void_p, c_size_t, c_int64, c_int64]),
    "cnnlstm_model_output_shape": (
        STATUS,
        [HANDLE, c_int64, POINTER(c_int64), POINTER(c_int64)],
    ),
    "cnnlstm_model_summary": (STATUS, [HANDLE, c_char_p, c_size_t, POINTER(c_size_t)]),
    "cnnlstm_model_set_labels": (STATUS, [HANDLE, POINTER(c_char_p), c_size_t]),
    "cnnlstm_model_label_count": (c_size_t, [HANDLE]),
    "cnnlstm_model_label": (STATUS, [HANDLE, c_size_t, c_char_p, c_size_t, POINTER(c_size_t)]),
    "cnnlstm_model_set_metadata": (STATUS, [HANDLE, c_char_p, c_char_p]),
    "cnnlstm_model_metadata_count": (c_size_t, [HANDLE]),
    "cnnlstm_model_metadata_key": (
        STATUS,
        [HANDLE, c_size_t, c_char_p, c_size_t, POINTER(c_size_t)],
    ),
    "cnnlstm_model_metadata_value": (
        STATUS,
        [HANDLE, c_size_t, c_char_p, c_size_t, POINTER(c_size_t)],
    ),
    "cnnlstm_model_convert": (
        STATUS,
        [
            HANDLE,
            c_int32,
            c_void_p,
            c_size_t,
            c_int64,
            c_int64,
            POINTER(structures.ConversionReport),
            HANDLE_OUT,
        ],
    ),
    "cnnlstm_model_dtype": (c_int32, [HANDLE]),
    "cnnlstm_load_options_init": (STATUS, [POINTER(structures.LoadOptions), c_size_t]),
    "cnnlstm_model_save": (STATUS, [HANDLE, c_char_p]),
    "cnnlstm_model_save_to_memory": (STATUS, [HANDLE, c_void_p, c_size_t, POINTER(c_size_t)]),
    "cnnlstm_model_load": (STATUS, [c_char_p, POINTER(structures.LoadOptions), HANDLE_OUT]),
    "cnnlstm_model_load_from_memory": (
        STATUS,
        [c_char_p, c_size_t, POINTER(structures.LoadOptions), HANDLE_OUT],
    ),
    "cnnlstm_session_options_init": (STATUS, [POINTER(structures.SessionOptions), c_size_t]),
    "cnnlstm_session_create": (
        STATUS,
        [HANDLE, POINTER(structures.SessionOptions), HANDLE_OUT],
    ),
    "cnnlstm_session_destroy": (None, [HANDLE]),
    "cnnlstm_session_predict": (
        STATUS,
        [HANDLE, c_void_p, c_size_t, c_int64, c_int64, c_void_p, c_size_t],
    ),
    "cnnlstm_schedule_init": (STATUS, [POINTER(structures.Schedule), c_size_t, c_int32]),
    "cnnlstm_session_predict_lengths": (
        STATUS,
        [
            HANDLE,
            c_void_p,
            c_size_t,
            c_int64,
            c_int64,
            c_void_p,
            c_size_t,
            c_void_p,
            c_size_t,
        ],
    ),
    "cnnlstm_session_reset_states": (STATUS, [HANDLE, c_int32]),
    "cnnlstm_trainer_reset_states": (STATUS, [HANDLE, c_int32]),
    "cnnlstm_trainer_options_init": (
        STATUS,
        [POINTER(structures.TrainerOptions), c_size_t, c_int32],
    ),
    "cnnlstm_dataset_init": (STATUS, [POINTER(structures.Dataset), c_size_t]),
    "cnnlstm_fit_options_init": (STATUS, [POINTER(structures.FitOptions), c_size_t]),
    "cnnlstm_trainer_create": (
        STATUS,
        [HANDLE, POINTER(structures.TrainerOptions), HANDLE_OUT],
    ),
    "cnnlstm_trainer_destroy": (None, [HANDLE]),
    "cnnlstm_trainer_fit": (
        STATUS,
        [
            HANDLE,
            POINTER(structures.Dataset),
            POINTER(structures.Dataset),
            POINTER(structures.FitOptions),
            structures.FitCallback,
            c_void_p,
        ],
    ),
    "cnnlstm_trainer_evaluate": (
        STATUS,
        [HANDLE, POINTER(structures.Dataset), POINTER(c_float), POINTER(c_float)],
    ),
    "cnnlstm_trainer_train_on_batch": (
        STATUS,
        [
            HANDLE,
            POINTER(structures.Dataset),
            POINTER(structures.FitOptions),
            POINTER(c_float),
            POINTER(c_float),
        ],
    ),
    "cnnlstm_trainer_metrics": (STATUS, [HANDLE, c_void_p, c_size_t]),
    "cnnlstm_trainer_metric_value_count": (c_size_t, [HANDLE]),
    "cnnlstm_metric_init": (STATUS, [POINTER(structures.Metric), c_size_t, c_int32]),
    "cnnlstm_metric_value_count": (
        STATUS,
        [POINTER(structures.Metric), c_int64, POINTER(c_size_t)],
    ),
    "cnnlstm_measure": (
        STATUS,
        [
            POINTER(structures.Metric),
            c_size_t,
            POINTER(structures.Dataset),
            c_int64,
            c_void_p,
            c_size_t,
        ],
    ),
    "cnnlstm_trainer_save": (STATUS, [HANDLE, c_char_p]),
    "cnnlstm_trainer_save_to_memory": (STATUS, [HANDLE, c_void_p, c_size_t, POINTER(c_size_t)]),
    "cnnlstm_trainer_load": (STATUS, [HANDLE, c_char_p, POINTER(structures.LoadOptions)]),
    "cnnlstm_trainer_load_from_memory": (
        STATUS,
        [HANDLE, c_char_p, c_size_t, POINTER(structures.LoadOptions)],
    ),
    "cnnlstm_trainer_epoch": (c_int32, [HANDLE]),
    "cnnlstm_trainer_cancel": (STATUS, [HANDLE]),
    "cnnlstm_trainer_set_learning_rate": (STATUS, [HANDLE, c_float]),
    "cnnlstm_trainer_learning_rate": (STATUS, [HANDLE, POINTER(c_float)]),
}


def library_path() -> pathlib.Path:
    """The environment's ``CNNLSTM_LIBRARY``, else the library in this folder."""
    chosen = os.environ.get("CNNLSTM_LIBRARY")
    return pathlib.Path(chosen) if chosen else pathlib.Path(__file__).parent / "libcnnlstm.so"


def _open() -> ctypes.CDLL:
    path = library_path()
    try:
        opened = ctypes.CDLL(str(path))
        found = opened.cnnlstm_abi_version()
    except (OSError, AttributeError) as error:
        raise ImportError(
            f"cannot load the cnnlstm library {path}: {error}; "
            "CNNLSTM_LIBRARY can name another file"
        ) from error
    if found != structures.ABI_VERSION:
        raise ImportError(
            f"{path} has ABI version {found}, this package needs {structures.ABI_VERSION}"
        )
    return opened


def _raise_failure(status: int, _function: object, _arguments: object) -> int:
    """A ctypes ``errcheck``: errors become exceptions, OK and STOPPED are returned."""
    if status != 0:
        raise_failure(status)
    return status


def raise_failure(status: int) -> None:
    """What this thread's last failure means as an exception; nothing for STOPPED."""
    name = library.cnnlstm_status_name(status).decode()
    if name != "CNNLSTM_STOPPED":
        raise CLASS_OF_STATUS.get(name, CnnLstmError)(last_error() or name)


def last_error() -> str:
    """The text of this thread's last failure."""
    buffer = ctypes.create_string_buffer(library.cnnlstm_last_error(None, 0) + 1)
    library.cnnlstm_last_error(buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _declare() -> None:
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype = c_int32 if result == STATUS else result
        function.argtypes = arguments
        if result == STATUS:
            function.errcheck = _raise_failure


def unchecked(name: str) -> Callable[..., int]:
    """A function at its quickest, without ctypes's checks: for what is called very often.

    Its arguments must be ctypes objects of the types in ``PROTOTYPES``, or arrays for pointers; a
    status other than 0 is for :func:`raise_failure`.
    """
    function = library[name]
    function.restype = c_int32
    return function


@functools.cache
def code(group: str, name: str) -> int:
    """The constant of a name, such as ``code("activation", "relu")``."""
    found = c_int32()
    library.cnnlstm_code(group.encode(), c_string(name), found)
    return found.value


@functools.cache
def code_name(group: str, number: int) -> str:
    """The name of a constant: the inverse of :func:`code`."""
    name = library.cnnlstm_code_name(group.encode(), number)
    if name is None:
        raise CnnLstmError(f"the library knows no {group} with the number {number}")
    return str(name.decode())


def initialized(
    structure: type[Structure], initialize: Callable[..., int], *arguments: int
) -> Structure:
    """A structure with the library's defaults in it."""
    options = structure()
    initialize(options, ctypes.sizeof(structure), *arguments)
    return options


def sized(structure: type[Structure]) -> Structure:
    """A structure for the library to fill: zero but for its size."""
    return structure(ctypes.sizeof(structure))


def read_text(function: Callable[..., int], *arguments: Any) -> str:
    """The text of a function that ends in ``buffer, capacity, needed``."""
    needed = c_size_t()
    function(*arguments, None, 0, needed)
    buffer = ctypes.create_string_buffer(needed.value)
    function(*arguments, buffer, needed.value, None)
    return buffer.value.decode("utf-8", "replace")


def c_string(text: str) -> bytes:
    """UTF-8 for C; a zero byte, which would cut it short there, is refused."""
    if not isinstance(text, str):
        raise TypeError(f"expected a str, got {text!r}")
    encoded = text.encode()
    if 0 in encoded:
        raise ValueError(f"a text for the library holds a zero byte: {text!r}")
    return encoded


library = _open()
_declare()
