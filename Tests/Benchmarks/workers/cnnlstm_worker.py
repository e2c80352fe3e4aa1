"""Our own Python package."""

from __future__ import annotations

from cnnlstm.models import load_model

from networks import Folder
from workers.base import Peer, Task, Variants, serve


class CnnLstm(Peer):
    def inference(self, folder: Folder, dtype: str, batch: int) -> Variants:
        return {"predict": lambda: self.task(folder, dtype, batch)}

    def task(self, folder: Folder, dtype: str, batch: int) -> Task:
        model, inputs = load_model(folder.path / f"{dtype}.cnnlstm"), folder.inputs(batch)
        predict = lambda: model.predict(inputs, threads=self.threads)  # noqa: E731
        return Task(predict, predict)


if __name__ == "__main__":
    serve(CnnLstm)
