"""metrics.json: values of Keras's metrics, updated batch by batch, with and without weights."""

import keras
import numpy as np
import tensorflow as tf

import fixture_values as values

# Samples of the two batches that a metric is updated with.
BATCHES = (20, 17)


def softmax(name, channels):
    """Probabilities of classes; some rows have ties, one is all zero."""
    logits = values.normal(values.rng(name), (sum(BATCHES), channels), 1.5)
    outputs = np.round(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True), 3)
    outputs[3] = outputs[3, 0]
    outputs[5, 1] = outputs[5, 0]
    outputs[7] = 0
    return outputs.astype(np.float32)


def data():
    """Name to outputs, and targets or labels."""
    classes = values.rng("metric classes").integers(0, 4, size=sum(BATCHES)).astype(np.int32)
    flags = values.rng("metric flags").integers(0, 2, size=(sum(BATCHES), 3)).astype(np.float32)
    chances = np.round(values.rng("chances").random(size=(sum(BATCHES), 3)), 3).astype(np.float32)
    chances[0], chances[1], chances[2] = 0, 1, 0.5
    shown = np.round(0.5 * chances + 0.5 * flags, 3).astype(np.float32)
    return {
        "classes": (softmax("outputs", 4), np.eye(4, dtype=np.float32)[classes]),
        "labels": (softmax("outputs", 4), classes),
        "flags": (chances, flags),
        "one": (shown[:, :1] * np.float32(0.8), flags[:, :1]),
        "logits": (values.normal(values.rng("metric logits"), (sum(BATCHES), 1), 2), flags[:, 1:2]),
    }


TABLE = [
    ("labels", "SparseCategoricalAccuracy", {}),
    ("labels", "SparseTopKCategoricalAccuracy", {"k": 2}),
    ("labels", "ConfusionMatrix", {}),
    ("one", "BinaryAccuracy", {}),
    ("one", "BinaryAccuracy", {"threshold": 0.3}),
    ("flags", "BinaryAccuracy", {}),
    ("classes", "CategoricalAccuracy", {}),
    ("classes", "TopKCategoricalAccuracy", {"k": 1}),
    ("classes", "TopKCategoricalAccuracy", {"k": 3}),
    ("classes", "TopKCategoricalAccuracy", {}),
] + [
    (kind, name, config)
    for name in ("Precision", "Recall")
    for kind, config in [
        ("one", {}), ("flags", {}), ("classes", {}), ("flags", {"thresholds": [0.2, 0.5, 0.9]}),
        ("flags", {"class_id": 1, "thresholds": 0.4}), ("classes", {"top_k": 2}),
        ("classes", {"top_k": 2, "class_id": 3}), ("classes", {"top_k": 3, "thresholds": 0.3}),
        ("flags", {"thresholds": [0, 0.25, 0.5, 0.75, 1]}),
    ]
] + [
    (kind, "FBetaScore", config)
    for kind, config in [
        ("classes", {}), ("classes", {"average": "micro"}), ("classes", {"average": "macro"}),
        ("classes", {"average": "weighted"}), ("flags", {"threshold": 0.5}),
        ("flags", {"threshold": 0.3, "beta": 2.0, "average": "macro"}),
        ("one", {"threshold": 0.5}), ("classes", {"beta": 0.5}),
    ]
] + [
    (kind, "AUC", {"curve": curve, "summation_method": method, **config})
    for curve in ("ROC", "PR")
    for method in ("interpolation", "majoring", "minoring")
    for kind, config in [
        ("one", {}), ("flags", {"num_thresholds": 11}), ("classes", {"multi_label": True}),
    ]
] + [
    ("one", "AUC", {"num_thresholds": 3}),
    ("one", "AUC", {"num_thresholds": 2}),
    ("flags", "AUC", {"thresholds": [0.1, 0.35, 0.8]}),
    ("logits", "AUC", {"from_logits": True}),
    ("logits", "AUC", {"from_logits": True, "curve": "PR"}),
]


class ConfusionMatrix:
    """Keras has none; the table of its backend."""

    def __init__(self):
        self.total = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch."""
        self.total += tf.math.confusion_matrix(
            y_true, np.argmax(y_pred, -1), num_classes=y_pred.shape[-1], weights=sample_weight,
            dtype=tf.float32).numpy()

    def result(self):
        """The sum of all batches."""
        return self.total


def value_of(name, config, outputs, target, weights):
    """A metric after all batches."""
    own = name == "ConfusionMatrix"
    metric = ConfusionMatrix() if own else getattr(keras.metrics, name)(**config)
    start = 0
    for count in BATCHES:
        batch = slice(start, start + count)
        weight = None if weights is None else weights[batch]
        metric.update_state(target[batch], outputs[batch], sample_weight=weight)
        start += count
    return np.asarray(metric.result(), dtype=np.float64).reshape(-1)


def cases():
    """Each line of the table, unweighted and weighted."""
    found, sets = [], data()
    weights = np.round(values.rng("metric weights").random(size=sum(BATCHES)) * 3, 2)
    weights = np.where(weights < 0.4, 0, weights).astype(np.float32)
    for number, (kind, name, config) in enumerate(TABLE):
        outputs, target = sets[kind]
        key = "labels" if kind == "labels" else "target"
        config = {"from_logits": False, **config} if name == "AUC" else config
        for weighted in (False, True):
            case = {
                "name": f"{name}_{number}" + ("_weighted" if weighted else ""), "metric": name,
                "config": {key: [entry] if key == "thresholds" and np.ndim(entry) == 0 else entry
                           for key, entry in config.items()},
                "outputShape": list(outputs.shape), "output": outputs, key: target,
            }
            given = weights if weighted else None
            case |= {"sampleWeights": weights} if weighted else {}
            found.append(case | {"values": value_of(name, config, outputs, target, given)})
    return found
