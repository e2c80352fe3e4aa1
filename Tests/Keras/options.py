"""Random values for the arguments of layers, losses and optimizers, by name.

A class that only has arguments of these names is drawn without a word more here. An argument with a
default that is not listed keeps it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, TypeVar

import numpy as np

from cnnlstm import layers, losses, optimizers
from cnnlstm.metrics import snake_case

Random = np.random.Generator
Value = TypeVar("Value")


class Spec(NamedTuple):
    """A class that both libraries have, and its arguments; a layer in a layer is a Spec too."""

    class_name: str
    options: dict[str, Any]

    def __str__(self) -> str:
        texts = (f"{name}={value!s}" for name, value in self.options.items())
        return f"{self.class_name}({', '.join(texts)})"

    def with_options(self, **options: Any) -> Spec:
        return self._replace(options={**self.options, **options})

    def built(self, module: Any) -> Any:
        """The object, of a module of either library."""
        options = {name: built(value, module) for name, value in self.options.items()}
        found = module if hasattr(module, self.class_name) else module.schedules
        return getattr(found, self.class_name)(**options)


class FunctionSpec(Spec):
    """The function of a loss, which does what the class does with its defaults."""

    def __str__(self) -> str:
        return snake_case(self.class_name)

    def built(self, module: Any) -> Any:
        return getattr(module, snake_case(self.class_name))


def built(value: Any, module: Any) -> Any:
    """A Spec's object, or those of a list."""
    if isinstance(value, list):
        return [built(item, module) for item in value]
    return value.built(module) if isinstance(value, Spec) else value


def whole(least: int, most: int) -> Callable[[Random], int]:
    return lambda random: int(random.integers(least, most + 1))


def real(least: float, most: float) -> Callable[[Random], float]:
    """Rounded, so that it reads well."""
    return lambda random: round(float(random.uniform(least, most)), 4)


def one_of(*values: Any) -> Callable[[Random], Any]:
    return lambda random: any_of(values, random)


def pair(least: int, most: int) -> Callable[[Random], tuple[int, int]]:
    return lambda random: (whole(least, most)(random), whole(least, most)(random))


def rarely(value: Callable[[Random], Any]) -> Callable[[Random], Any]:
    """None three times of four."""
    return lambda random: value(random) if random.random() < 0.25 else None


FLAG = one_of(True, False)


def serialized(class_name: str, **config: Any) -> dict[str, Any]:
    """What both libraries make the object from."""
    return {"class_name": class_name, "config": config}


def max_norm(*axes: Any) -> Callable[[Random], Any]:
    """Rarely a bound that weights reach, of norms over some axes."""

    def draw(random: Random) -> Any:
        value = real(0.2, 1.5)(random)
        return serialized("MaxNorm", max_value=value, axis=any_of(axes, random))

    return rarely(draw)


L1 = serialized("L1", l1=0.01)
L2 = serialized("L2", l2=0.01)
L1L2 = serialized("L1L2", l1=0.01, l2=0.02)
INITIALIZERS = [
    serialized("Constant", value=0.2),
    serialized("GlorotNormal"),
    serialized("GlorotUniform"),
    serialized("HeNormal"),
    serialized("HeUniform"),
    serialized("LecunNormal"),
    serialized("LecunUniform"),
    serialized("Ones"),
    serialized("RandomNormal", mean=0.1, stddev=0.3),
    serialized("RandomUniform", minval=-0.4, maxval=0.3),
    serialized("TruncatedNormal", mean=-0.1, stddev=0.2),
    serialized("VarianceScaling", scale=0.7, mode="fan_out", distribution="uniform"),
    serialized("Zeros"),
]
# These make matrices alone.
OF_MATRICES = [serialized("Identity", gain=0.5), serialized("Orthogonal", gain=0.8)]
ACTIVATIONS = [
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "softplus",
    "softsign",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "softmax",
    "exponential",
]


# exponential grows beyond all bounds in a loop, softmax is for the last axis.
BOUNDED = [name for name in ACTIVATIONS if name not in ("softmax", "exponential")]
RECURRENT = ["tanh", "sigmoid", "hard_sigmoid", "softsign"]

LAYER_OPTIONS: dict[str, Callable[[Random], Any]] = {
    "activation": one_of(*BOUNDED),
    "Activation.activation": one_of(*(name for name in ACTIVATIONS if name != "exponential")),
    "LSTM.activation": one_of(*RECURRENT),
    "GRU.activation": one_of(*RECURRENT),
    "SimpleRNN.activation": one_of(*RECURRENT),
    "recurrent_activation": one_of(*RECURRENT),
    "alpha": real(0.1, 1.0),
    "center": FLAG,
    "scale": FLAG,
    "Rescaling.scale": real(0.2, 1.5),
    "offset": real(-1, 1),
    "cropping": pair(0, 2),
    "depth_multiplier": whole(1, 3),
    "dilation_rate": whole(1, 3),
    "dims": one_of((1, 2), (2, 1)),
    "dropout": real(0, 0.5),
    "recurrent_dropout": real(0, 0.5),
    "epsilon": real(1e-4, 1e-2),
    "filters": whole(1, 8),
    "go_backwards": FLAG,
    "groups": whole(1, 3),
    "keepdims": FLAG,
    "kernel_constraint": max_norm(0, 1, [0, 1]),
    "Conv1D.kernel_constraint": max_norm(0, 1, 2, [0, 1], [0, 2], [1, 2]),
    "depthwise_constraint": max_norm(0, 1, 2, [0, 1], [0, 2], [1, 2]),
    "pointwise_constraint": max_norm(0, 1, 2, [0, 1], [1, 2]),
    "recurrent_constraint": max_norm(0, 1, [0, 1]),
    "bias_constraint": max_norm(0),
    **{
        f"{array}_regularizer": rarely(one_of(L1, L2, L1L2))
        for array in ("kernel", "recurrent", "depthwise", "pointwise", "bias")
    },
    **{
        f"{array}_initializer": rarely(one_of(*INITIALIZERS))
        for array in ("kernel", "bias", "depthwise", "pointwise", "alpha", "beta", "gamma")
    },
    "recurrent_initializer": rarely(one_of(*INITIALIZERS, *OF_MATRICES)),
    "moving_mean_initializer": rarely(one_of(*INITIALIZERS)),
    "moving_variance_initializer": rarely(one_of(serialized("Constant", value=0.6))),
    "mean": real(-1, 1),
    "variance": real(0.3, 2),
    "kernel_size": whole(1, 4),
    "mask_value": one_of(0.0, 1.0),
    "max_value": rarely(real(1, 6)),
    "threshold": rarely(real(0.1, 0.5)),
    "shared_axes": rarely(one_of([1])),
    "merge_mode": one_of("concat", "sum", "mul", "ave"),
    "momentum": real(0.5, 0.99),
    "n": whole(1, 4),
    "negative_slope": real(0.05, 0.5),
    "padding": one_of("valid", "same"),
    "Conv1D.padding": one_of("valid", "same", "causal"),
    "ZeroPadding1D.padding": pair(0, 3),
    "pool_size": whole(1, 4),
    "rate": real(0, 0.5),
    "reset_after": FLAG,
    "return_sequences": FLAG,
    "size": whole(1, 3),
    "stateful": rarely(one_of(True)),
    "stddev": real(0.05, 0.5),
    "strides": whole(1, 3),
    "target_shape": one_of((-1, 1), (-1, 2), (-1, 3), (-1,)),
    "unit_forget_bias": FLAG,
    "units": whole(1, 8),
    "use_bias": FLAG,
}
# What makes training random, and the value that does not.
NOISE = {"dropout": 0.0, "recurrent_dropout": 0.0, "rate": 0.0, "stddev": 0.0}
# Arguments with a default here and none in Keras, or that need each other.
ALWAYS = ("pool_size", "mean", "variance")
NOT_DRAWN = ("InputLayer", "Layer")
OPTIMIZER_OPTIONS: dict[str, Callable[[Random], Any]] = {
    "learning_rate": real(1e-4, 5e-3),
    "momentum": real(0, 0.9),
    "nesterov": FLAG,
    "rho": real(0.8, 0.95),
    "centered": FLAG,
    "beta_1": real(0.8, 0.95),
    "beta_2": real(0.95, 0.999),
    "epsilon": real(1e-4, 1e-3),
    "amsgrad": FLAG,
    "weight_decay": real(1e-3, 1e-2),
}
# What every optimizer takes; one or none of them is drawn.
COMMON_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"weight_decay": 0.01},
    {"clipnorm": 0.5},
    {"clipvalue": 0.05},
    {"global_clipnorm": 0.5},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3},
)
SCHEDULE_OPTIONS: dict[str, Callable[[Random], Any]] = {
    "initial_learning_rate": real(1e-3, 5e-3),
    "end_learning_rate": real(1e-5, 1e-4),
    "decay_steps": whole(3, 12),
    "decay_rate": real(0.3, 0.9),
    "staircase": FLAG,
    "alpha": real(0, 0.3),
    "warmup_target": rarely(real(5e-3, 1e-2)),
    "warmup_steps": whole(1, 4),
    "first_decay_steps": whole(3, 8),
    "t_mul": one_of(1.0, 1.5, 2.0),
    "m_mul": one_of(0.8, 1.0),
    "power": one_of(1.0, 0.5, 2.0),
    "cycle": FLAG,
    "boundaries": one_of([4, 9], [6, 12]),
    "values": one_of([0.004, 0.002, 0.001], [0.001, 0.003, 0.002]),
}
LOSS_OPTIONS: dict[str, Callable[[Random], Any]] = {
    "delta": real(0.2, 2.0),
    "from_logits": FLAG,
    "label_smoothing": real(0, 0.3),
    "gamma": real(1, 3),
    "alpha": real(0.2, 0.8),
    "apply_class_balancing": FLAG,
}


def classes(module: Any, skipped: tuple[str, ...]) -> list[type]:
    named = {name: getattr(module, name) for name in module.__all__ if name not in skipped}
    return [cls for name, cls in sorted(named.items()) if inspect.isclass(cls)]


def drawn(cls: type, table: dict[str, Callable[[Random], Any]], random: Random) -> Spec:
    """All arguments the class demands, and every other one half of the times."""
    options = {}
    for name, parameter in inspect.signature(cls).parameters.items():
        needed = parameter.default is inspect.Parameter.empty or name in ALWAYS
        draw = table.get(f"{cls.__name__}.{name}", table.get(name))
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        if name == "layer":
            options |= inner_layers(cls.__name__, random)
        elif draw is not None and (needed or random.random() < 0.5):
            value = draw(random)
            options |= {} if value is None else {name: value}
        elif needed:
            raise LookupError(f"options.py does not say how to draw {name} of {cls.__name__}")
    return Spec(cls.__name__, options)


def drawn_layer(cls: type, random: Random) -> Spec:
    """Rarely a frozen one; Keras has no frozen SpatialDropout1D."""
    spec = drawn(cls, LAYER_OPTIONS, random)
    takes_it = "common" in inspect.signature(cls).parameters
    if takes_it and cls.__name__ != "SpatialDropout1D" and random.random() < 0.1:
        spec.options["trainable"] = False
    return spec


def drawn_optimizer(random: Random) -> Spec:
    """One time of five with a schedule for its learning rate."""
    spec = drawn(any_of(OPTIMIZERS, random), OPTIMIZER_OPTIONS, random)
    spec.options.update(any_of(COMMON_OPTIONS, random))
    if random.random() < 0.2:
        spec.options["learning_rate"] = drawn(any_of(SCHEDULES, random), SCHEDULE_OPTIONS, random)
    return spec


def drawn_loss(random: Random) -> Spec:
    """One with its defaults is a function as often as a class."""
    spec = drawn(any_of(LOSSES, random), LOSS_OPTIONS, random)
    return spec if spec.options or random.random() < 0.5 else FunctionSpec(*spec)


def any_of(values: Sequence[Value], random: Random) -> Value:
    return values[int(random.integers(len(values)))]


def inner_layers(wrapper: str, random: Random) -> dict[str, Spec]:
    """What a wrapper takes: Dense for each step; or a recurrent layer, with the one of the other
    direction where it goes backwards itself.
    """
    names = ("Dense",) if wrapper == "TimeDistributed" else RECURRENT_LAYERS
    spec = drawn_layer(any_of(named(names), random), random)
    if not spec.options.get("go_backwards", False):
        return {"layer": spec}
    return {"layer": spec, "backward_layer": spec.with_options(go_backwards=False)}


def named(names: Sequence[str]) -> list[type]:
    """The layers of these names."""
    return [cls for cls in LAYERS if cls.__name__ in names]


LAYERS = classes(layers, NOT_DRAWN)
RECURRENT_LAYERS = ("LSTM", "GRU", "SimpleRNN")
# Layers that steps that do not count make a difference to.
MINDFUL = (*RECURRENT_LAYERS, "Bidirectional", "TimeDistributed", "Dense", "BatchNormalization")
MINDFUL += ("LayerNormalization", "GlobalAveragePooling1D")
# Those with most options come more often.
OFTEN = LAYERS + 2 * named((*RECURRENT_LAYERS, "Bidirectional", "TimeDistributed", "Conv1D"))
LOSSES = classes(losses, ("Loss",))
OPTIMIZERS = classes(optimizers, ("Optimizer",))
SCHEDULES = classes(optimizers.schedules, ("LearningRateSchedule",))
