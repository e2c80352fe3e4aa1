"""splits.json: how many samples validation_split leaves for training."""

import numpy as np
from keras.src.trainers.data_adapters.array_slicing import train_validation_split

COUNTS = [2, 3, 5, 7, 10, 11, 30, 50, 90, 100, 123, 1000, 4999]
SHARES = [0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.29, 0.3, 0.33, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9,
          0.95, 0.99]


def training_count(count, share):
    """Samples left for training, or 0 where Keras refuses because one part is empty."""
    try:
        training, validation = train_validation_split(np.arange(count), share)
    except ValueError:
        return 0
    if training[-1] + 1 != validation[0] or len(training) + len(validation) != count:
        raise AssertionError("the validation part is not the end of the data")
    return len(training)


def cases():
    """One case a share; a share is a double, because float32 gives other counts."""
    return [
        {
            "name": f"split_{share}", "share": share, "sampleCounts": COUNTS,
            "trainingCounts": [training_count(count, share) for count in COUNTS],
        }
        for share in SHARES
    ]
