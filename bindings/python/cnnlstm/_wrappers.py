"""Layers around others: in both directions, or for each time step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from . import _structures as structures
from ._layer import Layer, serialized
from ._library import code, code_name
from ._recurrent import Recurrent, reset_states
from .errors import ArgumentError, StateError, UnsupportedError

Self = TypeVar("Self", bound="Wrapper")


class Wrapper(Layer):
    """A layer that another describes; it takes the options of that, and has its weights.

    As in Keras, whether weights are trained is for that layer to say: ``trainable`` of the wrapper
    is passed on when it is set, not from the constructor.
    """

    layer: Layer

    def __init__(self, layer: Layer, **common: Any) -> None:
        if layer._native is not None:
            raise StateError(f"{layer!r} is in a model already; wrap a copy of it")
        self._take({"common": common})
        self.layer = layer
        self.kind = layer.kind
        self._given_shape = self._given_shape or layer._given_shape

    @property
    def trainable(self) -> bool:
        """As it was told; what counts is that of ``layer``."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        Layer.trainable.fset(self, value)  # type: ignore[attr-defined]
        if "layer" in vars(self):
            self.layer.trainable = value

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": serialized(self.layer)}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        return cls(**{name: layer_of(value) for name, value in config.items()})

    def _options(self) -> structures.LayerOptions:
        own, options = super()._options(), self.layer._options()
        options.name = own.name
        options.trainable = self.layer.trainable
        return options


def layer_of(value: Any) -> Any:
    """A layer for what ``serialized`` made of it; anything else as it is."""
    if not isinstance(value, Mapping):
        return value
    from . import layers  # which imports this module

    return getattr(layers, value["class_name"]).from_config(dict(value["config"]))


class Bidirectional(Wrapper):
    """A recurrent layer in both directions, each with weights of its own.

    Parameters
    ----------
    layer : LSTM, GRU or SimpleRNN
        The forward direction; what the backward one gives is turned back to its order.
    merge_mode : {"concat", "sum", "mul", "ave"}
        How the outputs are put together: "concat" gives 2 units channels.
    backward_layer : optional
        Equal to ``layer`` but for ``go_backwards``, as it is made if it is not given.

    Weights: those of the forward direction, then those of the backward one.
    """

    merge_mode: str
    limits = (
        "layer: LSTM, GRU or SimpleRNN, with its backward_layer if it goes backwards; merge_mode "
        "not None; backward_layer equal to layer but for go_backwards"
    )

    def __init__(
        self,
        layer: Layer,
        merge_mode: str | None = "concat",
        *,
        backward_layer: Layer | None = None,
        **common: Any,
    ) -> None:
        if not isinstance(layer, Recurrent):
            raise UnsupportedError(
                f"Bidirectional takes an LSTM, a GRU or a SimpleRNN, got {layer!r}"
            )
        if merge_mode is None:
            raise UnsupportedError("merge_mode None gives two outputs, which is not supported")
        if merge_mode == "none" or not isinstance(merge_mode, str):
            raise ArgumentError(f"merge_mode must be concat, sum, mul or ave, got {merge_mode!r}")
        code("merge_mode", merge_mode)
        check_mirror(layer, backward_layer)
        self.merge_mode = merge_mode
        super().__init__(layer, **common)

    @property
    def stateful(self) -> bool:
        """As the layer was told."""
        return bool(vars(self.layer)["stateful"])

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "merge_mode": self.merge_mode}
        backward = backward_of(self.layer)
        return config if backward is None else {**config, "backward_layer": serialized(backward)}

    def _options(self) -> structures.LayerOptions:
        options = super()._options()
        options.merge_mode = code("merge_mode", self.merge_mode)
        return options

    def reset_states(self) -> None:
        """The next batch begins with states of zero in this layer."""
        reset_states(self)

    reset_state = reset_states


class TimeDistributed(Wrapper):
    """A ``Dense`` for each time step, which is what it does to a sequence by itself."""

    limits = "layer: Dense"

    def __init__(self, layer: Layer, **common: Any) -> None:
        if layer.kind != "Dense":
            raise UnsupportedError(f"TimeDistributed takes a Dense, got {layer!r}")
        super().__init__(layer, **common)

    def _options(self) -> structures.LayerOptions:
        options = super()._options()
        options.time_distributed = 1
        return options


def backward_of(layer: Layer) -> Layer | None:
    """The backward layer of one that goes backwards itself, which has to be given then."""
    if not vars(layer)["go_backwards"]:
        return None
    return type(layer).from_config({**layer.get_config(), "go_backwards": False})


def check_mirror(layer: Layer, backward: Layer | None) -> None:
    """``UnsupportedError`` unless the two differ in go_backwards alone."""
    if backward is None:
        if vars(layer)["go_backwards"]:
            raise ArgumentError("the layer of a Bidirectional goes forwards, got go_backwards=True")
        return
    forward_config, config = layer.get_config(), backward.get_config()
    turned = forward_config.pop("go_backwards") != config.pop("go_backwards", None)
    for each in (forward_config, config):
        each.pop("name")
    if type(layer) is not type(backward) or not turned or forward_config != config:
        raise UnsupportedError(
            "a backward_layer must be equal to the layer but for go_backwards, got "
            f"{backward.get_config()}"
        )


def wrapped(layer: Layer, options: structures.LayerOptions) -> Layer:
    """A layer as a model of the library has it, in the wrapper it was given in."""
    if options.merge_mode:
        merge_mode = code_name("merge_mode", options.merge_mode)
        backward = backward_of(layer)
        return Bidirectional(layer, merge_mode, backward_layer=backward, trainable=layer.trainable)
    if options.time_distributed:
        return TimeDistributed(layer, trainable=layer.trainable)
    return layer
