"""Programs as users of JAX and of HIPS' autograd write them, with `tg` in the place of `jax`, and
NumPy as `anp`."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.habits import jax

anp = np  # autograd.numpy, jax.numpy

X = np.array([0.5, -1.0, 2.0])


# HIPS autograd's own front page


def test_the_first_example_of_autograd():
    def tanh(x):
        return (1.0 - anp.exp(-2 * x)) / (1.0 + anp.exp(-2 * x))

    grad_tanh = tg.grad(tanh)
    assert grad_tanh(1.0) == pytest.approx(0.419974341614026)
    assert (tanh(1.0001) - tanh(0.9999)) / 0.0002 == pytest.approx(grad_tanh(1.0), rel=1e-6)


def test_derivatives_of_derivatives_are_numbers():
    d1, d2 = tg.grad(anp.tanh), tg.grad(tg.grad(anp.tanh))
    assert f"{d1(0.5):.4f} {d2(0.5):.4f}" == "0.7864 -0.7269"
    assert isinstance(d2(0.5), float) and round(d2(0.5), 3) == -0.727 and {d1(0.5): "hashable"}


def test_elementwise_derivatives_over_a_grid_for_a_plot():
    x = np.linspace(-7, 7, 200)
    slope = tg.grad(lambda x: anp.tanh(x).sum())(x)
    np.testing.assert_allclose(slope, 1 - np.tanh(x) ** 2, atol=1e-15)
    with pytest.raises(AttributeError, match=r"write tg\.grad\(lambda x: f\(x\)\.sum\(\)\)"):
        tg.elementwise_grad(anp.tanh)


def test_logistic_regression_by_gradient_descent():
    inputs = np.array(
        [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
    )
    targets = np.array([True, True, False, True])

    def training_loss(weights):
        preds = 0.5 * (anp.tanh(anp.dot(inputs, weights) / 2) + 1)
        return -anp.sum(anp.log(preds * targets + (1 - preds) * (1 - targets)))

    gradient, weights = tg.grad(training_loss), np.array([0.0, 0.0, 0.0])
    first = training_loss(weights)
    for _ in range(100):
        weights -= gradient(weights) * 0.01
    assert type(weights) is np.ndarray and training_loss(weights) < first / 2
    # as autograd's tutorial prints
    assert training_loss(weights) == pytest.approx(1.0672706757870165, rel=1e-9)


def test_adam_written_by_hand_over_a_dict():
    params = {"w": np.zeros(3), "b": 0.0}
    y = X * 3 - 1
    loss = lambda p: anp.mean((X * p["w"] + p["b"] - y) ** 2)
    m = {k: np.zeros_like(v) for k, v in params.items()}
    v = {k: np.zeros_like(p) for k, p in params.items()}
    for t in range(1, 501):
        g = tg.grad(loss)(params)
        for k in params:
            m[k] = 0.9 * m[k] + 0.1 * g[k]
            v[k] = 0.999 * v[k] + 0.001 * g[k] ** 2
            params[k] = params[k] - 0.05 * (m[k] / (1 - 0.9**t)) / (
                np.sqrt(v[k] / (1 - 0.999**t)) + 1e-8
            )
    assert loss(params) < 1e-4


def test_a_network_as_a_list_of_tuples():
    rng = np.random.default_rng(0)
    params = [(rng.normal(size=(m, n)) * 0.5, np.zeros(n)) for m, n in ((2, 8), (8, 1))]
    inputs, targets = tg.datasets.xor()

    def predict(params, x):
        for W, b in params[:-1]:
            x = anp.tanh(anp.dot(x, W) + b)
        W, b = params[-1]
        return anp.dot(x, W) + b

    loss = lambda params: anp.mean((predict(params, inputs) - np.reshape(targets, (-1, 1))) ** 2)
    value_and_grad = tg.value_and_grad(loss)
    for _ in range(600):
        value, grads = value_and_grad(params)
        params = [
            (W - 0.1 * dW, b - 0.1 * db) for (W, b), (dW, db) in zip(params, grads, strict=True)
        ]
    assert value < 0.01 and type(params[0][0]) is np.ndarray


def test_a_loop_and_an_if_inside():
    def f(x):
        for _ in range(3):
            x = x * x if x < 2 else x + 1
        return x

    assert tg.grad(f)(1.1) == pytest.approx(8 * 1.1**7)
    assert tg.grad(f)(5.0) == 1


# JAX's quickstart and "autodiff cookbook"


def test_selu_over_a_range_jitted():
    def selu(x, alpha=1.67, lmbda=1.05):
        return lmbda * anp.where(x > 0, x, alpha * anp.exp(x) - alpha)

    x = np.arange(5.0)
    np.testing.assert_allclose(tg.jit(selu)(x), [0, 1.05, 2.1, 3.15, 4.2])


def test_sum_logistic():
    derivative = tg.grad(lambda x: anp.sum(1.0 / (1.0 + anp.exp(-x))))
    np.testing.assert_allclose(
        derivative(np.arange(3.0)), [0.25, 0.19661194, 0.10499357], rtol=1e-6
    )
    np.testing.assert_allclose(
        tg.jit(derivative)(np.arange(3.0)), derivative(np.arange(3.0)), rtol=0
    )


def test_value_and_grad_of_several_arguments_with_aux():
    def loss(W, b):
        predictions = tg.sigmoid(X * W + b)
        return -anp.sum(anp.log(predictions)), predictions

    (value, predictions), (dW, db) = tg.value_and_grad(loss, argnums=(0, 1), has_aux=True)(0.5, 0.1)
    assert type(predictions) is np.ndarray and value == pytest.approx(-np.log(predictions).sum())
    assert db == pytest.approx(np.sum(predictions - 1)) and dW == pytest.approx(
        np.sum((predictions - 1) * X)
    )


def test_jacfwd_and_jacrev():
    f = lambda x: anp.stack([x[0] * x[1], anp.sin(x[2]), x[0]])
    expected = [[-1.0, 0.5, 0], [0, 0, np.cos(2.0)], [1, 0, 0]]
    for jacobian in (tg.jacfwd, tg.jacrev, tg.jacobian):
        np.testing.assert_allclose(jacobian(f)(X), expected)
    np.testing.assert_allclose(tg.jacfwd(tg.jacrev(lambda x: anp.sum(x**3)))(X), np.diag(6 * X))


def test_a_hessian_vector_product_in_three_ways():
    f, v = lambda x: anp.sum(anp.tanh(x) * x), np.array([1.0, 2.0, 3.0])
    expected = tg.hessian(f)(X) @ v
    for got in (
        tg.grad(lambda x: anp.dot(tg.grad(f)(x), v))(X),
        tg.jvp(tg.grad(f), (X,), (v,))[1],
        tg.hvp(f, (X,), (v,))[0],
    ):
        np.testing.assert_allclose(got, expected)


def test_vjp_and_jvp():
    y, back = tg.vjp(anp.sin, X)
    np.testing.assert_allclose(back(np.ones(3))[0], np.cos(X))
    y, push = tg.jvp(anp.sin, (X,), (np.ones(3),))
    np.testing.assert_allclose(push, np.cos(X))
    assert type(y) is type(push) is np.ndarray


def test_a_batch_in_the_place_of_vmap():
    W = np.arange(6.0).reshape(2, 3)
    batch = np.stack([X, X + 1, X * 2, -X])
    apply = lambda x: anp.tanh(x @ W.T)
    np.testing.assert_allclose(apply(batch), np.stack([apply(x) for x in batch]))
    with pytest.raises(
        AttributeError, match=r"f\(xs\) on the whole batch.*np\.stack\(\[f\(x\) for x in xs\]\)"
    ):
        tg.vmap(apply)(batch)
    f = lambda x: anp.sum(x**3)
    np.testing.assert_allclose(np.stack([tg.grad(f)(x) for x in batch]), 3 * batch**2)


def test_tree_map_in_an_update():
    params = {"w": X, "b": np.zeros(())}
    grads = tg.grad(lambda p: anp.sum((X * p["w"] + p["b"]) ** 2))(params)
    with pytest.raises(
        AttributeError, match=r"\{name: f\(value\) for name, value in params\.items\(\)\}"
    ):
        tg.tree_map(lambda p, g: p - 0.1 * g, params, grads)
    updated = {name: value - 0.1 * grads[name] for name, value in params.items()}
    assert set(updated) == {"w", "b"} and updated["w"].shape == (3,)


def test_stop_gradient_is_detach():
    with pytest.raises(AttributeError, match=r"write x\.detach\(\)"):
        tg.stop_gradient(X)
    assert tg.grad(lambda x: x * x.detach())(3.0) == 3


def test_a_rule_of_ones_own_in_the_place_of_custom_vjp(own_operations):
    with pytest.raises(AttributeError, match=r"tg\.op\("):
        tg.custom_vjp(lambda x: x)
    clip = tg.op("clip_gradient(x)", "x * 1.0", x="np.clip(g, -1, 1)")
    np.testing.assert_allclose(tg.grad(lambda x: anp.sum(clip(x) * X))(X), np.clip(X, -1, 1))


def test_what_is_jitted_may_be_differentiated_and_the_other_way_round():
    f = lambda x: anp.sum(anp.sin(x) * x)
    expected = np.cos(X) * X + np.sin(X)
    for g in (tg.grad(tg.jit(f)), tg.jit(tg.grad(f)), tg.jit(tg.grad(tg.jit(f)))):
        for _ in range(3):
            np.testing.assert_allclose(g(X), expected)


def test_arrays_cannot_lose_a_gradient():
    def stored(x):
        out = np.zeros(2)
        out[0] = x[0]
        return out.sum()

    with pytest.raises((TypeError, ValueError)) as caught:
        tg.grad(stored)(X)
    assert "stack(xs)" in str(caught.value) + str(caught.value.__cause__)
    with pytest.raises(TypeError, match=r"float\(\) of .* silently.*tg\.tanh"):
        tg.grad(lambda x: float(x) * 2)(1.0)


def test_keywords_of_the_others():
    f = lambda a, b: a * b * b
    for transform in (tg.grad, tg.value_and_grad, tg.jacobian, tg.hessian):
        with pytest.raises(TypeError, match=r"has no keyword 'argnum'; write argnums="):
            transform(f, argnum=1)
        with pytest.raises(TypeError, match=r"'holomorphic'; write a function of real numbers"):
            transform(f, holomorphic=True)
        with pytest.raises(TypeError, match=r"'reduce_axes'; known: argnums"):
            transform(f, reduce_axes=())
    assert tg.grad(f, argnums=1)(2.0, 3.0) == 12 and tg.grad(f, 1)(2.0, 3.0) == 12


# Every name


@pytest.mark.parametrize("name", sorted(jax.LINES))
def test_a_name_that_is_not_here_says_what_to_write(name):
    with pytest.raises(AttributeError, match=f"tinygrad_edu has no '{name}'; write "):
        getattr(tg, name)
    assert not hasattr(tg, name) and name not in dir(tg)


@pytest.mark.parametrize("name", sorted(jax.SAME))
def test_a_name_for_what_is_here(name):
    assert getattr(tg, name) is getattr(tg, jax.SAME[name])


def test_another_unknown_name_stays_unknown():
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(tg, "no_such_name")  # noqa: B009
