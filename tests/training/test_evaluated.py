"""evaluate and predict, targets of either shape, accuracy, and metrics of one's own."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import metrics, nn

from .models import LABELS, X, Y, bits, linear, plain

# evaluate and predict


def test_evaluate_gives_a_number_a_list_or_a_dict(capsys):
    model = linear()
    expected = ((plain(model, X) - Y) ** 2).mean()
    assert isinstance(model.evaluate(X, Y), float)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.evaluate(X, Y, batch_size=7, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert list(model.evaluate(X, Y, verbose=0, return_dict=True)) == ["loss"]
    model.compile("sgd", "mse", ["mae"])
    both = model.evaluate(X, Y, verbose=0)
    assert both == [
        pytest.approx(expected, rel=1e-5),
        pytest.approx(np.abs(plain(model, X) - Y).mean(), rel=1e-5),
    ]
    assert model.evaluate(X, Y, verbose=0, return_dict=True) == {"loss": both[0], "mae": both[1]}


def test_evaluate_trains_nothing():
    model = linear()
    before = bits(model)
    model.evaluate(X, Y, verbose=0)
    assert bits(model) == before
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("batch_size", [1, 7, 50, 100])
def test_predict_is_the_models_output(batch_size):
    model = linear(units=3, activation="softmax", dtype=np.float64)
    y = model.predict(X, batch_size=batch_size)
    assert type(y) is np.ndarray
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, model(X).data, rtol=1e-14)
    np.testing.assert_allclose(y.sum(axis=1), 1)
    assert model.predict(X[:1]).shape == (1, 3)
    assert model.predict(X.tolist()).shape == (50, 3)


# Targets of either shape


@pytest.mark.parametrize(
    "loss, units, y",
    [
        ("mse", 1, Y[:, 0]),
        ("binary_crossentropy", 1, LABELS > 0),
        ("sparse_categorical_crossentropy", 3, LABELS),
    ],
)
def test_targets_in_a_row_or_a_column(loss, units, y):
    a, b = (linear(loss, "adam", ["accuracy"], units=units) for _ in range(2))
    first = a.fit(X, y, verbose=0, validation_split=0.2).history
    second = b.fit(X, y[:, None], verbose=0, validation_split=0.2).history
    assert first == second
    assert bits(a) == bits(b)


def test_a_model_with_outputs_in_a_row():
    class Row(nn.Module):
        def __init__(self):
            self.inner = nn.Dense(1, input_size=3, seed=0)

        def forward(self, x):
            return self.inner(x)[:, 0]

    row, column = Row(), linear(seed=None)
    column.load_state_dict({f"dense.{k}": v for k, v in row.inner.state_dict().items()})
    row.compile("sgd", "mse")
    for y in (Y, Y[:, 0]):
        assert row.evaluate(X, y, verbose=0) == pytest.approx(column.evaluate(X, y, verbose=0))


def test_targets_of_two_columns_are_not_cut():
    with pytest.raises(ValueError, match="differ in shape"):
        linear().fit(X, np.hstack([Y, Y]), verbose=0)


# Accuracy


def accuracy(loss, activation, y, logits):
    """Of a model whose logits are given: an identity layer before the output unit."""
    n = logits.shape[1]
    model = nn.Sequential([nn.Dense(n, activation, input_size=n, use_bias=False, dtype=np.float64)])
    model.load_state_dict({"dense.weight": np.eye(n)})
    model.compile("sgd", loss, ["accuracy"])
    return model.evaluate(logits, y, batch_size=3, verbose=0)[1]


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_accuracy_of_classes(activation):
    z = np.array([[3.0, 1, 2], [1, 3, 2], [0, -1, -2], [5, 6, 7]])
    for labels, expected in (([0, 1, 0, 2], 1), ([0, 1, 1, 2], 0.75), ([1, 2, 1, 0], 0)):
        assert (
            accuracy("sparse_categorical_crossentropy", activation, np.array(labels), z) == expected
        )
        assert accuracy("categorical_crossentropy", activation, np.eye(3)[labels], z) == expected


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_accuracy_of_two_classes(activation):
    z = np.array([[0.1], [0.6], [-0.1], [-3.0]])  # probabilities .52 .65 .48 .05
    for y, expected in (([1, 1, 0, 0], 1), ([0, 1, 0, 0], 0.75), ([0, 0, 1, 1], 0)):
        assert accuracy("binary_crossentropy", activation, np.array(y), z) == expected


def test_accuracy_of_a_linear_output():
    z = np.array([[0.1], [0.6], [-0.1], [1.3]])
    assert accuracy("mse", None, np.array([0, 1, 0, 1]), z) == 1
    assert accuracy("mse", None, np.array([1, 1, 0, 1]), z) == 0.75


# Metrics of one's own


def test_a_function_as_a_metric():
    def worst(prediction, target):
        return np.abs(prediction.numpy() - target).max()

    model = linear(metrics=[worst, "mae"])
    assert list(model.fit(X, Y, verbose=0).history) == ["loss", "worst", "mae"]
    assert model.evaluate(X, Y, batch_size=50, verbose=0)[1] == pytest.approx(
        np.abs(plain(model, X) - Y).max()
    )


@pytest.mark.parametrize(
    "given, word",
    [
        (["hinge"], "unknown metric 'hinge'; known: accuracy"),
        (["accuracy"], "loss that has a name"),
    ],
)
def test_metrics_that_are_not_known(given, word):
    with pytest.raises(ValueError, match=word):
        linear(lambda p, t: ((p - t) ** 2).mean(), metrics=given)


def test_one_name_without_a_list():
    assert list(linear(metrics="mae").plan.metrics) == ["mae"]


def test_metrics_none():
    assert linear(metrics=None).plan.metrics == {}


def test_metrics_of_one_name_are_all_kept():
    def loss(prediction, target):
        return 7.0

    model = linear(
        metrics=[
            lambda p, t: 1.0,
            lambda p, t: 2.0,
            loss,
            "mae",
            "mae",
            functools.partial(lambda p, t, k: k, k=3.0),
        ]
    )
    values = model.evaluate(X, Y, verbose=0)
    assert [*values[1:4], values[6]] == [1, 2, 7, 3]
    assert values[4] == values[5]
    history = model.fit(X, Y, verbose=0, validation_split=0.5).history
    assert len(history) == 14
    assert history["loss"] != [7.0]


def test_a_loss_as_a_metric(capsys):
    history = linear(metrics=[nn.mse]).fit(X, Y, verbose=2).history
    assert history["mse"] == history["loss"]
    assert isinstance(history["mse"][0], float)
    assert "mse: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "call, expected",
    [
        (lambda: metrics.mean_absolute_error(np.array([1], np.uint8), np.array([2], np.uint8)), 1),
        (lambda: metrics.mean_squared_error([1.0, 2.0], [0.0, 4.0]), 2.5),
        (
            lambda: metrics.mean_absolute_error(
                tg.tensor([1.0, 2.0], requires_grad=True), [0.0, 4.0]
            ),
            1.5,
        ),
        (lambda: metrics.sparse_accuracy(np.eye(3), [0, 2, 2]), 2 / 3),
    ],
)
def test_metrics_called_alone(call, expected):
    assert call() == pytest.approx(expected)


@pytest.mark.parametrize(
    "metric, prediction, target",
    [
        (metrics.mean_absolute_error, np.zeros((3, 1)), np.zeros(3)),
        (metrics.mean_squared_error, np.zeros(3), np.zeros((3, 1))),
        (metrics.binary_accuracy, np.zeros((3, 1)), np.zeros(3)),
        (metrics.rounded_accuracy, np.zeros((3, 1)), np.zeros(3)),
        (metrics.sparse_accuracy, np.eye(3), np.array([[0], [1], [2]])),
    ],
)
def test_a_column_against_a_row_is_refused(metric, prediction, target):
    with pytest.raises(ValueError):
        metric(prediction, target)
