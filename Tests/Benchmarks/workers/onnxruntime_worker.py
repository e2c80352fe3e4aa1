"""ONNX Runtime: all graph optimizations, inputs and outputs bound once."""

from __future__ import annotations

import numpy as np
import onnxruntime

from networks import Folder
from workers.base import Peer, Task, Unsupported, Variants, serve

FILES = {"float32": "model.onnx", "int8": "model_int8.onnx"}


class OnnxRuntime(Peer):
    def inference(self, folder: Folder, dtype: str, batch: int) -> Variants:
        if dtype not in FILES:
            raise Unsupported(f"its CPU kernels have no {dtype} LSTM")
        return {"": lambda: self.task(folder, FILES[dtype], batch)}

    def task(self, folder: Folder, file: str, batch: int) -> Task:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_free_dimension_override_by_name("batch", batch)
        session = onnxruntime.InferenceSession(
            folder.path / file, options, providers=["CPUExecutionProvider"]
        )
        binding = session.io_binding()
        inputs = onnxruntime.OrtValue.ortvalue_from_numpy(folder.inputs(batch))
        outputs = onnxruntime.OrtValue.ortvalue_from_numpy(
            np.empty((batch, folder.network.classes), np.float32)
        )
        binding.bind_ortvalue_input("inputs", inputs)
        binding.bind_ortvalue_output(session.get_outputs()[0].name, outputs)
        return Task(lambda: session.run_with_iobinding(binding), outputs.numpy)


if __name__ == "__main__":
    serve(OnnxRuntime)
