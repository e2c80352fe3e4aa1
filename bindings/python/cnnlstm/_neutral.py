"""Arguments of Keras's that say what happens here anyway, for constructors and for files.

One that a class here has itself is not looked up in these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import UnsupportedError

# Arguments that change no number, or none that is not drawn at random.
WITHOUT_EFFECT = frozenset(
    [
        "auto_scale_loss",
        "autocast",
        "batch_input_shape",
        "ema_momentum",
        "implementation",
        "is_legacy_optimizer",
        "jit_compile",
        "name",
        "optional",
        "ragged",
        "renorm_momentum",
        "run_eagerly",
        "seed",
        "sparse",
        "synchronized",
        "trainable",
        "unroll",
        "use_cudnn",
    ]
)
# All that is computed is computed in float32.
FLOAT32_POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")
# Values that say what is done here anyway; so do None and False for every argument.
ONLY: dict[str, tuple[Any, ...]] = {
    "activity_regularizer": (),
    "alpha_constraint": (),
    "alpha_regularizer": (),
    "axis": (-1,),
    "beta_constraint": (),
    "beta_regularizer": (),
    "data_format": ("channels_last",),
    "decay": (0.0,),
    "depth_multiplier": (1,),
    "dilation_rate": (1, (1,)),
    "dtype": FLOAT32_POLICIES,
    "gamma_constraint": (),
    "gamma_regularizer": (),
    "gradient_accumulation_steps": (),
    "groups": (1,),
    "ignore_class": (),
    "input_tensor": (),
    "invert": (),
    "label_smoothing": (0.0,),
    "lora_alpha": (),
    "lora_rank": (),
    "loss_scale_factor": (),
    "loss_weights": (),
    "noise_shape": (),
    "quantization_config": (),
    "reduction": ("sum_over_batch_size", "auto"),
    "renorm": (),
    "renorm_clipping": (),
    "return_state": (),
    "rms_scaling": (),
    "steps_per_execution": (1,),
    "tensor": (),
    "weights": (),
    "zero_output_for_mask": (),
}


def has_no_effect(name: str, value: Any) -> bool:
    """Whether an argument that does not exist here may be left out."""
    if value is None or value is False or name in WITHOUT_EFFECT:
        return True
    return any(value == only for only in ONLY.get(name, ()))


def leave_out(owner: object, arguments: Mapping[str, Any]) -> None:
    """Refuses all but arguments of Keras's without effect.

    Raises ``TypeError`` for a name that Keras does not have either, ``UnsupportedError`` for a
    value that would change something; owner is whom they were given to, or its name.
    """
    text = owner if isinstance(owner, str) else type(owner).__name__
    for name, value in sorted(arguments.items()):
        if name not in WITHOUT_EFFECT and name not in ONLY:
            raise TypeError(f"{text} has no argument {name!r}")
        if not has_no_effect(name, value):
            raise UnsupportedError(f"{text}: {name}={value!r} is not supported")
