"""Every activation and its derivative on the whole line, against fifty digits: in units in the last
place."""

from __future__ import annotations

import math

import hypothesis
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf
from profiles import by_profile

import tinygrad_edu as tg

from .reference import TABLE

DTYPES = (np.float64, np.float32)
CASES = [
    pytest.param(name, dtype, id=f"{name}-{np.dtype(dtype)}") for name in TABLE for dtype in DTYPES
]


def value_and_slope(name, x):
    y, back = tg.vjp(TABLE[name].ours, x)
    (g,) = back(np.ones_like(x))
    for found in (y, g):
        assert (found.shape, found.dtype) == (x.shape, x.dtype)
    return y, g


def special(name, dtype):
    """Kinks and their neighbours, zeros of both signs, subnormals, the ends of the range, and where
    tails end."""
    ends = np.finfo(dtype)
    out = {
        0.0,
        -0.0,
        1.0,
        -1.0,
        float(ends.smallest_subnormal),
        float(ends.tiny),
        float(ends.tiny) / 8,
        float(ends.max),
        1e30,
        float(ends.eps),
        36.7,
        37.0,
        40.0,
        87.3,
        88.8,
        103.9,
        104.1,
        708.3,
        709.8,
        745.1,
        745.2,
    }
    out |= {1e308} if dtype is np.float64 else set()
    for kink in TABLE[name].kinks:
        out |= {
            kink,
            float(np.nextafter(dtype(kink), dtype(-9))),
            float(np.nextafter(dtype(kink), dtype(9))),
        }
    return sorted(out | {-x for x in out})


def ulp(x, dtype):
    """The distance from |x| to the next float, of a number with fifty digits."""
    ends = np.finfo(dtype)
    if x < mpf(float(ends.tiny)):
        return mpf(float(ends.smallest_subnormal))
    return mpf(2) ** (mpmath.frexp(min(x, mpf(float(ends.max))))[1] - 1 - ends.nmant)


def check(got, x, true, size, bound, dtype, what):
    assert math.isfinite(got) or abs(true) > mpf(float(np.finfo(dtype).max)) * (
        1 - mpf(2) ** -60
    ), what
    if not math.isfinite(got):
        return
    exact = not callable(bound) and bound == 0
    # A factor that has underflowed to a subnormal has lost digits, which a product with x then
    # shows.
    lost = 0 if exact else (1 + abs(mpf(x))) * mpf(float(np.finfo(dtype).smallest_subnormal))
    allowed = (
        mpf(bound(x) if callable(bound) else bound) * ulp(max(abs(true), abs(size)), dtype) + lost
    )
    assert abs(mpf(float(got)) - true) <= allowed, f"{what}: {got!r}, true {mpmath.nstr(true, 20)}"


def compare(name, xs, dtype):
    r = TABLE[name]
    # a subnormal times a slope may underflow, and does
    with np.errstate(all="raise", under="ignore"):
        values, slopes = value_and_slope(name, np.array(xs, dtype))
    for x, value, slope in zip(np.array(xs, dtype).tolist(), values, slopes, strict=True):
        t = mpf(x)
        check(
            value,
            x,
            mpf(r.value(t)),
            r.size(t) if r.size else 0,
            r.value_ulps,
            dtype,
            f"{name}({x!r})",
        )
        check(
            slope,
            x,
            mpf(r.slope(t)),
            r.slope_size(t) if r.slope_size else 0,
            r.slope_ulps,
            dtype,
            f"{name}'({x!r})",
        )


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_at_kinks_and_ends(name, dtype):
    compare(name, special(name, dtype), dtype)


def anywhere(dtype):
    width = 8 * np.dtype(dtype).itemsize
    usual = st.floats(-50, 50, width=width)
    return st.lists(
        st.one_of(
            usual,
            st.floats(-2, 2, width=width),
            st.floats(allow_nan=False, allow_infinity=False, width=width),
        ),
        min_size=1,
        max_size=20,
    )


@pytest.mark.parametrize(("name", "dtype"), CASES)
@hypothesis.settings(max_examples=by_profile(day=15, ci=100, night=2_000), deadline=None)
@given(data=st.data())
def test_on_the_whole_line(name, dtype, data):
    compare(name, data.draw(anywhere(dtype)), dtype)


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_at_infinity_and_nan(name, dtype):
    r = TABLE[name]
    with np.errstate(invalid="ignore"):
        values, slopes = value_and_slope(name, np.array([-np.inf, np.inf, np.nan], dtype))
    np.testing.assert_array_equal(values[:2], np.array(r.ends, dtype))
    np.testing.assert_array_equal(slopes[:2], np.array(r.end_slopes, dtype))
    assert np.isnan(values[2]) or name == "threshold"


def test_the_slope_of_sigmoid_where_y_times_one_minus_y_cancels():
    """At 40, y rounds to 1, and y(1 - y) to 0; the slope is 4.2e-18."""
    _, (g,) = value_and_slope("sigmoid", np.array([40.0]))
    assert 1 / (1 + math.exp(-40)) == 1
    assert g == pytest.approx(4.248354255291589e-18, rel=1e-15)


def test_the_slope_of_tanh_loses_no_digits_of_y():
    """1 - y² rounds y² first, at the size of 1; (1 + y)(1 - y) is as good as y is, relative to
    itself."""
    for x in (2.0, 4.0, 8.0, 12.0, 16.0):
        y, back = tg.vjp(tg.tanh, np.array(x))
        exact = 1 - mpf(y.item()) ** 2
        assert abs(mpf(back(np.ones(()))[0].item()) - exact) <= 2 * ulp(exact, np.float64)


def test_the_ordinary_line_raises_no_flag_at_all():
    for name in TABLE:
        with np.errstate(all="raise"):
            value_and_slope(name, np.linspace(-10, 10, 401))
            if name not in ("leaky_relu", "leaky_relu(0.3)"):
                value_and_slope(name, np.array([-1e30, -700.0, 700.0, 1e30]))


# Of several entries

ROWS = st.lists(st.floats(-700, 700), min_size=2, max_size=5)


@hypothesis.settings(deadline=None)
@given(ROWS, st.integers(0, 4))
def test_softmax_and_log_softmax(row, k):
    """p_i with d p_k/d x_i = p_k(δ_ik - p_i), and log p_i with δ_ik - p_i.

    p: rounding x - max and its exponential cost up to |x - max| + 3 units, the sum n + 1. A
    difference with p_k is right to units of the larger term."""
    k %= len(row)
    x = np.array(row)
    n, peak = len(row), max(row)
    e = [mpmath.exp(mpf(v) - mpf(peak)) for v in row]
    p = [v / sum(e) for v in e]
    unit, tiny = mpf(2) ** -53, mpf(5e-324)
    far = [2 * (abs(mpf(v) - mpf(peak)) + n + 4) * unit for v in row]
    y, back = tg.vjp(tg.softmax, x)
    (g,) = back(np.eye(n)[k])
    logs, back = tg.vjp(tg.log_softmax, x)
    (log_g,) = back(np.eye(n)[k])
    for i in range(n):
        delta = mpf(i == k)
        assert abs(mpf(float(y[i])) - p[i]) <= p[i] * far[i] + tiny
        terms = p[k] * (delta + p[i])
        assert (
            abs(mpf(float(g[i])) - p[k] * (delta - p[i]))
            <= terms * 4 * (far[i] + far[k]) + 4 * tiny
        )
        log_p = mpf(row[i]) - mpf(peak) - mpmath.log(sum(e))
        size = abs(mpf(row[i]) - mpf(peak)) + mpmath.log(n) + 1
        assert abs(mpf(float(logs[i])) - log_p) <= 4 * (n + 2) * unit * size
        off = abs(mpf(float(log_g[i])) - (delta - p[i]))
        assert off <= 4 * (delta + p[i]) * (far[i] + 4 * unit * size) + tiny


def test_every_activation_of_the_catalogue_is_measured():
    from tinygrad_edu.ops import activations

    measured = {name.split("(")[0].split(" ")[0] for name in TABLE}
    ours = {v.name for v in vars(activations).values() if isinstance(v, tg.Op)}
    assert ours <= measured
