"""losses.json: loss values, their gradients, and the accuracy, as fit computes them."""

import keras
import numpy as np
import tensorflow as tf
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

import fixture_values as values
from fixture_models import build, case_of, get_flat, input_shape, layer, named, random_weights
from fixture_models import sequence, set_weights, vector

CATEGORICAL = "categorical_crossentropy"
SPARSE = "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"
MSE = "mse"
LOSSES = [CATEGORICAL, SPARSE, BINARY, MSE]


def targets(loss, generator, shape):
    """What the loss compares with, for outputs of a shape: labels, classes, bits or numbers."""
    channels = shape[-1]
    labels = generator.integers(0, channels, size=shape[:-1])
    if loss == SPARSE:
        return labels.astype(np.int32)
    if loss == CATEGORICAL:
        return np.eye(channels, dtype=np.float32)[labels]
    if loss == BINARY:
        return generator.integers(0, 2, size=shape).astype(np.float32)
    return values.normal(generator, shape)


def keyed(target):
    """The target under its name in the file."""
    integers = np.issubdtype(target.dtype, np.integer)
    return {"labels": target} if integers else {"target": target}


def gradients(model, inputs, target, sample_weights):
    """Output, loss and gradients of a training step: of the inputs, and of trainable weights."""
    inputs = tf.constant(inputs, dtype=keras.config.floatx())
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = model(inputs, training=True)
        loss = model.compute_loss(inputs, tf.constant(target), output, sample_weights, True)
    found = tape.gradient(loss, [inputs] + model.trainable_weights)
    return output, loss, found[0].numpy(), [gradient.numpy() for gradient in found[1:]]


def fitted(model, inputs, target, class_weight):
    """Loss and accuracy that fit reports for one batch with a learning rate of 0."""
    history = model.fit(inputs, target, batch_size=len(inputs), class_weight=class_weight,
                        shuffle=False, verbose=0).history
    return history["loss"][0], history["accuracy"][0]


def loss_object(loss, options):
    """Keras's loss with options."""
    names = {
        CATEGORICAL: "CategoricalCrossentropy", SPARSE: "SparseCategoricalCrossentropy",
        BINARY: "BinaryCrossentropy", "categorical_focal_crossentropy":
        "CategoricalFocalCrossentropy", "binary_focal_crossentropy": "BinaryFocalCrossentropy",
        "huber": "Huber",
    }
    flags = {"from_logits", "apply_class_balancing"}
    arguments = {name: bool(value) if name in flags else value for name, value in options.items()}
    return getattr(keras.losses, names[loss])(**arguments)


def make(name, layers, loss, samples=5, target=None, scale=1, class_weights=None, shift=0,
         inputs=None, weights=None, options=None):
    """One case. Random weights are scaled, to saturate the outputs, the last bias is shifted."""
    generator = values.rng(name)
    layers = named(layers)
    model = build(layers)
    shape = input_shape(layers, samples, None)
    inputs = values.normal(generator, shape) if inputs is None else inputs
    if weights is None:
        weights = [array * np.float32(scale) for array in random_weights(model, generator)]
        weights[-1] = weights[-1] + np.float32(shift)
    set_weights(model, weights)
    if target is None:
        target = targets(loss, generator, (samples,) + model.output_shape[1:])
    model.compile(loss=loss_object(loss, options) if options else loss,
                  optimizer=keras.optimizers.SGD(0.0), metrics=["accuracy"])
    case = case_of(name, layers, model, shape) | {"input": inputs, "weights": get_flat(model)}
    case |= {"loss": loss} | keyed(target)
    if options:
        case |= {"lossOptions": options}
    class_weight, sample_weights = None, None
    if class_weights is not None:
        class_weight = dict(enumerate(class_weights))
        sample_weights = class_weight_to_sample_weights(target, class_weight)
        case |= {"classWeights": np.float32(class_weights)}
    return case | results(model, inputs, target, class_weight, sample_weights)


def results(model, inputs, target, class_weight, sample_weights):
    """What Keras gives; fit, evaluate and the gradients must agree on the loss."""
    output, loss, input_gradient, weight_gradients = gradients(
        model, inputs, target, sample_weights)
    fit_loss, accuracy = fitted(model, inputs, target, class_weight)
    np.testing.assert_allclose(fit_loss, loss, rtol=2e-6)
    if class_weight is None:
        both = model.evaluate(inputs, target, batch_size=len(inputs), verbose=0)
        np.testing.assert_allclose(both, [fit_loss, accuracy], rtol=2e-6)
    return {
        "outputShape": list(output.shape), "output": output.numpy(), "lossValue": fit_loss,
        "accuracy": accuracy, "inputGradient": input_gradient,
        "weightGradients": values.flat(weight_gradients),
    }


def heads(units=3):
    """The ends a model may have, by name."""
    dense = {activation: layer("Dense", units=units, activation=activation)
             for activation in ["linear", "softmax", "sigmoid", "tanh"]}
    return {
        "dense_softmax": [dense["softmax"]],
        "activation_softmax": [dense["linear"], layer("Activation", activation="softmax")],
        "dense_sigmoid": [dense["sigmoid"]],
        "activation_sigmoid": [dense["linear"], layer("Activation", activation="sigmoid")],
        "dense_linear": [dense["linear"]],
        "softmax_flatten": [dense["softmax"], layer("Flatten")],
        "sigmoid_flatten": [dense["sigmoid"], layer("Flatten")],
        "softmax_linear": [dense["softmax"], layer("Activation")],
    }


def head_cases():
    """Every loss after every end, on vectors and on sequences.

    The linear end is shifted so that most outputs lie in 0 ... 1, as probabilities do.
    """
    cases = []
    lstm = layer("LSTM", units=3, return_sequences=1)
    for loss in LOSSES:
        for name, head in heads().items():
            shift = 0.4 if name == "dense_linear" else 0
            flat = name.endswith("flatten")
            vectors = [sequence(4, 1)] if flat else [vector(4)]
            cases.append(make(f"{loss}_{name}", vectors + head, loss, shift=shift))
            if not flat:
                steps = [sequence(2, 4), lstm] + head
                cases.append(make(f"{loss}_{name}_steps", steps, loss, 3, shift=shift))
    return cases


def one_unit_cases():
    """A single output: accuracy is by the threshold 0.5, whatever the loss."""
    cases = []
    lstm = layer("LSTM", units=3, return_sequences=1)
    for name in ["dense_sigmoid", "activation_sigmoid", "dense_linear"]:
        for loss in [BINARY, MSE]:
            head, shift = heads(1)[name], 0.4 if name == "dense_linear" else 0
            generator = values.rng(f"{name} {loss}")
            bits = generator.integers(0, 2, size=(6, 1)).astype(np.float32)
            steps = generator.integers(0, 2, size=(3, 4, 1)).astype(np.float32)
            full = f"{loss}_{name}_one_unit"
            cases.append(make(full, [vector(4)] + head, loss, 6, bits, shift=shift))
            cases.append(make(f"{full}_steps", [sequence(2, 4), lstm] + head, loss, 3, steps,
                              shift=shift))
    return cases


def saturated_cases():
    """Large logits: the loss grows on with them, but is clipped where Keras cannot see them."""
    cases = []
    ends = heads()
    for loss, name in [(CATEGORICAL, "softmax"), (SPARSE, "softmax"), (BINARY, "sigmoid")]:
        cases += [
            make(f"{loss}_logits_saturated", [vector(4)] + ends[f"dense_{name}"], loss, 8,
                 scale=60),
            make(f"{loss}_probabilities_clipped", [sequence(3, 1)] + ends[f"{name}_flatten"], loss,
                 **chosen_logits(loss)),
            make(f"{loss}_linear_clipped", [vector(4)] + ends["dense_linear"], loss, 8, shift=0.9,
                 scale=2),
        ]
    return cases


def chosen_logits(loss):
    """Logits that are far beyond the clipping or far inside, so that no rounding decides."""
    logits = np.float32([[40, 1.5, -2], [-50, 0.5, -1], [0.25, -45, 60], [1, 2, -0.5]])
    bits = np.float32([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 1, 1]])
    labels = np.int32([0, 0, 1, 1])
    target = {BINARY: bits, SPARSE: labels, CATEGORICAL: np.eye(3, dtype=np.float32)[labels]}
    return {
        "inputs": logits.reshape(4, 1, 3), "target": target[loss], "samples": 4,
        "weights": [np.eye(3, dtype=np.float32), np.zeros(3, dtype=np.float32)],
    }


def target_cases():
    """Targets that are no single class, several true bits, one sample, and ties."""
    ends = heads()
    soft = np.float32([[0.2, 0.5, 0.3], [1, 0, 0], [0, 0.25, 0.75], [0.5, 0.5, 0], [0, 0, 1]])
    sums = np.float32([[0.2, 0.5, 0.3], [1, 0, 0], [0, 0.25, 0.25], [0, 0, 0], [0.9, 0.9, 0.2]])
    bits = np.float32([[0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 1], [0, 0, 1]])
    labels = np.int32([0, 1, 2, 0, 1])
    softmax, sigmoid = [vector(4)] + ends["dense_softmax"], [vector(4)] + ends["dense_sigmoid"]
    one = [vector(4)] + heads(1)["dense_sigmoid"]
    classes = np.eye(3, dtype=np.float32)[labels]
    return [
        make("categorical_crossentropy_soft_targets", softmax, CATEGORICAL, target=soft),
        make("categorical_crossentropy_soft_targets_clipped",
             [sequence(4, 1)] + ends["softmax_flatten"], CATEGORICAL, target=sums),
        make("binary_crossentropy_soft_targets", sigmoid, BINARY, target=sums),
        make("binary_crossentropy_many_bits", sigmoid, BINARY, target=bits),
        make("mse_classes", softmax, MSE, target=classes),
        make("categorical_crossentropy_one_sample", softmax, CATEGORICAL, 1),
        make("sparse_categorical_crossentropy_one_sample", softmax, SPARSE, 1),
        make("categorical_crossentropy_ties", softmax, CATEGORICAL, target=classes, scale=0),
        make("sparse_categorical_crossentropy_ties", softmax, SPARSE, target=labels, scale=0),
        make("binary_crossentropy_ties", sigmoid, BINARY, target=bits, scale=0),
        make("binary_crossentropy_threshold", one, BINARY, target=bits[:, 2:], scale=0),
        make("mse_threshold", one, MSE, target=bits[:, :1], scale=0),
    ]


def class_weight_cases():
    """class_weight multiplies a sample's loss; the sum is divided by samples, not by weights."""
    ends = heads()
    softmax, sigmoid = [vector(4)] + ends["dense_softmax"], [vector(4)] + ends["dense_sigmoid"]
    one = [vector(4)] + heads(1)["dense_sigmoid"]
    bits = np.float32([[0], [1], [1], [0], [1]])
    many = np.float32([[0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 1], [0, 0, 1]])
    three, two = [0.5, 2, 3.25], [0.25, 3]
    options = {"class_weights": three}
    clipped = [sequence(4, 1)] + ends["softmax_flatten"]
    return [
        make("class_weight_categorical", softmax, CATEGORICAL, **options),
        make("class_weight_categorical_clipped", clipped, CATEGORICAL, **options),
        make("class_weight_sparse", softmax, SPARSE, **options),
        make("class_weight_mse", softmax, MSE, **options),
        make("class_weight_binary_one_unit", one, BINARY, target=bits, class_weights=two),
        make("class_weight_binary_many_bits", sigmoid, BINARY, target=many, **options),
        make("class_weight_zero", softmax, CATEGORICAL, class_weights=[0, 0, 1]),
    ]


def option_cases():
    """Losses with options, on outputs and on logits, and the losses that are about neither."""
    ends, cases = heads(), []
    generator = values.rng("loss options")
    bits = generator.integers(0, 2, size=(5, 3)).astype(np.float32)
    classes = np.eye(3, dtype=np.float32)[generator.integers(0, 3, size=5)]
    soft = np.abs(values.normal(generator, (5, 3)))
    soft = np.float32(soft / soft.sum(axis=-1, keepdims=True))
    softmax, sigmoid, linear, tanh = (
        [vector(4)] + ends[f"dense_{name}"] for name in ["softmax", "sigmoid", "linear", "linear"])
    logits, smooth = {"from_logits": 1}, {"label_smoothing": 0.2}
    focal, binary_focal = "categorical_focal_crossentropy", "binary_focal_crossentropy"
    balanced = {"apply_class_balancing": 1, "alpha": 0.3}
    table = [
        (CATEGORICAL, softmax, classes, [smooth]),
        (CATEGORICAL, linear, classes, [logits, {**logits, **smooth}]),
        (SPARSE, linear, None, [logits]),
        (BINARY, sigmoid, bits, [smooth]),
        (BINARY, linear, bits, [logits, {**logits, **smooth}]),
        (focal, softmax, classes, [{}, smooth, {"alpha": 0.7, "gamma": 1.5}]),
        (focal, linear, classes, [logits, {**logits, **smooth, "gamma": 3.0}]),
        (binary_focal, sigmoid, bits, [{}, smooth, balanced, {"gamma": 1.25}]),
        (binary_focal, linear, bits, [logits, {**logits, **balanced, **smooth}]),
        ("kl_divergence", softmax, soft, [{}]), ("kl_divergence", sigmoid, soft, [{}]),
        ("mae", tanh, soft, [{}]), ("mae", softmax, classes, [{}]),
        ("huber", tanh, soft, [{}, {"delta": 0.1}]), ("huber", softmax, classes, [{"delta": 0.4}]),
    ]
    for number, (loss, layers, target, variants) in enumerate(table):
        for variant, options in enumerate(variants):
            name = f"{loss}_options_{number}_{variant}"
            cases.append(make(name, layers, loss, target=target, options=options))
    return cases


def cases():
    """All cases of losses.json."""
    return (option_cases() + head_cases() + one_unit_cases() + saturated_cases() + target_cases()
            + class_weight_cases())
