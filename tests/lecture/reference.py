"""Every activation and its derivative in fifty digits, and how far from it ours may be, with the
reason.

An error is measured in units in the last place (ulp) of the true result, or, where a sum cancels,
of the size of its largest term: no formula of floating-point numbers does better there without more
digits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

import tinygrad_edu as tg

mp.dps = 50
# Far down the tails e^-x has exponents that only matter as "0, rounded": enough digits for all of
# them.
E = mpmath.exp


def sigmoid(x: Any) -> Any:
    return 1 / (1 + E(-x)) if x >= 0 else E(x) / (1 + E(x))


def softplus(x: Any) -> Any:
    return (x if x > 0 else 0) + mpmath.log1p(E(-abs(x)))


def bell(x: Any) -> Any:
    return E(-x * x / 2) / mpmath.sqrt(2 * mp.pi)


def area(x: Any) -> Any:
    if abs(x) > 1000:  # beyond 10^-200000: mpmath gives up further out
        return mpmath.mpf(x > 0)
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


@dataclass
class Reference:
    ours: Callable[[Any], Any]
    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    value_ulps: Callable[[float], float] | float
    slope_ulps: Callable[[float], float] | float
    # of the largest term, where the value is a sum that cancels
    size: Callable[[Any], Any] | None = None
    slope_size: Callable[[Any], Any] | None = None  # and for the slope
    kinks: tuple[float, ...] = ()
    ends: tuple[float, float] = (0.0, 0.0)  # value at -inf and inf
    end_slopes: tuple[float, float] = (0.0, 0.0)


INF = float("inf")


def tails(n: float, k: float) -> Callable[[float], float]:
    """Where z in e^-z is off by so many units of x², beside n of its own: roundings of z count z
    times in e^-z."""
    return lambda x: n + k * x * x


TABLE: dict[str, Reference] = {}


def leaky(slope: float) -> Reference:
    return Reference(
        functools.partial(tg.leaky_relu, slope=slope),
        lambda x: x if x > 0 else slope * x,
        lambda x: 1 if x > 0 else slope,
        1.5,
        0.5,
        kinks=(0.0,),
        ends=(-INF if slope else 0.0, INF),
        end_slopes=(slope, 1.0),
    )


def elu(alpha: float) -> Reference:
    return Reference(
        functools.partial(tg.elu, alpha=alpha),
        lambda x: x if x > 0 else alpha * mpmath.expm1(x),
        lambda x: 1 if x > 0 else alpha * E(x),
        3,
        3,
        kinks=(0.0,),
        ends=(-alpha, INF),
        end_slopes=(0.0, 1.0),
    )


TABLE |= {
    # A choice, a constant: exact. One product, rounded; in float32 the slope was rounded before.
    "relu": Reference(
        tg.relu,
        lambda x: x if x > 0 else 0,
        lambda x: 1 if x > 0 else 0,
        0,
        0,
        kinks=(0.0,),
        ends=(0.0, INF),
        end_slopes=(0.0, 1.0),
    ),
    "leaky_relu": leaky(0.01),
    "leaky_relu(0.3)": leaky(0.3),
    "leaky_relu(1)": leaky(1.0),
    "hard_tanh": Reference(
        tg.hard_tanh,
        lambda x: max(-1, min(1, x)),
        lambda x: 1 if -1 <= x <= 1 else 0,
        0,
        0,
        kinks=(-1.0, 1.0),
        ends=(-1.0, 1.0),
    ),
    "threshold": Reference(
        tg.threshold, lambda x: 1 if x >= 0 else 0, lambda x: 0, 0, 0, kinks=(0.0,), ends=(0.0, 1.0)
    ),
    # One function of NumPy, good to 2 units in float32, and one or two products.
    "elu": elu(1.0),
    "elu(0.5)": elu(0.5),
    "cos": Reference(
        tg.cos,
        mpmath.cos,
        lambda x: -mpmath.sin(x),
        2,
        2,
        ends=(float("nan"),) * 2,
        end_slopes=(float("nan"),) * 2,
    ),
    # e^-|x|, a sum, a quotient; the slope one such more and a product.
    "sigmoid": Reference(
        tg.sigmoid, sigmoid, lambda x: sigmoid(x) * sigmoid(-x), 3, 6, ends=(0.0, 1.0)
    ),
    "softplus": Reference(
        tg.softplus, softplus, sigmoid, 4, 3, ends=(0.0, INF), end_slopes=(0.0, 1.0)
    ),
    "log_sigmoid": Reference(
        tg.log_sigmoid,
        lambda x: -softplus(-x),
        lambda x: sigmoid(-x),
        4,
        3,
        ends=(-INF, 0.0),
        end_slopes=(1.0, 0.0),
    ),
    # 1 - y cancels as |y| nears 1: the slope is right to a few units of 1, not of itself.
    "tanh": Reference(
        tg.tanh,
        mpmath.tanh,
        lambda x: mpmath.sech(x) ** 2,
        2,
        3,
        slope_size=lambda x: 1,
        ends=(-1.0, 1.0),
    ),
    "silu": Reference(
        tg.silu,
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
        4,
        8,
        slope_size=lambda x: sigmoid(x) * (1 + abs(x) * sigmoid(-x)),
        ends=(0.0, INF),
        end_slopes=(0.0, 1.0),
    ),
    # e^(-x²/2): x² is rounded once. Φ by erfc(-x/√2): 1/√2 and its product with x are rounded
    # before they are squared.
    "gelu": Reference(
        tg.gelu,
        lambda x: x * area(x),
        lambda x: area(x) + x * bell(x),
        tails(4, 2),
        tails(5, 2),
        slope_size=lambda x: area(x) + abs(x) * bell(x),
        ends=(0.0, INF),
        end_slopes=(0.0, 1.0),
    ),
    "normal_pdf": Reference(tg.normal_pdf, bell, lambda x: -x * bell(x), tails(2, 1), tails(3, 1)),
    "normal_cdf": Reference(tg.normal_cdf, area, bell, tails(3, 2), tails(2, 1), ends=(0.0, 1.0)),
    # exp(-(x - W)²/σ²) at W = 0, σ = 1.
    "rbf in x": Reference(
        lambda x: tg.rbf(tg.expand_dims(x, axis=-1), np.zeros((1, 1), x.dtype), 1.0)[..., 0],
        lambda x: E(-x * x),
        lambda x: -2 * x * E(-x * x),
        tails(2, 2),
        tails(3, 2),
    ),
    "rbf in W": Reference(
        lambda w: tg.rbf(np.zeros(1, w.dtype), tg.expand_dims(w, axis=0), 1.0),
        lambda w: E(-w * w),
        lambda w: -2 * w * E(-w * w),
        tails(2, 2),
        tails(3, 2),
    ),
}
