"""optimizers.json: ten steps of every optimizer on one small model."""

import numpy as np

import fixture_values as values
import training_cases
from fixture_models import layer, penalized, sequence

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

RATE = {"learning_rate": 0.02}
AVERAGE = {"use_ema": 1, "ema_momentum": 0.8, **RATE}
OTHERS = {
    "rmsprop": [
        RATE, {"rho": 0.6, **RATE}, {"momentum": 0.9, **RATE}, {"centered": 1, **RATE},
        {"centered": 1, "momentum": 0.5, "epsilon": 0.001, **RATE}, {"weight_decay": 0.1, **RATE},
    ],
    "adamw": [RATE, {"weight_decay": 0.5, **RATE}, {"amsgrad": 1, **RATE}],
    "nadam": [RATE, {"beta_1": 0.7, "beta_2": 0.9, **RATE}, {"weight_decay": 0.1, **RATE}],
    "adam": [
        {"amsgrad": 1, "beta_2": 0.5, "learning_rate": 0.1}, {"weight_decay": 0.2, **RATE}, AVERAGE,
        {"ema_overwrite_frequency": 3, **AVERAGE},
    ],
    "sgd": [
        {"weight_decay": 0.3, "learning_rate": 0.1},
        {"ema_overwrite_frequency": 4, "momentum": 0.9, **AVERAGE},
    ],
}
CLIPS = [{"clipnorm": 0.05}, {"clipvalue": 0.01}, {"global_clipnorm": 0.1}]

PENALTIES = {
    "regularizers": [
        sequence(2, 7),
        penalized(layer("Conv1D", filters=3, activation="relu"),
                  kernel_regularizer=(0.01, 0.0), bias_regularizer=(0.0, 0.1)),
        penalized(layer("LSTM", units=4), kernel_regularizer=(0.0, 0.02),
                  recurrent_regularizer=(0.005, 0.01), bias_regularizer=(0.003, 0.0)),
        penalized(layer("Dense", units=3, activation="softmax"),
                  kernel_regularizer=(0.02, 0.03)),
    ],
    "max_norm": [
        sequence(2, 7),
        penalized(layer("Conv1D", filters=3, activation="relu"), kernel_constraint=(0.6, 3),
                  bias_constraint=(0.05, 1)),
        penalized(layer("LSTM", units=4), kernel_constraint=(0.5, 1),
                  recurrent_constraint=(0.7, 2)),
        penalized(layer("Dense", units=3, activation="softmax"), kernel_constraint=(0.4, 1)),
    ],
}


def make(name, kind, options, layers=None):
    """One case: 8 samples in one batch, ten epochs of it."""
    generator = values.rng("optimizers")
    inputs = values.normal(generator, (8, 7, 2))
    target = np.eye(3, dtype=np.float32)[generator.integers(0, 3, size=8)]
    fit = {"epochs": 10, "batch_size": 8}
    return training_cases.make(name, layers or LAYERS, inputs, target, kind, options, fit=fit,
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
    for kind, table in OTHERS.items():
        for number, options in enumerate(table):
            result.append(make(f"{kind}_option_{number}", kind, options))
    for kind in ["sgd", "rmsprop", "nadam"]:
        for clip in CLIPS:
            result.append(make(f"{kind}_{next(iter(clip))}", kind, {**clip, **RATE}))
    for name, layers in PENALTIES.items():
        result.append(make(name, "adam", RATE, layers))
        result.append(make(f"{name}_sgd", "sgd", {"learning_rate": 0.2}, layers))
    return result
