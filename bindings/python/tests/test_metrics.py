"""Metrics: Keras's values, names and arguments; by themselves and in training."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as sklearn
from conftest import REPOSITORY, small_model, waves

from cnnlstm import metrics
from cnnlstm.errors import ArgumentError, ShapeError, StateError
from cnnlstm.layers import Dense, Input
from cnnlstm.metrics import AUC, F1Score, FBetaScore, Precision, Recall, confusion_matrix
from cnnlstm.models import Sequential
from cnnlstm.utils import set_random_seed, to_categorical

FIXTURES = json.loads((REPOSITORY / "Tests/Fixtures/metrics.json").read_text())


@pytest.mark.parametrize("case", FIXTURES, ids=lambda case: case["name"])
def test_values_are_kerass(case: dict) -> None:
    metric = getattr(metrics, case["metric"])(**case["config"])
    outputs = np.array(case["output"], np.float32).reshape(case["outputShape"])
    wanted = np.array(case.get("target") or case["labels"], np.float32)
    if "target" in case:
        wanted = wanted.reshape(outputs.shape)
    weights = case.get("sampleWeights")
    for part in (slice(0, 20), slice(20, None)):
        weight = None if weights is None else weights[part]
        metric.update_state(wanted[part], outputs[part], weight)
    np.testing.assert_allclose(np.ravel(metric.result()), case["values"], rtol=2e-6, atol=2e-6)
    metric.reset_state()
    with pytest.raises(StateError, match="update_state"):
        metric.result()


def test_one_number_a_sample_is_one_channel() -> None:
    assert Precision()([0, 1, 1, 1], [1, 0, 1, 1]) == pytest.approx(2 / 3)
    assert Recall()([0, 1, 1, 1], [1, 0, 1, 1], [0, 0, 1, 0]) == 1


def test_predictions_are_kept_as_they_were() -> None:
    metric, y_true, y_pred = Recall(), np.ones((2, 1), np.float32), np.ones((2, 1), np.float32)
    metric.update_state(y_true, y_pred)
    y_true[:], y_pred[:] = 0, 0
    assert metric.result() == 1


def test_confusion_matrix() -> None:
    y_pred = [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.6, 0.3, 0.1], [0, 0.1, 0.9]]
    expected = [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    np.testing.assert_array_equal(confusion_matrix([0, 1, 1, 2], y_pred), expected)
    np.testing.assert_array_equal(confusion_matrix(np.eye(3)[[0, 1, 1, 2]], y_pred), expected)
    weighted = confusion_matrix([0, 1, 1, 2], y_pred, [2, 0, 3, 1])
    np.testing.assert_array_equal(weighted, [[2, 0, 0], [3, 0, 0], [0, 0, 1]])
    binary = confusion_matrix([[0], [1], [1]], [[0.2], [0.7], [0.4]])
    np.testing.assert_array_equal(binary, [[1, 0], [1, 1]])


def test_against_scikit_learn() -> None:
    random = np.random.default_rng(3)
    labels = random.integers(0, 4, 500)
    outputs = random.dirichlet(np.ones(4), 500).astype(np.float32)
    weight = random.random(500).astype(np.float32)
    predicted = outputs.argmax(-1)
    for average in (None, "micro", "macro", "weighted"):
        ours = F1Score(average)(labels, outputs, weight)
        theirs = sklearn.f1_score(labels, predicted, average=average, sample_weight=weight)
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_allclose(
        confusion_matrix(labels, outputs, weight),
        sklearn.confusion_matrix(labels, predicted, sample_weight=weight),
        rtol=1e-5,
    )
    for k in (1, 2, 3):
        ours = metrics.SparseTopKCategoricalAccuracy(k)(labels, outputs)
        assert ours == pytest.approx(sklearn.top_k_accuracy_score(labels, outputs, k=k))
    flags, chances = (labels == 0).astype(np.float32), outputs[:, 0]
    area = AUC(num_thresholds=10_000)(flags, chances, weight)
    exact = sklearn.roc_auc_score(flags, chances, sample_weight=weight)
    assert area == pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in dir(metrics) if name in metrics.__all__])
def test_names_and_configurations(name: str) -> None:
    cls = getattr(metrics, name)
    if not isinstance(cls, type) or cls is metrics.Metric:
        return
    metric = cls()
    assert type(metrics.get(metric.name)) is cls
    assert type(metrics.get(name)) is cls
    config = metric.get_config()
    assert cls(**config).get_config() == config
    assert repr(pickle.loads(pickle.dumps(metric))) == repr(copy.deepcopy(metric)) == repr(metric)


def test_refused() -> None:
    for make, text in [
        (lambda: metrics.get("nonsense"), "unknown metric 'nonsense'; known are accuracy, "),
        (lambda: AUC(curve="X"), "X"),
        (lambda: AUC(summation_method="X"), "X"),
        (lambda: AUC(num_thresholds=1), "num_thresholds"),
        (lambda: FBetaScore(average="X"), "X"),
        (lambda: Precision(thresholds=2)([1], [1]), "threshold"),
        (lambda: Precision(top_k=0), "top_k"),
        (lambda: Precision(top_k=3)([[1, 0]], [[1, 0]]), "top_k"),
        (lambda: Recall(class_id=-1), "class_id"),
    ]:
        with pytest.raises(ArgumentError, match=text):
            make()
    with pytest.raises(TypeError):
        metrics.get(3)  # type: ignore[arg-type]
    for y_true, y_pred, weight in [
        ([0, 1, 0], [[0.1, 0.9]], None),
        ([0], [], None),
        ([0], [[0.1, 0.9]], [1, 2]),
    ]:
        with pytest.raises(ShapeError):
            Recall()(y_true, y_pred, weight)


# ---- In training


def fitted(**options: Any) -> tuple[Sequential, dict]:
    set_random_seed(1)
    model = small_model()
    model.compile("adam", "categorical_crossentropy", **options)
    x, y = waves(48)
    model.fit(x, to_categorical(y), epochs=2, validation_split=0.25, verbose=0)
    assert model.history is not None
    return model, model.history.history


def test_names_in_logs_and_results() -> None:
    model, history = fitted(
        metrics=["accuracy", "precision", AUC(name="area"), Recall(), Recall(class_id=1)],
        weighted_metrics=["accuracy", F1Score()],
    )
    names = ["accuracy", "precision", "area", "recall", "recall_1"]
    names += ["weighted_accuracy", "f1_score"]
    assert model.metrics_names == ["loss", *names]
    assert set(history) == {*model.metrics_names, *(f"val_{name}" for name in model.metrics_names)}
    x, y = waves(48)
    results = model.evaluate(x, to_categorical(y), return_dict=True)
    assert list(results) == model.metrics_names
    assert results["accuracy"] == pytest.approx(results["weighted_accuracy"])
    assert results["f1_score"].shape == (3,)
    assert len(model.evaluate(x, to_categorical(y))) == 8


def test_values_in_training_are_those_of_the_predictions() -> None:
    asked = ["top_k_categorical_accuracy", "precision", "recall", "auc", F1Score("macro")]
    model, history = fitted(metrics=[*asked, "confusion_matrix"])
    x, y = waves(48)
    predicted, targets = model.predict(x[36:]), to_categorical(y)[36:]
    for identifier in [*asked, "confusion_matrix"]:
        metric = metrics.get(identifier)
        value = history[f"val_{metric.name}"][-1]
        np.testing.assert_allclose(value, metric(targets, predicted), rtol=1e-6)


def test_class_numbers_count_as_targets() -> None:
    x, y = waves(48)
    model, _ = fitted(metrics=["precision", "auc"])
    expected = model.evaluate(x, to_categorical(y))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["precision", "auc"])
    assert model.evaluate(x, y) == pytest.approx(expected)


def test_weighted_metrics_take_weights() -> None:
    model = Sequential([Input((1,)), Dense(1)])
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    model.compile("sgd", "mse", metrics=["accuracy"], weighted_metrics=["accuracy"])
    x, y = np.array([[0.9], [0.1], [0.8]]), np.array([[1.0], [1.0], [1.0]])
    loss, plain, weighted = model.evaluate(x, y, sample_weight=[1, 0, 3])
    assert (plain, weighted) == (pytest.approx(2 / 3), 1)
    assert loss == pytest.approx((0.01 + 3 * 0.04) / 3)


def test_progress_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    model, _ = fitted(metrics=["auc", F1Score(), "confusion_matrix"])
    x, y = waves(48)
    model.fit(x, to_categorical(y), verbose=2)
    text = capsys.readouterr().out
    assert " - auc: 0." in text and " - f1_score: [0." in text and "confusion" not in text
