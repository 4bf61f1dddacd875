"""The activations and losses over the whole range of their float type, against sixty digits of
decimal arithmetic.

Every test runs with NumPy's floating-point errors raised: nothing overflows, and what underflows
does so silently, which has tests of its own.
"""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops

DTYPES = [np.float32, np.float64]


@pytest.fixture(autouse=True)
def exact():
    context = Context(prec=60, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
    with localcontext(context), np.errstate(all="raise", under="ignore"):
        yield


def points(dtype):
    info = np.finfo(dtype)
    one_sided = [
        float(info.max),
        float(info.max) / 2,
        1e30,
        1e10,
        1000.0,
        746.0,
        740.0,
        700.0,
        104.0,
        90.0,
        87.0,
        40.0,
        37.0,
        17.0,
        3.0,
        1.0,
        float(info.eps),
        float(info.tiny),
        float(info.smallest_subnormal),
        0.0,
    ]
    return [dtype(s * x) for x in one_sided for s in (1, -1)]


def D(x):
    return Decimal(float(x))


def sigma(x):
    return 1 / (1 + (-x).exp()) if x >= 0 else x.exp() / (1 + x.exp())


def soft(x):
    return (
        (x if x > 0 else Decimal(0)) + (1 + (-abs(x)).exp()).ln()
        if abs(x) < 140
        else (x if x > 0 else x.exp())
    )


def near(got, expected, dtype, ulps=8, scale=None):
    """Within some units in the last place of the expected value, or of `scale`; subnormals
    included."""
    info = np.finfo(dtype)
    assert np.asarray(got).dtype == dtype
    assert np.isfinite(got), f"{got}, expected {expected:.17g}"
    bound = ulps * max(
        D(info.eps) * abs(expected if scale is None else scale), D(info.smallest_subnormal)
    )
    assert abs(D(got) - expected) <= bound, f"{got!r}, expected {expected:.17g}"


def gradient(function, x, seed=1.0):
    x = tg.tensor(x, requires_grad=True)
    y = function(x)
    y.backward(np.full(y.shape, seed, y.dtype) if np.ndim(seed) == 0 else seed)
    return x.grad


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("function", "value", "slope"),
    [
        (tg.sigmoid, sigma, lambda x: sigma(x) * sigma(-x)),
        (tg.softplus, soft, sigma),
        (
            tg.tanh,
            lambda x: 2 * sigma(2 * x) - 1 if abs(x) > 1e-9 else x - x**3 / 3,
            lambda x: 4 * sigma(2 * x) * sigma(-2 * x),
        ),
    ],
    ids=["sigmoid", "softplus", "tanh"],
)
def test_activations(function, value, slope, dtype):
    for x in points(dtype):
        near(function(tg.tensor(x)).numpy(), value(D(x)), dtype)
        # tanh' = (1 + y)(1 - y) can be no better than the last digit of y
        scale = Decimal(1) if function is tg.tanh else None
        near(gradient(function, x), slope(D(x)), dtype, scale=scale)


ROWS = {
    "small": lambda i: [-3, 50, 12],
    "zeros": lambda i: [0.0, -0.0, i.tiny],
    "subnormal": lambda i: [i.smallest_subnormal, 0],
    "wide": lambda i: [0, -100, -740],
    "0 -87": lambda i: [0, -87.3],
    "0 -103": lambda i: [0, -103],
    "0 40": lambda i: [0, 40],
    "far": lambda i: [1000, 0, -1000],
    "max apart": lambda i: [i.max / 2, -i.max / 2],
    "half max apart": lambda i: [i.max / 4, -i.max / 4],
}
EQUAL = {
    "1000 twice": lambda i: [1000, 1000],
    "-1000": lambda i: [-1000, -1001],
    "10000": lambda i: [1e4, 1e4 + 1],
    "4/eps": lambda i: [4 / i.eps, 4 / i.eps],
    "1e10 thrice": lambda i: [1e10, 1e10, 1e10],
    "max": lambda i: [i.max, i.max],
    "-max": lambda i: [-i.max, -i.max],
    "1e30 twice": lambda i: [1e30, 1e30, 0],
}
FARTHEST = {"2 max apart": lambda i: [i.max, -i.max]}


def rows(**named):
    return [pytest.param(f, id=name) for name, f in named.items()]


def row(make, dtype):
    return np.array([float(v) for v in make(np.finfo(dtype))], dtype)


def exact_row(x):
    """log Σ exp, log softmax and softmax of a row of floats."""
    peak = max(map(D, x))
    shifted = [D(v) - peak for v in x]
    total = sum((v.exp() for v in shifted), Decimal(0))
    logs = [v - total.ln() for v in shifted]
    return peak + total.ln(), logs, [v.exp() for v in logs]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("make", rows(**ROWS, **EQUAL, **FARTHEST))
def test_softmax_and_logsumexp(make, dtype):
    x = row(make, dtype)
    total, _, p = exact_row(x)
    near(
        tg.logsumexp(tg.tensor(x)).numpy(), total, dtype, ulps=4, scale=max(abs(total), Decimal(1))
    )
    for got, expected in zip(tg.softmax(tg.tensor(x)).numpy(), p, strict=True):
        near(got, expected, dtype)
    for got, expected in zip(gradient(tg.logsumexp, x), p, strict=True):
        near(got, expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("make", rows(**ROWS, **EQUAL))
def test_gradient_of_softmax(make, dtype):
    x = row(make, dtype)
    _, _, p = exact_row(x)
    g = np.linspace(-0.7, 0.4, x.size).astype(dtype)
    mean = sum((D(a) * b for a, b in zip(g, p, strict=True)), Decimal(0))
    for got, a, q in zip(gradient(tg.softmax, x, g), g, p, strict=True):
        near(got, q * (D(a) - mean), dtype, scale=q)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("make", rows(**ROWS, **EQUAL))
def test_log_softmax(make, dtype):
    x = row(make, dtype)
    _, logs, p = exact_row(x)
    for got, expected in zip(tg.log_softmax(tg.tensor(x)).numpy(), logs, strict=True):
        near(got, expected, dtype, scale=max(abs(expected), Decimal(1)))
    g = np.linspace(-0.7, 0.4, x.size).astype(dtype)
    whole = sum(map(D, g), Decimal(0))
    for got, a, q in zip(gradient(tg.log_softmax, x, g), g, p, strict=True):
        near(got, D(a) - q * whole, dtype, scale=Decimal(1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("make", rows(**ROWS, **EQUAL))
def test_cross_entropy(make, dtype):
    x = row(make, dtype)
    _, logs, p = exact_row(x)
    for label in range(x.size):
        z = tg.tensor(x[None], requires_grad=True)
        loss = ops.cross_entropy(z, np.array([label]))
        loss.backward()
        near(loss.numpy(), -logs[label], dtype, scale=max(abs(logs[label]), Decimal(1)))
        for k, q in enumerate(p):
            near(z.grad[0, k], q - (k == label), dtype, scale=Decimal(1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", [0.0, 1.0, 0.5, 0.3])
def test_bce_with_logits(target, dtype):
    for x in points(dtype):
        z, t = (
            tg.tensor([x], dtype, requires_grad=True),
            tg.tensor([target], dtype, requires_grad=True),
        )
        loss = ops.bce_with_logits(z, t)
        loss.backward()
        exact_t = D(dtype(target))
        near(loss.numpy(), exact_t * soft(-D(x)) + (1 - exact_t) * soft(D(x)), dtype)
        s = sigma(D(x))
        near(
            z.grad[0],
            s if target == 0 else s - exact_t,
            dtype,
            scale=None if target == 0 else Decimal(1),
        )
        near(t.grad[0], -D(x), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_whole_batch_in_extremes(dtype):
    """One step of a classifier whose logits left all bounds: a finite loss, gradients that sum to 0
    a row."""
    z = tg.tensor(
        np.array([[1e4, -1e4, 0], [-1e6, -1e6, -1e6], [88.8, 89.9, -700]], dtype),
        requires_grad=True,
    )
    loss = ops.cross_entropy(z, np.array([0, 1, 1]))
    loss.backward()
    np.testing.assert_allclose(z.grad.sum(axis=1), 0, atol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(z.grad[1] * 3, [1 / 3, -2 / 3, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(loss.item(), (np.log(3) + np.log1p(np.exp(-1.1))) / 3, rtol=1e-5)


# Underflow. The formulas are silent; so must the rules be, which multiply what came out of them.

FORWARD = [tg.sigmoid, tg.softplus, tg.tanh, tg.softmax, tg.log_softmax, tg.logsumexp]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FORWARD, ids=lambda f: f.name)
def test_no_formula_signals_underflow(function, dtype):
    with np.errstate(under="raise"):
        for make in ROWS.values():
            assert np.isfinite(function(tg.tensor(row(make, dtype))).numpy()).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FORWARD, ids=lambda f: f.name)
def test_no_rule_signals_underflow(function, dtype):
    with np.errstate(under="raise"):
        for make in ROWS.values():
            x = row(make, dtype)
            seed = np.full(() if function is tg.logsumexp else x.shape, 0.3, dtype)
            assert np.isfinite(gradient(function, x, seed)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_loss_signals_underflow(dtype):
    with np.errstate(under="raise"):
        for make in ROWS.values():
            z = tg.tensor(row(make, dtype)[None], requires_grad=True)
            ops.cross_entropy(z, np.array([0])).backward()
            assert np.isfinite(z.grad).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_bce_does_not_signal_underflow(dtype):
    with np.errstate(under="raise"):
        for x in points(dtype):
            z = tg.tensor([x], dtype, requires_grad=True)
            ops.bce_with_logits(z, np.array([0.3], dtype)).backward()
            assert np.isfinite(z.grad).all()
