"""What all layers share: arguments checked, written to the library's structure and read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, ClassVar, NamedTuple, Optional, TypeVar

from . import _structures as structures
from . import constraints, initializers, regularizers
from ._library import c_string, code, code_name, initialized, library
from ._native import NativeModel
from ._neutral import leave_out
from ._values import INT64_MAX, FloatArray, Shape, integer, number, short_float, single
from .errors import ArgumentError, ShapeError, StateError

Self = TypeVar("Self", bound="Layer")
InputShape = Sequence[Optional[int]]


class Field(NamedTuple):
    """An argument: how it is checked, written to C and read from there.

    ``members`` are those of the structure it is kept in, if that is not one of its own name; then
    ``write`` gives a tuple, and ``read`` takes as many values.
    """

    check: Callable[[str, Any], Any]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    serialize: Callable[[Any], Any] = lambda value: value
    members: tuple[str, ...] = ()

    def store(self, name: str, value: Any, options: structures.LayerOptions) -> None:
        """Writes the argument of a name into a structure."""
        written = self.write(value) if self.members else (self.write(value),)
        for member, part in zip(self.members or (name,), written):
            setattr(options, member, part)

    def load(self, name: str, options: structures.LayerOptions) -> Any:
        """The argument of a name, from a structure."""
        return self.read(*(getattr(options, member) for member in self.members or (name,)))

    def kept_as(self, member: str) -> Field:
        """The same in a member of another name."""
        return self._replace(write=lambda value: (self.write(value),), members=(member,))


def serialized(value: Any) -> dict[str, Any] | None:
    """The dictionary that Keras, and ``get`` of a module, make an equal object from."""
    if value is None:
        return None
    return {"class_name": type(value).__name__, "config": value.get_config()}


# What Keras also calls an activation.
KERAS_NAMES = {"swish": "silu"}


def _name_in(group: str, default: str) -> Field:
    def check(field: str, value: Any) -> str:
        name = default if value is None else value
        if not isinstance(name, str):
            raise TypeError(f"{field} must be a name, got {value!r}")
        name = KERAS_NAMES.get(name, name)
        code(group, name)
        return name

    return Field(check, lambda name: code(group, name), lambda number: code_name(group, number))


INTEGER = Field(single, int, int)
FLAG = Field(lambda _, value: bool(value), int, bool)
NUMBER = Field(number, float, short_float)
ACTIVATION = _name_in("activation", default="linear")
PADDING = _name_in("padding", default="valid")
INITIALIZER = Field(
    lambda _, value: initializers.get(value),
    lambda value: value.to_native(),
    initializers.from_native,
    serialized,
)
REGULARIZER = Field(
    lambda _, value: regularizers.get(value),
    regularizers.to_native,
    regularizers.from_native,
    serialized,
)
CONSTRAINT = Field(
    lambda _, value: constraints.get(value),
    constraints.to_native,
    constraints.from_native,
    serialized,
)


def penalties(*arrays: str) -> dict[str, Field]:
    """The regularizer and the constraint of some arrays of weights."""
    return {f"{array}_regularizer": REGULARIZER for array in arrays} | {
        f"{array}_constraint": CONSTRAINT for array in arrays
    }


_COMMON = ("name", "input_shape", "trainable", "batch_input_shape")


class Layer:
    """Base class of layers.

    A layer is a description until a model takes it; from then on its weights are those of the
    model, and it stays with that model. Shapes begin with None, the number of samples.

    Parameters
    ----------
    name : str, optional
        At most 63 bytes of UTF-8, unique in the model; by default made from the kind.
    input_shape : tuple, optional
        ``(length, channels)``, ``(None, channels)`` for any length, or ``(features,)``: what an
        ``Input`` before the layer would say. Only the first layer of a model needs it.
        ``batch_input_shape`` is the same behind a number of samples, which does not count.

    Arguments of Keras's that change nothing here (``dtype="float32"``, ``seed``, ``unroll``, …) are
    accepted and left out.
    """

    kind: ClassVar[str]
    # For README.md: what there is of Keras's arguments, where it is not all.
    limits: ClassVar[str] = ""
    _fields: ClassVar[dict[str, Field]] = {}
    _native: NativeModel | None = None
    _index: int = 0

    def __init__(self, **common: Any) -> None:
        self._take(locals())

    def _take(self, arguments: dict[str, Any]) -> None:
        """Keeps the arguments of a constructor, given as its ``locals()``."""
        rest = dict(arguments["common"])
        common = {name: rest.pop(name) for name in _COMMON if name in rest}
        leave_out(self, rest)
        self._configure(**common, **{field: arguments[field] for field in self._fields})

    def _configure(
        self,
        name: str | None = None,
        input_shape: InputShape | None = None,
        trainable: bool = True,
        batch_input_shape: InputShape | None = None,
        **values: Any,
    ) -> None:
        if batch_input_shape is not None:
            input_shape = batch_input_shape[1:]
        self.name = name
        self.trainable = trainable
        self._given_shape = None if input_shape is None else checked_shape(input_shape)
        for field, value in values.items():
            setattr(self, field, self._fields[field].check(field, value))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, without weights."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        for field, kind in self._fields.items():
            config[field] = kind.serialize(getattr(self, field))
        return config

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """A layer from what :meth:`get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    def __getstate__(self) -> dict[str, Any]:
        """A copy or a pickle belongs to no model."""
        bound = ("_native", "_index")
        return {key: value for key, value in self.__dict__.items() if key not in bound}

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; a new value counts from the next ``compile`` on."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        if self._native is not None:
            self._native.set_trainable(self._index, self._trainable)

    @property
    def input_shape(self) -> Shape:
        """Shape of the inputs, such as ``(None, 100, 1)``."""
        return output_shape(self._model(), max(self._index - 1, 0))

    @property
    def output_shape(self) -> Shape:
        """Shape of the outputs, such as ``(None, 98, 32)``; None for a length that varies."""
        return output_shape(self._model(), self._index)

    def count_params(self) -> int:
        """Number of floats in the weights."""
        return int(self._model().layer_info(self._index).parameter_count)

    def get_weights(self) -> list[FloatArray]:
        """Copies of the arrays of weights, in Keras's order and shapes."""
        return self._model().layer_weights(self._index)

    @property
    def weights(self) -> list[FloatArray]:
        """The same: copies, where Keras has variables."""
        return self.get_weights()

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces all arrays of the layer, or none.

        Raises ``ShapeError`` for another number of arrays or another shape, ``DataError`` for
        values that are not finite.
        """
        self._model().set_layer_weights(self._index, list(weights))

    def _model(self) -> NativeModel:
        if self._native is None:
            raise StateError(f"{self!r} is not in a model yet, or its model has no input shape")
        return self._native

    def _options(self) -> structures.LayerOptions:
        options = initialized(
            structures.LayerOptions,
            library.cnnlstm_layer_options_init,
            code("layer", self.kind),
        )
        options.name = encoded_name(self.name)
        options.trainable = self.trainable
        for field, kind in self._fields.items():
            kind.store(field, getattr(self, field), options)
        return options

    def _bind(self, native: NativeModel) -> None:
        """Appends the layer to a model."""
        if self._native is not None:
            raise StateError(f"{self!r} is in a model already; add a copy of it")
        native.add(self._options())
        self._join(native, native.layer_count - 1)

    def _join(self, native: NativeModel, index: int) -> None:
        """Becomes the layer that a model has at index."""
        self._native = native
        self._index = index
        self.name = native.layer_options(index).name.decode()

    def _unbind(self) -> None:
        self._native = None

    @classmethod
    def _arguments(cls, options: structures.LayerOptions) -> dict[str, Any]:
        """The constructor's arguments, from what a model says of its layer."""
        values = {field: kind.load(field, options) for field, kind in cls._fields.items()}
        return {**values, "trainable": bool(options.trainable)}


class InputLayer(Layer):
    """What a model takes: ``shape`` is (length, channels), (None, channels) or (features,).

    ``batch_shape`` is the same behind a number of samples. As ``batch_size`` this does not count:
    a model takes any number.
    """

    kind = "InputLayer"

    def __init__(
        self,
        shape: InputShape | None = None,
        batch_size: int | None = None,
        *,
        batch_shape: InputShape | None = None,
        name: str | None = None,
        **common: Any,
    ) -> None:
        given = shape if batch_shape is None else batch_shape[1:]
        if given is None or None not in (shape, batch_shape):
            raise ArgumentError("an input needs a shape or a batch_shape, and not both")
        self.shape: Shape = checked_shape(given)
        self._take({"common": {"name": name, **common}})

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "shape": self.shape}

    def _options(self) -> structures.LayerOptions:
        options = super()._options()
        *length, options.channels = self.shape
        options.length = (
            (length[0] or structures.LENGTH_ANY) if length else structures.LENGTH_NO_TIME
        )
        return options

    @classmethod
    def _arguments(cls, options: structures.LayerOptions) -> dict[str, Any]:
        if options.length == structures.LENGTH_NO_TIME:
            return {"shape": (options.channels,)}
        return {"shape": (options.length or None, options.channels)}


def encoded_name(name: str | None) -> bytes:
    """A layer's name for C; empty lets the library make one."""
    encoded = c_string(name or "")
    if len(encoded) >= structures.NAME_CAPACITY:
        raise ArgumentError(
            f"a layer's name has at most {structures.NAME_CAPACITY - 1} bytes, got {name!r}"
        )
    return encoded


def checked_shape(shape: InputShape) -> Shape:
    """(length or None, channels) or (features,); ``ShapeError`` for anything else."""
    sizes = tuple(
        None if size is None else integer("input_shape", size, INT64_MAX) for size in shape
    )
    if (
        len(sizes) not in (1, 2)
        or sizes[-1] is None
        or any(size is not None and size < 1 for size in sizes)
    ):
        raise ShapeError(
            "an input shape is (length, channels), (None, channels) or (features,), all of them "
            f"1 or more; got {tuple(shape)}"
        )
    return sizes


def output_shape(native: NativeModel, index: int) -> Shape:
    """Keras's shape of what a layer of a model gives."""
    info = native.layer_info(index)
    if info.output_length == structures.LENGTH_NO_TIME:
        return (None, info.output_channels)
    return (None, info.output_length or None, info.output_channels)
