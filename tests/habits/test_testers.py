"""Programs as testers write them: comparisons, approximations, generated arrays, mocks, seeds, the
lists of names."""

from __future__ import annotations

import copy
import pickle
import pydoc
import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_edu as tg
from tinygrad_edu import nn

FLOATS = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-3, 3))
X = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_numpys_assertions_take_constants():
    t = tg.tensor(X)
    np.testing.assert_allclose(t * 2, X * 2)
    np.testing.assert_array_equal(t, X)
    np.testing.assert_almost_equal(t, X)
    np.testing.assert_array_less(t, X + 1)
    np.testing.assert_equal(t.numpy(), X)
    np.testing.assert_array_almost_equal_nulp(t, X)
    np.testing.assert_array_max_ulp(t, X)
    for differs in (
        np.testing.assert_allclose,
        np.testing.assert_array_equal,
        np.testing.assert_almost_equal,
    ):
        with pytest.raises(AssertionError, match="(?i)mismatch|not equal"):
            differs(t, X + 1e-3)


def test_numpys_assertions_of_what_requires_a_gradient():
    w = tg.tensor(X, requires_grad=True)
    for check in (
        np.testing.assert_allclose,
        np.testing.assert_array_equal,
        np.testing.assert_almost_equal,
    ):
        check(w.data, X)
        try:
            check(w, X)
        except TypeError as error:
            assert ".numpy()" in str(error)
        with pytest.raises((AssertionError, TypeError)):
            check(w, X + 1)


def test_approximations_of_pytest():
    w = tg.tensor(2.0, requires_grad=True)
    loss = w * w
    loss.backward()
    assert loss.item() == pytest.approx(4) and float(loss) == pytest.approx(4)
    assert w.grad == pytest.approx(4)
    assert tg.tensor(X).numpy() == pytest.approx(X) and tg.tensor(X) == pytest.approx(X)
    assert tg.tensor(2.0) == pytest.approx(2) and tg.tensor(2.0) != pytest.approx(2.1)
    assert tg.tensor([1.0, 2.0]) == pytest.approx([1, 2]) and pytest.approx([1, 2]) == tg.tensor(
        [1.0, 2.0]
    )
    with pytest.raises(TypeError, match=r"x\.item\(\) == pytest\.approx"):
        assert loss == pytest.approx(4)
    assert tg.grad(tg.tanh)(0.5) == pytest.approx(1 - np.tanh(0.5) ** 2)
    assert tg.grad(lambda x: (x**2).sum())(X) == pytest.approx(2 * X)
    assert tg.grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0}) == pytest.approx(
        {"a": 3, "b": 2}
    )
    assert tg.grad(tg.tanh)(0.5) != pytest.approx(0.7)


@given(FLOATS)
def test_generated_arrays_agree_with_closed_forms(x):
    np.testing.assert_allclose(
        tg.grad(lambda x: np.sum(np.tanh(x)))(x), 1 - np.tanh(x) ** 2, atol=1e-12
    )
    np.testing.assert_array_equal(tg.grad(lambda x: x.sum())(x), np.ones_like(x))


@given(FLOATS, st.floats(-2, 2), st.floats(-2, 2))
def test_generated_arrays_show_that_gradients_are_linear(x, a, b):
    f, g = lambda x: tg.sin(x).sum(), lambda x: (x**3).sum()
    both = tg.grad(lambda x: a * f(x) + b * g(x))(x)
    np.testing.assert_allclose(both, a * tg.grad(f)(x) + b * tg.grad(g)(x), atol=1e-9)


def test_gradients_against_differences_of_ones_own():
    def numerical(f, x, h=1e-6):
        g = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            e = np.zeros_like(x)
            e[i] = h
            g[i] = (f(x + e) - f(x - e)) / (2 * h)
        return g

    f = lambda x: tg.logsumexp(tg.tanh(0.1 * x @ X))
    np.testing.assert_allclose(tg.grad(f)(X), numerical(f, X), rtol=1e-6)


def test_gradients_against_complex_steps():
    f = lambda x: np.sum(np.exp(x) * np.sin(x))
    steps = [f(X + 1e-30j * e.reshape(2, 2)).imag / 1e-30 for e in np.eye(4)]
    np.testing.assert_allclose(tg.grad(f)(X).ravel(), steps, rtol=1e-14)


def test_check_gradients_passes_and_fails(own_operations):
    tg.check_gradients(lambda x, w: tg.gelu(x @ w), X, X)
    wrong = tg.op("wrong", "x ** 2", x="g * 3 * x")
    with pytest.raises(AssertionError, match="The rule of wrong differs from its formula"):
        tg.check_gradients(wrong, X)
    with pytest.raises(tg.GradientError):
        tg.check_gradients(wrong, X, order=1)


@pytest.mark.parametrize(
    "make",
    [
        lambda s: nn.Dense(3, input_size=2, seed=s).parameters(),
        lambda s: nn.MLP(2, 4, 1, seed=s).parameters(),
        lambda s: list(map(tg.tensor, tg.datasets.moons(20, seed=s))),
    ],
)
def test_a_seed_gives_the_same_numbers_twice(make):
    numbers = lambda s: [p.numpy() for p in make(s)]
    for a, b in zip(numbers(0), numbers(0), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(numbers(0), numbers(1), strict=True))


def test_training_twice_with_a_seed_and_numpys_own_state():
    np.random.seed(3)
    state = np.random.get_state()[1].copy()
    losses = []
    for _ in range(2):
        model = nn.MLP(2, 4, 1, seed=0)
        model.compile("sgd", "mse")
        losses.append(model.fit(X, X[:, :1], epochs=3, batch_size=1, verbose=0).history["loss"])
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_mocks():
    with mock.patch.object(tg, "tanh", side_effect=tg.tanh) as tanh:
        tg.grad(lambda x: tg.tanh(x))(0.5)
    tanh.assert_called_once()
    loss = mock.Mock(side_effect=lambda x: (x * x).sum())
    np.testing.assert_array_equal(tg.grad(loss)(X), 2 * X)
    assert loss.call_count == 1 and isinstance(loss.call_args.args[0], tg.Tensor)
    with mock.patch("numpy.random.default_rng", side_effect=AssertionError("asked for randomness")):
        tg.grad(lambda x: tg.softmax(x)[0, 0])(X)


def test_mocks_of_a_model():
    model = mock.Mock(spec=nn.Sequential)
    model.return_value = tg.tensor([1.0])
    assert model(X).item() == 1
    with pytest.raises(AttributeError):
        model.no_such_method()


def test_errors_and_warnings_are_looked_for():
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        tg.tensor([1.0]).sum().backward()
    with pytest.raises(tg.StaleGraphError):
        w = tg.tensor([1.0], requires_grad=True)
        y = (w * w).sum()
        w.data[0] = 2
        y.backward()
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        tg.log(tg.tensor(0.0))
    with pytest.raises(tg.AnomalyError), tg.detect_anomaly():
        tg.log(tg.tensor(0.0))


def test_truth_and_membership():
    t = tg.tensor([1.0, 2.0])
    assert (t == [1.0, 2.0]).all() and not (t > 1).all() and (t > 1).any() and t.sum() == 3
    with pytest.raises(ValueError, match=r"\.all\(\)"):
        assert t == [1.0, 2.0]
    assert len(t) == 2 and list(map(float, t)) == [1, 2] and 2 in t and isinstance(t, tg.Tensor)


def test_copies_are_independent():
    model = nn.MLP(2, 3, 1, seed=0)
    twin = copy.deepcopy(model)
    before = model(X).numpy()
    for p in twin.parameters():
        p.data = p.data + 1
    np.testing.assert_array_equal(model(X).numpy(), before)
    t = pickle.loads(pickle.dumps(tg.tensor(X, requires_grad=True, name="t")))
    assert (t.name, t.requires_grad) == ("t", True)
    y = t * 2
    assert copy.copy(y) is y and copy.copy(t) is not t and copy.copy(t).requires_grad


def test_parameters_in_pytest_ids_and_sets():
    w, v = tg.tensor(1.0, requires_grad=True), tg.tensor(1.0, requires_grad=True)
    assert len({w, v}) == 2 and {w: "w"}[w] == "w" and "1." in repr(w)
    assert f"{w:.2f} {tg.tensor(3):d}" == "1.00 3"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_are_asserted(dtype):
    x = X.astype(dtype)
    assert tg.grad(lambda x: (x * 2).sum())(x).dtype == dtype
    assert (
        (tg.tensor(x) @ x).dtype == tg.softmax(x).dtype == np.tanh(tg.tensor(x) * 2).dtype == dtype
    )


# What there is: help(tg), dir(tg) and Tab


def test_help_lists_the_functions():
    text = pydoc.render_doc(tg, renderer=pydoc.plaintext)
    functions = text[text.index("\nFUNCTIONS\n") :]
    for name in (
        "grad",
        "value_and_grad",
        "jacobian",
        "jit",
        "check_gradients",
        "no_grad",
        "op",
        "einsum",
    ):
        assert f"\n    {name}(" in functions, name
    assert "class Tensor(" in text and "tanh" in functions


def test_dir_and_tab_have_what_is_imported_late():
    assert {"jit", "datasets", "TraceError", "compiler", "grad", "tanh", "nn"} <= set(
        dir(tg)
    ) & set(tg.__all__)
    assert all(hasattr(tg, name) for name in tg.__all__) and len(set(tg.__all__)) == len(tg.__all__)
    assert "engine" not in tg.__all__ and "np" not in tg.__all__
    import rlcompleter

    complete = rlcompleter.Completer({"tg": tg}).complete
    assert complete("tg.ji", 0) == "tg.jit(" and complete("tg.datase", 0) == "tg.datasets"


def test_looking_at_names_imports_nothing():
    code = "import sys, tinygrad_edu as tg; dir(tg); print('tinygrad_edu.compiler' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout == "False\n"


def test_a_star_import_gives_the_api():
    scope: dict = {}
    exec("from tinygrad_edu import *", scope)
    assert scope["jit"] is tg.jit and scope["tanh"] is tg.tanh and "engine" not in scope


def test_unittest_and_math():
    import json
    import math
    import unittest

    case = unittest.TestCase()
    case.assertAlmostEqual(tg.grad(tg.tanh)(0.0), 1.0)
    case.assertAlmostEqual(tg.tensor(1.0), 1.0)
    case.assertTrue((tg.tensor(X) == X).all())
    assert (
        math.isclose(tg.tensor(1.0), 1.0) and not np.isnan(tg.tensor(X, requires_grad=True)).any()
    )
    assert (
        json.dumps({"slope": tg.grad(tg.tanh)(0.0), "loss": tg.tensor(2.0).item()})
        == '{"slope": 1.0, "loss": 2.0}'
    )
    assert tg.grad(lambda x: (x * 2).sum())(X).tolist() == [[2, 2], [2, 2]]
