"""The least seconds that this machine's arithmetic and caches allow.

A batch is bound by its multiply-adds. One sample alone is bound, in a recurrent layer whose weights
do not fit into the L1 cache, by reading them from L2 at every step; all else by multiply-adds.
Training does the forward multiply-adds three times: forward, and for the gradients of inputs and
of weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cases import Case
from networks import Network

L1_BYTES = 32 * 1024
BYTES = {"float32": 4, "bfloat16": 2, "int8": 1}
TRAINING_PRODUCTS = 3


@dataclass(frozen=True)
class Limits:
    """Of one core: multiply-adds a second by type of weights, bytes a second from L2 to L1."""

    multiply_adds: dict[str, float]
    bytes_read: float


class Product(NamedTuple):
    """A matrix product of a sample: weights, used so many times; recurrent if one by one."""

    weights: int
    times: int
    recurrent: bool


def products(network: Network) -> Iterator[Product]:
    length, channels = network.length, network.channels
    for kind, options in network.layers:
        if kind == "Conv1D":
            length -= options["kernel_size"] - 1
            yield Product(options["kernel_size"] * channels * options["filters"], length, False)
            channels = options["filters"]
        elif kind == "MaxPooling1D":
            length //= options["pool_size"]
        elif kind == "LSTM":
            units = options["units"]
            yield Product(channels * 4 * units, length, False)
            # The state before the first step is zero.
            yield Product(units * 4 * units, length - 1, True)
            channels = units
            length = length if options["return_sequences"] else 1
        elif kind == "Dense":
            yield Product(channels * options["units"], length, False)
            channels = options["units"]


def multiply_adds(network: Network) -> int:
    """Of one sample forward."""
    return sum(it.weights * it.times for it in products(network))


def product_seconds(product: Product, dtype: str, limits: Limits) -> float:
    """Of one sample on one core."""
    size = product.weights * BYTES[dtype]
    arithmetic = product.weights * product.times / limits.multiply_adds[dtype]
    if not product.recurrent or size <= L1_BYTES:
        return arithmetic
    return max(arithmetic, size * product.times / limits.bytes_read)


def least_seconds(case: Case, network: Network, limits: Limits) -> float:
    """Of a prediction, or of an epoch; two cores do everything in half the time."""
    if case.kind == "training":
        work = TRAINING_PRODUCTS * multiply_adds(network) * network.samples
        one_core = work / limits.multiply_adds[case.dtype]
    elif case.batch == 1:
        one_core = sum(product_seconds(it, case.dtype, limits) for it in products(network))
    else:
        one_core = multiply_adds(network) * case.batch / limits.multiply_adds[case.dtype]
    return one_core / case.threads
