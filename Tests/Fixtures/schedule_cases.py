"""schedules.json: learning rates of Keras's schedules at some steps."""

import keras

STEPS = [0, 1, 2, 3, 5, 7, 9, 10, 11, 12, 15, 19, 20, 21, 25, 29, 30, 31, 35, 39, 40, 45, 50, 59,
         60, 69, 70, 80, 99, 150]
RATE, STEP = "initial_learning_rate", "decay_steps"
TABLE = [
    ("ExponentialDecay", {RATE: 0.1, STEP: 10, "decay_rate": 0.9}),
    ("ExponentialDecay", {RATE: 0.1, STEP: 10, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {RATE: 0.1, STEP: 10, "decay_rate": 0.5}),
    ("InverseTimeDecay", {RATE: 0.1, STEP: 7, "decay_rate": 2.0, "staircase": True}),
    ("CosineDecay", {RATE: 0.1, STEP: 60}),
    ("CosineDecay", {RATE: 0.1, STEP: 60, "alpha": 0.2}),
    ("CosineDecay", {RATE: 0.01, STEP: 50, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 20}),
    ("CosineDecayRestarts", {RATE: 0.1, "first_decay_steps": 10}),
    ("CosineDecayRestarts", {RATE: 0.1, "first_decay_steps": 10, "t_mul": 1.0, "m_mul": 0.9}),
    ("CosineDecayRestarts",
     {RATE: 0.1, "first_decay_steps": 12, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1}),
    ("PolynomialDecay", {RATE: 0.1, STEP: 40}),
    ("PolynomialDecay", {RATE: 0.1, STEP: 40, "end_learning_rate": 0.01, "power": 2.0}),
    ("PolynomialDecay", {RATE: 0.1, STEP: 20, "power": 0.5, "cycle": True}),
    ("PiecewiseConstantDecay", {"boundaries": [10, 20, 45], "values": [0.1, 0.05, 0.02, 0.001]}),
]


def cases():
    """One case a schedule."""
    return [
        {
            "name": f"{name}_{number}", "schedule": name, "config": config, "steps": STEPS,
            "rates": [float(getattr(keras.optimizers.schedules, name)(**config)(step))
                      for step in STEPS],
        }
        for number, (name, config) in enumerate(TABLE)
    ]
