"""recurrent.json: recurrent layers in all their options; stateful.json: states between batches.

Cases are those of layers.json. A case of stateful.json has seen the batches of ``earlierInputs``
before its own: its states are what they left.
"""

import numpy as np

import fixture_values as values
import training_cases as training
from fixture_models import build, case_of, get_flat, input_shape, layer, named, random_weights
from fixture_models import sequence, set_weights
from layer_cases import evaluate, make, tensor

ACTIVATIONS = ["linear", "relu", "tanh", "sigmoid"]
MERGES = ["concat", "sum", "mul", "ave"]
KINDS = {
    "lstm": ("LSTM", {}), "gru": ("GRU", {}), "gru_reset_before": ("GRU", {"reset_after": 0}),
    "simple_rnn": ("SimpleRNN", {}),
}


def recurrent(kind, name, channels=3, samples=2, length=6, **options):
    """A case of one layer."""
    class_name, own = KINDS[kind]
    layers = [sequence(channels, length), layer(class_name, **own, **options)]
    return make(f"{kind}_{name}", layers, samples, length)


def directions(kind):
    """return_sequences and go_backwards, with one step and one sample, and without bias."""
    cases = []
    for suffix, sizes in [
        ("", {}), ("_one_step", {"length": 1}), ("_one_sample", {"samples": 1, "channels": 1}),
        ("_no_bias", {"use_bias": 0}), ("_length_12", {"length": 12, "samples": 3}),
    ]:
        for sequences in [0, 1]:
            for backwards in [0, 1]:
                name = "backwards" if backwards else "forwards"
                name += "_sequences" if sequences else "_last"
                options = {"return_sequences": sequences, "go_backwards": backwards}
                cases.append(recurrent(kind, name + suffix, **sizes, **options))
    return cases


def options_of(kind):
    """Activations, units above a vector, and dropouts, which do nothing in inference."""
    cases = []
    for activation in ACTIVATIONS:
        options = {"activation": activation}
        if kind != "simple_rnn":
            options["recurrent_activation"] = ACTIVATIONS[-1 - ACTIVATIONS.index(activation)]
        cases.append(recurrent(kind, activation, return_sequences=1, **options))
    both = {"return_sequences": 1, "go_backwards": 1}
    return cases + [
        recurrent(kind, "units_1", units=1),
        recurrent(kind, "units_16", 2, units=16),
        recurrent(kind, "units_17_backwards", 1, 2, 4, units=17, **both),
        recurrent(kind, "units_33", 5, 3, 4, units=33),
        recurrent(kind, "samples_9", 2, 9, 3, units=3),
        recurrent(kind, "channels_19", 19, 2, 3, units=4),
        recurrent(kind, "dropout_in_inference", dropout=0.5, recurrent_dropout=0.5),
    ]


def bidirectional_cases():
    """Every layer and merge mode, last outputs and sequences, and a first layer backwards."""
    cases = []
    for kind in KINDS:
        for merge in MERGES:
            for name, options in [
                ("last", {}), ("sequences", {"return_sequences": 1}),
                ("backwards", {"return_sequences": 1, "go_backwards": 1}),
            ]:
                name = f"bidirectional_{merge}_{name}"
                cases.append(recurrent(kind, name, units=4, merge_mode=merge, **options))
    return cases


def stack_cases():
    """Whole models of these layers."""
    both = {"merge_mode": "concat", "return_sequences": 1}
    softmax = layer("Dense", units=3, activation="softmax")
    return [
        make("stack_gru_gru", [
            sequence(2, 8), layer("GRU", return_sequences=1), layer("GRU", units=4), softmax,
        ]),
        make("stack_bidirectional", [
            sequence(2), layer("Conv1D", activation="relu"), layer("GRU", **both),
            layer("LSTM", merge_mode="ave"), softmax,
        ], 3, 9),
        make("stack_simple_rnn_flatten", [
            sequence(2, 5), layer("SimpleRNN", units=3, **both), layer("Flatten"), softmax,
        ]),
    ]


def cases():
    """All cases of recurrent.json."""
    found = []
    for kind in list(KINDS)[1:]:
        found += directions(kind) + options_of(kind)
    return found + bidirectional_cases() + stack_cases()


def stateful(name, layers, samples=2, length=4, earlier=2):
    """A case whose states are those that some batches left."""
    generator = values.rng(name)
    layers = named(layers)
    model = build(layers, samples)
    shape = input_shape(layers, samples, length)
    set_weights(model, random_weights(model, generator))
    batches = [values.normal(generator, shape) for _ in range(earlier + 1)]
    for batch in batches[:-1]:
        output_shape = model(tensor(batch), training=False).shape
    output_gradient = values.normal(generator, output_shape)
    output, input_gradient, weight_gradients = evaluate(model, batches[-1], output_gradient)
    return case_of(name, layers, model, shape) | {
        "earlierInputs": np.stack(batches[:-1]), "input": batches[-1], "weights": get_flat(model),
        "outputShape": list(output_shape), "output": output, "outputGradient": output_gradient,
        "inputGradient": input_gradient, "weightGradients": values.flat(weight_gradients),
    }


def stateful_cases():
    """All cases of stateful.json."""
    found = []
    for kind, (class_name, own) in KINDS.items():
        for name, options in [
            ("last", {}), ("sequences", {"return_sequences": 1}),
            ("backwards", {"return_sequences": 1, "go_backwards": 1}),
            ("units_17", {"units": 17}), ("bidirectional", {"merge_mode": "concat"}),
        ]:
            entry = layer(class_name, stateful=1, **own, **options)
            found.append(stateful(f"stateful_{kind}_{name}", [sequence(3, 4), entry]))
    first = layer("GRU", stateful=1, return_sequences=1)
    second = layer("LSTM", units=3)
    found.append(stateful("stateful_then_not", [sequence(2, 4), first, second], 3))
    return found


def training_cases():
    """stateful_training.json: batches that go on from those before, in the schema of training.json.

    Validation runs on the states that training left, and training goes on from those.
    """
    target = training.classes_of("stateful classes", 12, 3)
    inputs = values.normal(values.rng("stateful training"), (12, 5, 2))
    softmax = layer("Dense", units=3, activation="softmax")
    held = (values.normal(values.rng("stateful held"), (8, 5, 2)),
            training.classes_of("stateful held classes", 8, 3))
    fit = {"epochs": 2, "batch_size": 4}
    found = []
    for kind, (class_name, own) in KINDS.items():
        entry = layer(class_name, stateful=1, **own)
        found.append(training.make(f"stateful_{kind}", [sequence(2, 5), entry, softmax], inputs,
                                   target, fit=fit, validation=held))
    entry = layer("GRU", stateful=1, merge_mode="concat")
    found.append(training.make("stateful_bidirectional", [sequence(2, 5), entry, softmax], inputs,
                               target, kind="sgd", fit=fit, validation=held))
    return found
