"""optimizers.json: ten steps of every optimizer on one small model."""

import numpy as np

import fixture_values as values
import training_cases
from fixture_models import layer, sequence

LAYERS = [
    sequence(2, 7), layer("Conv1D", filters=3, activation="relu"), layer("LSTM", units=4),
    layer("Dense", units=3, activation="softmax"),
]

SGD = {
    "sgd": {},
    "sgd_learning_rate": {"learning_rate": 0.3},
    "sgd_momentum": {"learning_rate": 0.1, "momentum": 0.9},
    "sgd_momentum_1": {"learning_rate": 0.02, "momentum": 1.0},
    "sgd_nesterov": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": 1},
    "sgd_nesterov_no_momentum": {"learning_rate": 0.1, "nesterov": 1},
}

ADAM = {
    "adam": {},
    "adam_learning_rate": {"learning_rate": 0.02},
    "adam_betas": {"learning_rate": 0.01, "beta_1": 0.7, "beta_2": 0.9},
    "adam_betas_0": {"learning_rate": 0.001, "beta_1": 0.0, "beta_2": 0.0, "epsilon": 0.001},
    "adam_epsilon": {"learning_rate": 0.01, "epsilon": 0.01},
}


def make(name, kind, options):
    """One case: 8 samples in one batch, ten epochs of it."""
    generator = values.rng("optimizers")
    inputs = values.normal(generator, (8, 7, 2))
    target = np.eye(3, dtype=np.float32)[generator.integers(0, 3, size=8)]
    fit = {"epochs": 10, "batch_size": 8}
    return training_cases.make(name, LAYERS, inputs, target, kind, options, fit=fit,
                               weights_name="optimizers")


def cases():
    """Each optimizer unclipped, clipped hard, clipped in some steps, and with a loose bound."""
    result = []
    for kind, table in [("sgd", SGD), ("adam", ADAM)]:
        for name, options in table.items():
            result.append(make(name, kind, options))
            hard = {"global_clipnorm": 0.1, **options}
            result.append(make(f"{name}_clipped", kind, hard))
        sometimes = {"global_clipnorm": 0.45, "learning_rate": 0.1}
        result.append(make(f"{kind}_clipped_sometimes", kind, sometimes))
        result.append(make(f"{kind}_clipped_never", kind, {"global_clipnorm": 100.0}))
    return result
