"""batch_statistics.json: fit of models with BatchNormalization, in the schema of training.json.

Batches have several sizes, one of them above 16; the models are evaluated between the epochs; one
has a layer that is not trainable. All with SGD: Adam makes steps of rounding errors where weights
before a BatchNormalization have a gradient of zero.
"""

import fixture_values as values
from fixture_models import layer, sequence, vector
from training_cases import classes_of, make


def cases():
    """All cases of batch_statistics.json."""
    first = layer("BatchNormalization", momentum=0.75)
    layers = [
        sequence(2, 9), first, layer("Conv1D", filters=4, use_bias=0), layer("BatchNormalization"),
        layer("Activation", activation="relu"), layer("MaxPooling1D"),
        layer("BatchNormalization", center=0, scale=0, momentum=0.5), layer("LSTM", units=5),
        layer("Dense", units=3, activation="softmax"),
    ]
    inputs = values.normal(values.rng("statistics"), (45, 9, 2), 2)
    target = classes_of("statistics classes", 45, 3)
    frozen = [dict(entry) for entry in layers]
    frozen[1] = layer("BatchNormalization", trainable=0)
    vectors = [vector(3), layer("BatchNormalization", epsilon=0.01), layer("Dense", units=3),
               layer("LayerNormalization"), layer("Activation", activation="softmax")]
    fit = {"epochs": 2, "batch_size": 20, "validation_split": 0.2}
    rate = {"learning_rate": 0.05, "momentum": 0.9}
    return [
        make("batch_normalization_20", layers, inputs, target, kind="sgd", options=rate, fit=fit),
        make("batch_normalization_3", layers, inputs, target, kind="sgd", options=rate,
             fit={**fit, "epochs": 1, "batch_size": 3}),
        make("batch_normalization_not_trainable", frozen, inputs, target, kind="sgd", options=rate,
             fit=fit),
        make("batch_normalization_vectors", vectors, inputs[:, 0, :1] * [1, 2, -1], target,
             kind="sgd", fit={**fit, "batch_size": 35}),
    ]
