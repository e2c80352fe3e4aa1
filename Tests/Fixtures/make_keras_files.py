"""Makes the small Keras files that the tests of ``from_keras`` read, and what they predict.

    python3 -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install tensorflow-cpu keras tf_keras
    /tmp/fixtures/bin/python Tests/Fixtures/make_keras_files.py

writes keras/*.keras, keras/*.h5 and keras/predictions.json. Made with Keras 3.15.1, and with
tf_keras 2.21.0 for the files of Keras 2. Weights and inputs depend on a fixed seed alone.
"""

import json
import os
import pathlib
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tf_keras

FOLDER = pathlib.Path(__file__).resolve().parent / "keras"
SAMPLES = 3
SHAPE = (12, 2)


def sequential(library):
    """The usual model; one file holds the state of an optimizer, too."""
    layers = library.layers
    first = {"input_shape": SHAPE} if library is tf_keras else {}
    return library.Sequential(
        ([] if first else [library.Input(SHAPE)])
        + [
            layers.Conv1D(3, 3, padding="same", activation="relu", name="look", **first),
            layers.MaxPooling1D(2),
            layers.LSTM(3, return_sequences=True, dropout=0.2),
            layers.LSTM(2, go_backwards=True),
            layers.Dense(3, activation="softmax"),
        ]
    )


def functional(library):
    """A chain written as a graph, with layers of one class that have names of their own."""
    layers = library.layers
    start = library.Input(SHAPE, name="signal")
    x = layers.Normalization(mean=[0.1, 0.2], variance=[1.0, 4.0])(start)
    x = layers.Conv1D(2, 2, dilation_rate=2, padding="causal", name="first")(x)
    x = layers.Conv1D(4, 3, groups=2, strides=2, name="second")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(2, activation="tanh", use_bias=False)(x)
    return library.Model(start, layers.Activation("sigmoid")(x))


def wrappers(library):
    """Layers in layers, masks, and weights that are not trained."""
    layers = library.layers
    start = library.Input(SHAPE)
    x = layers.Masking(0.0)(start)
    x = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode="ave")(x)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(3, activation="relu"))(x)
    x = layers.BatchNormalization()(x)
    return library.Model(start, layers.SimpleRNN(2)(x))


def nested(library):
    """Models in models: two layers of one name, and weights that are not trained before others."""
    layers = library.layers
    front = library.Sequential(
        [
            library.Input(SHAPE),
            layers.Dense(2, trainable=False, name="dense"),
            layers.Normalization(mean=[0.1, 0.2], variance=[1.0, 4.0]),
            layers.BatchNormalization(),
        ],
        name="front",
    )
    middle = library.Sequential([layers.Bidirectional(layers.GRU(2)), layers.Dense(3)])
    back = library.Sequential([middle, layers.Dense(3, activation="softmax", name="dense")])
    if library is keras:
        return library.Sequential([library.Input(SHAPE), front, back])
    start = library.Input(SHAPE)
    return library.Model(start, back(front(start)))


def recurrent(library):
    """Options of recurrent layers and wrappers that are not the default ones."""
    layers = library.layers

    def gru(**options):
        return layers.GRU(2, return_sequences=True, reset_after=False, **options)

    both = layers.Bidirectional(
        gru(go_backwards=True), backward_layer=gru(name="straight"), merge_mode="mul"
    )
    lstm = layers.LSTM(
        3,
        recurrent_activation="softsign",
        return_sequences=True,
        unit_forget_bias=False,
        dropout=0.1,
        recurrent_dropout=0.2,
        kernel_initializer=library.initializers.VarianceScaling(0.5, "fan_avg", "uniform"),
        recurrent_initializer=library.initializers.Orthogonal(0.8),
        kernel_regularizer=library.regularizers.L1L2(0.01, 0.02),
        bias_regularizer="l2",
        recurrent_constraint=library.constraints.MaxNorm(1.5, axis=[0, 1]),
    )
    start = library.Input((12, 2), batch_size=SAMPLES)
    x = layers.Masking(1.0)(start)
    x = lstm(both(x))
    x = layers.TimeDistributed(layers.Dense(3, activation="tanh", trainable=False))(x)
    rnn = layers.SimpleRNN(2, activation="relu", use_bias=False, stateful=True)
    return library.Model(start, layers.Bidirectional(rnn, merge_mode="sum")(x))


FILES = {
    "sequential.keras": (keras, sequential),
    "sequential.h5": (keras, sequential),
    "functional.h5": (keras, functional),
    "wrappers.keras": (keras, wrappers),
    "keras2_sequential.keras": (tf_keras, sequential),
    "keras2_sequential.h5": (tf_keras, sequential),
    "keras2_wrappers.h5": (tf_keras, wrappers),
    "nested.keras": (keras, nested),
    "nested.h5": (keras, nested),
    "keras2_nested.h5": (tf_keras, nested),
    "recurrent.keras": (keras, recurrent),
    "recurrent.h5": (keras, recurrent),
    "keras2_recurrent.h5": (tf_keras, recurrent),
}


def saved(name, library, make, random):
    """Writes a file; returns its input and predictions."""
    library.utils.set_random_seed(1)
    model = make(library)
    for weight in model.weights:
        value = weight.numpy()
        if value.shape:
            weight.assign(value + 0.1 * random.random(value.shape).astype(np.float32))
    x = random.standard_normal((SAMPLES, *SHAPE)).astype(np.float32)
    x[1, 4:7] = 0
    if make is recurrent:
        x[0, 3:5] = x[2, 9:] = 1
    if make is sequential:
        adam = library.optimizers.Adam(2e-3, global_clipnorm=1.0)
        model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
        if name == "sequential.keras":
            model.train_on_batch(x, np.array([0, 1, 2]))
    if make is nested:  # functions, and a metric that exists in Keras alone
        metrics = [library.metrics.categorical_accuracy, "mae"]
        model.compile("sgd", library.losses.categorical_crossentropy, metrics=metrics)
    model.save(FOLDER / name)
    if name.endswith(".keras"):
        compress(FOLDER / name)
    y = np.asarray(model(x))
    return {"file": name, "shape": x.shape, "input": numbers(x), "output": numbers(y)}


def compress(path):
    """Keras stores the members of its archives as they are, and reads compressed ones too."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def numbers(array):
    """The shortest decimals that mean the same float32."""
    return [float(str(value)) for value in array.ravel()]


def main():
    FOLDER.mkdir(exist_ok=True)
    random = np.random.default_rng(1)
    cases = [saved(name, *how, random) for name, how in FILES.items()]
    text = ",\n".join(json.dumps(case) for case in cases)
    (FOLDER / "predictions.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
