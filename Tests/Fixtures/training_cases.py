"""training.json: what model.fit does to weights, and what it reports."""

import keras
import numpy as np

import fixture_values as values
from fixture_models import build, case_of, get_flat, layer, named, random_weights, sequence
from fixture_models import set_flat, set_weights, vector
from loss_cases import BINARY, CATEGORICAL, MSE, SPARSE, keyed

OPTIMIZERS = {
    "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": 0, "global_clipnorm": 0.0},
    "adam": {
        "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
        "global_clipnorm": 0.0,
    },
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
    "adamw": {"learning_rate": 0.001, "weight_decay": 0.004},
    "nadam": {"learning_rate": 0.001},
}
CLASSES = {
    "sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop,
    "adamw": keras.optimizers.AdamW, "nadam": keras.optimizers.Nadam,
}
FLAGS = {"nesterov", "amsgrad", "centered", "use_ema"}

FIT = {"epochs": 1, "batch_size": 32, "shuffle": 0, "validation_split": 0.0}


class Steps(keras.callbacks.Callback):
    """The loss of each batch alone, instead of the mean of the epoch so far."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


def optimizer(kind, options):
    """The Keras optimizer; a global_clipnorm of 0 is none."""
    options = dict(options)
    options["global_clipnorm"] = options.get("global_clipnorm") or None
    for flag in FLAGS & set(options):
        options[flag] = bool(options[flag])
    return CLASSES[kind](**options)


def batch_size_of(layers, fit):
    """What stateful layers need to know; None for others."""
    return fit["batch_size"] if any("stateful" in it["options"] for it in layers) else None


def fit_once(layers, weights, data, compiled, fit, class_weights, validation, callbacks=()):
    """A fresh model through fit: its history and its weights afterwards."""
    loss, kind, options = compiled
    model = build(layers, batch_size_of(layers, fit))
    set_flat(model, weights)
    model.compile(loss=loss, optimizer=optimizer(kind, options), metrics=["accuracy"])
    weight = None if class_weights is None else dict(enumerate(class_weights))
    history = model.fit(*data, **{**fit, "shuffle": False}, class_weight=weight, verbose=0,
                        validation_data=validation, callbacks=list(callbacks)).history
    return history, get_flat(model)


def values_of(array):
    """The numbers of an array or of a formula."""
    return array.values() if isinstance(array, values.Formula) else array


def make(name, layers, inputs, target, kind="adam", options=None, loss=CATEGORICAL, fit=None,
         class_weights=None, weights=None, weights_name=None, validation=None, every=1,
         shape=None):
    """One case. The weights are given, or random by a name; every n-th final weight is kept."""
    layers = named(layers)
    model = build(layers, batch_size_of(layers, {**FIT, **(fit or {})}))
    if weights is None:
        set_weights(model, random_weights(model, values.rng(weights_name or name)))
        weights = get_flat(model)
    options, fit = {**OPTIMIZERS[kind], **(options or {})}, {**FIT, **(fit or {})}
    shape = shape or inputs.shape
    data = (values_of(inputs).reshape(shape), target)
    run = (layers, values_of(weights), data, (loss, kind, options), fit, class_weights, validation)
    steps = Steps()
    _, first = fit_once(*run, callbacks=[steps])
    history, final = fit_once(*run)
    np.testing.assert_array_equal(first, final)
    case = case_of(name, layers, model, shape) | {"input": inputs, "weights": weights}
    case |= {"loss": loss} | keyed(target) | {"optimizer": kind, "optimizerOptions": options,
                                             "fit": fit}
    if class_weights is not None:
        case |= {"classWeights": np.float32(class_weights)}
    if validation is not None:
        case |= {"validationInput": validation[0]}
        case |= {f"validation{key.capitalize()}": entry
                 for key, entry in keyed(validation[1]).items()}
    history = {key: np.float64(entry) for key, entry in history.items()}
    return case | {"stepLosses": np.float64(steps.losses), "history": history,
                   "finalWeightStride": every, "finalWeights": final[::every]}


def seed_layers(length, channels, filters, units, classes):
    """The seed architecture without dropout."""
    return [
        sequence(channels, length), layer("Conv1D", filters=filters, activation="relu"),
        layer("MaxPooling1D"), layer("LSTM", units=units),
        layer("Dense", units=classes, activation="softmax"),
    ]


def classes_of(name, samples, count):
    """Random classes, one-hot."""
    return np.eye(count, dtype=np.float32)[values.rng(name).integers(0, count, size=samples)]


def step_cases():
    """Ten Adam steps: the seed architecture in small, in its real size, and a deeper stack."""
    ten = {"batch_size": 4}
    small = values.normal(values.rng("small"), (40, 20, 2))
    deep = [
        sequence(3, 12), layer("Normalization"),
        layer("Conv1D", filters=6, activation="relu", padding="same"),
        layer("Conv1D", filters=4, kernel_size=2, activation="tanh", padding="causal"),
        layer("MaxPooling1D", pool_size=3, strides=2, padding="same"),
        layer("LSTM", units=5, return_sequences=1, go_backwards=1),
        layer("LSTM", units=4, return_sequences=1), layer("Flatten"),
        layer("Dense", units=6, activation="relu"), layer("Dense", units=3, activation="softmax"),
    ]
    inputs = values.normal(values.rng("deep"), (40, 12, 3))
    labels = values.rng("deep labels").integers(0, 3, size=40).astype(np.int32)
    return [
        make("ten_steps_small", seed_layers(20, 2, 8, 12, 3), small,
             classes_of("small classes", 40, 3), fit=ten),
        make("ten_steps_small_learning_rate", seed_layers(20, 2, 8, 12, 3), small,
             classes_of("small classes", 40, 3), options={"learning_rate": 0.01}, fit=ten,
             weights_name="ten_steps_small"),
        seed_case(),
        make("ten_steps_deep", deep, inputs, labels, loss=SPARSE, fit=ten,
             options={"learning_rate": 0.005, "global_clipnorm": 1.0}),
    ]


def seed_case():
    """The seed model itself, 83,592 weights and 40 samples by formulas, every 97th weight after."""
    scales = [0.246, 0.05, 0.105, 0.0765, 0.05, 0.21, 0.05]
    counts = [96, 32, 32 * 512, 128 * 512, 512, 1024, 8]
    weights = values.Formula(0, list(zip(counts, scales)))
    inputs = values.Formula(1_000_000, [(4000, 2.0)])
    return make("ten_steps_seed", seed_layers(100, 1, 32, 128, 8), inputs,
                classes_of("seed classes", 40, 8), fit={"batch_size": 4}, weights=weights,
                every=97, shape=(40, 100, 1))


def epoch_cases():
    """Two epochs of 10 samples in batches of 4: the last batch of an epoch is smaller."""
    layers = seed_layers(9, 2, 4, 5, 3)
    inputs = values.normal(values.rng("epochs"), (10, 9, 2))
    target = classes_of("epoch classes", 10, 3)
    labels = np.argmax(target, axis=-1).astype(np.int32)
    weights, rate = [0.5, 2, 3.25], {"learning_rate": 0.05}
    fit = {"epochs": 2, "batch_size": 4}
    split = {**fit, "validation_split": 0.3}
    held = (values.normal(values.rng("held"), (6, 9, 2)), classes_of("held classes", 6, 3))
    common = {"options": rate, "weights_name": "epochs"}

    def make_one(name, answer=target, **more):
        return make(name, layers, inputs, answer, **{**common, "fit": fit, **more})

    return [
        make_one("epochs"),
        make_one("epochs_sparse", labels, loss=SPARSE),
        make_one("epochs_mse", loss=MSE),
        make_one("epochs_sgd", kind="sgd", options={"learning_rate": 0.1, "momentum": 0.9}),
        make_one("epochs_validation_split", fit=split),
        make_one("epochs_validation_split_class_weight", fit=split, class_weights=weights),
        make_one("epochs_validation_data", validation=held),
        make_one("epochs_validation_data_sparse_class_weight", labels, loss=SPARSE,
                 validation=(held[0], np.argmax(held[1], axis=-1).astype(np.int32)),
                 class_weights=weights),
        make_one("epochs_class_weight", class_weights=weights),
        make_one("epochs_batch_1", fit={"epochs": 2, "batch_size": 1}),
        make_one("epochs_batch_above_samples", fit={"epochs": 3, "batch_size": 32}),
    ] + other_epoch_cases()


def other_epoch_cases():
    """Epochs of a binary classifier, and of a model with an output for each time step."""
    fit = {"epochs": 2, "batch_size": 4, "validation_split": 0.25}
    sigmoid = [vector(4), layer("Dense", units=5, activation="tanh"),
               layer("Dense", units=1, activation="sigmoid")]
    bits = values.rng("bits").integers(0, 2, size=(13, 1)).astype(np.float32)
    steps = [sequence(2), layer("LSTM", units=4, return_sequences=1),
             layer("Dense", units=3, activation="softmax")]
    labels = values.rng("step labels").integers(0, 3, size=(13, 6)).astype(np.int32)
    rate = {"learning_rate": 0.05}
    return [
        make("epochs_binary", sigmoid, values.normal(values.rng("binary"), (13, 4)), bits,
             loss=BINARY, fit=fit, options=rate, class_weights=[0.5, 2]),
        make("epochs_steps", steps, values.normal(values.rng("steps"), (13, 6, 2)), labels,
             loss=SPARSE, fit=fit, options=rate),
    ]


def cases():
    """All cases of training.json."""
    return step_cases() + epoch_cases()
