"""More programs of those who test, written from the README and from memory of the other
library, as they run once the line is written that the first error named."""

from __future__ import annotations

import numpy as np


def test_numpy_testing_compares_tensors():
    """Numpy.testing and pytest.approx on tensors."""
    import numpy as np
    import pytest
    from numpy.testing import (
        assert_allclose,
        assert_almost_equal,
        assert_array_equal,
        assert_array_less,
        assert_equal,
    )

    import tinygrad_edu as tg

    t = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert_array_equal(t, a)
    assert_allclose(t * 2, a * 2)
    assert_allclose(a @ t, a @ a, rtol=1e-12)
    assert_almost_equal(t.sum().item(), 10)
    assert_equal(t.shape, (2, 2))
    assert_array_less(t, a + 1)
    with pytest.raises(AssertionError):
        assert_allclose(t, a + 1e-3)
    with pytest.raises(AssertionError):
        assert_array_equal(t, a.T)
    loss = (t**2).mean()
    assert loss.item() == pytest.approx(7.5)
    loss.backward()
    assert t.grad == pytest.approx(a / 2)
    assert (t == a).all() and np.array_equal(t, a) and np.allclose(t, a)
    assert t[0].tolist() == [1.0, 2.0]
    assert isinstance(t.grad, (np.ndarray, tg.Tensor)) and t.grad.dtype == np.float64


def test_scipy_checks_gradients():
    """Scipy's check_grad, approx_derivative and complex step."""
    from scipy.optimize import approx_fprime, check_grad
    from scipy.optimize._numdiff import approx_derivative

    import tinygrad_edu as tg

    rng = np.random.default_rng(0)
    W = rng.normal(size=(4, 4))

    def f(x):
        return np.sum(np.sin(W @ x) * np.exp(-(x**2))) + np.prod(1 + x**2) ** 0.5

    def F(x):
        return np.tanh(W @ x) * np.cumsum(x)

    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=4)
        assert check_grad(f, tg.grad(f), x) < 1e-5
        assert np.allclose(tg.grad(f)(x), approx_fprime(x, f, 1e-7), atol=1e-4)
        assert np.allclose(tg.jacobian(F)(x), approx_derivative(F, x, method="cs"), atol=1e-12)
        H = tg.hessian(f)(x)
        assert np.allclose(H, H.T) and np.allclose(H, approx_derivative(tg.grad(f), x), atol=1e-5)


def test_copies_and_pickles():
    """Copy, pickle and equality of models."""
    import copy
    import pickle

    import tinygrad_edu as tg
    from tinygrad_edu import nn

    X, y = tg.datasets.regression_1d(seed=0)
    model = nn.Sequential([nn.Dense(8, activation="tanh"), nn.Dense(1)], seed=3)
    model.compile(optimizer="adam", loss="mse")
    model.fit(X, y, epochs=3, verbose=0, seed=0)
    twin = copy.deepcopy(model)
    np.testing.assert_array_equal(model.predict(X, verbose=0), twin.predict(X, verbose=0))
    model.fit(X, y, epochs=3, verbose=0, seed=0)
    assert not np.array_equal(model.predict(X, verbose=0), twin.predict(X, verbose=0))
    twin.fit(X, y, epochs=3, verbose=0, seed=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), twin.predict(X, verbose=0))
    back = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict(X, verbose=0), back.predict(X, verbose=0))
    t = tg.tensor([1.0, 2.0], requires_grad=True, name="t")
    u = pickle.loads(pickle.dumps(t))
    assert u.name == "t" and u.requires_grad and np.array_equal(u, t)
    c = copy.copy(t)
    d = copy.deepcopy(t)
    d.data[0] = 9
    assert t[0].item() == 1


def test_no_memory_is_kept():
    """Leaks: graphs are freed, a long loop keeps its memory."""
    import gc
    import tracemalloc
    import weakref

    import tinygrad_edu as tg

    w = tg.tensor(np.ones((50, 50)), requires_grad=True)

    def step():
        h = tg.tanh(np.ones((20, 50)) @ w)
        r = weakref.ref(h)
        loss = (h**2).sum()
        loss.backward()
        return r

    r = step()
    gc.collect()
    assert r() is None
    for _ in range(20):
        step()
    tracemalloc.start()
    a = tracemalloc.take_snapshot()
    for _ in range(200):
        w.grad = None
        step()
    gc.collect()
    grown = sum(s.size_diff for s in tracemalloc.take_snapshot().compare_to(a, "filename"))
    assert grown < 200_000
    y = w.sum()
    for _ in range(5000):
        y = y * 1.0
    y.backward()
    del y
    gc.collect()
