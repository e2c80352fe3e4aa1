"""Layers that bring their inputs to mean 0 and variance 1 while they learn."""

from __future__ import annotations

from typing import Any

from ._axis import LastAxis
from ._layer import FLAG, INITIALIZER, NUMBER
from .initializers import Initializer, InitializerLike


class _Scaling(LastAxis):
    """What both layers of this module have: an axis, which is the last, gamma and beta."""

    limits = "axis: the last; gamma and beta have no regularizers and no constraints"

    epsilon: float
    center: bool
    scale: bool
    beta_initializer: Initializer
    gamma_initializer: Initializer
    _fields = {
        "epsilon": NUMBER,
        "center": FLAG,
        "scale": FLAG,
        "beta_initializer": INITIALIZER,
        "gamma_initializer": INITIALIZER,
    }


class BatchNormalization(_Scaling):
    """(x - mean) / √(variance + ``epsilon``) · gamma + beta for each channel.

    While training, mean and variance are those of the batch and all its time steps, and the moving
    ones go a share 1 - ``momentum`` towards them. Otherwise, and while the layer is not trainable,
    they are the moving ones. A step of training of such a model uses one thread.

    Weights: gamma if ``scale``, beta if ``center``, moving_mean, moving_variance, all (channels,).
    """

    kind = "BatchNormalization"
    limits = f"{_Scaling.limits}; no renorm, no synchronized"
    momentum: float
    moving_mean_initializer: Initializer
    moving_variance_initializer: Initializer
    _fields = {
        "momentum": NUMBER,
        **_Scaling._fields,
        "moving_mean_initializer": INITIALIZER,
        "moving_variance_initializer": INITIALIZER,
    }

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        moving_mean_initializer: InitializerLike = "zeros",
        moving_variance_initializer: InitializerLike = "ones",
        **common: Any,
    ) -> None:
        self._take(locals())


class LayerNormalization(_Scaling):
    """The channels of each time step brought to mean 0 and variance 1, times gamma, plus beta.

    Weights: gamma if ``scale``, beta if ``center``, both (channels,).
    """

    kind = "LayerNormalization"

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        **common: Any,
    ) -> None:
        self._take(locals())
