"""What is refused, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import nn, optim

from .models import LABELS, X, Y, bits, linear

# Refusals


@pytest.mark.parametrize(
    "call, error, word",
    [
        (
            lambda m: nn.MLP(3, 1).fit(X, Y),
            RuntimeError,
            r"fit\(\) needs a loss; call model\.compile",
        ),
        (lambda m: nn.MLP(3, 1).evaluate(X, Y), RuntimeError, r"evaluate\(\) needs a loss"),
        (lambda m: m.fit(X, Y[:-1]), ValueError, r"\(50, 3\) and y \(49, 1\)"),
        (lambda m: m.evaluate(X[:-1], Y), ValueError, "same length"),
        (lambda m: m.fit(X, Y, validation_data=(X, Y[:3])), ValueError, "same length"),
        (lambda m: m.fit(X, 3), ValueError, "same length"),
        (lambda m: m.fit(X[:0], Y[:0]), ValueError, "no examples"),
        (lambda m: m.evaluate(X[:0], Y[:0]), ValueError, "no examples"),
        (lambda m: m.fit(X, Y, validation_data=(X[:0], Y[:0])), ValueError, "no examples"),
        (lambda m: m.predict(X[:0]), ValueError, "no examples"),
        (lambda m: m.fit(X, Y, validation_split=1.0), ValueError, "between 0 and 1, got 1.0"),
        (lambda m: m.fit(X, Y, validation_split=-0.1), ValueError, "between 0 and 1"),
        (lambda m: m.fit(X, Y, validation_split=2), ValueError, "between 0 and 1"),
        (lambda m: m.fit(X, Y, validation_split=0.999), ValueError, "one side empty"),
        (lambda m: m.fit(X[:1], Y[:1], validation_split=0.5), ValueError, "one side empty"),
        (lambda m: m.fit(X, Y, batch_size=0), ValueError, "batch_size must be at least 1"),
        (lambda m: m.fit(X, Y, epochs=-1), ValueError, "epochs must be at least 0"),
        (lambda m: m.compile("adagrad"), ValueError, "unknown optimizer"),
        (lambda m: m.compile(loss="hinge"), ValueError, "unknown loss"),
        (lambda m: m.fit(X, Y, batchsize=3), TypeError, "batchsize"),
        (lambda m: m.fit(X[:, :2], Y), ValueError, "inputs of 3 features"),
    ],
)
def test_refusals(call, error, word, capsys):
    model = linear()
    before = bits(model)
    with pytest.raises(error, match=word):
        call(model)
    assert bits(model) == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.evaluate(X, Y, batch_size=-1, verbose=0),
        lambda m: m.evaluate(X, Y, batch_size=0, verbose=0),
        lambda m: m.predict(X, batch_size=-1),
        lambda m: m.predict(X, batch_size=0),
    ],
)
def test_batch_size_of_evaluate_and_predict(call):
    with pytest.raises(ValueError, match="batch_size"):
        call(linear())


def test_examples_that_are_numbers_are_a_column():
    """As in Keras."""
    row, column = (nn.Sequential([nn.Dense(1)], seed=0) for _ in range(2))
    x = np.linspace(0, 1, 40)
    for model, a in ((row, x), (column, x[:, None])):
        model.compile("sgd", "mse")
        model.fit(a, x, verbose=0)
    assert bits(row) == bits(column)
    assert row.evaluate(x, x, verbose=0) == column.evaluate(x[:, None], x, verbose=0)
    assert row.predict(x).tobytes() == column.predict(x[:, None]).tobytes()


# It learns


def moons(n, seed):
    rng = np.random.default_rng(seed)
    t = rng.uniform(0, np.pi, n)
    label = rng.integers(0, 2, n)
    x = np.where(
        label[:, None] == 0, np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)]
    )
    return x + rng.normal(0, 0.1, (n, 2)), label


@pytest.mark.parametrize(
    "units, output, loss",
    [
        (1, "sigmoid", "binary_crossentropy"),
        (2, "softmax", "sparse_categorical_crossentropy"),
        (1, None, "mse"),
    ],
)
def test_a_small_network_tells_the_moons_apart(units, output, loss):
    (x, y), (x_test, y_test) = moons(400, 0), moons(400, 1)
    model = nn.MLP(2, 16, units, activation="tanh", output=output, seed=0)
    model.compile(optim.Adam(learning_rate=0.03), loss, ["accuracy"])
    history = model.fit(x, y, epochs=30, verbose=0)
    assert history.history["accuracy"][-1] > 0.95
    assert model.evaluate(x_test, y_test, verbose=0)[1] > 0.95
    straight = nn.MLP(2, units, output=output, seed=0)
    straight.compile(optim.Adam(learning_rate=0.03), loss, ["accuracy"])
    straight.fit(x, y, epochs=30, verbose=0)
    assert straight.evaluate(x_test, y_test, verbose=0)[1] < 0.95, "the moons must need a bend"


def test_with_the_output_unit_or_without_training_is_the_same():
    a, b = (
        linear("sparse_categorical_crossentropy", "adam", ["accuracy"], units=3, activation=f)
        for f in (None, "softmax")
    )
    assert (
        a.fit(X, LABELS, epochs=3, verbose=0).history
        == b.fit(X, LABELS, epochs=3, verbose=0).history
    )
    assert bits(a) == bits(b)
