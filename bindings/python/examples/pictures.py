"""The demo's pictures."""

from __future__ import annotations

import pathlib

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from cnnlstm.callbacks import History

TRAINING, VALIDATION, INK = "#0b6e99", "#d9730d", "#37352f"
STYLE = {
    "figure.dpi": 150,
    "font.size": 10,
    "axes.edgecolor": "#9b9a97",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "grid.color": "#e6e6e4",
    "lines.linewidth": 1.8,
    "xtick.color": INK,
    "ytick.color": INK,
}


@plt.rc_context(STYLE)
def learning_curves(path: pathlib.Path, history: History) -> None:
    """Loss and accuracy over the epochs, on training and test data."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    curve(left, history, "loss", "Loss")
    curve(right, history, "accuracy", "Accuracy")
    left.set_ylim(bottom=0)
    right.set_ylim(0, 1.03)
    right.legend(loc="lower right", frameon=False)
    figure.savefig(path)
    plt.close(figure)


def curve(axes: Axes, history: History, name: str, title: str) -> None:
    epochs = np.array(history.epoch) + 1
    axes.plot(epochs, history.history[name], color=TRAINING, label="training (with dropout)")
    axes.plot(epochs, history.history[f"val_{name}"], color=VALIDATION, label="test")
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.set_xlim(1, epochs[-1])


@plt.rc_context({**STYLE, "axes.grid": False})
def confusion_matrix(path: pathlib.Path, counts: np.ndarray, classes: list[str]) -> None:
    """A square for each pair of true and predicted class, as dark as it is frequent."""
    figure, axes = plt.subplots(figsize=(4.8, 4.2), layout="constrained")
    axes.imshow(counts, cmap="Blues", vmin=0)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if count > counts.max() / 2 else INK
        axes.text(column, row, str(count), ha="center", va="center", color=color)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, rotation=30, ha="right")
    axes.set_yticks(ticks, classes)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title("Test samples")
    figure.savefig(path)
    plt.close(figure)
