"""What is compared: a chain of layers with an input, a loss and an optimizer. Random, or named."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from options import (
    LAYERS,
    NOISE,
    Random,
    Spec,
    any_of,
    drawn_layer,
    drawn_loss,
    drawn_optimizer,
)

import cnnlstm
from cnnlstm import layers
from cnnlstm.errors import CnnLstmError

SAMPLES = 12
MOST_LAYERS = 8
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
    """``shape`` is that of one sample. ``target`` is its target's, or None for class numbers."""

    name: str
    shape: tuple[int | None, ...]
    layers: list[Spec]
    loss: Spec
    optimizer: Spec

    def __str__(self) -> str:
        lines = [f"{self.name}: input {self.shape}", *(f"  {layer}" for layer in self.layers)]
        return "\n".join([*lines, f"  {self.loss}", f"  {self.optimizer}"])


def random_case(seed: int) -> Case:
    """The case of a seed: one to eight layers, the last of which may suit the loss."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, MOST_LAYERS + 1))
    length, channels = int(random.integers(8, 25)), int(random.integers(1, 5))
    shape = (length, channels) if random.random() < 0.95 else (channels,)
    loss = drawn_loss(random)
    optimizer = drawn_optimizer(random)
    last = last_layers(loss, random)
    model = cnnlstm.Sequential([layers.Input(shape)])
    specs = []
    while len(specs) < count - len(last):
        specs.append(fitting(model, random))
    if not (last or any(layer.trainable and layer.count_params() for layer in model.layers)):
        optimizer = Spec(optimizer.class_name, {})  # Keras fails at averages of no weights
    return Case(f"seed {seed}", shape, specs + last, loss, optimizer)


def last_layers(loss: Spec, random: Random) -> list[Spec]:
    """A Dense that gives what the loss takes; for a loss of any numbers perhaps nothing."""
    kind = KIND_OF_OUTPUT.get(loss.class_name)
    if kind is None and random.random() < 0.5:
        return []
    activation = "linear" if kind is None or loss.options.get("from_logits") else kind
    units = int(random.integers(2, 6)) if kind == "softmax" else int(random.integers(1, 4))
    return [Spec("Dense", {"units": units, "activation": activation})]


def fitting(model: cnnlstm.Sequential, random: Random) -> Spec:
    """A layer that fits on the model, to which it is added. Keras's Softmax takes no mask."""
    masked = any(isinstance(layer, layers.Masking) for layer in model.layers)
    while True:
        spec = drawn_layer(any_of(LAYERS, random), random)
        if masked and spec.class_name == "Softmax":
            continue
        try:
            model.add(spec.built(layers))
        except CnnLstmError:
            continue
        return spec


def without_noise(case: Case) -> Case:
    """The case with nothing random while it is trained."""
    return case._replace(layers=[quiet(spec) for spec in case.layers])


def quiet(spec: Spec) -> Spec:
    options: dict[str, Any] = {}
    for name, value in spec.options.items():
        options[name] = quiet(value) if isinstance(value, Spec) else NOISE.get(name, value)
    return spec._replace(options=options)


def is_stateful(case: Case) -> bool:
    """Whether a layer, or one in a wrapper, keeps its states."""
    inner = (spec.options.get("layer", spec) for spec in case.layers)
    return any(spec.options.get("stateful") for spec in inner)


def input_of(case: Case, random: Random) -> np.ndarray:
    """Standard normal; where a layer masks a value, some steps have it, also in the middle, and all
    of the first sample, but where Keras then divides by 0, in the mean over time.
    """
    x = random.standard_normal((SAMPLES, *case.shape)).astype(np.float32)
    for spec in case.layers:
        if spec.class_name == "Masking":
            masked = random.random(x.shape[:2]) < 0.3
            masked[0] = all(spec.class_name != "GlobalAveragePooling1D" for spec in case.layers)
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
