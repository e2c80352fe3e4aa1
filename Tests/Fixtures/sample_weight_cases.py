"""sample_weights.json: fit with weights of samples, and what metrics report with and without."""

import keras
import numpy as np

import fixture_values as values
from fixture_models import build, case_of, get_flat, layer, named, random_weights, sequence
from fixture_models import set_flat, set_weights, vector
from loss_cases import BINARY, CATEGORICAL, MSE, SPARSE, keyed
from training_cases import FIT, OPTIMIZERS, classes_of, optimizer, seed_layers


def weights_of(name, shape):
    """Weights with some zeros."""
    drawn = np.round(values.rng(name).random(size=shape) * 3, 2)
    return np.where(drawn < 0.5, 0, drawn).astype(np.float32)


def fit(layers, start, data, compiled, options, weight, validation):
    """History and final weights; metrics once as metrics and once as weighted_metrics."""
    loss, rate, metrics = compiled
    model = build(layers)
    set_flat(model, start)
    model.compile(
        loss=loss, optimizer=optimizer("adam", {**OPTIMIZERS["adam"], "learning_rate": rate}),
        metrics=[make(name=name) for name, make in metrics.items()],
        weighted_metrics=[make(name=f"weighted_{name}") for name, make in metrics.items()])
    history = model.fit(*data, **{**options, "shuffle": False}, sample_weight=weight, verbose=0,
                        validation_data=validation).history
    return {key: np.float64(entry).reshape(-1) for key, entry in history.items()}, get_flat(model)


def make(name, layers, inputs, target, loss, metrics, weight, validation=None, split=0.0):
    """One case: two epochs in batches of 4."""
    layers = named(layers)
    model = build(layers)
    set_weights(model, random_weights(model, values.rng(name)))
    start = get_flat(model)
    options = {**FIT, "epochs": 2, "batch_size": 4, "validation_split": split}
    history, final = fit(layers, start, (inputs, target), (loss, 0.05, metrics), options, weight,
                         validation)
    case = case_of(name, layers, model, inputs.shape) | {"input": inputs, "weights": start}
    case |= {"loss": loss} | keyed(target) | {
        "optimizer": "adam", "optimizerOptions": {**OPTIMIZERS["adam"], "learning_rate": 0.05},
        "fit": options, "sampleWeights": weight, "metrics": list(metrics)}
    if validation is not None:
        case |= {"validationInput": validation[0], "validationSampleWeights": validation[2]}
        case |= {f"validation{key.capitalize()}": entry
                 for key, entry in keyed(validation[1]).items()}
    return case | {"history": history, "finalWeightStride": 1, "finalWeights": final}


def cases():
    """Classes, labels, a binary classifier, and outputs for each time step."""
    metrics = keras.metrics
    scores = {"precision": metrics.Precision, "recall": metrics.Recall, "auc": metrics.AUC}
    inputs = values.normal(values.rng("weighted"), (22, 9, 2))
    target = classes_of("weighted classes", 22, 3)
    labels = np.argmax(target, axis=-1).astype(np.int32)
    held = values.normal(values.rng("weighted held"), (6, 9, 2))
    held_target, held_weight = classes_of("weighted held", 6, 3), weights_of("held weights", 6)
    weight = weights_of("weights", 22)
    network = seed_layers(9, 2, 4, 5, 3)
    bits = values.rng("weighted bits").integers(0, 2, size=(22, 1)).astype(np.float32)
    sigmoid = [vector(4), layer("Dense", units=5, activation="tanh"),
               layer("Dense", units=1, activation="sigmoid")]
    steps = [sequence(2), layer("LSTM", units=4, return_sequences=1),
             layer("Dense", units=3, activation="softmax")]
    step_labels = values.rng("weighted step labels").integers(0, 3, size=(13, 6)).astype(np.int32)
    step_inputs = values.normal(values.rng("weighted steps"), (13, 6, 2))
    sparse = {"sparse_categorical_accuracy": metrics.SparseCategoricalAccuracy,
              "sparse_top_k_categorical_accuracy":
                  lambda **name: metrics.SparseTopKCategoricalAccuracy(k=2, **name)}
    return [
        make("classes", network, inputs, target, CATEGORICAL,
             {"categorical_accuracy": metrics.CategoricalAccuracy, "f1_score":
                 lambda **name: metrics.F1Score(average="macro", **name), **scores},
             weight, (held, held_target, held_weight)),
        make("labels", network, inputs, labels, SPARSE, sparse, weight, split=0.25),
        make("mse", network, inputs, target, MSE, scores, weight, split=0.25),
        make("binary", sigmoid, values.normal(values.rng("weighted binary"), (22, 4)), bits,
             BINARY, {"binary_accuracy": metrics.BinaryAccuracy, **scores}, weight, split=0.25),
        make("steps", steps, step_inputs, step_labels, SPARSE, sparse,
             weights_of("steps", (13, 1))),
        make("weights_of_steps", steps, step_inputs, step_labels, SPARSE, sparse,
             weights_of("each step", (13, 6))),
    ]
