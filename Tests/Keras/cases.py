"""What is compared: a chain of layers with an input, a loss and an optimizer. Random, or named."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from options import (
    LAYER_OPTIONS,
    MINDFUL,
    NOISE,
    OFTEN,
    Random,
    Spec,
    any_of,
    drawn,
    drawn_layer,
    drawn_loss,
    drawn_optimizer,
    named,
)

import cnnlstm
from cnnlstm import layers
from cnnlstm.errors import CnnLstmError

SAMPLES = 12
MOST_LAYERS = 8
# Steps of the input of a model that takes any number.
LENGTH = 24
# What a loss takes: probabilities over the channels, one in 0 … 1 for each channel, or any number.
KIND_OF_OUTPUT = {
    "CategoricalCrossentropy": "softmax",
    "SparseCategoricalCrossentropy": "softmax",
    "CategoricalFocalCrossentropy": "softmax",
    "KLDivergence": "softmax",
    "BinaryCrossentropy": "sigmoid",
    "BinaryFocalCrossentropy": "sigmoid",
}


class Case(NamedTuple):
    """``shape`` is that of one sample; a length of None takes any."""

    name: str
    shape: tuple[int | None, ...]
    layers: list[Spec]
    loss: Spec
    optimizer: Spec

    def __str__(self) -> str:
        lines = [f"{self.name}: input {self.shape}", *(f"  {layer}" for layer in self.layers)]
        return "\n".join([*lines, f"  {self.loss}", f"  {self.optimizer}"])

    @property
    def stateful(self) -> bool:
        inner = [spec.options.get("layer", spec) for spec in self.layers]
        return any(spec.options.get("stateful") for spec in inner)

    @property
    def masked(self) -> bool:
        return any(spec.class_name == "Masking" for spec in self.layers)


def random_case(seed: int) -> Case:
    """The case of a seed: one to eight layers, the last of which may suit the loss."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, MOST_LAYERS + 1))
    shape = drawn_shape(random)
    loss = drawn_loss(random)
    optimizer = drawn_optimizer(random)
    last = last_layers(loss, random)
    specs: list[Spec] = []
    if len(shape) == 2 and count - len(last) > 1 and random.random() < 0.35:
        specs.append(drawn(layers.Masking, LAYER_OPTIONS, random))
    while len(specs) < count - len(last):
        specs.append(fitting(specs, shape, random))
    if not (last or trains(specs, shape)):
        optimizer = Spec(optimizer.class_name, {})  # Keras fails at averages of no weights
    return Case(f"seed {seed}", shape, specs + last, loss, optimizer)


def drawn_shape(random: Random) -> tuple[int | None, ...]:
    """Mostly with time, then sometimes of any length."""
    length, channels = int(random.integers(8, 25)), int(random.integers(1, 5))
    kind = random.random()
    if kind < 0.05:
        return (channels,)
    return (None if kind < 0.3 else length, channels)


def last_layers(loss: Spec, random: Random) -> list[Spec]:
    """A Dense that gives what the loss takes; for a loss of any numbers perhaps nothing."""
    kind = KIND_OF_OUTPUT.get(loss.class_name)
    if kind is None and random.random() < 0.5:
        return []
    activation = "linear" if kind is None or loss.options.get("from_logits") else kind
    units = int(random.integers(2, 6)) if kind == "softmax" else int(random.integers(1, 4))
    return [Spec("Dense", {"units": units, "activation": activation})]


def fitting(specs: list[Spec], shape: tuple[int | None, ...], random: Random) -> Spec:
    """A layer that fits behind those. Keras's Softmax takes no mask."""
    masked = any(spec.class_name == "Masking" for spec in specs)
    choice = named(MINDFUL) if masked and random.random() < 0.6 else OFTEN
    while True:
        spec = drawn_layer(any_of(choice, random), random)
        if not (masked and spec.class_name == "Softmax") and fits([*specs, spec], shape):
            return spec


def fits(specs: list[Spec], shape: tuple[int | None, ...]) -> bool:
    """Whether a model takes its input, and if that is of any length, one of LENGTH too."""
    shapes = {shape, (LENGTH, *shape[1:]) if shape[0] is None else shape}
    try:
        for each in shapes:
            of_layers(specs, each)
    except CnnLstmError:
        return False
    return True


def of_layers(specs: list[Spec], shape: tuple[int | None, ...]) -> cnnlstm.Sequential:
    return cnnlstm.Sequential([layers.Input(shape), *(spec.built(layers) for spec in specs)])


def trains(specs: list[Spec], shape: tuple[int | None, ...]) -> bool:
    """Whether any weight is trained."""
    found = of_layers(specs, shape).layers
    return any(getattr(it, "layer", it).trainable and it.count_params() for it in found)


def least_length(case: Case) -> int:
    """The shortest that the layers take, of a case of any length."""
    lengths = range(1, LENGTH)
    return next((it for it in lengths if fits(case.layers, (it, *case.shape[1:]))), LENGTH)


def without_noise(case: Case) -> Case:
    """The case with nothing random while it is trained."""
    return case._replace(layers=[quiet(spec) for spec in case.layers])


def quiet(spec: Spec) -> Spec:
    """The layer with nothing random."""
    options: dict[str, Any] = {}
    for name, value in spec.options.items():
        options[name] = quiet(value) if isinstance(value, Spec) else NOISE.get(name, value)
    return spec._replace(options=options)


def input_of(case: Case, random: Random) -> np.ndarray:
    """Standard normal; where a layer masks a value, some steps have it: any, those behind a length
    of the sample's own, none of the second sample, and all of the first, but where Keras then
    divides by 0, in the mean over time.
    """
    shape = (LENGTH, *case.shape[1:]) if case.shape[0] is None else case.shape
    x = random.standard_normal((SAMPLES, *shape)).astype(np.float32)
    for spec in case.layers:
        if spec.class_name == "Masking":
            masked = random.random(x.shape[:2]) < 0.2
            lengths = random.integers(1, x.shape[1] + 1, (SAMPLES, 1))
            masked |= np.arange(x.shape[1]) >= lengths
            masked[0] = all(spec.class_name != "GlobalAveragePooling1D" for spec in case.layers)
            masked[1:, 0] = masked[1] = False
            x[masked] = spec.options.get("mask_value", 0.0)
    return x


def target_of(case: Case, output: np.ndarray, random: Random) -> np.ndarray:
    """What the loss compares an output of this shape with."""
    kind = KIND_OF_OUTPUT.get(case.loss.class_name)
    shape = output.shape
    if case.loss.class_name.startswith("Sparse"):
        return random.integers(0, shape[-1], shape[:-1]).astype(np.int32)
    if kind == "softmax":
        return np.eye(shape[-1], dtype=np.float32)[random.integers(0, shape[-1], shape[:-1])]
    if kind == "sigmoid":
        return random.integers(0, 2, shape).astype(np.float32)
    return random.standard_normal(shape).astype(np.float32)
