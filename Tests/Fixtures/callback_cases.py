"""callbacks.json: what Keras's callbacks decide, given the logs of some epochs."""

import keras

FALLING = [1.0, 0.8, 0.7, 0.75, 0.72, 0.71, 0.65, 0.66, 0.67, 0.68, 0.69, 0.7]
FLAT = [0.5, 0.5, 0.4999, 0.4998, 0.4, 0.4, 0.4, 0.41, 0.42, 0.3, 0.3, 0.3]
RISING = [0.2, 0.5, 0.4, 0.6, 0.6, 0.59, 0.58, 0.7, 0.1, 0.2, 0.3, 0.4]
SERIES = {"falling": FALLING, "flat": FLAT, "rising": RISING}

TABLE = {
    "EarlyStopping": [
        ("falling", {}), ("falling", {"patience": 2}), ("falling", {"patience": 4}),
        ("falling", {"patience": 3, "min_delta": 0.08}), ("flat", {"patience": 2}),
        ("flat", {"patience": 2, "min_delta": -0.01}), ("rising", {"mode": "max", "patience": 2}),
        ("rising", {"mode": "max", "patience": 2, "start_from_epoch": 6}),
        ("falling", {"baseline": 0.6, "patience": 3}),
        ("falling", {"baseline": 0.75, "patience": 2}),
        ("falling", {"patience": 20}), ("rising", {"mode": "min", "patience": 0}),
    ],
    "ReduceLROnPlateau": [
        ("falling", {"patience": 2}), ("falling", {"patience": 1, "factor": 0.5}),
        ("flat", {"patience": 2, "min_delta": 0.001}), ("flat", {"patience": 1, "cooldown": 2}),
        ("rising", {"mode": "max", "patience": 2, "factor": 0.5, "cooldown": 1}),
        ("falling", {"patience": 1, "factor": 0.1, "min_lr": 0.002}),
        ("flat", {"patience": 0, "factor": 0.9}),
    ],
    "ModelCheckpoint": [
        ("falling", {}), ("falling", {"save_best_only": True}),
        ("flat", {"save_best_only": True}), ("rising", {"save_best_only": True, "mode": "max"}),
        ("falling", {"save_best_only": True, "initial_value_threshold": 0.72}),
        ("rising", {"save_best_only": True, "mode": "max", "initial_value_threshold": 0.55}),
    ],
}


class Optimizer:
    """As much of one as callbacks see."""

    learning_rate = 0.1


class Model:
    """As much of a model as callbacks see; its weights are the number of the epoch."""

    def __init__(self):
        self.optimizer, self.stop_training = Optimizer(), False
        self.epoch, self.restored, self.saved = 0, None, []

    def get_weights(self):
        """The epoch."""
        return self.epoch

    def set_weights(self, epoch):
        """What was restored."""
        self.restored = epoch

    def save(self, path, overwrite):
        """Keeps the path instead."""
        self.saved.append(path)


def decisions(name, values, options):
    """Epochs that were trained, rates after each, what was saved and restored."""
    if name == "ModelCheckpoint":
        options = {"filepath": "{epoch:02d}-{val_loss:.2f}.keras", **options}
    if name == "EarlyStopping":
        options = {"restore_best_weights": True, **options}
    callback, model, rates = getattr(keras.callbacks, name)(**options), Model(), []
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.epoch = epoch
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": 0.0, "val_loss": value})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end()
    return {"epochs": len(rates), "rates": rates, "saved": model.saved,
            "restored": -1 if model.restored is None else model.restored}


def cases():
    """Each line of the table."""
    return [
        {"name": f"{name}_{number}", "callback": name, "options": options,
         "values": SERIES[series]} | decisions(name, SERIES[series], options)
        for name, lines in TABLE.items() for number, (series, options) in enumerate(lines)
    ]
