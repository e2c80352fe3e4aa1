"""The network of a folder as an ONNX model, with a batch of any size."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from networks import FloatArray, Folder

OPSET, IR_VERSION = 17, 9


class Graph:
    """Nodes under construction. B is the batch, L the length, C the channels."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.value, self.layout = "inputs", "BLC"

    def constant(self, values: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, *rest: str, output: int = 0, **attributes: Any) -> None:
        """Appends a node that takes the value so far; its output is the value from then on."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        outputs = [""] * output + [name]
        self.nodes.append(helper.make_node(kind, [self.value, *rest], outputs, name, **attributes))
        self.value = name

    def arrange(self, layout: str) -> None:
        if layout != self.layout:
            self.node("Transpose", perm=[self.layout.index(axis) for axis in layout])
            self.layout = layout

    def activation(self, name: str) -> None:
        self.node({"relu": "Relu", "softmax": "Softmax"}[name])


def gates(values: FloatArray, axis: int) -> FloatArray:
    """Keras's i, f, c, o as ONNX has them: i, o, f, c."""
    i, f, c, o = np.split(values, 4, axis)
    return np.concatenate([i, o, f, c], axis)


def conv1d(graph: Graph, options: dict[str, Any], kernel: FloatArray, bias: FloatArray) -> None:
    graph.arrange("BCL")
    constants = graph.constant(kernel.transpose(2, 1, 0)), graph.constant(bias)
    graph.node("Conv", *constants, kernel_shape=[kernel.shape[0]])
    graph.activation(options["activation"])


def max_pooling1d(graph: Graph, options: dict[str, Any]) -> None:
    graph.arrange("BCL")
    size = [options["pool_size"]]
    graph.node("MaxPool", kernel_shape=size, strides=size)


def lstm(
    graph: Graph, options: dict[str, Any], kernel: FloatArray, recurrent: FloatArray,
    bias: FloatArray,
) -> None:  # fmt: skip
    graph.arrange("LBC")
    units, sequences = options["units"], options["return_sequences"]
    biases = np.concatenate([gates(bias, 0), np.zeros_like(bias)])
    constants = [gates(kernel, 1).T, gates(recurrent, 1).T, biases]
    names = [graph.constant(values[None]) for values in constants]
    graph.node("LSTM", *names, output=0 if sequences else 1, hidden_size=units)
    # Y is [length, directions, batch, units], Y_h [directions, batch, units].
    graph.node("Squeeze", graph.constant(np.array([1 if sequences else 0])))
    graph.layout = "LBC" if sequences else "BC"


def dense(graph: Graph, options: dict[str, Any], kernel: FloatArray, bias: FloatArray) -> None:
    graph.node("Gemm", graph.constant(kernel), graph.constant(bias))
    graph.activation(options["activation"])


ADD = {"Conv1D": conv1d, "MaxPooling1D": max_pooling1d, "LSTM": lstm, "Dense": dense}


def write_onnx(folder: Folder, quantized: bool) -> None:
    """model.onnx and, if quantized, model_int8.onnx, quantized dynamically."""
    network, graph = folder.network, Graph()
    for kind, options, arrays in folder.layers_with_weights():
        ADD[kind](graph, options, *arrays)
    inputs = ["batch", network.length, network.channels]
    made = helper.make_graph(
        graph.nodes,
        network.name,
        [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info(graph.value, TensorProto.FLOAT, ["batch", network.classes])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    onnx.save(model, folder.path / "model.onnx")
    if quantized:
        from onnxruntime.quantization import quantize_dynamic

        # It recommends another way of preparing models, which does not matter for these.
        logging.getLogger().setLevel(logging.ERROR)
        quantize_dynamic(folder.path / "model.onnx", folder.path / "model_int8.onnx")
