"""The table of README.md that says what is supported, made from the package that supports it.

    python Tests/Checks/support_table.py            prints it
    python Tests/Checks/support_table.py --write    puts it into README.md
"""

from __future__ import annotations

import argparse
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import cnnlstm
from cnnlstm import _library

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- supported: begin -->\n", "<!-- supported: end -->\n"

# Constants of the library by group, then what modules of the package export.
GROUPS = {"Activations": "activation", "Padding": "padding", "Weights of a model": "dtype"}
MODULES = {
    "Initializers": "initializers",
    "Regularizers": "regularizers",
    "Constraints": "constraints",
    "Losses": "losses",
    "Optimizers": "optimizers",
    "Learning rate schedules": "optimizers.schedules",
    "Metrics": "metrics",
    "Callbacks": "callbacks",
}
# What Keras has besides, where it is little.
ABSENT = {"Initializers": "; not STFT"}
BASES = {"Callback", "Initializer", "Layer", "LearningRateSchedule", "Loss", "Metric", "Optimizer"}
BASES |= {"InputLayer", "Regularizer"}
MOST_CODES = 256


def names_of_group(group: str) -> list[str]:
    """Of the library itself, in order of number."""
    found = (
        _library.library.cnnlstm_code_name(group.encode(), code) for code in range(MOST_CODES)
    )
    return [name.decode() for name in found if name]


def classes(module: str) -> list[type]:
    """The classes that a module exports, under the first of their names."""
    exports = importlib.import_module(f"cnnlstm.{module}")
    members = [getattr(exports, name) for name in exports.__all__]
    unique = dict.fromkeys(it for it in members if inspect.isclass(it))
    return sorted((it for it in unique if it.__name__ not in BASES), key=lambda it: it.__name__)


def arguments(cls: type) -> str:
    """The arguments of a constructor, without those that all have."""
    parameters = list(inspect.signature(cls).parameters.values())
    kept = [it.name for it in parameters if it.kind not in (it.VAR_KEYWORD, it.VAR_POSITIONAL)]
    return ", ".join(name for name in kept if name not in ("name", "input_shape"))


def lines() -> Iterator[str]:
    """Of both tables."""
    yield "| layer | options | limits |\n| --- | --- | --- |\n"
    for cls in [cnnlstm.layers.Input, *classes("layers")]:
        yield f"| {cls.__name__} | {arguments(cls)} | {getattr(cls, 'limits', '')} |\n"
    yield "\n| what | supported |\n| --- | --- |\n"
    for title, group in GROUPS.items():
        yield f"| {title} | {', '.join(names_of_group(group))} |\n"
    for title, module in MODULES.items():
        names = ", ".join(cls.__name__ for cls in classes(module))
        yield f"| {title} | {names}{ABSENT.get(title, '')} |\n"


def updated(text: str) -> str:
    """README.md with the table of this package."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "".join(lines()) + END + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    if parser.parse_args().write:
        README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print("".join(lines()), end="")


if __name__ == "__main__":
    main()
