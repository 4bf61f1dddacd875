"""Dropout: the mean stays, evaluation is free of it, a seed fixes it, and compiled steps draw
anew."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.autodiff import modes

X = np.random.default_rng(0).normal(size=(32, 5)).astype(np.float32)
Y = X[:, :1]


def model(rate=0.4):
    found = nn.Sequential([nn.Dense(16, "relu"), nn.Dropout(rate), nn.Dense(1)], seed=0)
    found.compile("adam", "mse")
    return found


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_entries_are_dropped_with_this_probability_and_the_mean_stays(rate, dtype):
    y = nn.Dropout(rate, seed=1)(np.ones(100_000, dtype), training=True).numpy()
    assert y.dtype == dtype
    assert set(np.unique(y)) <= {dtype(0), dtype(1 / (1 - rate))}
    assert np.mean(y == 0) == pytest.approx(rate, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=4 * (rate / (1 - rate) / 100_000) ** 0.5 + 1e-6)


def test_outside_learning_it_is_the_identity():
    layer = nn.Dropout(0.5)
    x = tg.tensor(X)
    assert layer(x) is x and layer.forward(x) is x
    with modes.learning():
        assert layer(x) is not x and layer(x, training=False) is x
    assert layer(x) is x


def test_the_gradient_passes_where_the_value_did():
    x = tg.tensor(np.ones((4, 4)), requires_grad=True)
    y = nn.Dropout(0.5, seed=0)(x, training=True)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.numpy())


def test_every_call_draws_anew_and_a_seed_fixes_them_all():
    draws = [
        [layer(np.ones(50), training=True).numpy() for _ in range(2)]
        for layer in (nn.Dropout(0.5, seed=3), nn.Dropout(0.5, seed=3))
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0][0] != draws[0][1]).any()


def test_fit_with_and_without_jit_is_the_same_to_the_bit():
    found = []
    for jit in (True, False):
        net = model()
        history = net.fit(X, Y, epochs=4, batch_size=8, verbose=0, jit=jit)
        found.append((history.history["loss"], [p.numpy() for p in net.parameters()]))
    assert found[0][0] == found[1][0]
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_fit_draws():
    losses = []
    for rate in (0.0, 0.9):
        net = model(rate)
        losses.append(net.fit(X, Y, epochs=1, batch_size=32, verbose=0).history["loss"][0])
    assert losses[1] > 1.2 * losses[0]


def test_the_loss_of_training_is_noisy_and_that_of_evaluation_is_not():
    net = model()
    net.fit(X, Y, epochs=1, verbose=0)
    assert net.evaluate(X, Y, verbose=0) == net.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(net.predict(X), net.predict(X))
    with modes.learning():
        assert (net(X).numpy() != net(X).numpy()).any()


def test_a_jitted_function_knows_whether_it_learns():
    layer = nn.Dropout(0.5, seed=0)
    f = tg.jit(lambda x: layer(x) * 1.0)
    x = tg.tensor(np.ones(64))
    assert (f(x).numpy() == 1).all()
    with modes.learning():
        first, second = f(x).numpy(), f(x).numpy()
        assert (first == 0).any() and (first != second).any()
    assert (f(x).numpy() == 1).all()


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        nn.Dropout(rate)
