"""PyTorch: eager and traced, the better one; training with Adam's loop and Adam's fused kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from networks import FloatArray, Folder
from workers.base import Peer, Task, Variants, serve

# Keras's Adam.
LEARNING_RATE, EPSILON = 1e-3, 1e-7
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Recurrent(nn.Module):
    """An LSTM over [length, batch, channels], of all steps or of the last."""

    def __init__(self, channels: int, units: int, return_sequences: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, units)
        # Keras has one bias, so the second stays zero.
        self.lstm.bias_hh_l0.requires_grad_(False)
        self.return_sequences = return_sequences

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs, (last, _) = self.lstm(x)
        return outputs if self.return_sequences else last[0]


class Permute(nn.Module):
    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(*self.axes)


def set_values(parameter: torch.Tensor, values: FloatArray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(values)))


def modules(folder: Folder) -> Iterator[nn.Module]:
    """The network up to the logits."""
    yield Permute(0, 2, 1)
    by_time = False
    for kind, options, arrays in folder.layers_with_weights():
        if kind == "Conv1D":
            size, channels, filters = arrays[0].shape
            convolution = nn.Conv1d(channels, filters, size)
            set_values(convolution.weight, arrays[0].transpose(2, 1, 0))
            set_values(convolution.bias, arrays[1])
            yield from (convolution, nn.ReLU())
        elif kind == "MaxPooling1D":
            yield nn.MaxPool1d(options["pool_size"])
        elif kind == "LSTM":
            if not by_time:
                yield Permute(2, 0, 1)
            by_time = True
            recurrent = Recurrent(len(arrays[0]), options["units"], options["return_sequences"])
            # The gates are i, f, g, o: Keras's order.
            set_values(recurrent.lstm.weight_ih_l0, arrays[0].T)
            set_values(recurrent.lstm.weight_hh_l0, arrays[1].T)
            set_values(recurrent.lstm.bias_ih_l0, arrays[2])
            set_values(recurrent.lstm.bias_hh_l0, np.zeros_like(arrays[2]))
            yield recurrent
        elif kind == "Dense":
            linear = nn.Linear(*arrays[0].shape)
            set_values(linear.weight, arrays[0].T)
            set_values(linear.bias, arrays[1])
            yield linear


class Prediction(Task):
    def __init__(self, model: Any, inputs: torch.Tensor) -> None:
        self.model, self.inputs = model, inputs
        super().__init__(self.predict, lambda: self.predict().numpy())

    @torch.inference_mode()
    def predict(self) -> torch.Tensor:
        return self.model(self.inputs)


class Training(Task):
    def __init__(self, folder: Folder, batch: int, fused: bool) -> None:
        self.model = nn.Sequential(*modules(folder)).train()
        self.inputs = torch.from_numpy(folder.inputs())
        self.labels = torch.from_numpy(folder.targets().argmax(axis=1))
        self.batch = batch
        trainable = [it for it in self.model.parameters() if it.requires_grad]
        self.optimizer = torch.optim.Adam(trainable, LEARNING_RATE, eps=EPSILON, fused=fused)
        self.train(torch.arange(len(self.inputs)))
        with torch.inference_mode():
            first = self.model(self.inputs).softmax(dim=1).numpy()
        super().__init__(lambda: self.train(torch.randperm(len(self.inputs))), lambda: first)

    def train(self, order: torch.Tensor) -> None:
        """One epoch."""
        for chosen in order.split(self.batch):
            self.optimizer.zero_grad()
            logits = self.model(self.inputs[chosen])
            nn.functional.cross_entropy(logits, self.labels[chosen]).backward()
            self.optimizer.step()


class Torch(Peer):
    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        torch.set_num_threads(threads)

    def inference(self, folder: Folder, dtype: str, batch: int) -> Variants:
        inputs = torch.from_numpy(folder.inputs(batch))
        model = nn.Sequential(*modules(folder), nn.Softmax(dim=1)).eval()
        if dtype == "int8":
            return {"eager, quantized": lambda: Prediction(quantized(model), inputs)}
        if dtype != "float32":
            model = nn.Sequential(Cast(TYPES[dtype]), model.to(TYPES[dtype]), Cast(torch.float32))
        return {
            "eager": lambda: Prediction(model, inputs),
            "traced": lambda: Prediction(traced(model, inputs), inputs),
        }

    def training(self, folder: Folder, batch: int) -> Variants:
        return {
            "eager": lambda: Training(folder, batch, fused=False),
            "eager, fused Adam": lambda: Training(folder, batch, fused=True),
        }


class Cast(nn.Module):
    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(self.dtype)


def quantized(model: nn.Module) -> nn.Module:
    """Dynamically: weights of the layers that have such kernels."""
    kinds = {nn.LSTM, nn.Linear}
    return torch.ao.quantization.quantize_dynamic(model, kinds, dtype=torch.qint8)


@torch.no_grad()
def traced(model: nn.Module, inputs: torch.Tensor) -> Any:
    return torch.jit.freeze(torch.jit.trace(model.eval(), inputs))


if __name__ == "__main__":
    serve(Torch)
