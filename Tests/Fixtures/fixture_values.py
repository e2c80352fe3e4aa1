"""Numbers of the fixtures: where they come from and how they are written.

Everything random is either drawn from a generator seeded by the case's name, or is a formula that
the tests repeat (``Formula``), so that a large array need not be stored.
"""

import json
import zlib

import numpy as np


def rng(name):
    """A random generator of its own for every name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def normal(generator, shape, scale=1.0):
    """Normal numbers with three decimals, which keep the files short."""
    return np.round(generator.normal(size=shape) * scale, 3).astype(np.float32)


def distinct(generator, shape):
    """Numbers that all differ, in random order: a maximum is never shared."""
    count = int(np.prod(shape))
    values = (generator.permutation(count) - count // 2) / 64
    return values.astype(np.float32).reshape(shape)


def hash32(values):
    """The 32-bit finalizer of MurmurHash3; values are integers below 2^32."""
    x = np.asarray(values, dtype=np.uint64) & 0xFFFFFFFF
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x85EBCA6B)) & 0xFFFFFFFF
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(0xC2B2AE35)) & 0xFFFFFFFF
    return x ^ (x >> np.uint64(16))


class Formula:
    """An array given by a formula instead of its values.

    ``pieces`` are pairs of count and scale. With i the index in the whole array,
    ``value[i] = (hash32(seed + i) >> 8) / 2^23 - 1``, exact in float32 and in -1 ... 1, times the
    scale of its piece, rounded once to float32.
    """

    TEXT = "value[i] = ((hash32(seed + i) >> 8) / 2^23 - 1) * scale of the piece, in float32"

    def __init__(self, seed, pieces):
        self.seed = seed
        self.pieces = pieces

    def values(self):
        """The array, flat."""
        count = sum(piece[0] for piece in self.pieces)
        index = np.arange(count, dtype=np.uint64) + np.uint64(self.seed)
        unit = ((hash32(index) >> np.uint64(8)).astype(np.float64) / 2**23 - 1).astype(np.float32)
        scales = [np.full(length, scale, dtype=np.float32) for length, scale in self.pieces]
        return unit * np.concatenate(scales)

    def entry(self):
        """What stands in the file instead of the values."""
        pieces = [{"count": count, "scale": scale} for count, scale in self.pieces]
        return {"formula": self.TEXT, "seed": self.seed, "pieces": pieces}


def number(value):
    """The shortest text that is this float32 again; it has at most nine digits."""
    single = np.float32(value)
    if not np.isfinite(single):
        raise ValueError(f"{value} is not finite")
    text = str(single + np.float32(0))
    text = text[:-2] if text.endswith(".0") else text
    if np.float32(float(text)) != single:
        raise ValueError(f"{text} is not {value}")
    return text


def encode(value):
    """JSON text of a case. Arrays become flat lists of float32, all else is as Python has it."""
    if isinstance(value, Formula):
        return encode(value.entry())
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)}:{encode(entry)}" for key, entry in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, np.ndarray):
        if np.issubdtype(value.dtype, np.integer):
            return "[" + ",".join(str(entry) for entry in value.ravel().tolist()) + "]"
        return "[" + ",".join(number(entry) for entry in value.ravel()) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(encode(entry) for entry in value) + "]"
    if isinstance(value, (float, np.floating)):
        return number(value)
    return json.dumps(int(value) if isinstance(value, (bool, np.integer)) else value)


def write(path, cases):
    """Writes cases to a file, one a line. Refuses two of one name."""
    names = [case["name"] for case in cases]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: names are not unique")
    lines = ",\n".join(encode(case) for case in cases)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def flat(arrays):
    """One flat float array of all arrays, one after the other."""
    if not arrays:
        return np.zeros(0, dtype=np.float32)
    return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])
