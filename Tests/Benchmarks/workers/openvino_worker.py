"""OpenVINO: the ONNX model at a fixed batch, set up for latency, inputs shared with NumPy."""

from __future__ import annotations

import openvino

from networks import FloatArray, Folder
from workers.base import Peer, Task, Unsupported, Variants, serve

PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVino(Peer):
    def inference(self, folder: Folder, dtype: str, batch: int) -> Variants:
        if dtype not in PRECISIONS:
            raise Unsupported(f"{dtype} needs another package, NNCF")
        return {"": lambda: self.task(folder, PRECISIONS[dtype], batch)}

    def task(self, folder: Folder, precision: str, batch: int) -> Task:
        core = openvino.Core()
        inputs = folder.inputs(batch)
        model = core.read_model(folder.path / "model.onnx")
        model.reshape(list(inputs.shape))
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": self.threads,
                "INFERENCE_PRECISION_HINT": precision,
            },
        )
        return Prediction(compiled, inputs)


class Prediction(Task):
    """Keeps what the request uses without owning it."""

    def __init__(self, compiled: openvino.CompiledModel, inputs: FloatArray) -> None:
        self.compiled, self.inputs = compiled, inputs
        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(inputs, shared_memory=True))
        super().__init__(request.infer, lambda: request.get_output_tensor().data)


if __name__ == "__main__":
    serve(OpenVino)
