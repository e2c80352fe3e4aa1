"""masking.json: masks from Masking to the layer that looks at them, or drops them.

masked_training.json: fit of models whose masks reach the loss, in the schema of training.json.
"""

import numpy as np

import feed_forward_cases
import fixture_values as values
import training_cases
from fixture_models import layer, sequence
from layer_cases import make

STEPS = 7
# Which steps of a sample count.
MASKS = {
    "end": [[1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0]],
    "start": [[0, 0, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 1, 1]],
    "middle": [[1, 1, 0, 0, 1, 0, 1], [1, 0, 1, 1, 1, 1, 0]],
    "nothing": [[1] * STEPS, [1] * STEPS],
    "all": [[0] * STEPS, [1, 1, 0, 1, 1, 1, 1]],
}


def masked(name, where, layers, mask_value=0.0, channels=3):
    """A case of Masking, in front of some layers."""
    name = f"masking_{name}_{where}"
    mask = np.array(MASKS[where])
    inputs = values.normal(values.rng(name), (len(mask), STEPS, channels))
    inputs[mask == 0] = mask_value
    # One channel that is the mask value does not mask a step.
    inputs[:, 1, 0] = mask_value
    start = [sequence(channels, STEPS), layer("Masking", mask_value=mask_value)]
    return make(name, start + layers, len(mask), STEPS, inputs)


def recurrent(kind, masks=("middle", "all"), **options):
    """Cases of one recurrent layer for some masks."""
    cases = []
    for where in masks:
        for sequences in [0, 1]:
            for backwards in [0, 1]:
                name = "_".join([kind.lower(), *map(str, options.values())])
                name += "_sequences" if sequences else ""
                name += "_backwards" if backwards else ""
                entry = layer(kind, units=4, return_sequences=sequences, go_backwards=backwards,
                              **options)
                cases.append(masked(name, where, [entry]))
    return cases


def chains():
    """What passes a mask, and what drops it."""
    steps, last = layer("LSTM", units=4, return_sequences=1), layer("LSTM", units=3)
    backwards = layer("LSTM", units=4, return_sequences=1, go_backwards=1)
    return [
        masked("alone", "middle", []),
        masked("value", "middle", [last], mask_value=-1.5),
        masked("two_lstm", "middle", [steps, last]),
        masked("two_lstm_all", "all", [steps, last]),
        masked("backwards_then_forwards", "middle", [backwards, last]),
        masked("passing", "middle", [
            layer("Dense", units=5, activation="tanh"), layer("Dropout", rate=0.5),
            layer("Activation", activation="sigmoid"), layer("LayerNormalization"),
            layer("BatchNormalization"), layer("Normalization"), last,
        ]),
        masked("lstm_dense_average", "middle",
               [steps, layer("Dense", units=3), layer("GlobalAveragePooling1D")]),
        masked("average", "middle", [layer("GlobalAveragePooling1D")]),
        masked("average", "end", [layer("GlobalAveragePooling1D", keepdims=1)]),
        masked("maximum", "middle", [layer("GlobalMaxPooling1D")]),
        masked("conv1d_lstm", "middle", [layer("Conv1D", filters=4, padding="same"), last]),
        masked("pooling_lstm", "middle", [layer("MaxPooling1D"), last]),
        masked("cropping_lstm", "middle", [layer("Cropping1D"), last]),
        masked("again", "middle",
               [layer("Dense", units=3), layer("Masking", mask_value=9.0), last]),
        masked("flatten", "middle", [steps, layer("Flatten"), layer("Dense", units=2)]),
    ]


def masked_inputs(name, samples, steps, channels):
    """Inputs of which two steps of five are zero, all those of sample 1 and none of sample 0."""
    inputs = values.normal(values.rng(name), (samples, steps, channels))
    inputs[values.rng(f"{name} mask").random((samples, steps)) < 0.4] = 0
    inputs[1] = 0
    inputs[0, inputs[0].sum(axis=-1) == 0] = 1
    return inputs


def statistics():
    """BatchNormalization in a step of training: its statistics leave masked steps out."""
    start = [sequence(3, STEPS), layer("Masking")]
    normalization = layer("BatchNormalization", momentum=0.75)
    return [
        feed_forward_cases.training(
            f"masking_batch_training_{name}", start + layers, 4, STEPS,
            masked_inputs(f"statistics {name}", 4, STEPS, 3))
        for name, layers in [
            ("last", [normalization]),
            ("conv1d", [normalization, layer("Conv1D", filters=3)]),
            ("lstm", [layer("Dense", units=4), normalization, layer("LSTM", units=3)]),
        ]
    ]


def training():
    """All cases of masked_training.json."""
    steps = layer("LSTM", units=5, return_sequences=1)
    start, inputs = [sequence(2, 6), layer("Masking")], masked_inputs("training", 13, 6, 2)
    dense, softmax = layer("Dense", units=3), layer("Dense", units=3, activation="softmax")
    target = values.normal(values.rng("masked target"), (13, 6, 3))
    classes = np.eye(3, dtype=np.float32)[np.arange(13 * 6).reshape(13, 6) % 3]
    fit = {"epochs": 2, "batch_size": 5}
    normalization = layer("BatchNormalization", momentum=0.75)
    return [
        training_cases.make("masked_mse", start + [steps, dense], inputs, target, "sgd",
                            loss=training_cases.MSE, fit=fit),
        training_cases.make("masked_categorical", start + [steps, softmax], inputs, classes,
                            fit=fit),
        training_cases.make("masked_vector", start + [layer("LSTM", units=4), softmax], inputs,
                            classes[:, 0], fit=fit),
        training_cases.make("masked_batch_normalization",
                            start + [normalization, steps, softmax], inputs, classes, "sgd",
                            fit=fit),
    ]


def cases():
    """All cases of masking.json."""
    return (
        recurrent("LSTM", MASKS) + recurrent("GRU") + recurrent("SimpleRNN") + chains()
        + statistics()
        + [case for merge in ["concat", "sum", "mul", "ave"]
           for case in recurrent("LSTM" if merge != "sum" else "GRU", merge_mode=merge)]
    )
