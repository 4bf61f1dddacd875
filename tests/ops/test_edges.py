"""Where a derivative has two sides, or a formula has a hole: the conventions of reductions, norms
and rounding, each written at its formula in ops/."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg

INF, NAN = np.inf, np.nan
BOTH = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def grad(f, x, dtype=np.float64):
    g = tg.grad(lambda x: f(x).sum())(np.array(x, dtype))
    assert g.dtype == dtype
    return g.tolist()


def second(f, x):
    return np.diagonal(tg.jacobian(tg.grad(lambda x: f(x).sum()))(np.array(x))).tolist()


# Activations at their kinks


@BOTH
def test_activations_take_the_derivative_that_is_written(dtype):
    assert grad(tg.leaky_relu, [-1, -0.0, 0.0, 2], dtype) == [dtype(0.01)] * 3 + [1]
    assert grad(lambda x: tg.leaky_relu(x, slope=0.5), [-1, 0.0, 2], dtype) == [0.5, 0.5, 1]
    assert grad(lambda x: tg.elu(x, alpha=0.5), [0.0, 2], dtype) == [0.5, 1]
    assert grad(tg.hard_tanh, [-1.5, -1, 0, 1, 1.5], dtype) == [0, 1, 1, 1, 0]
    assert grad(tg.threshold, [-1, 0.0, 1], dtype) == [0, 0, 0]
    assert grad(tg.silu, [0.0], dtype) == [0.5] == grad(tg.gelu, [0.0], dtype)
    assert grad(tg.log_sigmoid, [0.0], dtype) == [0.5]


def test_activations_of_values():
    x = tg.tensor([-2.0, -1, 0, 1, 2])
    assert tg.threshold(x).numpy().tolist() == [0, 0, 1, 1, 1]
    assert tg.threshold(x, theta=1.5).numpy().tolist() == [0, 0, 0, 0, 1]
    assert tg.hard_tanh(x).numpy().tolist() == [-1, -1, 0, 1, 1]
    assert tg.leaky_relu(x, slope=1).numpy().tolist() == x.numpy().tolist()
    np.testing.assert_allclose(
        tg.elu(x, alpha=2.0).numpy(), [2 * (np.exp(-2) - 1), 2 * (np.exp(-1) - 1), 0, 1, 2]
    )


def test_the_second_derivative_at_a_kink_is_zero():
    for f in (
        tg.leaky_relu,
        tg.hard_tanh,
        tg.threshold,
        tg.floor,
        tg.sign,
        lambda x: tg.clip(x, 0, 1),
    ):
        assert second(f, [-1.0, 0.0, 1.0]) == [0, 0, 0]


@pytest.mark.parametrize(
    "f",
    [
        tg.elu,
        tg.gelu,
        tg.silu,
        tg.log_sigmoid,
        tg.softplus,
        tg.sigmoid,
        tg.tanh,
        tg.relu,
        tg.leaky_relu,
        tg.hard_tanh,
        tg.arctan,
        tg.arcsinh,
        tg.rint,
        tg.square,
        tg.expm1,
        tg.normal_cdf,
        tg.normal_pdf,
        tg.abs,
        tg.sin,
    ],
    ids=lambda f: f.name,
)
@BOTH
def test_silent_over_the_whole_line(f, dtype):
    """No formula, rule or rule of a rule raises a flag for what it handles: at zero, tiny, and
    where it is flat."""
    far = 88.0 if f is tg.expm1 else 1e15 if f in (tg.square, tg.sin) else np.finfo(dtype).max
    tiny = np.finfo(dtype).smallest_subnormal
    for x in (0.0, 1.0, -1.0, 40.0, -40.0, float(tiny), -float(tiny), -far, far):
        with np.errstate(all="raise", under="ignore" if abs(x) == tiny else "raise"):
            g = tg.grad(f)(dtype(x))
            h = tg.grad(tg.grad(f))(dtype(x))
        assert np.isfinite(g.item()) and not np.isnan(h.item()), x


def test_radial_unit_is_one_at_its_centre_and_falls_with_distance():
    """exp(-‖W - x‖²/σ²): with the slide's missing minus it would grow without bound."""
    W = np.array([[1.0, -1.0], [2.0, 0.0]])
    y = tg.rbf(tg.tensor([[1.0, 2.0], [50.0, 0.0]]), W, 2.0).numpy()
    np.testing.assert_allclose(y[0], [1, np.exp(-8 / 4)])
    assert y[1].max() < 1e-200
    assert np.array_equal(tg.grad(lambda x: tg.rbf(x, W, 2.0)[0])(np.array([1.0, 2.0])), [0, 0])


# Rounding and steps


@pytest.mark.parametrize(
    "f",
    [
        tg.floor,
        tg.ceil,
        tg.trunc,
        tg.rint,
        tg.round,
        tg.sign,
        tg.threshold,
        lambda x: x // 0.3,
        lambda x: 5.0 // x,
    ],
)
def test_what_is_flat_has_gradient_zero_for_an_infinite_cotangent_too(f):
    x = tg.tensor([-1.2, 0.7, 2.5], requires_grad=True)
    f(x).backward(np.full(3, INF))
    assert x.grad.tolist() == [0, 0, 0]


def test_round_goes_to_the_even_neighbour():
    assert tg.round(tg.tensor([0.5, 1.5, 2.5, -0.5])).numpy().tolist() == [0, 2, 2, 0]
    assert round(tg.tensor([1.25]), 1).numpy().tolist() == [1.2]


def test_mod_has_the_sign_of_the_divisor():
    a, b = (
        tg.tensor([5.5, -5.5, 5.5, -5.5], requires_grad=True),
        tg.tensor([2.0, 2, -2, -2], requires_grad=True),
    )
    (a % b).backward(np.ones(4))
    assert (a % b).numpy().tolist() == [1.5, 0.5, -0.5, -1.5]
    assert a.grad.tolist() == [1, 1, 1, 1] and b.grad.tolist() == [-2, 3, 3, -2]


# Roots, norms and deviations: the tip of a cone has the gradient 0


@BOTH
def test_norms_at_zero(dtype):
    zero = np.zeros(3)
    assert grad(lambda x: np.linalg.norm(x), zero, dtype) == [0, 0, 0]
    for p in (1, 2, 3, 1.5):
        assert grad(lambda x, p=p: np.linalg.norm(x, p), zero, dtype) == [0, 0, 0]
    assert grad(lambda x: np.linalg.norm(x, axis=0), [[0, 3], [0, 4]], dtype) == [
        [0, dtype(0.6)],
        [0, dtype(0.8)],
    ]
    assert grad(lambda x: tg.hypot(x, x * 0), [0.0], dtype) == [0]
    assert grad(lambda x: tg.arctan2(x, x), [0.0], dtype) == [0]


def test_norms_do_not_overflow():
    assert tg.grad(lambda x: tg.hypot(x, 1e200))(1e200).item() == pytest.approx(0.5**0.5)
    assert tg.grad(tg.arctan)(1e200).item() == 0
    assert tg.grad(tg.arctan)(1e150).item() == pytest.approx(1e-300)


@BOTH
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8, -3.3])
@pytest.mark.parametrize("n", [1, 3, 7])
def test_the_deviation_of_a_constant_has_gradient_zero(value, n, dtype):
    assert grad(lambda x: np.std(x), [value] * n, dtype) == [0] * n
    assert grad(lambda x: np.var(x), [value] * n, dtype) == [0] * n


def test_roots_at_zero_are_steep():
    with np.errstate(divide="ignore"):
        assert grad(tg.sqrt, [0.0]) == [INF] == grad(tg.cbrt, [0.0])
    assert grad(tg.cbrt, [-8.0, 8.0]) == [pytest.approx(1 / 12)] * 2


# Products


def test_products_with_zeros_are_exact():
    assert grad(tg.prod, [2.0, 0.0, 5.0]) == [0, 10, 0]
    assert grad(tg.prod, [0.0, 0.0, 5.0]) == [0, 0, 0]
    assert grad(lambda x: tg.prod(x, axis=1), [[0.0, 3], [4, 5]]) == [[3, 0], [5, 4]]
    H = tg.hessian(tg.prod)(np.array([0.0, 0.0, 5.0]))
    assert H.tolist() == [[0, 5, 0], [5, 0, 0], [0, 0, 0]]
    assert grad(tg.prod, []) == [] and tg.prod(tg.tensor([])).item() == 1


def test_running_products_with_zeros_are_exact():
    """c = (a, ab, abc): d Σc = (1 + b + bc, a + ac, ab)."""
    for x in ([2.0, 3, 5], [2.0, 0, 5], [0.0, 0, 5], [0.0, 3, 0]):
        a, b, c = x
        assert grad(tg.cumprod, x) == [1 + b + b * c, a + a * c, a * b]
        assert tg.hessian(lambda x: tg.cumprod(x).sum())(np.array(x)).tolist() == [
            [0, 1 + c, b],
            [1 + c, 0, a],
            [b, a, 0],
        ]
    assert grad(tg.cumprod, np.zeros((0,)).tolist()) == []


# Order


def test_sorting_is_stable_in_value_and_gradient():
    x = tg.tensor([2.0, 1, 2, 1, 2] * 8, requires_grad=True)
    tg.sort(x).backward(np.arange(40.0))
    ones, twos = np.flatnonzero(x.numpy() == 1), np.flatnonzero(x.numpy() == 2)
    assert x.grad[ones].tolist() == list(range(16)) and x.grad[twos].tolist() == list(range(16, 40))


# Linear algebra


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_the_gradient_of_a_determinant_is_its_cofactors_for_singular_matrices_too(n):
    x = np.arange(1.0, n * n + 1).reshape(n, n) if n > 1 else np.zeros((1, 1))
    g = tg.grad(tg.det)(x)
    minors = [
        [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(x, i, 0), j, 1)) for j in range(n)]
        for i in range(n)
    ]
    np.testing.assert_allclose(g, minors, rtol=1e-9, atol=1e-9)


def test_a_singular_matrix_has_no_inverse():
    for call in (lambda x: tg.inv(x), lambda x: tg.solve(x, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError, match="Singular"):
            call(tg.tensor(np.ones((2, 2)), requires_grad=True))


# NaN is not hidden


@pytest.mark.parametrize(
    "f",
    [
        tg.relu,
        tg.leaky_relu,
        tg.elu,
        tg.gelu,
        tg.silu,
        tg.sigmoid,
        tg.log_sigmoid,
        tg.tanh,
        tg.hard_tanh,
        tg.softplus,
        tg.cos,
        tg.softmax,
        tg.log_softmax,
        tg.logsumexp,
        tg.max,
        tg.clip,
        tg.prod,
        tg.cumsum,
        tg.var,
        tg.std,
    ],
    ids=lambda f: f.name,
)
def test_nan_goes_through(f):
    y = f(tg.tensor([NAN, 1.0]), **({"min": -1, "max": 1} if f is tg.clip else {}))
    assert np.isnan(y.numpy().ravel()[0])
