"""Makes the folder of a network: weights, data, and a model file for every library."""

from __future__ import annotations

from pathlib import Path

import cnnlstm
import numpy as np
from cnnlstm import layers
from cnnlstm.models import Sequential

from networks import Folder, Network

# Samples that a conversion compares itself with.
CALIBRATION_SAMPLES = 128
CONVERTED = ("bfloat16", "int8")


def built_model(network: Network, random: np.random.Generator) -> Sequential:
    """Initialized as in Keras, but with biases that are not 0, so that they are compared too."""
    model = network.add_to(Sequential(seed=1), layers)
    weights = model.get_weights()
    biases = [random.normal(0, 0.2, it.shape).astype(np.float32) for it in weights if it.ndim == 1]
    following = iter(biases)
    model.set_weights([next(following) if it.ndim == 1 else it for it in weights])
    return model


def write_data(folder: Folder, random: np.random.Generator) -> None:
    """Sine waves with noise, one frequency a class."""
    network = folder.network
    labels = random.integers(network.classes, size=network.samples)
    steps = np.arange(network.length)[None, :, None] / 100
    phases = random.uniform(0, 2 * np.pi, (network.samples, 1, network.channels))
    waves = np.sin(2 * np.pi * (labels[:, None, None] + 1) * steps + phases)
    inputs = waves + random.normal(0, 0.3, waves.shape)
    inputs.astype(np.float32).tofile(folder.path / "inputs.f32")
    np.eye(network.classes, dtype=np.float32)[labels].tofile(folder.path / "targets.f32")


def write_converted(model: Sequential, folder: Folder) -> None:
    """Our model with other types of weights."""
    for dtype in CONVERTED:
        converted = model.convert(dtype, folder.inputs(CALIBRATION_SAMPLES))
        converted.save(folder.path / f"{dtype}.cnnlstm")


def make_folder(path: Path, network: Network, for_peers: bool, converted: bool) -> Folder:
    folder, random = Folder(path), np.random.default_rng(1)
    folder.write(network)
    model = built_model(network, random)
    np.savez(folder.path / "weights.npz", *model.get_weights())
    write_data(folder, random)
    model.save(folder.path / "float32.cnnlstm")
    if converted:
        write_converted(model, folder)
    if for_peers:
        from onnx_file import write_onnx

        write_onnx(folder, quantized=converted)
    return folder


def version() -> str:
    return f"{cnnlstm.__version__}, {cnnlstm.instruction_set()}"
