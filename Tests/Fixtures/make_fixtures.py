"""Makes the reference values that the tests compare with, from Keras itself.

    python3 -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install tensorflow-cpu keras
    /tmp/fixtures/bin/python Tests/Fixtures/make_fixtures.py

writes layers.json, feed_forward.json, activations.json, masking.json, losses.json,
optimizers.json, training.json, masked_training.json, batch_statistics.json and splits.json beside
this file (some four minutes); with names of files as arguments, only those. Made with Keras 3.15.1
on TensorFlow 2.21.0. The numbers depend on fixed
seeds alone: on one machine two runs give the same bytes, on another the last digits may differ.

    make_fixtures.py --check

writes nothing. It computes every case in float64 as well and prints, for each file, how far the
float32 values are from those: what a test may ask of another float32 implementation.

README.md tells the schema, and what the files show of Keras.
"""

import argparse
import os
import pathlib
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

import activation_cases
import batch_statistics_cases
import callback_cases
import feed_forward_cases
import fixture_check
import fixture_values
import layer_cases
import loss_cases
import masking_cases
import metric_cases
import optimizer_cases
import recurrent_cases
import sample_weight_cases
import schedule_cases
import split_cases
import training_cases

FILES = {
    "layers.json": layer_cases.cases,
    "feed_forward.json": feed_forward_cases.cases,
    "activations.json": activation_cases.cases,
    "recurrent.json": recurrent_cases.cases,
    "stateful.json": recurrent_cases.stateful_cases,
    "stateful_training.json": recurrent_cases.training_cases,
    "losses.json": loss_cases.cases,
    "masking.json": masking_cases.cases,
    "masked_training.json": masking_cases.training,
    "optimizers.json": optimizer_cases.cases,
    "training.json": training_cases.cases,
    "batch_statistics.json": batch_statistics_cases.cases,
    "splits.json": split_cases.cases,
    "schedules.json": schedule_cases.cases,
    "callbacks.json": callback_cases.cases,
    "metrics.json": metric_cases.cases,
    "sample_weights.json": sample_weight_cases.cases,
}


def main():
    """Writes or checks the files named on the command line, or all."""
    parser = argparse.ArgumentParser(description="Makes the fixtures from Keras.")
    parser.add_argument("files", nargs="*", help=f"some of {', '.join(FILES)}")
    parser.add_argument("--check", action="store_true", help="compare with float64; write nothing")
    arguments = parser.parse_args()
    if set(arguments.files) - set(FILES):
        parser.error(f"files are {', '.join(FILES)}")
    warnings.filterwarnings("ignore", message=".*softmax over axis")
    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    folder = pathlib.Path(__file__).parent
    for name in arguments.files or FILES:
        cases = FILES[name]()
        if arguments.check:
            fixture_check.report(name, cases, FILES[name])
        else:
            fixture_values.write(folder / name, cases)
            print(f"{name}: {len(cases)} cases, {(folder / name).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
