"""A chain of layers: what a model is apart from being trained and predicting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, TypeVar

from . import utils
from ._layer import InputLayer, InputShape, Layer, output_shape, serialized
from ._lengths import Padded, SamplesLike, with_lengths
from ._library import code_name
from ._metadata import Metadata
from ._native import NativeModel
from ._values import FloatArray, Shape, floats, integer
from ._wrappers import wrapped
from .errors import ArgumentError, StateError
from .layers import CLASSES, deserialize

Self = TypeVar("Self", bound="Chain")


class Chain:
    """Layers one after the other, with their weights, labels and metadata."""

    def __init__(
        self,
        layers: Iterable[Layer] | None = None,
        trainable: bool = True,
        name: str | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        self._begin(utils.next_seed() if seed is None else seed)
        self._trainable = bool(trainable)
        if name is not None:
            self.name = str(name)
        for layer in layers or ():
            self.add(layer)

    def _begin(self, seed: int) -> None:
        self._seed = integer("seed", seed, 2**64 - 1, least=0)
        self._trainable = True
        self.name = "sequential"
        self._layers: list[Layer] = []
        self._native: NativeModel | None = None

    def add(self, layer: Layer) -> None:
        """Appends a layer.

        Raises ``ShapeError`` if it does not fit on the layer before, ``ArgumentError`` for a value
        out of range, ``StateError`` if the model has weights already. A failed call adds nothing.
        """
        if not isinstance(layer, Layer):
            raise TypeError(f"expected a layer, got {layer!r}")
        if isinstance(layer, InputLayer) and self._layers:
            raise ArgumentError("an Input must be the first of a model")
        if self._native is not None:
            layer._bind(self._native)
        elif isinstance(layer, InputLayer):
            self._start(layer, [])
        elif layer._given_shape is not None and not self._layers:
            self._start(InputLayer(layer._given_shape), [layer])
        if not isinstance(layer, InputLayer):
            self._layers.append(layer)
            if not self._trainable:
                layer.trainable = False

    def _pop(self) -> Layer:
        """Removes the last layer; the library's model is made anew, of the others."""
        if not self._layers:
            raise StateError("the model has no layers")
        *rest, last = self._layers
        native = self._native
        if native is not None:
            weights = [layer.get_weights() for layer in rest] if native.built else []
            metadata = dict(self.metadata)
            for layer in self._layers:
                layer._unbind()
            self._start(InputLayer.from_config(_restored(native, 0).get_config()), rest)
            self._ready().pending.update((at, it) for at, it in enumerate(weights, 1) if it)
            self.metadata = metadata
        self._layers = rest
        return last

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a model of equal layers, with weights of its own."""
        layers = list(self._layers)
        if self._native is not None:
            layers.insert(0, _restored(self._native, 0))
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [serialized(layer) for layer in layers],
        }

    @classmethod
    def from_config(cls: type[Self], config: Mapping[str, Any]) -> Self:
        """A model from what :meth:`get_config` gave."""
        return cls(**{**config, "layers": [deserialize(it) for it in config["layers"]]})

    def build(self, input_shape: InputShape | None = None) -> None:
        """Makes the weights, which otherwise happens when they are first needed.

        Parameters
        ----------
        input_shape : tuple, optional
            ``(None, length, channels)`` or ``(None, features)``, the first being the number of
            samples; only for a model that does not know it yet.
        """
        if input_shape is not None and self._native is None:
            self._start(InputLayer(tuple(input_shape)[1:]), self._layers)
        self._ready().ensure_built()

    def _start(self, first: InputLayer, layers: list[Layer]) -> None:
        native = NativeModel.empty(self._seed)
        try:
            first._bind(native)
            for layer in layers:
                layer._bind(native)
        except Exception:
            for layer in (first, *layers):
                if layer._native is native:
                    layer._unbind()
            raise
        self._native = native

    def _ready(self, x: SamplesLike | None = None) -> NativeModel:
        """The library's model; if need be, of the input shape that x has."""
        if self._native is None and x is not None and self._layers:
            self._start(InputLayer(_shape_of(x)), self._layers)
        if self._native is None:
            raise StateError("the model has no input shape; add an Input or call build")
        return self._native

    @property
    def built(self) -> bool:
        """Whether the weights are made."""
        return self._native is not None and self._native.built

    @property
    def trainable(self) -> bool:
        """Whether training changes any layer; a new value, for all, counts from ``compile``.

        Layers added later follow a False. A layer that is told otherwise afterwards is trained,
        where Keras trains nothing of a model that is not trainable itself.
        """
        return any(it.trainable for it in self._layers) if self._layers else self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._layers:
            layer.trainable = self._trainable

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return list(self._layers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by name or by index; ``ArgumentError`` if there is none."""
        if index is not None and -len(self._layers) <= index < len(self._layers):
            return self._layers[index]
        for layer in self._layers:
            if index is None and layer.name == name:
                return layer
        raise ArgumentError(f"no layer {name if index is None else index!r}")

    @property
    def input_shape(self) -> Shape:
        """Such as ``(None, 100, 1)``; ``(None, None, 6)`` takes any length."""
        return output_shape(self._ready(), 0)

    @property
    def output_shape(self) -> Shape:
        """Such as ``(None, 8)``."""
        native = self._ready()
        return output_shape(native, native.layer_count - 1)

    def count_params(self) -> int:
        """Number of floats in all weights."""
        return self._ready().parameter_count

    def summary(self, print_fn: Callable[[str], Any] = print) -> None:
        """Prints a table of layers, output shapes and parameters."""
        print_fn(self._ready().summary())

    def reset_states(self) -> None:
        """All stateful layers begin the next batch with states of zero."""
        self._ready().reset_states()

    def get_weights(self) -> list[FloatArray]:
        """Copies of all arrays of weights, in Keras's order and shapes."""
        return self._ready().layer_weights()

    @property
    def weights(self) -> list[FloatArray]:
        """The same: copies, where Keras has variables."""
        return self.get_weights()

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces all weights, or none.

        Raises ``ShapeError`` for another number of arrays or another shape, ``DataError`` for
        values that are not finite.
        """
        self._ready().set_layer_weights(None, list(weights))

    @property
    def labels(self) -> list[str]:
        """Names of the classes, one an output channel; empty if there are none."""
        return self._ready().labels()

    @labels.setter
    def labels(self, labels: Iterable[str]) -> None:
        self._ready().set_labels(list(labels))

    @property
    def metadata(self) -> Metadata:
        """Free-form text by key that travels in the file: a dictionary of str to str."""
        return Metadata(self._ready())

    @metadata.setter
    def metadata(self, pairs: Mapping[str, str]) -> None:
        self.metadata.replace(dict(pairs))

    def _adopt(self, native: NativeModel) -> None:
        """Becomes the model that native is."""
        self._native = native
        layers = [_restored(native, index) for index in range(native.layer_count)]
        self._layers = layers[1:]


def _shape_of(x: SamplesLike) -> tuple[int | None, ...]:
    """The shape of the samples; of different lengths, any."""
    x = with_lengths(x)
    if isinstance(x, Padded):
        return (None, *x.values.shape[2:]) if x.values.ndim > 2 else (None, 1)
    return floats("x", x).shape[1:]


_CLASS_OF_KIND = {cls.kind: cls for cls in CLASSES}


def _restored(native: NativeModel, index: int) -> Layer:
    """The layer that a model of the library has at index."""
    options = native.layer_options(index)
    cls = _CLASS_OF_KIND[code_name("layer", options.kind)]
    layer = wrapped(cls(**cls._arguments(options)), options)
    layer._join(native, index)
    return layer
