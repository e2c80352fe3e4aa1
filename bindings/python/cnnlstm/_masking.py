"""Time steps that do not count."""

from __future__ import annotations

from typing import Any

from ._layer import NUMBER, Layer


class Masking(Layer):
    """Time steps whose channels all are ``mask_value`` do not count for the layers behind it.

    Recurrent layers keep their state there and repeat their output, GlobalAveragePooling1D leaves
    them out, and so does a loss, if the mask comes that far. As in Keras, the mask goes through
    layers that work on each step alone and ends at convolutions, other poolings and layers that
    change the length.
    """

    kind = "Masking"
    mask_value: float
    _fields = {"mask_value": NUMBER}

    def __init__(self, mask_value: float = 0.0, **common: Any) -> None:
        self._take(locals())
