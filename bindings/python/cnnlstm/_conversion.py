"""Models with kernels of fewer bits, and what that does to their predictions."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from . import _structures as structures
from ._data import as_inputs, sequence_length
from ._layer import output_shape
from ._library import code, sized
from ._native import NativeModel
from ._values import floats


class ConversionReport(NamedTuple):
    """How far a converted model is from the one it was made of, on samples of the caller's.

    Attributes
    ----------
    dtype : str
        Of the converted model.
    sample_count : int
        Samples that both models predicted; without any, the other numbers are NaN.
    max_difference, mean_difference : float
        Of all outputs, absolute.
    label_agreement : float
        Share of predictions whose largest channel is the same; with one channel, that are on the
        same side of 0.5.
    """

    dtype: str
    sample_count: int
    max_difference: float
    mean_difference: float
    label_agreement: float

    def __str__(self) -> str:
        if self.sample_count == 0:
            return f"{self.dtype}: not compared, there were no samples"
        return (
            f"{self.dtype} on {self.sample_count} samples: difference at most "
            f"{self.max_difference:.2g}, mean {self.mean_difference:.2g}; "
            f"{self.label_agreement:.2%} of the labels agree"
        )


def converted(
    native: NativeModel, dtype: str, data: ArrayLike | None
) -> tuple[NativeModel, ConversionReport]:
    """A new model of the library's, and the report."""
    number = code("dtype", dtype)
    inputs = None if data is None else floats("calibration_data", data)
    native.ensure_built()
    if inputs is not None:
        inputs = as_inputs(output_shape(native, 0), inputs)
    report = sized(structures.ConversionReport)
    length = 0 if inputs is None else sequence_length(inputs)
    result = NativeModel.converted(native, number, inputs, length, report)
    return result, ConversionReport(
        result.dtype,
        report.sample_count,
        report.max_difference,
        report.mean_difference,
        report.label_agreement,
    )
