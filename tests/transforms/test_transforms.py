"""Derivatives of functions, nested to any order, against closed forms and against each other."""

from __future__ import annotations

import collections
import math
import threading

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu.autodiff.modes import mode

X = np.array([0.3, -1.2, 2.0])
A = np.array([[2.0, -1.0, 0.5], [0.0, 1.5, 1.0]])


def close(got, expected, rtol=1e-12):
    assert type(got) is np.ndarray if np.ndim(expected) else isinstance(got, np.floating)
    assert got.shape == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-13)


# Any order

SERIES = {
    "tanh": (tg.tanh, mpmath.tanh),
    "sin": (tg.sin, mpmath.sin),
    "exp": (tg.exp, mpmath.exp),
    "sigmoid": (tg.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x))),
    "softplus": (tg.softplus, lambda x: mpmath.log(1 + mpmath.exp(x))),
    "gelu": (tg.gelu, lambda x: x * mpmath.ncdf(x)),
    "arctan": (tg.arctan, mpmath.atan),
    "reciprocal": (tg.reciprocal, lambda x: 1 / x),
    "x**x": (lambda x: x**x, lambda x: x**x),
}


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("at", [0.5, 1.3])
def test_six_derivatives(name, at):
    ours, theirs = SERIES[name]
    with mpmath.workdps(60):
        expected = [float(mpmath.diff(theirs, mpmath.mpf(at), n)) for n in range(1, 7)]
    scale = max(map(abs, expected))
    f = ours
    for n in range(6):
        f = tg.grad(f)
        assert abs(f(at).item() - expected[n]) <= 1e-11 * scale, f"derivative {n + 1}"


def test_perturbations_are_not_confused():
    """d/dx [x · d/dy (x + y)] is 1: the inner derivative knows its own y from the outer x, though
    both are 1."""
    assert tg.grad(lambda x: x * tg.grad(lambda y: x + y)(1.0))(1.0).item() == 1
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y * y)(3.0))(2.0).item() == 24
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y)(x))(2.0).item() == 4
    assert tg.grad(lambda x: x * x * tg.grad(lambda y: x * y)(x))(2.0).item() == 12
    assert (
        tg.jvp(lambda x: x * tg.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1].item()
        == 1
    )
    assert tg.grad(lambda x: tg.jvp(lambda y: x * y * y, (3.0,), (1.0,))[1])(5.0).item() == 6


def test_transforms_nest_in_every_way():
    f = lambda x: tg.exp(x) * tg.sin(x)
    second = 2 * math.exp(0.7) * math.cos(0.7)
    one = np.ones(())
    ways = [
        tg.grad(tg.grad(f))(0.7),
        tg.hessian(f)(0.7),
        tg.jacobian(tg.jacobian(f))(0.7),
        tg.jvp(tg.grad(f), (0.7,), (one,))[1],
        tg.grad(lambda x: tg.jvp(f, (x,), (one,))[1])(0.7),
        tg.hvp(f, (0.7,), (one,))[0],
        tg.vjp(tg.grad(f), 0.7)[1](one)[0],
        tg.value_and_grad(tg.grad(f))(0.7)[1],
        tg.jvp(lambda x: tg.jvp(f, (x,), (one,))[1], (0.7,), (one,))[1],
    ]
    for y in ways:
        close(y, second)


# Each one


def test_grad_of_several_arguments():
    f = lambda a, b, scale=1.0: (a * b * b).sum() * scale
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    close(tg.grad(f)(a, b), b * b)
    close(tg.grad(f, argnums=1)(a, b), 2 * a * b)
    close(tg.grad(f, argnums=-1)(a, b), 2 * a * b)
    close(tg.grad(f, argnums=-1)(a, b, 10.0), (a * b * b).sum())
    one, other = tg.grad(f, argnums=(1, 0))(a, b, scale=10.0)
    close(one, 20 * a * b)
    close(other, 10 * b * b)
    assert isinstance(tg.grad(f, argnums=(0,))(a, b), tuple)


Pair = collections.namedtuple("Pair", "w b")


def test_arguments_may_be_nested():
    p = {"layers": [Pair(A, np.zeros(2)), (np.ones(2), 0.5)], "scale": 2.0}

    def f(p, x):
        h = tg.tanh(p["layers"][0].w @ x + p["layers"][0].b)
        w, b = p["layers"][1]
        return p["scale"] * (w @ h + b)

    value, g = tg.value_and_grad(f)(p, X)
    h = np.tanh(A @ X)
    close(value, 2 * (h.sum() + 0.5))
    assert type(g) is dict and type(g["layers"]) is list and type(g["layers"][0]) is Pair
    close(g["layers"][0].w, 2 * np.outer(1 - h * h, X))
    close(g["layers"][0].b, 2 * (1 - h * h))
    close(g["layers"][1][0], 2 * h)
    close(g["layers"][1][1], 2.0)
    close(g["scale"], h.sum() + 0.5)


def test_has_aux():
    f = lambda x: ((x * x).sum(), {"shape": x.shape})
    g, aux = tg.grad(f, has_aux=True)(X)
    close(g, 2 * X)
    assert aux == {"shape": (3,)}
    (value, aux), g = tg.value_and_grad(f, has_aux=True)(X)
    close(value, (X * X).sum())
    close(g, 2 * X)
    with pytest.raises(TypeError, match="has_aux"):
        tg.grad(lambda x: (x.sum(), 1, 2), has_aux=True)(X)


def test_vjp_of_several_outputs():
    (s, p), back = tg.vjp(lambda a, b: (a + b, {"p": a * b}), X, 2.0)
    close(s, X + 2)
    close(p["p"], X * 2)
    u = np.array([1.0, 10, 100])
    ga, gb = back((u, {"p": 2 * u}))
    close(ga, u + 4 * u)
    close(gb, np.sum(u + 2 * u * X))
    close(back((0 * u, {"p": u}))[0], 2 * u)  # again, with another cotangent


def test_jacobian_has_the_shapes_of_output_and_input():
    close(tg.jacobian(lambda x: A @ x)(X), A)
    close(tg.jacobian(lambda W: W @ X)(A), np.einsum("ik,l->ikl", np.eye(2), X))
    close(tg.jacobian(lambda x: x.sum())(X), np.ones(3))
    close(tg.jacobian(lambda x: x * 2)(3.0), 2.0)
    ja, jb = tg.jacobian(lambda a, b: a * b, argnums=(0, 1))(X, 2.0)
    close(ja, 2 * np.eye(3))
    close(jb, X)
    close(tg.jacobian(lambda x: x[:0])(X), np.zeros((0, 3)))


def test_hessian_and_its_product_with_a_vector():
    rng = np.random.default_rng(3)
    f = lambda x: tg.logsumexp(A @ x) + tg.tanh(x).prod()
    H = tg.hessian(f)(X)
    np.testing.assert_allclose(H, H.T, atol=1e-15)
    v = rng.normal(size=3)
    close(tg.hvp(f, (X,), (v,))[0], H @ v)
    h = 1e-5
    differences = (tg.grad(f)(X + h * v) - tg.grad(f)(X - h * v)) / (2 * h)
    np.testing.assert_allclose(H @ v, differences, rtol=1e-8)


def test_hvp_of_several_primals_has_the_mixed_blocks():
    a, b = tg.hvp(lambda a, b: a * a * b, (2.0, 3.0), (1.0, 10.0))
    close(a, 2 * 3.0 * 1 + 2 * 2.0 * 10)
    close(b, 2 * 2.0 * 1)


@given(st.integers(0, 2**32 - 1))
def test_jvp_and_vjp_are_adjoint(seed):
    """⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩"""
    rng = np.random.default_rng(seed)
    x, W, u, U, v = (rng.normal(size=s) for s in ((4, 3), (3, 2), (4, 3), (3, 2), (4, 2)))
    f = lambda x, W: tg.softmax(tg.gelu(x @ W) + tg.cumsum(x, axis=0)[:, :2])
    y, pushed = tg.jvp(f, (x, W), (u, U))
    value, back = tg.vjp(f, x, W)
    gx, gW = back(v)
    np.testing.assert_array_equal(y, value)
    np.testing.assert_allclose(
        np.sum(v * pushed), np.sum(gx * u) + np.sum(gW * U), rtol=1e-10, atol=1e-12
    )


# What is and what is not recorded

CUBES = lambda x: (x**3).sum()
AT = {
    "grad": lambda x: tg.grad(CUBES)(x),
    "value": lambda x: tg.value_and_grad(CUBES)(x)[0],
    "jvp": lambda x: tg.jvp(tg.sin, (x,), (X,))[1],
    "jvp's value": lambda x: tg.jvp(tg.sin, (x,), (X,))[0],
    "vjp": lambda x: tg.vjp(tg.sin, x)[1](X)[0],
    "vjp's value": lambda x: tg.vjp(tg.sin, x)[0],
    "jacobian": lambda x: tg.jacobian(tg.sin)(x),
    "hessian": lambda x: tg.hessian(CUBES)(x),
    "hvp": lambda x: tg.hvp(CUBES, (x,), (X,))[0],
    "aux": lambda x: tg.grad(lambda x: (x.sum(), x * 2), 0, True)(x)[1],
    "several": lambda x: tg.grad(lambda a, b: (a["x"] * b).sum(), (1, 0))({"x": 2.0}, x)[0],
    "second": lambda x: tg.grad(lambda x: tg.grad(CUBES)(x).sum())(x),
}


@pytest.mark.parametrize("name", AT)
def test_arrays_give_arrays_and_tensors_give_tensors(name):
    plain = AT[name](X)
    assert type(plain) is np.ndarray if plain.ndim else type(plain) is np.float64
    constant = AT[name](tg.tensor(X))
    assert type(constant) is tg.Tensor and not constant.requires_grad
    np.testing.assert_array_equal(constant.numpy(), plain)
    tracked = AT[name](tg.tensor(X, requires_grad=True))
    np.testing.assert_array_equal(tracked.numpy(), plain)
    assert type(tracked) is tg.Tensor and tracked.requires_grad == (name != "several")


@pytest.mark.parametrize("name", AT)
def test_jitted_transforms_give_what_plain_ones_give(name):
    compiled = tg.jit(AT[name])
    for x in (X, X + 1, X * 2):
        expected, got = AT[name](x), compiled(x)
        assert type(got) is type(expected)
        np.testing.assert_array_equal(got, expected)
    t = tg.tensor(X)
    assert type(compiled(t)) is tg.Tensor and (compiled(t).numpy() == AT[name](X)).all()


def test_tensors_among_the_others_do_not_count():
    """minimize(..., args=(tensor,)): what is differentiated says what comes out, and a cotangent or
    tangent."""
    f = lambda x, c: (x * c * x).sum()
    assert type(tg.grad(f)(X, tg.tensor(X))) is np.ndarray
    assert type(tg.grad(f, 1)(X, tg.tensor(X))) is tg.Tensor
    assert type(tg.grad(f, (0, 1))(X, tg.tensor(X))[0]) is tg.Tensor
    assert type(tg.vjp(tg.sin, X)[1](tg.tensor(X))[0]) is tg.Tensor
    assert type(tg.jvp(tg.sin, (X,), (tg.tensor(X),))[1]) is tg.Tensor


def test_what_is_given_back_may_be_written_into():
    c = tg.tensor(X)
    y, back = tg.vjp(tg.exp, X)
    y[:] = 0
    close(back(np.ones(3))[0], np.exp(X))
    value, g = tg.value_and_grad(lambda x: c[:1] * 1)(X)
    (whole, kept), _ = tg.vjp(lambda x: (c, x), X)
    g[:], whole[:], kept[:] = 7, 7, 7
    for made in (
        tg.grad(lambda x: x.sum())(X),
        tg.jacobian(lambda x: x * 2)(X),
        tg.grad(lambda x: x[0])(X),
    ):
        made[:] = 7
    np.testing.assert_array_equal(c.numpy(), X)
    assert X[0] == 0.3


def test_an_array_of_tensors_is_one_result():
    def f(x):
        found = np.empty((2, 1), object)
        found[0, 0], found[1, 0] = x[0] * x[1], 3.0
        return found

    close(tg.jacobian(f)(np.array([2.0, 5.0])), [[[5, 2]], [[0, 0]]])
    with pytest.raises(TypeError, match=r"np\.stack\(xs\)"):
        tg.jacobian(lambda x: np.array([x[0] * x[1], x[1]]))(X)
    close(tg.jacobian(lambda x: np.stack([x[0] * x[1], x[1]]))(X[:2]), [[-1.2, 0.3], [0, 1]])


def test_a_tracked_input_stays_connected():
    w = tg.tensor(X, requires_grad=True)
    (tg.grad(lambda x: (x**3).sum())(w) ** 2).sum().backward()
    np.testing.assert_allclose(w.grad, 36 * X**3)


def test_parameters_of_a_closure_are_trained_through_the_gradient():
    """Training on derivatives: the loss is of d model/dx, its gradient that of the weights."""
    w = tg.tensor([0.5, -1.0], requires_grad=True)
    slope = tg.grad(lambda x: w[0] * x * x + w[1] * x)(3.0)
    assert slope.requires_grad
    ((slope - 5.0) ** 2).backward()
    np.testing.assert_allclose(w.grad, 2 * (2 * 0.5 * 3 - 1 - 5) * np.array([6.0, 1.0]))


def test_no_grad_around_gives_the_derivative_and_records_nothing():
    w = tg.tensor(2.0, requires_grad=True)
    with tg.no_grad():
        g = tg.grad(lambda x: w * x * x)(3.0)
        second = tg.grad(tg.grad(lambda x: x**3))(2.0)
        value = tg.value_and_grad(lambda x: w * x * x)(3.0)[0]
    assert (value, g, second) == (18, 12, 12)
    assert all(type(y) is np.float64 for y in (value, g, second))
    assert mode.recording


def test_inputs_and_gradients_are_left_alone():
    w = tg.tensor(X, requires_grad=True, name="w")
    before = X.copy()
    g = tg.grad(lambda x: (x * w).sum())(X)
    assert w.grad is None
    np.testing.assert_array_equal(X, before)
    g2 = tg.grad(lambda x: (x * 2).sum())(X)
    assert not np.shares_memory(g, X) and not np.shares_memory(g2, X)
    y = tg.value_and_grad(lambda x: x)(np.ones(1))[0]
    y[0] = 7


def test_what_it_does_not_depend_on_is_zero():
    close(tg.grad(lambda x, y: y * 2, argnums=0)(1.0, tg.tensor(3.0)), 0.0)
    close(tg.grad(lambda x: tg.tensor(3.0))(X), np.zeros(3))
    close(tg.grad(lambda x: tg.sign(x).sum())(X), np.zeros(3))
    close(tg.jvp(lambda x: tg.tensor([1.0, 2.0]), (X,), (X,))[1], np.zeros(2))
    close(tg.jvp(tg.floor, (X,), (X,))[1], np.zeros(3))
    close(tg.hessian(lambda x: x.sum())(X), np.zeros((3, 3)))
    close(tg.hvp(lambda x: x.sum(), (X,), (X,))[0], np.zeros(3))
    close(tg.jacobian(lambda x: tg.tensor([1.0, 2.0]))(X), np.zeros((2, 3)))


def test_dtypes_are_kept():
    x = X.astype(np.float32)
    for y in (
        tg.grad(lambda x: tg.tanh(x).sum())(x),
        tg.jacobian(tg.tanh)(x),
        tg.jvp(tg.tanh, (x,), (X,))[1],
        tg.hessian(lambda x: tg.tanh(x).sum())(x),
        tg.hvp(lambda x: (x**3).sum(), (x,), (x,))[0],
        tg.vjp(tg.tanh, x)[1](X)[0],
    ):
        assert y.dtype == np.float32
    a, b = tg.grad(lambda a, b: a.sum() * b.sum(), argnums=(0, 1))(x, X)
    assert (a.dtype, b.dtype) == (np.float32, np.float64)


def test_an_operation_itself_may_be_transformed():
    close(tg.grad(tg.tanh)(0.0), 1.0)
    assert tg.grad(tg.tanh).__name__ == "grad(tanh)"
    close(tg.jacobian(tg.softmax)(np.zeros(2)), [[0.25, -0.25], [-0.25, 0.25]])
    close(tg.grad(tg.logsumexp)(np.array([1000.0, 1000.0])), [0.5, 0.5])


def test_a_numpy_function_may_be_transformed():
    close(tg.grad(np.tanh)(0.0), 1.0)
    close(tg.jacobian(np.cumsum)(X), np.tril(np.ones((3, 3))))
    close(tg.hessian(lambda x: np.linalg.norm(x) ** 2)(X), 2 * np.eye(3), rtol=1e-9)


def test_eight_threads():
    found = [None] * 8

    def run(k):
        found[k] = tg.hessian(lambda x: tg.tanh(x).prod() + (x**3).sum())(X + k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    for k in range(8):
        np.testing.assert_array_equal(
            found[k], tg.hessian(lambda x: tg.tanh(x).prod() + (x**3).sum())(X + k)
        )


# Refusals


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: tg.grad(lambda x: x)(2), TypeError, "argument 0 .* is int64, .* write 2.0"),
        (lambda: tg.grad(lambda x: x)(True), TypeError, "bool"),
        (lambda: tg.grad(lambda p: p["a"])({"a": np.arange(3)}), TypeError, "int64"),
        (
            lambda: tg.grad(lambda x: x * 2)(X),
            TypeError,
            r"returned mul f64\[3\]; write its .sum\(\)",
        ),
        (lambda: tg.hvp(lambda x: x * 2, (X,), (X,)), TypeError, "one number"),
        (
            lambda: tg.grad(lambda x: float(x) * 2)(2.0),
            TypeError,
            r"float\(\) of identity|float\(\) of tensor",
        ),
        (
            lambda: tg.grad(lambda x: x.item() * 2)(2.0),
            TypeError,
            "must return a tensor, .* returned float",
        ),
        (lambda: tg.grad(lambda x: x.numpy())(2.0), TypeError, "returned ndarray"),
        (lambda: tg.grad(lambda x: None)(2.0), TypeError, "returned NoneType"),
        (
            lambda: tg.jacobian(lambda x: [x[0], x[1]])(X),
            TypeError,
            r"returned a list; write return np\.stack",
        ),
        (
            lambda: tg.grad(lambda x: tg.grad(lambda y: y * 2)(1.0))(1.0),
            TypeError,
            r"a constant is tg\.tensor\(c\)",
        ),
        (lambda: tg.grad(tg.tanh, argnums=1)(2.0), ValueError, "argnums=1: tanh was called with 1"),
        (lambda: tg.grad(lambda a, b: a * b, argnums=(0, -2))(1.0, 2.0), ValueError, "twice"),
        (lambda: tg.grad(lambda x: x, has_aux=True)(1.0), TypeError, "value, anything"),
        (lambda: tg.jvp(tg.tanh, (1.0,), ()), ValueError, "1 primals want as many tangents, got 0"),
        (lambda: tg.jvp(tg.tanh, (X,), (A,)), ValueError, r"tangent of shape \(2, 3\)"),
        (lambda: tg.vjp(tg.tanh, X)[1](A), ValueError, r"cotangent of shape \(2, 3\)"),
        (lambda: tg.vjp(lambda x: (x, x), X)[1](X), ValueError, "returned 2 tensors and got 1"),
        (lambda: tg.hessian(tg.tanh, (0, 1)), TypeError, "mixed blocks"),
        (lambda: tg.grad(lambda x: tg.tensor("no"))(1.0), TypeError, "numbers"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
    assert mode.recording
