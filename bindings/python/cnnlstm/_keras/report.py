"""What became of a Keras model."""

from __future__ import annotations

from typing import NamedTuple

from .._values import Shape


class ImportedLayer(NamedTuple):
    """A layer as it is here: its name, class, shape of outputs, and the parameters copied."""

    name: str
    kind: str
    output_shape: Shape
    parameter_count: int


class ImportReport(NamedTuple):
    """What ``from_keras`` read, what it left out, and how near the model is to Keras's.

    Attributes
    ----------
    source : str
        The file or model, and the version of Keras that wrote it.
    layers : tuple of ImportedLayer
        Without the input.
    parameter_count : int
        Parameters copied.
    compiled : str
        Optimizer, loss and metrics that the model is compiled with; empty if it is not compiled.
    left_out : tuple of str
        What has no counterpart here and does not change predictions, a line each.
    max_difference : float
        Largest absolute difference to Keras's predictions of random input; NaN if not compared.
    comparison : str
        How it was compared, or why not.
    """

    source: str
    layers: tuple[ImportedLayer, ...]
    parameter_count: int
    compiled: str
    left_out: tuple[str, ...]
    max_difference: float
    comparison: str

    def __str__(self) -> str:
        rows = [("layer", "kind", "output shape", "parameters copied")]
        rows += [
            (layer.name, layer.kind, str(layer.output_shape), f"{layer.parameter_count:,}")
            for layer in self.layers
        ]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = [f"imported from {self.source}", ""]
        for name, kind, shape, count in rows:
            cells = (name.ljust(widths[0]), kind.ljust(widths[1]), shape.ljust(widths[2]))
            lines.append("  ".join((*cells, count.rjust(widths[3]))))
        lines += ["", f"{len(self.layers)} layers, {self.parameter_count:,} parameters"]
        lines.append(f"compiled: {self.compiled or 'no'}")
        lines += [f"left out: {text}" for text in self.left_out]
        lines.append(f"compared with Keras: {self.comparison}")
        return "\n".join(lines)
