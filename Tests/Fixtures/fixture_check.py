"""Compares cases computed in float32 with the same cases computed in float64."""

import keras
import numpy as np

EXACT = {"name", "layers", "weightShapes", "trainable", "inputShape", "outputShape", "labels"}


def differences(single, double, path=""):
    """Pairs of path and difference: absolute below 1, relative to the largest value above."""
    if isinstance(single, dict):
        for key in single:
            if key not in EXACT:
                yield from differences(single[key], double[key], f"{path}/{key}")
    elif isinstance(single, (list, np.ndarray, float, np.floating)):
        one, two = np.asarray(single, np.float64), np.asarray(double, np.float64)
        if one.size:
            yield path, np.max(np.abs(one - two)) / max(1, np.max(np.abs(two)))


def set_precision(precision):
    """The type of all weights and arithmetic of the models built from here on."""
    keras.config.set_floatx(precision)
    keras.config.set_dtype_policy(precision)


def report(name, cases, make):
    """Prints the largest differences of a file."""
    set_precision("float64")
    doubles = make()
    set_precision("float32")
    found = []
    for single, double in zip(cases, doubles, strict=True):
        found += differences(single, double, single["name"])
    found.sort(key=lambda pair: -pair[1])
    print(f"{name}: {len(cases)} cases")
    for path, difference in found[:12]:
        print(f"  {difference:.1e} {path}")
