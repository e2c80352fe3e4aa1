"""Recurrent layers."""

from __future__ import annotations

from typing import Any

from ._layer import ACTIVATION, FLAG, INITIALIZER, INTEGER, NUMBER, Layer, penalties
from .constraints import ConstraintLike
from .initializers import Initializer, InitializerLike
from .regularizers import RegularizerLike

FIELDS = {
    "units": INTEGER,
    "activation": ACTIVATION,
    "use_bias": FLAG,
    "kernel_initializer": INITIALIZER,
    "recurrent_initializer": INITIALIZER,
    "bias_initializer": INITIALIZER,
    "dropout": NUMBER,
    "recurrent_dropout": NUMBER,
    "return_sequences": FLAG,
    "go_backwards": FLAG,
    "stateful": FLAG,
    **penalties("kernel", "recurrent", "bias"),
}


class Recurrent(Layer):
    """What recurrent layers have in common: (samples, length, channels) to (samples, units).

    Parameters
    ----------
    units : int
        Size of state and output.
    activation : str
        Of the output, or of what goes into it. Not softmax.
    recurrent_activation : str
        Of the gates (``LSTM`` and ``GRU``). Not softmax.
    dropout, recurrent_dropout : float
        0 ≤ rate < 1 of the inputs and of the state, one mask for all time steps and gates.
    return_sequences : bool
        Every step's output, (samples, length, units), instead of the last.
    go_backwards : bool
        From the last step to the first; sequences come in that order.
    stateful : bool
        Sample i of a batch goes on where sample i of the batch before stopped, until
        ``reset_states``: of one ``predict`` or between them, in ``fit`` and ``evaluate``. Every
        batch then has the same number of samples.
    """

    limits = "activations: not softmax; no return_state"

    units: int
    activation: str
    use_bias: bool
    kernel_initializer: Initializer
    recurrent_initializer: Initializer
    bias_initializer: Initializer
    dropout: float
    recurrent_dropout: float
    return_sequences: bool
    go_backwards: bool
    stateful: bool

    def reset_states(self) -> None:
        """The next batch begins with states of zero in this layer."""
        reset_states(self)

    reset_state = reset_states


def reset_states(layer: Layer) -> None:
    """States of zero for a layer of a model; nothing for one that is in none yet."""
    if layer._native is not None:
        layer._native.reset_states(layer._index)


class LSTM(Recurrent):
    """Long short-term memory.

    ``unit_forget_bias`` starts the forget gate's bias at 1. The other arguments are those of
    ``Recurrent``.

    Weights: kernel (channels, 4 units), recurrent_kernel (units, 4 units), bias (4 units,); gates
    in the order i, f, c, o.
    """

    kind = "LSTM"
    recurrent_activation: str
    unit_forget_bias: bool
    _fields = {**FIELDS, "recurrent_activation": ACTIVATION, "unit_forget_bias": FLAG}

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        recurrent_activation: str | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        recurrent_initializer: InitializerLike = "orthogonal",
        bias_initializer: InitializerLike = "zeros",
        unit_forget_bias: bool = True,
        *,
        kernel_regularizer: RegularizerLike = None,
        recurrent_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **common: Any,
    ) -> None:
        self._take(locals())


class GRU(Recurrent):
    """Gated recurrent unit.

    With ``reset_after`` the reset gate multiplies the recurrent sum, else the state in it. The
    other arguments are those of ``Recurrent``.

    Weights: kernel (channels, 3 units), recurrent_kernel (units, 3 units), bias (2, 3 units), of
    inputs and state, or without ``reset_after`` (3 units,); gates in the order z, r, h.
    """

    kind = "GRU"
    recurrent_activation: str
    reset_after: bool
    _fields = {**FIELDS, "recurrent_activation": ACTIVATION, "reset_after": FLAG}

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        recurrent_activation: str | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        recurrent_initializer: InitializerLike = "orthogonal",
        bias_initializer: InitializerLike = "zeros",
        *,
        kernel_regularizer: RegularizerLike = None,
        recurrent_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        reset_after: bool = True,
        **common: Any,
    ) -> None:
        self._take(locals())


class SimpleRNN(Recurrent):
    """Each output from the inputs and the output before; arguments are those of ``Recurrent``.

    Weights: kernel (channels, units), recurrent_kernel (units, units), bias (units,).
    """

    kind = "SimpleRNN"
    _fields = FIELDS

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        recurrent_initializer: InitializerLike = "orthogonal",
        bias_initializer: InitializerLike = "zeros",
        *,
        kernel_regularizer: RegularizerLike = None,
        recurrent_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **common: Any,
    ) -> None:
        self._take(locals())
